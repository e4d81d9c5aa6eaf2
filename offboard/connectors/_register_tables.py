"""The tables of the built-in register."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, false

metadata = MetaData()


def _text(name: str) -> Column[str]:
    """Return a column of text that came later: rows from before have nothing in it."""
    return Column(name, Text, nullable=False, default="", server_default="")


def _flag(name: str) -> Column[bool]:
    """Return a yes or no that came later: rows from before say no."""
    return Column(name, Boolean, nullable=False, default=False, server_default=false())


clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("responsible", Text, nullable=False, default=""),
    Column("inferred", Boolean, nullable=False, default=False),
    Column("address", Text, nullable=False, default=""),
    Column("postcode", Text, nullable=False, default=""),
    Column("city", Text, nullable=False, default=""),
    Column("country", Text, nullable=False, default=""),
    Column("language", Text, nullable=False, default=""),
    Column("channel", Text, nullable=False, default=""),
    Column("value", BigInteger),
    Column("notes", Text, nullable=False, default=""),
    _text("region"),
    _text("sector"),
    _text("tier"),
    Column("signed", Boolean),
    Column("satisfaction", Integer),
    _text("account_plan"),
    _flag("do_not_contact"),
    _text("standing"),
)
"""``inferred``: nobody named who is responsible, the latest interaction did. ``value`` is empty when none was given."""

contacts = Table(
    "contacts",
    metadata,
    Column("client", Text, ForeignKey("clients.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("email", Text, nullable=False, default=""),
    Column("phone", Text, nullable=False, default=""),
    _text("roles"),
    _text("owner"),
    _flag("do_not_contact"),
    _text("salutation"),
)
"""``place`` 0 is the client's first contact. ``roles`` are words with a space between them."""

items = Table(
    "items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, ForeignKey("clients.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    _text("owner"),
    _text("due"),
    _flag("tellable"),
    _flag("closed"),
)
"""Opportunities, cases, tasks and meetings, the closed ones too."""

interactions = Table(
    "interactions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", Text, ForeignKey("clients.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", String(23), nullable=False),
    Column("kind", Text, nullable=False, default=""),
    Column("value", BigInteger, nullable=False, default=0),
    Index("interactions_of_client", "client", "at", "id"),
)
"""``at`` is ISO 8601 to the millisecond; ``value`` counts ten-thousandths, so that sums are exact."""

handovers = Table(
    "handovers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", Text, ForeignKey("clients.id"), nullable=False, index=True),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", String(24), nullable=False),
    _text("part"),
)
"""Every change of who is responsible, in order; ``part`` names the contact or the item where it is not the client."""
