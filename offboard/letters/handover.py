"""What the letter to one client may say: whom they deal with from now on, what they may expect, what is open."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from offboard.domain.people import fold
from offboard.letters.cleaning import known, one_line
from offboard.letters.countries import base_language, long_date
from offboard.letters.facts import Days, phone, reply_facts
from offboard.letters.salutation import addressed, greeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offboard.domain.clients import Client, OpenItem
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.letter_settings import Spoken
    from offboard.letters.templates import Facts
    from offboard.settings import CompanySection

    Say = Callable[[Spoken], str]
    When = Callable[[date | None], str]


def handover_facts(
    departure: Departure,
    client: Client,
    successor: Person,
    *,
    company: CompanySection,
    owner_mail: str,
    days: Days,
    language: str,
    country: str,
    reference: str,
    mail_until: date | None = None,
) -> dict[str, Facts]:
    """Return every fact of a letter to one client by its full name; what is not known is empty."""

    def when(day: date | None) -> str:
        return long_date(day, language, country) if day else ""

    def say(given: Spoken) -> str:
        return _spoken(given, company, language)

    matters = list(_matters(client, departure, successor, when))
    return {
        **reply_facts(departure, successor, company=company),
        "briefed": "yes" if departure.is_briefed(client.id) else "",
        "client.name": one_line(client.name),
        **_expectations(client, company, say),
        "contact.name": addressed(client.contact, language),
        "first_contact_by": when(days.first_contact_by),
        "last_day": when(days.last_day),
        "last_day_past": "yes" if days.last_day < days.dated else "",
        "leaver.title": known(departure.leaver.title),
        "mail_until": when(mail_until),
        "matters": matters,
        "more_open": "yes" if client.open_items > len(matters) else "",
        "open_items": str(client.open_items) if client.open_items > 0 else "",
        "owner.mail": one_line(owner_mail),
        "owner.name": one_line(company.owner_name),
        "owner.phone": phone(company.owner_phone),
        "owner.title": one_line(company.owner_title),
        "owner_contact_by": when(days.owner_contact_by) if company.owner_name else "",
        "reference": reference,
        "salutation": greeting(client.contact),
        "successor.about": say(_introduction(successor, company)),
        "takeover": when(days.takeover),
        "team": list(_team(company, say, {departure.leaver, successor})),
    }


def _expectations(client: Client, company: CompanySection, say: Say) -> dict[str, str]:
    """Return what this client may expect: what their tier is promised, else what everybody is."""
    tier = company.tiers.get(client.tier)

    def promised(usual: Spoken, special: Spoken) -> str:
        return say(special) or say(usual)

    return {
        "company.after_hours": promised(company.after_hours, tier.after_hours if tier else ""),
        "company.hours": promised(company.hours, tier.hours if tier else ""),
        "company.response_time": promised(company.response_time, tier.response_time if tier else ""),
    }


def _matters(client: Client, departure: Departure, successor: Person, when: When) -> Iterator[dict[str, str]]:
    """Yield the open matters that somebody ticked as fit to be told; nothing else of an item is ever told."""
    for item in sorted(client.items, key=lambda item: (item.due or "9", item.id)):
        what = one_line(item.title)
        if item.tellable and not item.closed and what:
            yield {"what": what.rstrip("."), "due": when(_day(item.due)), "who": _who(item, departure, successor)}


def _who(item: OpenItem, departure: Departure, successor: Person) -> str:
    """Return who has a matter from now on, where that is another colleague's name; else the successor is meant."""
    owner = known(item.owner)
    own = not owner or departure.leaver.answers_to(owner) or successor.answers_to(owner)
    return "" if own or "@" in owner or " " not in owner else owner


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _introduction(successor: Person, company: CompanySection) -> Spoken:
    own = {fold(mail): text for mail, text in company.introductions.items()}
    return own.get(fold(successor.mail), "") if successor.mail else ""


def _team(company: CompanySection, say: Say, others: set[Person]) -> Iterator[dict[str, str]]:
    """Yield the colleagues whom letters name beside the successor; never the one who leaves."""
    for one in company.team:
        if any(person.answers_to(one.mail or one.name) for person in others):
            continue
        yield {
            "name": one_line(one.name),
            "role": say(one.role),
            "phone": phone(one.phone),
            "mail": known(one.mail),
        }


def _spoken(given: Spoken, company: CompanySection, language: str) -> str:
    """Return a sentence of the settings in this language, and none rather than one in another language."""
    if isinstance(given, str):
        given = {company.languages[0]: given}
    return one_line(given.get(language, "") or given.get(base_language(language), ""))
