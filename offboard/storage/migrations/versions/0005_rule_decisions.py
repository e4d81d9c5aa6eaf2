"""The review of a leaver's mail rules: what is to be reviewed, and what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "rule_readings",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("system", sa.String(64), primary_key=True),
        sa.Column("mailbox", sa.String(255), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("scripts", sa.Text(), nullable=False),
    )
    op.create_table(
        "rule_decisions",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("mailbox", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("person", sa.String(320), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("unplanned", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_rule_decisions_departure", "rule_decisions", ["departure", "id"])
    op.create_index("ix_rule_decisions_unplanned", "rule_decisions", ["unplanned"])
