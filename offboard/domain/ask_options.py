"""What a playbook asks people for: the things, whom, and until when, counted from the last moment."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offboard.domain.asking import TaskKind
from offboard.domain.options import Accepts
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from offboard.domain.departure import Departure

LEAVER = "{leaver}"
"""The one thing that a text may name; it is put in once, and what it is replaced by is never read again."""

PARTS = ("it", "hr", "owner", "manager", "successor", "leaver")
"""Whom the playbook may ask, besides a mail address: each is somebody else in each departure."""

KEYS = ("ask", "of", "due", "remind", "kind", "id")
OFFSET = re.compile(r"([+-][0-9]{1,4})([hdw])")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
BRACES = re.compile(r"\{[^{}]*\}|[{}]")
MAIL = re.compile(r"[^\s@,;<>\"']+@[^\s@,;<>\"']+\.[^\s@,;<>\"']+")
LONGEST_TEXT, LONGEST_DAYS = 200, 366
WRITTEN = "must be so many hours, days or weeks before or after, such as +2d, -4h or +1w"
DUE, REMIND = "+2d", ("-1d",)
REMIND_OF_LETTER = ("-1d", "+3d", "+7d")


@dataclass(frozen=True, slots=True)
class Offset:
    """How long before (``-4h``) or after (``+2d``) a moment; days and weeks are those of the calendar."""

    hours: int
    days: int

    @classmethod
    def parse(cls, text: object) -> Offset | None:
        """Read ``+2d``, ``-4h``, ``+1w``: sign, number, unit, nothing else; ``None`` when it is anything else."""
        shape = OFFSET.fullmatch(text) if isinstance(text, str) else None
        if shape is None:
            return None
        number, unit = int(shape[1]), shape[2]
        found = cls(number if unit == "h" else 0, number * {"h": 0, "d": 1, "w": 7}[unit])
        return found if abs(found.days) <= LONGEST_DAYS and abs(found.hours) <= LONGEST_DAYS * 24 else None

    @classmethod
    def read(cls, text: str) -> Offset:
        """Return what :meth:`parse` does.

        Raises:
            BadInput: it is none.
        """
        found = cls.parse(text)
        if found is None:
            raise BadInput(f"{text!r} {WRITTEN}")
        return found

    def of(self, moment: datetime, timezone: str) -> datetime:
        """Return the moment so much before or after ``moment``; a day later is the same time of day in that zone."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = None  # the moment was given with a mere offset
        try:
            on_the_wall = moment.astimezone(zone or UTC) + timedelta(days=self.days)
            return on_the_wall.astimezone(UTC) + timedelta(hours=self.hours)
        except OverflowError:
            return moment


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask for, as the playbook says it."""

    name: str
    text: str
    of: str
    due: Offset
    remind: tuple[Offset, ...]
    kind: TaskKind

    def due_at(self, departure: Departure) -> datetime:
        """Return when it is due."""
        return self.due.of(begins(departure), departure.timezone)

    def reminders_at(self, departure: Departure) -> list[datetime]:
        """Return when the person is reminded: so long before or after it is due."""
        return sorted(offset.of(self.due_at(departure), departure.timezone) for offset in self.remind)

    def said(self, departure: Departure) -> str:
        """Return the text for this departure."""
        return self.text.replace(LEAVER, departure.leaver.name)


def begins(departure: Departure) -> datetime:
    """Return what time is counted from: the last moment, or when the departure was asked for if that was later."""
    return max(departure.moment, departure.requested_at)


def read_asks(options: Mapping[str, Any]) -> list[Ask]:
    """Return what the option ``what`` asks for.

    Raises:
        BadInput: it is wrong; checking the playbook finds the same.
    """
    fault = Asks().fault(options.get("what"))
    if fault:
        raise BadInput(f"what of ask_person {fault}")
    return [_ask(item) for item in options["what"]]


@dataclass(frozen=True, slots=True)
class Due(Accepts):
    """So long before or after the last moment."""

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        return None if Offset.parse(value) else WRITTEN

    def schema(self) -> dict[str, Any]:
        """Return the same as JSON Schema."""
        return {"type": "string", "pattern": f"^{OFFSET.pattern}$"}


@dataclass(frozen=True, slots=True)
class Asks(Accepts):
    """A list of things to ask people for."""

    nested: ClassVar[bool] = True

    def fault(self, value: Any) -> str | None:
        """Return everything that is wrong with the list, or ``None``."""
        return "; ".join(self.faults(value)) or None

    def faults(self, value: Any) -> Iterator[str]:
        """Yield everything that is wrong with the list, each with its place in it, counted from 1."""
        if not isinstance(value, list) or not value:
            yield "must be a list of things to ask for, such as - {ask: Collect the laptop, of: it, due: +2d}"
            return
        for place, item in enumerate(value, start=1):
            yield from (f"is wrong in thing {place}: {fault}" for fault in _faults_of(item))
        names = [str(item.get("id") or slug(str(item.get("ask", "")))) for item in value if isinstance(item, dict)]
        twice = {name for name in names if name and names.count(name) > 1}
        yield from (f"asks for {name!r} twice; give one of them another id" for name in sorted(twice))

    def schema(self) -> dict[str, Any]:
        """Return the same as JSON Schema."""
        offset = Due().schema()
        known = {
            "ask": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
            "of": {"type": "string", "description": f"{', '.join(PARTS)}, or a mail address"},
            "due": offset,
            "remind": {"anyOf": [offset, {"type": "array", "items": offset}]},
            "kind": {"enum": [kind.value for kind in TaskKind]},
            "id": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        }
        item = {"type": "object", "properties": known, "required": ["ask", "of"], "additionalProperties": False}
        return {"type": "array", "minItems": 1, "items": item}


def slug(text: str) -> str:
    """Return a text as a short name of ASCII letters, digits and hyphens; empty where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text.replace(LEAVER, "").casefold().replace("ß", "ss"))
    words = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode())
    return words.strip("-")[:40].strip("-")


