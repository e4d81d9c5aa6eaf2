"""The tables of the store about scans of everybody's mail rules."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from offboard.storage.tables import metadata

rule_history = Table(
    "rule_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("system", String(64), nullable=False),
    Column("mailbox", String(255), nullable=False),
    Column("taken_at", String(32), nullable=False, index=True),
    Column("scripts", Text, nullable=False),
    Index("ix_rule_history_mailbox", "system", "mailbox", "id"),
)
"""What each mailbox had whenever that was not what it had before: how it was on any day can be told."""

scans = Table(
    "scans",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("began", String(32), nullable=False),
    Column("ended", String(32), nullable=False),
    Column("state", String(16), nullable=False),
)

scan_mailboxes = Table(
    "scan_mailboxes",
    metadata,
    Column("scan", Integer, primary_key=True, autoincrement=False),
    Column("system", String(64), primary_key=True),
    Column("mailbox", String(255), primary_key=True),
    Column("label", String(320), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("fault", Text, nullable=False),
    Index("ix_scan_mailboxes_state", "scan", "state"),
)
"""The mailboxes of a scan: waiting, read or unread; an interrupted scan goes on with those that wait."""

scan_rules = Table(
    "scan_rules",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("scan", Integer, nullable=False),
    Column("system", String(64), nullable=False),
    Column("mailbox", String(255), nullable=False),
    Column("verdict", Integer, nullable=False),
    Column("finding", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_scan_rules_verdict", "scan", "verdict", "id"),
    Index("ix_scan_rules_finding", "scan", "finding"),
)

alarms_told = Table(
    "alarms_told",
    metadata,
    Column("finding", String(64), primary_key=True),
    Column("way", String(340), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("at", String(32), nullable=False),
)
"""The ledger of alarms: each is marked before it is told by an event or a mail, so that it is told at most once."""
