"""Copies of mail rules, taken before anybody touches them, and what each mailbox had when."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from offboard.domain.departure import instant
from offboard.storage import tables as t
from offboard.storage.scan_tables import rule_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from offboard.domain.capabilities import Script
    from offboard.storage.database import Database

Held = tuple[str, bool, bytes]
"""A script as a mailbox had it: name, was it active, bytes."""

LONGEST_NAME = 255


def kept_name(name: str) -> str:
    """Return a script's name as it is kept: any name is told apart, also one that no database holds."""
    text = name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    if len(text) <= LONGEST_NAME:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: LONGEST_NAME - len(digest) - 1]}…{digest}"


def _digest(script: Script) -> str:
    return hashlib.sha256(script.content).hexdigest()


class RuleCopies:
    """Keeps copies of mail rules (capability ``RuleKeeper``)."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def keep(self, system: str, mailbox: str, script: Script) -> str:
        """Keep a copy durably and return its SHA-256; the same copy is kept once."""
        self._database.write(lambda connection: self._keep(connection, system, [(mailbox, script)]))
        return _digest(script)

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

    def latest(self, system: str, mailbox: str) -> list[Held]:
        """Return the scripts of a mailbox as they were when it was read last."""
        with self._database.read() as connection:
            when = connection.execute(select(t.readings.c.scripts).filter_by(system=system, mailbox=mailbox)).scalar()
        return self._held(system, mailbox, when or "[]")

    def at(self, system: str, mailbox: str, moment: str) -> list[Held] | None:
        """Return the scripts of a mailbox as they were last seen up to an instant; ``None``: nobody had read it yet."""
        query = (
            select(rule_history.c.scripts)
            .filter_by(system=system, mailbox=mailbox)
            .where(rule_history.c.taken_at <= moment)
            .order_by(rule_history.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else self._held(system, mailbox, found)

    def first_read(self, system: str, mailbox: str) -> str:
        """Return the instant at which a mailbox was read for the first time; empty when nobody has read it."""
        query = select(func.min(rule_history.c.taken_at)).filter_by(system=system, mailbox=mailbox)
        with self._database.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def changed_since(self, moment: str) -> Iterator[tuple[str, str]]:
        """Yield each mailbox that was seen to have something else after an instant: system, mailbox."""
        query = select(rule_history.c.system, rule_history.c.mailbox).where(rule_history.c.taken_at > moment).distinct()
        with self._database.read() as connection:
            yield from ((row.system, row.mailbox) for row in connection.execute(query.order_by("system", "mailbox")))

    def note_reading(self, system: str, mailbox: str, scripts: Sequence[Script]) -> None:
        """Keep a copy of every script that a mailbox has now, and that these are all."""
        self._database.write(lambda connection: self.note_readings(connection, system, [(mailbox, scripts)]))

    def note_readings(
        self, connection: Connection, system: str, readings: Iterable[tuple[str, Sequence[Script]]]
    ) -> None:
        """Do the same for several mailboxes, in a transaction of the caller's."""
        now, c = instant(self._now()), t.readings.c
        every = dict(readings)
        if not every:
            return
        self._keep(connection, system, [(mailbox, one) for mailbox, scripts in every.items() for one in scripts])
        found = {
            mailbox: [[kept_name(one.name), one.active, _digest(one)] for one in scripts]
            for mailbox, scripts in every.items()
        }
        these = (c.system == system) & c.mailbox.in_(list(found))
        had = {row.mailbox: json.loads(row.scripts) for row in connection.execute(select(t.readings).where(these))}
        rows = [
            {"system": system, "mailbox": mailbox, "taken_at": now, "scripts": json.dumps(scripts)}
            for mailbox, scripts in found.items()
        ]
        if changed := [row for row in rows if had.get(row["mailbox"]) != found[row["mailbox"]]]:
            connection.execute(insert(rule_history), changed)
        connection.execute(delete(t.readings).where(these))
        connection.execute(insert(t.readings), rows)

    def _keep(self, connection: Connection, system: str, scripts: Sequence[tuple[str, Script]]) -> None:
        """Keep a copy of each script (with its mailbox) of which there is none yet."""
        now, c = instant(self._now()), t.rule_copies.c
        wanted = {(mailbox, kept_name(one.name), _digest(one), one.active): one.content for mailbox, one in scripts}
        if not wanted:
            return
        these = c.mailbox.in_({mailbox for mailbox, *_ in wanted})
        query = select(c.mailbox, c.name, c.sha256, c.active).filter_by(system=system).where(these)
        for row in connection.execute(query):
            wanted.pop((row.mailbox, row.name, row.sha256, row.active), None)
        rows = [
            {"system": system, "mailbox": mailbox, "name": name, "sha256": sha256, "active": active}
            | {"content": content, "taken_at": now}
            for (mailbox, name, sha256, active), content in wanted.items()
        ]
        if rows:
            connection.execute(insert(t.rule_copies), rows)

    def _held(self, system: str, mailbox: str, scripts: str) -> list[Held]:
        names = {(name, active, sha256) for name, active, sha256 in json.loads(scripts)}
        if not names:
            return []
        return [
            (name, active, content)
            for name, active, _, content in self.copies(system, mailbox)
            if (name, active, hashlib.sha256(content).hexdigest()) in names
        ]