def _faults_of(item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield "must be a mapping such as {ask: Collect the laptop, of: it, due: +2d}"
        return
    yield from (_unknown("key", str(key), KEYS) for key in item if key not in KEYS)
    text = item.get("ask")
    if not isinstance(text, str) or not text.strip():
        yield "'ask' must say in one sentence what is asked for"
    else:
        yield from _text_faults(text)
        if "id" not in item and not slug(text):
            yield "no name can be made of 'ask'; add an id such as laptop"
    if "id" in item and not (isinstance(item["id"], str) and NAME.fullmatch(item["id"])):
        yield f"'id' {item['id']!r}: use at most 40 of a-z, 0-9 and hyphens"
    of = item.get("of")
    if not isinstance(of, str) or (of not in PARTS and not MAIL.fullmatch(of)):
        yield f"'of': {_unknown('person', str(of or ''), PARTS)}, or a mail address"
    for key, given in (("due", [item.get("due", DUE)]), ("remind", _listed(item.get("remind", [])))):
        for one in given:
            if Offset.parse(one) is None:
                yield f"{key!r} {one!r} {WRITTEN}"
    if item.get("kind", "other") not in list(TaskKind):
        yield f"'kind': {_unknown('kind', str(item['kind']), [kind.value for kind in TaskKind])}"


def _text_faults(text: str) -> Iterator[str]:
    if len(text) > LONGEST_TEXT:
        yield f"'ask' is longer than {LONGEST_TEXT} characters"
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Cf", "Zl", "Zp"} for letter in text):
        yield "'ask' must be one line of plain text"
    strange = [found for found in BRACES.findall(text) if found != LEAVER]
    if strange:
        yield f"{strange[0]!r} stands for nothing; a text may name {LEAVER} alone"


def _ask(item: Mapping[str, Any]) -> Ask:
    kind = TaskKind(item.get("kind", "other"))
    remind = _listed(item.get("remind", REMIND_OF_LETTER if kind is TaskKind.ACKNOWLEDGEMENT else REMIND))
    due, *others = [Offset.read(one) for one in (item.get("due", DUE), *remind)]
    text = " ".join(item["ask"].split())
    return Ask(item.get("id") or slug(text), text, item["of"], due, tuple(others), kind)


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _unknown(what: str, word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"unknown {what} {word!r}" + (f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}")
