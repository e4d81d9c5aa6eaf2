"""People as SCIM's users: found by login, mail address and number, and never by half of any."""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._scim_api import USERS
from offboard.connectors._scim_faults import Unsupported
from offboard.connectors._scim_lists import contains, equal, is_text
from offboard.connectors._scim_offers import ENTERPRISE, EXTERNAL, LOGIN, MAIL, NUMBER
from offboard.domain.holdings import Kin
from offboard.domain.kinship import why_twin
from offboard.domain.people import Person, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offboard.connectors._scim_api import Resource
    from offboard.connectors._scim_lists import Lists

_COUNTED: Final = 60.0
"""Seconds for which the number of people is good enough for a guard."""

_NEAR, _NEAR_READ = 10, 200
_DOING: Final = "look people up"

Wanted = dict[str, set[str]]
"""Attribute → the values asked for, folded; SCIM's two kinds of number answer for each other."""


class People:
    """The users of one server; ``unsearched`` are the attributes that it has refused to search by."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._system = lists.api.system
        self._offers = lists.offers
        self._either = lists.offers.either
        self._unsearched: set[str] = set()
        self._count: tuple[float, int] | None = None

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""
        return self._with({attribute: [key] for attribute in (LOGIN, MAIL, NUMBER, EXTERNAL)})

    def recognise(self, person: Person) -> list[Person]:
        """Return the people who share login, mail or employee number with ``person``.

        Many products take the mail address for the login, so the address is looked for in both places.
        """
        number = [person.employee_number]
        return self._with({LOGIN: [person.login, person.mail], MAIL: [person.mail], NUMBER: number, EXTERNAL: number})

    def near(self, key: str) -> list[Person]:
        """Return at most ten people who are called something like ``key``."""
        if not key.strip():
            return []
        found = self._lists.first(USERS, doing=_DOING, count=_NEAR_READ)
        people = [self.person(user, {}) for user in found]
        return sorted(people, key=lambda person: -_likeness(person, key))[:_NEAR]

    def staff(self) -> int:
        """Return how many people there are; counted at most once a minute."""
        if self._count is None or time.monotonic() - self._count[0] > _COUNTED:
            number = self._lists.total(USERS, doing="count people")
            self._count = (time.monotonic(), number)
        return self._count[1]

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        return (self.person(user, {}) for user in self._lists.every(USERS, doing="read everybody's names"))

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's; where searches are weak, everybody is read for it."""
        others = (self.person(user, {}) for user in self._called_alike(person))
        return [Kin(other, why) for other in others if (why := why_twin(person, other))]

    def _called_alike(self, person: Person) -> Iterator[Resource]:
        doing = "look for second accounts"
        asked = {MAIL: person.mail, NUMBER: person.employee_number, EXTERNAL: person.employee_number}
        filters = [contains(LOGIN, person.login.partition("@")[0])] if person.login else []
        filters += [equal(attribute, value) for attribute, value in asked.items() if value]
        if self._offers.filter and self._either and filters and is_text("".join(filters)):
            try:
                yield from list(self._lists.every(USERS, doing=doing, filter_=" or ".join(filters)))
            except Unsupported:
                self._either = False
            else:
                return
        yield from self._lists.every(USERS, doing=doing)

    def _with(self, asked: dict[str, list[str]]) -> list[Person]:
        wanted: Wanted = {}
        for attribute, values in asked.items():
            kept = {value.strip() for value in values if value.strip() and is_text(value)}
            if kept:
                wanted[attribute] = kept
        if not wanted:
            return []
        found: dict[str, Resource] = {}
        for user in self._candidates(wanted):
            # A server's own matching may be laxer, or it ignores the filter; only plain equality counts here.
            if any(_folded(values) & _folded(_values(user, attribute)) for attribute, values in wanted.items()):
                found[user["id"]] = user
        return [self.person(user, wanted) for user in found.values()]

    def _candidates(self, wanted: Wanted) -> Iterator[Resource]:
        """Yield whoever may match: by one search, by several, or, where that is not offered, by reading everybody."""
        searched = [key for key in wanted if key in self._offers.searched] if self._offers.filter else []
        filters = {key: [equal(key, value) for value in sorted(wanted[key])] for key in searched}
        if self._either and len(searched) == len(wanted):
            try:
                yield from self._search(" or ".join(dict.fromkeys(one for each in filters.values() for one in each)))
            except Unsupported:
                self._either = False
            else:
                return
        hit = False
        for key in searched:
            for filter_ in filters[key] if key not in self._unsearched else ():
                try:
                    for user in self._search(filter_):
                        hit = True
                        yield user
                except Unsupported:
                    self._unsearched.add(key)
        if not hit and any(key not in searched or key in self._unsearched for key in wanted):
            yield from self._lists.every(USERS, doing=_DOING)

    def _search(self, filter_: str) -> list[Resource]:
        return list(self._lists.every(USERS, doing=_DOING, filter_=filter_))

    def person(self, user: Resource, wanted: Wanted) -> Person:
        """Return a user as a person; of several mail addresses, the one that was asked for, else the primary one."""
        mails = _values(user, MAIL)
        asked = _folded(wanted.get(MAIL, ()))
        mail = next((one for one in mails if fold(one) in asked), next(iter(mails), ""))
        manager = _part(user, ENTERPRISE, "manager")
        return Person(
            id=user["id"],
            system=self._system,
            login=_text(user.get("userName")),
            name=full_name(user),
            mail=mail,
            employee_number=next(iter(_values(user, NUMBER) + _values(user, EXTERNAL)), ""),
            title=_text(user.get("title")),
            phone=next(iter(_each(user.get("phoneNumbers"))), ""),
            manager=_text(manager.get("displayName") or manager.get("value")) if isinstance(manager, dict) else "",
        )


def full_name(user: Resource) -> str:
    """Return what somebody is called, from whichever of SCIM's names there is."""
    name = user.get("name")
    parts: dict[str, Any] = name if isinstance(name, dict) else {}
    both = f"{_text(parts.get('givenName'))} {_text(parts.get('familyName'))}".strip()
    return _text(user.get("displayName")) or _text(parts.get("formatted")) or both


def _values(user: Resource, attribute: str) -> list[str]:
    if attribute == MAIL:
        return _each(user.get("emails"))
    value = _part(user, ENTERPRISE, "employeeNumber") if attribute == NUMBER else user.get(attribute)
    return [_text(value)] if _text(value) else []


def _each(listed: object) -> list[str]:
    """Return the values of a multi-valued attribute, the primary one first."""
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    entries.sort(key=lambda one: one.get("primary") is not True)
    return [_text(one.get("value")) for one in entries if _text(one.get("value"))]


def _part(user: Resource, whole: str, part: str) -> object:
    found = user.get(whole)
    return found.get(part) if isinstance(found, dict) else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _folded(values: Iterable[str]) -> set[str]:
    return {fold(value) for value in values}


def _likeness(person: Person, key: str) -> float:
    return max(difflib.SequenceMatcher(None, fold(key), one).ratio() for one in person.keys() or {""})
