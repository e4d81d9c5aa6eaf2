"""What people are asked to do, and the mails about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "people_tasks",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_people_tasks_departure", "people_tasks", ["departure"])
    op.create_index("ix_people_tasks_state", "people_tasks", ["state"])
    op.create_table(
        "task_mails",
        sa.Column("task", sa.String(160), primary_key=True),
        sa.Column("occasion", sa.String(400), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
