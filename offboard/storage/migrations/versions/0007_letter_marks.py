"""Letters: what happened to each beside its state, and what all of a departure wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "letter_marks",
        sa.Column("letter", sa.String(128), primary_key=True),
        sa.Column("mark", sa.String(16), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("person", sa.String(320), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("ix_letter_marks_departure", "letter_marks", ["departure"])
    op.create_table(
        "letter_gates",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("gate", sa.String(16), primary_key=True),
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("person", sa.String(320), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
