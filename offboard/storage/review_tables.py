"""The tables of the store about the review of a leaver's mail rules."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from offboard.storage.tables import metadata

rule_readings = Table(
    "rule_readings",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("system", String(64), primary_key=True),
    Column("mailbox", String(255), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("scripts", Text, nullable=False),
)
"""The leaver's rules as they are to be reviewed: what each is, without its bytes, which are among the copies."""

rule_decisions = Table(
    "rule_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("departure", String(32), nullable=False),
    Column("system", String(64), nullable=False),
    Column("mailbox", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("person", String(320), nullable=False),
    Column("at", String(32), nullable=False),
    Column("because", Text, nullable=False),
    Column("unplanned", Boolean, nullable=False),
    Index("ix_rule_decisions_departure", "departure", "id"),
    Index("ix_rule_decisions_unplanned", "unplanned"),
)
"""Every decision that was taken; ``unplanned`` until the departure has been planned anew with it."""
