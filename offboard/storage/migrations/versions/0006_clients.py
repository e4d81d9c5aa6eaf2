"""Clients: whom the owner calls, what is asked for at the desk, what it shows, and who depends on one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "client_calls",
        sa.Column("departure", sa.String(32), primary_key=True),
        sa.Column("client", sa.String(200), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_table(
        "client_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("departure", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(320), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_client_requests_departure", "client_requests", ["departure"])
    op.create_index("ix_client_requests_state", "client_requests", ["state"])
    op.create_table(
        "client_views",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_table(
        "exposure_weeks",
        sa.Column("week", sa.String(10), primary_key=True),
        sa.Column("person", sa.String(320), primary_key=True),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("sole_contact", sa.Integer(), nullable=False),
        sa.Column("value_at_risk", sa.BigInteger(), nullable=False),
    )
