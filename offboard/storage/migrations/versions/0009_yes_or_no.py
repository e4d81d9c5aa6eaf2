"""Questions of planning: an answer is yes or no; those given before have no such word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("plan_answers", sa.Column("yes", sa.Boolean(), nullable=True))
