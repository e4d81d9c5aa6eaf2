"""The tables of what is kept about clients; the clients themselves stand in their registers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from offboard.storage.tables import metadata

client_calls = Table(
    "client_calls",
    metadata,
    Column("departure", String(32), primary_key=True),
    Column("client", String(200), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("called_at", String(32), nullable=False),
    Column("data", Text, nullable=False),
)
"""Whom the owner calls before a letter goes out; ``called_at`` is empty until then."""

client_requests = Table(
    "client_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("departure", String(32), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("asked_by", String(320), nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("data", Text, nullable=False),
)
"""What was decided at the desk, which has no way to any register: the resident process carries it out."""

client_views = Table(
    "client_views",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("data", Text, nullable=False),
)
"""What the registers said when they were read last, for the desk and for where a departure stands."""

exposure_weeks = Table(
    "exposure_weeks",
    metadata,
    Column("week", String(10), primary_key=True),
    Column("person", String(320), primary_key=True),
    Column("clients", Integer, nullable=False),
    Column("sole_contact", Integer, nullable=False),
    Column("value_at_risk", BigInteger, nullable=False),
)
"""Who depended on one person in each week, by its Monday."""
