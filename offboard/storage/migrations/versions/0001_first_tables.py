"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_approvals_departure", "approvals", ["departure"])
    op.create_index("ix_approvals_digest", "approvals", ["digest"])
    op.create_table(
        "departures",
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
    )
    op.create_index("ix_departures_moment", "departures", ["moment"])
    op.create_index("ix_departures_person", "departures", ["person"])
    op.create_index("ix_departures_status", "departures", ["status"])
    op.create_table(
        "evidence",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("change", sa.String(32), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
    )
    op.create_index("ix_intents_departure", "intents", ["departure"])
    op.create_table(
        "leases",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("approved", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_letters_departure", "letters", ["departure"])
    op.create_index("ix_letters_state", "letters", ["state"])
    op.create_table(
        "open_people",
        sa.Column("person", sa.String(255), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("change", sa.String(32), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(255), nullable=False),
        sa.Column("next_try", sa.String(32), nullable=False),
    )
    op.create_index("ix_outcomes_departure", "outcomes", ["departure"])
    op.create_table(
        "plans",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(255), nullable=False),
        sa.Column("guards", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_plans_departure", "plans", ["departure"])
    op.create_table(
        "readings",
        sa.Column("system", sa.String(64), primary_key=True),
        sa.Column("mailbox", sa.String(255), primary_key=True),
        sa.Column("taken_at", sa.String(32), nullable=False),
        sa.Column("scripts", sa.Text(), nullable=False),
    )
    op.create_table(
        "rule_copies",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("mailbox", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("system", "mailbox", "name", "sha256", "active"),
    )
    op.create_index("ix_rule_copies_mailbox", "rule_copies", ["mailbox"])
    op.create_table(
        "sealed",
        sa.Column("ref", sa.String(255), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
