"""What a letter may say: each fact has a name, and is known for every letter or only for some."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offboard.letters.cleaning import known, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from offboard.domain.asking import Task
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.settings import CompanySection


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of letter: its file name, and the facts that its templates may print; optional ones need an ``if``.

    One ``within`` the company goes to people here: where its language is not there, English is.
    """

    name: str
    with_subject: bool
    always: frozenset[str]
    sometimes: frozenset[str]
    within: bool = False
    lists: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """Each list, may be empty, → what its rows have, and whether every row has it."""

    @property
    def known(self) -> frozenset[str]:
        """Every name that a template of this kind may use."""
        return self.always | self.sometimes


AUTO_REPLY = Kind(
    "auto_reply",
    with_subject=False,
    always=frozenset({"company.name", "leaver.name"}),
    sometimes=frozenset({"successor.name", "successor.title", "successor.phone", "successor.mail"}),
)
HANDOVER = Kind(
    "handover",
    with_subject=True,
    always=AUTO_REPLY.always | {"client.name", "successor.name", "last_day", "takeover", "reference", "owner.mail"},
    sometimes=frozenset(
        {
            "company.after_hours",
            "company.hours",
            "company.response_time",
            "contact.name",
            "briefed",
            "first_contact_by",
            "last_day_past",
            "leaver.title",
            "mail_until",
            "more_open",
            "open_items",
            "owner.name",
            "owner.phone",
            "owner.title",
            "owner_contact_by",
            "salutation",
            "successor.about",
            "successor.mail",
            "successor.phone",
            "successor.title",
        }
    ),
    lists={
        "matters": {"what": True, "due": False, "who": False},
        "team": {"name": True, "role": False, "phone": False, "mail": False},
    },
)
LEAVER = Kind(
    "leaver",
    with_subject=True,
    always=AUTO_REPLY.always | {"last_day", "reference", "hr.mail"},
    sometimes=frozenset({"last_day_past", "things", "successor.name", "owner.name", "owner.title"}),
    within=True,
)
ASKED = Kind(
    "asked",
    with_subject=True,
    always=AUTO_REPLY.always | {"task", "due", "reference", "asked.mail", "sender.mail"},
    sometimes=frozenset({"reminder"}),
    within=True,
)
KINDS = (HANDOVER, AUTO_REPLY, LEAVER, ASKED)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a letter names."""

    dated: date
    last_day: date
    takeover: date
    first_contact_by: date | None
    owner_contact_by: date | None

    @classmethod
    def of(cls, departure: Departure, company: CompanySection, now: datetime) -> Days:
        """Work the days out: the letter is dated when it may go out at the earliest, at the last moment.

        Days are those of the zone that the last moment was given in. The successor takes over at once when that
        moment lies before noon, else on the next working day (Monday to Friday), never before the letter's own date.
        """
        leaving = departure.moment.astimezone(_zone(departure, company))
        dated = max(now.astimezone(ZoneInfo(company.timezone)).date(), leaving.date())
        after = leaving.date() if leaving.hour < 12 else working_day(leaving.date() + timedelta(days=1))  # noqa: PLR2004 - noon
        takeover = max(after, dated)

        def within(days: int) -> date | None:
            return working_day(takeover + timedelta(days=days)) if days else None

        return cls(
            dated,
            leaving.date(),
            takeover,
            first_contact_by=within(company.first_contact_days),
            owner_contact_by=within(company.owner_contact_days),
        )


def working_day(day: date) -> date:
    """Return the day, or the Monday after it when it falls on a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)  # noqa: PLR2004 - Friday is 4


def reply_facts(departure: Departure, successor: Person | None, *, company: CompanySection) -> dict[str, str]:
    """Return every fact of an automatic reply by its full name; what is not known is empty."""
    return {
        "company.name": one_line(company.name),
        "leaver.name": one_line(departure.leaver.name),
        "successor.mail": known(successor.mail) if successor else "",
        "successor.name": one_line(successor.name) if successor else "",
        "successor.phone": phone(successor.phone) if successor else "",
        "successor.title": known(successor.title) if successor else "",
    }


def leaver_facts(
    departure: Departure, *, company: CompanySection, hr_mail: str, things: Sequence[str], days: Days, last_day: str,
    reference: str,
) -> dict[str, str]:  # fmt: skip
    """Return every fact of the letter to the leaver by its full name; what is not known is empty."""
    reply = reply_facts(departure, departure.successor, company=company)
    return {name: reply[name] for name in ("company.name", "leaver.name", "successor.name")} | {
        "hr.mail": one_line(hr_mail),
        "last_day": last_day,
        "last_day_past": "yes" if days.last_day < days.dated else "",
        "owner.name": one_line(company.owner_name),
        "owner.title": one_line(company.owner_title),
        "reference": reference,
        "things": "; ".join(map(one_line, things)),
    }


def asked_facts(
    task: Task, departure: Departure, *, company: CompanySection, sender: str, due: str, reminder: bool
) -> dict[str, str]:
    """Return every fact of a mail that asks somebody for something, or reminds them."""
    return {
        "asked.mail": one_line(task.assignee),
        "company.name": one_line(company.name),
        "due": due,
        "leaver.name": one_line(departure.leaver.name),
        "reference": task.id,
        "reminder": "yes" if reminder else "",
        "sender.mail": one_line(sender),
        "task": one_line(task.what),
    }


def phone(number: str) -> str:
    """Return a telephone number that never breaks over two lines."""
    return known(number).replace(" ", "\u00a0")


def _zone(departure: Departure, company: CompanySection) -> ZoneInfo:
    try:
        return ZoneInfo(departure.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(company.timezone)  # the moment was given with a mere offset
