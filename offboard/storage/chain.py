"""Appending to the evidence: always inside the transaction whose doings it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from offboard.domain.departure import instant
from offboard.domain.evidence import START, Entry, Kind, hash_of
from offboard.storage.tables import evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from offboard.domain.canonical import Json
    from offboard.storage.database import Database


_LAST = (
    select(evidence.c.seq, evidence.c.hash)
    .where(evidence.c.departure == bindparam("departure"))
    .order_by(evidence.c.seq.desc())
    .limit(1)
)


def append(connection: Connection, departure: str, at: str, told: Iterable[tuple[Kind, dict[str, Json]]]) -> None:
    """Append entries to the departure's chain; they become durable with the transaction."""
    seq, prev = head(connection, departure)
    rows = []
    for kind, body in told:
        entry = Entry(seq, departure, at, kind, body, prev)
        line = entry.canonical()
        prev = hash_of(line)
        rows.append({"departure": departure, "seq": seq, "line": line, "hash": prev})
        seq += 1
    if rows:
        connection.execute(insert(evidence), rows)


def lines(connection: Connection, departure: str) -> list[bytes]:
    """Return every line of the departure's chain, in order."""
    found = connection.execute(
        select(evidence.c.line).where(evidence.c.departure == departure).order_by(evidence.c.seq)
    )
    return [bytes(row.line) for row in found]


def head(connection: Connection, departure: str) -> tuple[int, str]:
    """Return how many entries there are, and the hash of the last."""
    last = connection.execute(_LAST, {"departure": departure}).first()
    return (last.seq + 1, last.hash) if last else (0, START)


class Recorder:
    """Writes one part of the store; whatever it writes it tells in the evidence, in the same commit."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database = database
        self.now = now

    def tell(self, connection: Connection, departure: str, kind: Kind, body: dict[str, Json]) -> None:
        """Append one entry within a transaction that is under way."""
        append(connection, departure, instant(self.now()), [(kind, body)])


class EvidenceLog(Recorder):
    """The evidence itself."""

    def note(self, departure: str, kind: Kind, body: dict[str, Json]) -> None:
        """Append one entry in a commit of its own."""
        self.database.write(lambda connection: self.tell(connection, departure, kind, body))

    def lines(self, departure: str) -> list[bytes]:
        """Return the departure's evidence, line by line."""
        with self.database.read() as connection:
            return lines(connection, departure)

    def since(self, departure: str, seq: int) -> list[bytes]:
        """Return the entries from the one of this number on, line by line."""
        later = select(evidence.c.line).where(evidence.c.departure == departure, evidence.c.seq >= seq)
        with self.database.read() as connection:
            return list(connection.execute(later.order_by(evidence.c.seq)).scalars())

    def head(self, departure: str) -> tuple[int, str]:
        """Return how many entries there are, and the hash of the last."""
        with self.database.read() as connection:
            return head(connection, departure)
