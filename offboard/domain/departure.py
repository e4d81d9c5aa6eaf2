"""A departure: one person leaving, the unit that everything hangs on."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offboard.domain.people import Person
from offboard.errors import BadInput

if TYPE_CHECKING:
    from offboard.domain.canonical import Json


ISO_8601 = re.compile(r"[0-9W-]+(?P<time>[Tt ][0-9:.,]+([Zz]|[+-][0-9:]+)?)?")
"""What a moment may be written with; Python alone takes any letter for the T, and a zero byte at the end."""


class Status(StrEnum):
    """Where a departure stands."""

    DRAFT = "draft"
    PLANNED = "planned"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SECURING = "securing"
    HANDING_OVER = "handing_over"
    INFORMING = "informing"
    CLOSED = "closed"
    ATTENTION = "attention"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


ENDED = frozenset({Status.CLOSED, Status.CANCELLED, Status.UNDONE})
"""A person may have one departure that has not ended."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Why one client, contact or open item stays with the leaver, who decided so, and when (instant)."""

    label: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Briefed:
    """Who was told how things stand with a client (mail address or login), who said so, and when (instant)."""

    successor: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Departure:
    """One person leaving.

    ``leaver`` is the person as the directory that knows them best describes them; ``accounts`` maps each system to
    the person as that system knows them, with its immutable id, resolved once. ``successors`` names the person who
    takes over, and per client where that differs. ``moment`` is an instant (UTC), ``timezone`` the zone it was given
    in. ``skips`` are the clients, contacts and open items that stay with the leaver, by their target, by somebody's
    decision, ``briefed`` the clients whose successor was told how things stand. ``requested_by`` is empty when nobody
    proved who they are (Prefect's run form, an event).
    ``private_addresses`` are the leaver's own mail addresses as far as HR knows them: mail led there is an alarm.
    """

    number: str
    leaver: Person
    moment: datetime
    timezone: str
    playbook: str
    requested_by: str
    requested_at: datetime
    successor: Person | None = None
    successors: dict[str, Person] = field(default_factory=dict)
    accounts: dict[str, Person] = field(default_factory=dict)
    skips: dict[str, Skip] = field(default_factory=dict)
    private_addresses: tuple[str, ...] = ()
    briefed: dict[str, Briefed] = field(default_factory=dict)

    def account(self, system: str) -> Person | None:
        """Return the leaver as ``system`` knows them, or ``None`` when they have no account there."""
        return self.accounts.get(system)

    def successor_of(self, client: str) -> Person | None:
        """Return who takes over this client."""
        return self.successors.get(client, self.successor)

    def is_briefed(self, client: str) -> bool:
        """Say whether the one who takes this client over now was told how things stand with them."""
        told, successor = self.briefed.get(client), self.successor_of(client)
        return bool(told and successor and successor.answers_to(told.successor))

    def to_json(self) -> dict[str, Json]:
        """Return the departure as data; instants are ISO 8601 in UTC."""
        return {
            "number": self.number,
            "leaver": self.leaver.to_json(),
            "moment": instant(self.moment),
            "timezone": self.timezone,
            "playbook": self.playbook,
            "requested_by": self.requested_by,
            "requested_at": instant(self.requested_at),
            "successor": self.successor.to_json() if self.successor else None,
            "successors": {client: person.to_json() for client, person in self.successors.items()},
            "accounts": {system: person.to_json() for system, person in self.accounts.items()},
            **({"skips": {target: asdict(skip) for target, skip in self.skips.items()}} if self.skips else {}),
            **({"private_addresses": [*self.private_addresses]} if self.private_addresses else {}),
            **({"briefed": {client: asdict(told) for client, told in self.briefed.items()}} if self.briefed else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Departure:
        """Read what :meth:`to_json` wrote."""
        successor = data["successor"]
        return cls(
            number=cast("str", data["number"]),
            leaver=Person.from_json(cast("dict[str, Json]", data["leaver"])),
            moment=datetime.fromisoformat(cast("str", data["moment"])),
            timezone=cast("str", data["timezone"]),
            playbook=cast("str", data["playbook"]),
            requested_by=cast("str", data["requested_by"]),
            requested_at=datetime.fromisoformat(cast("str", data["requested_at"])),
            successor=Person.from_json(cast("dict[str, Json]", successor)) if successor else None,
            successors=_people(data["successors"]),
            accounts=_people(data["accounts"]),
            skips={
                target: Skip(**cast("dict[str, str]", skip))
                for target, skip in cast("dict[str, Json]", data.get("skips", {})).items()
            },
            private_addresses=tuple(cast("list[str]", data.get("private_addresses", []))),
            briefed={
                client: Briefed(**cast("dict[str, str]", told))
                for client, told in cast("dict[str, Json]", data.get("briefed", {})).items()
            },
        )


def _people(data: Json) -> dict[str, Person]:
    rows = cast("dict[str, dict[str, Json]]", data)
    return {key: Person.from_json(person) for key, person in rows.items()}


def instant(moment: datetime) -> str:
    """Return an instant as ISO 8601 text in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wall_time(at: str, zone: str) -> str:
    """Return an instant (ISO 8601) as a clock in that zone shows it: ``31 July 2026, 17:00:00 BST``.

    ``zone`` is an IANA name, or an offset as :func:`read_moment` returns it.
    """
    try:
        there: tzinfo | None = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        there = datetime.fromisoformat(f"2000-01-01T00:00{zone.removeprefix('UTC')}").tzinfo
    return f"{datetime.fromisoformat(at).astimezone(there):%-d %B %Y, %H:%M:%S %Z}"


def read_moment(text: str, timezone: str | None) -> tuple[datetime, str]:
    """Read a last moment and return it as an instant in UTC, with the zone it was meant in.

    ``text`` is ISO 8601 with an offset, or without one when ``timezone`` names an IANA zone.

    Raises:
        BadInput: no zone at all, an unknown zone, no time of day, or a wall time that a change of clocks skips or
            repeats in that zone (PEP 495): such a moment is not one instant.
    """
    shape = ISO_8601.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(text.strip()) if shape else None
    except ValueError:
        moment = None
    if shape is None or moment is None:
        raise BadInput(
            f"last moment: {text!r} is not a date with a time of day",
            hint="Write it like 2026-12-01T17:00 with --tz Europe/London, or 2026-12-01T17:00+00:00.",
        )
    if shape["time"] is None:
        raise BadInput(
            f"last moment: {text!r} has no time of day",
            hint="Write it like 2026-12-01T17:00: the end of a day is at another hour elsewhere.",
        )
    zone = _zone(timezone) if timezone else None
    if moment.tzinfo is not None:
        return _in_utc(moment, text), timezone or str(moment.tzinfo)
    if zone is None:
        raise BadInput(
            f"last moment: {text!r} has no time zone",
            hint="Add --tz, for example --tz Europe/London, or an offset such as +01:00.",
        )
    first, second = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise BadInput(
            f"last moment: the clocks change in {zone.key} at {text!r}; it is no single instant",
            hint="Choose a moment an hour later, or write the offset, such as 2026-10-25T02:30+01:00.",
        )
    return _in_utc(first, text), zone.key


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"time zone: {name!r} is unknown", hint="Use an IANA name such as Europe/Berlin.") from error


def _in_utc(moment: datetime, text: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(f"last moment: {text!r} lies outside the calendar") from error
