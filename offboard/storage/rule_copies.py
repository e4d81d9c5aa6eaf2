"""Copies of mail rules, taken before anybody touches them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from offboard.domain.departure import instant
from offboard.storage import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from offboard.domain.capabilities import Script
    from offboard.storage.database import Database


class RuleCopies:
    """Keeps copies of mail rules (capability ``RuleKeeper``)."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def keep(self, system: str, mailbox: str, script: Script) -> str:
        """Keep a copy durably and return its SHA-256; the same copy is kept once."""
        sha256 = hashlib.sha256(script.content).hexdigest()
        key = {
            "system": system, "mailbox": mailbox, "name": script.name, "sha256": sha256, "active": script.active,
        }  # fmt: skip

        def work(connection: Connection) -> None:
            if connection.execute(select(t.rule_copies.c.id).filter_by(**key)).first() is None:
                connection.execute(
                    insert(t.rule_copies).values(**key, content=script.content, taken_at=instant(self._now()))
                )

        self._database.write(work)
        return sha256

    def kept(self, system: str, mailbox: str, sha256: str) -> bytes | None:
        """Return the copy with that SHA-256, or ``None``."""
        with self._database.read() as connection:
            content = connection.execute(
                select(t.rule_copies.c.content).filter_by(system=system, mailbox=mailbox, sha256=sha256).limit(1)
            ).scalar()
        return None if content is None else bytes(content)

    def copies(self, system: str, mailbox: str) -> list[tuple[str, bool, str, bytes]]:
        """Return every copy of a mailbox's rules, the oldest first: name, was it active, when it was taken, bytes."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.rule_copies).filter_by(system=system, mailbox=mailbox).order_by(t.rule_copies.c.id)
            ).all()
        return [(row.name, row.active, row.taken_at, bytes(row.content)) for row in rows]

    def latest(self, system: str, mailbox: str) -> list[tuple[str, bool, bytes]]:
        """Return the scripts of a mailbox as they were when it was read last: name, was it active, bytes."""
        with self._database.read() as connection:
            when = connection.execute(select(t.readings.c.scripts).filter_by(system=system, mailbox=mailbox)).scalar()
        names = {(name, active, sha256) for name, active, sha256 in json.loads(when or "[]")}
        return [
            (name, active, content)
            for name, active, _, content in self.copies(system, mailbox)
            if (name, active, hashlib.sha256(content).hexdigest()) in names
        ]

    def note_reading(self, system: str, mailbox: str, scripts: Sequence[Script]) -> None:
        """Keep a copy of every script that a mailbox has now, and that these are all."""
        found = [[script.name, script.active, self.keep(system, mailbox, script)] for script in scripts]

        def work(connection: Connection) -> None:
            connection.execute(delete(t.readings).filter_by(system=system, mailbox=mailbox))
            connection.execute(
                insert(t.readings).values(
                    system=system, mailbox=mailbox, taken_at=instant(self._now()), scripts=json.dumps(found)
                )
            )

        self._database.write(work)
