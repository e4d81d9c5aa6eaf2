"""Scans of everybody's mail rules, what each mailbox had when, and which alarms were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rule_history",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("mailbox", sa.String(255), nullable=False),
        sa.Column("taken_at", sa.String(32), nullable=False),
        sa.Column("scripts", sa.Text(), nullable=False),
    )
    op.create_index("ix_rule_history_taken_at", "rule_history", ["taken_at"])
    op.create_index("ix_rule_history_mailbox", "rule_history", ["system", "mailbox", "id"])
    op.execute(
        "INSERT INTO rule_history (system, mailbox, taken_at, scripts) "
        "SELECT system, mailbox, taken_at, scripts FROM readings ORDER BY taken_at"
    )
    op.create_table(
        "scans",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("began", sa.String(32), nullable=False),
        sa.Column("ended", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )
    op.create_table(
        "scan_mailboxes",
        sa.Column("scan", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("system", sa.String(64), primary_key=True),
        sa.Column("mailbox", sa.String(255), primary_key=True),
        sa.Column("label", sa.String(320), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
    )
    op.create_index("ix_scan_mailboxes_state", "scan_mailboxes", ["scan", "state"])
    op.create_table(
        "scan_rules",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("scan", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("mailbox", sa.String(255), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("ix_scan_rules_verdict", "scan_rules", ["scan", "verdict", "id"])
    op.create_index("ix_scan_rules_finding", "scan_rules", ["scan", "finding"])
    op.create_table(
        "alarms_told",
        sa.Column("finding", sa.String(64), primary_key=True),
        sa.Column("way", sa.String(340), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
