"""The people of a directory: found by equality alone, near misses for messages only."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offboard.connectors._ldap_faults import SIZE_LIMIT
from offboard.connectors._ldap_text import begins, contains, either, equal, every, first_value
from offboard.domain.people import Person, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Entry

_COUNTED: Final = 60.0
"""Seconds for which the number of people is good enough for a guard."""

_NEAR, _NEAR_READ, _STEM = 10, 200, 2


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the directory calls what we know of people."""

    login: str
    mail: str
    employee_number: str
    full_name: str
    title: str
    phone: str
    manager: str

    def keys(self) -> tuple[str, str, str]:
        """Return the attributes that tell people apart."""
        return self.login, self.mail, self.employee_number

    def every(self) -> list[str]:
        """Return all of them."""
        return [*self.keys(), self.full_name, self.title, self.phone, self.manager]


class People:
    """The entries of one object class below ``base``."""

    def __init__(self, entries: Entries, base: str, person_class: str, attributes: Attributes) -> None:
        self._entries = entries
        self._link = entries.link
        self._base = base
        self._is_person = equal("objectClass", person_class)
        self._attributes = attributes
        self._count: tuple[float, int] | None = None

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""
        return self._with(dict.fromkeys(self._attributes.keys(), key))

    def recognise(self, person: Person) -> list[Person]:
        """Return the people who share login, mail or employee number with ``person``."""
        values = (person.login, person.mail, person.employee_number)
        return self._with(dict(zip(self._attributes.keys(), values, strict=True)))

    def near(self, key: str) -> list[Person]:
        """Return at most ten people who are called something like ``key``."""
        words = [word for word in dict.fromkeys((key.strip(), *key.split())) if word and _is_text(word)]
        if not words:
            return []
        named = [*self._attributes.keys(), self._attributes.full_name]
        like = either(
            [contains(attribute, word) for attribute in named for word in words]
            + [begins(attribute, word[:_STEM]) for attribute in named for word in words]
        )
        found = self._link.search(
            self._base,
            every(self._is_person, like),
            [*self._attributes.every(), self._entries.id_attribute],
            limit=_NEAR_READ,
            expected=frozenset({SIZE_LIMIT}),
        )
        people = [self._person(entry, {}) for entry in found]
        return sorted(people, key=lambda person: -_likeness(person, key))[:_NEAR]

    def staff(self) -> int:
        """Return how many people there are; counted at most once a minute."""
        if self._count is None or time.monotonic() - self._count[0] > _COUNTED:
            number = sum(1 for _ in self._link.pages(self._base, self._is_person, []))
            self._count = (time.monotonic(), number)
        return self._count[1]

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        shown = [*self._attributes.every(), self._entries.id_attribute]
        return (self._person(entry, {}) for entry in self._link.pages(self._base, self._is_person, shown))

    def _with(self, wanted: dict[str, str]) -> list[Person]:
        wanted = {attribute: value for attribute, value in wanted.items() if value.strip() and _is_text(value)}
        if not wanted:
            return []
        same = either(equal(attribute, value.strip()) for attribute, value in wanted.items())
        found = self._link.search(
            self._base, every(self._is_person, same), [*self._attributes.every(), self._entries.id_attribute]
        )
        # A directory's own matching is laxer (RFC 4518 maps full-width letters); only plain equality counts here.
        return [
            self._person(entry, wanted)
            for entry in found
            if any(fold(text) == fold(value) for name, value in wanted.items() for text in entry.texts(name))
        ]

    def _person(self, entry: Entry, wanted: dict[str, str]) -> Person:
        def value(attribute: str) -> str:
            """Of several values, the one that was asked for, else the first."""
            asked = fold(wanted.get(attribute, ""))
            return next((text for text in entry.texts(attribute) if fold(text) == asked), entry.first(attribute))

        names = self._attributes
        return Person(
            id=self._entries.id_of(entry),
            system=self._link.address.system,
            login=value(names.login),
            name=value(names.full_name),
            mail=value(names.mail),
            employee_number=value(names.employee_number),
            title=value(names.title),
            phone=value(names.phone),
            manager=first_value(value(names.manager)),
        )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _likeness(person: Person, key: str) -> float:
    return max(difflib.SequenceMatcher(None, fold(key), one).ratio() for one in person.keys() or {""})
