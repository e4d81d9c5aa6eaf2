"""What people ask for at the desk, for the resident process to carry out; and the people whom the desk finds."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from offboard.domain.departure import instant
from offboard.domain.people import Person, fold
from offboard.storage import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from offboard.storage.database import Database

ASKED, PLANNED, REFUSED = "asked", "planned", "refused"
PEOPLE_READ = "people read"
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody filled in; ``moment`` is an instant, ``successor`` may be empty."""

    person: str
    name: str
    moment: str
    timezone: str
    playbook: str
    successor: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """A request and what became of it: ``said`` tells why nothing was planned."""

    id: str
    state: str
    asked_at: str
    departure: str
    said: str
    wanted: Wanted


class DeskRequests:
    """Keeps requests until they are planned."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def add(self, wanted: Wanted) -> str:
        """Keep a request durably and return its id; the same one that still waits is not kept twice."""
        data = json.dumps(asdict(wanted), sort_keys=True)

        def work(connection: Connection) -> str:
            there = connection.execute(
                select(t.departure_requests.c.id).where(
                    t.departure_requests.c.state == ASKED, t.departure_requests.c.data == data
                )
            ).scalar()
            if there:
                return str(there)
            made = secrets.token_hex(8)
            connection.execute(
                insert(t.departure_requests).values(
                    id=made, state=ASKED, asked_at=instant(self._now()), departure="", said="", data=data
                )
            )
            return made

        return self._database.write(work)

    def get(self, request: str) -> DeskRequest | None:
        """Return a request, or ``None``."""
        with self._database.read() as connection:
            row = connection.execute(select(t.departure_requests).where(t.departure_requests.c.id == request)).first()
        return _request(row) if row else None

    def waiting(self) -> list[DeskRequest]:
        """Return the requests that nobody has planned yet, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.departure_requests)
                .where(t.departure_requests.c.state == ASKED)
                .order_by(t.departure_requests.c.asked_at)
            ).all()
        return [_request(row) for row in rows]

    def settle(self, request: str, *, departure: str = "", said: str = "") -> None:
        """Record what became of a request: the departure that it led to, or why there is none."""
        state = PLANNED if departure else REFUSED
        self._database.write(
            lambda connection: connection.execute(
                update(t.departure_requests)
                .where(t.departure_requests.c.id == request)
                .values(state=state, departure=departure, said=said)
            )
        )

    def keep_people(self, system: str, people: Iterable[Person]) -> None:
        """Keep whom a directory knows, in place of whom it knew before; nothing but login, name, mail and title."""
        rows = {p.login: _known(system, p) for p in people if p.login}

        def work(connection: Connection) -> None:
            connection.execute(delete(t.known_people).where(t.known_people.c.system == system))
            if rows:
                connection.execute(insert(t.known_people), list(rows.values()))
            connection.execute(delete(t.switches).where(t.switches.c.name == PEOPLE_READ))
            connection.execute(insert(t.switches).values(name=PEOPLE_READ, value=instant(self._now())))

        self._database.write(work)

    def people_read(self) -> str:
        """Return when the people were read last (instant), empty when never."""
        with self._database.read() as connection:
            return connection.execute(select(t.switches.c.value).where(t.switches.c.name == PEOPLE_READ)).scalar() or ""

    def find(self, words: str) -> list[Person]:
        """Return at most twenty people whose name, login or mail holds each of these words."""
        wanted = select(t.known_people).order_by(t.known_people.c.name).limit(MOST_FOUND * 2)
        asked = fold(words).split()
        if not asked:
            return []
        for word in asked:
            wanted = wanted.where(t.known_people.c.folded.contains(word, autoescape=True))
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        found: dict[str, Person] = {}
        for row in rows:
            person = Person("", row.system, row.login, row.name, row.mail, title=row.title)
            found.setdefault(fold(row.mail) or fold(row.login), person)
        return list(found.values())[:MOST_FOUND]

    def names(self) -> dict[str, str]:
        """Return what everybody is called, by mail address and by login, folded."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.known_people.c.name, t.known_people.c.mail, t.known_people.c.login)
            ).all()
        return {fold(key): row.name for row in rows for key in (row.login, row.mail) if key}

    def known(self, login: str) -> Person | None:
        """Return the person of exactly this login or mail, or ``None``."""
        return next((p for p in self.find(login) if fold(login) in {fold(p.login), fold(p.mail)}), None)


def _known(system: str, person: Person) -> dict[str, str]:
    folded = fold(f"{person.name} {person.login} {person.mail}")
    shown = {"login": person.login, "name": person.name, "mail": person.mail, "title": person.title}
    return shown | {"system": system, "folded": folded}


def _request(row: object) -> DeskRequest:
    data = json.loads(row.data)  # type: ignore[attr-defined]
    return DeskRequest(row.id, row.state, row.asked_at, row.departure, row.said, Wanted(**data))  # type: ignore[attr-defined]
