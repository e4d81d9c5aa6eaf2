"""The desk: when whoever is signed in proved who they are, and what people answered to what planning asks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("desk_sessions", sa.Column("proved", sa.String(32), nullable=True))
    op.create_table(
        "plan_answers",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("question", sa.String(64), primary_key=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("person", sa.String(320), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
