"""Departures and where they stand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from offboard.domain.canonical import Json, canonical_bytes
from offboard.domain.departure import ENDED, Departure, Status, instant
from offboard.domain.evidence import Kind
from offboard.errors import NoSuchDeparture
from offboard.storage import tables as t
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


# Numbers are text: after D-2026-9999 comes D-2026-10000, which is longer.
_STATUS = select(t.departures.c.status).where(t.departures.c.number == bindparam("number"))
_DATA = select(t.departures.c.data).where(t.departures.c.number == bindparam("number"))
_STANDS = select(t.departures.c.status, t.departures.c.clock).where(t.departures.c.number == bindparam("number"))
_MOVE = update(t.departures).where(t.departures.c.number == bindparam("whose"))
_NO_LONGER_OPEN = delete(t.open_people).where(t.open_people.c.departure == bindparam("number"))
NEWEST_FIRST = (
    func.substr(t.departures.c.number, 1, 6).desc(),
    func.length(t.departures.c.number).desc(),
    t.departures.c.number.desc(),
)


class Departures(Recorder):
    """Every departure, one open one per person."""

    def open_for(self, person: str) -> Departure | None:
        """Return the person's departure that has not ended, by immutable id."""
        with self.database.read() as connection:
            number = connection.execute(
                select(t.open_people.c.departure).where(t.open_people.c.person == person)
            ).scalar()
        return self.get(number) if number else None

    def add(self, make: Callable[[str], Departure], told: dict[str, Json]) -> Departure:
        """Record a new departure under the next number, or return the open one of the same person."""

        def work(connection: Connection) -> Departure | str:
            year = self.now().year
            last = connection.execute(
                select(t.departures.c.number)
                .where(t.departures.c.number.like(f"D-{year}-%"))
                .order_by(*NEWEST_FIRST)
                .limit(1)
            ).scalar()
            number = f"D-{year}-{int(last.rsplit('-', 1)[1]) + 1 if last else 1:04d}"
            departure = make(number)
            there = connection.execute(
                select(t.open_people.c.departure).where(t.open_people.c.person == departure.leaver.id)
            ).scalar()
            if there:
                return str(there)
            connection.execute(insert(t.open_people).values(person=departure.leaver.id, departure=number))
            connection.execute(insert(t.departures).values(_departure_row(departure, Status.DRAFT)))
            self.tell(connection, number, Kind.REQUESTED, told | {"request": departure.to_json()})
            return departure

        try:
            found = self.database.write(work)
        except IntegrityError:
            found = self.database.write(work)
        return self.get(found) if isinstance(found, str) else found

    def change(self, departure: Departure, told: dict[str, Json], *, voids: bool = True) -> None:
        """Write a departure's new values; every plan it had is voided, and with them their approvals.

        ``voids`` is false for what concerns no plan: that something is left as it is.
        """

        def work(connection: Connection) -> None:
            connection.execute(
                update(t.departures)
                .where(t.departures.c.number == departure.number)
                .values(
                    {k: v for k, v in _departure_row(departure, Status.DRAFT).items() if k not in {"clock", "status"}}
                )
            )
            if voids:
                connection.execute(update(t.plans).where(t.plans.c.departure == departure.number).values(voided=True))
            self.tell(connection, departure.number, Kind.REQUESTED, told | {"request": departure.to_json()})

        self.database.write(work)

    def get(self, number: str) -> Departure:
        """Return a departure by its number.

        Raises:
            NoSuchDeparture: there is none.
        """
        with self.database.read() as connection:
            data = connection.execute(_DATA, {"number": number.strip().upper()}).scalar()
        if data is None:
            raise NoSuchDeparture(f"there is no departure {number!r}")
        return Departure.from_json(json.loads(data))

    def every(self, *, having: Collection[Status] = ()) -> list[tuple[Departure, Status]]:
        """Return every departure with its status, or those that have one of these, the newest first."""
        wanted = select(t.departures.c.data, t.departures.c.status).order_by(*NEWEST_FIRST)
        if having:
            wanted = wanted.where(t.departures.c.status.in_([status.value for status in having]))
        with self.database.read() as connection:
            rows = connection.execute(wanted).all()
        return [(Departure.from_json(json.loads(row.data)), Status(row.status)) for row in rows]

    def status(self, number: str) -> Status:
        """Return where a departure stands."""
        with self.database.read() as connection:
            return Status(connection.execute(_STATUS, {"number": number}).scalar_one())

    def clock(self, number: str) -> dict[str, str]:
        """Return when what happened: requested, first_write, secured, closed, as far as it has."""
        with self.database.read() as connection:
            row = connection.execute(
                select(t.departures.c.clock, t.departures.c.requested_at).where(t.departures.c.number == number)
            ).one()
        return {"requested": row.requested_at} | cast("dict[str, str]", json.loads(row.clock))

    def set_status(self, number: str, status: Status, *, stamp: str | None = None) -> None:
        """Move a departure to another status; ``stamp`` names the clock's hand that is set now, once."""

        def work(connection: Connection) -> None:
            row = connection.execute(_STANDS, {"number": number}).one()
            clock = json.loads(row.clock)
            if row.status == status.value and (stamp is None or stamp in clock):
                return
            if stamp:
                clock.setdefault(stamp, instant(self.now()))
            connection.execute(_MOVE, {"whose": number, "status": status.value, "clock": json.dumps(clock)})
            if status in ENDED:
                connection.execute(_NO_LONGER_OPEN, {"number": number})
            if row.status != status.value:
                self.tell(connection, number, Kind.STATUS, {"from": row.status, "to": status.value})

        self.database.write(work)


def _departure_row(departure: Departure, status: Status) -> dict[str, Any]:
    return {
        "number": departure.number,
        "person": departure.leaver.id,
        "status": status.value,
        "moment": instant(departure.moment),
        "requested_at": instant(departure.requested_at),
        "data": canonical_bytes(departure.to_json()).decode(),
        "clock": "{}",
    }


def started_ago(departures: Iterable[Departure], now: datetime) -> list[float]:
    """Return how many seconds ago each of these was asked for."""
    return [(now.astimezone(UTC) - departure.requested_at).total_seconds() for departure in departures]
