"""The desk: signing in, what people ask for there, the people it finds, and letters written by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("mail", sa.String(320), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
    )
    op.create_index("ix_sign_ins_asked_at", "sign_ins", ["asked_at"])
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(320), nullable=False),
        sa.Column("began", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("browser", sa.String(120), nullable=False),
    )
    op.create_index("ix_desk_sessions_person", "desk_sessions", ["person"])
    op.create_table(
        "departure_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_departure_requests_state", "departure_requests", ["state"])
    op.create_table(
        "known_people",
        sa.Column("system", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(320), nullable=False),
        sa.Column("mail", sa.String(320), nullable=False),
        sa.Column("title", sa.String(320), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
    )
    op.create_table(
        "letters_opened",
        sa.Column("person", sa.String(320), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.add_column("letters", sa.Column("edited_by", sa.String(320), nullable=True))
