"""Second accounts in a directory, and accounts that somebody answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offboard.connectors._ldap_text import either, equal, first_value, same_name
from offboard.domain.holdings import Kin
from offboard.domain.kinship import kin_name, kin_names
from offboard.domain.people import Person, fold

if TYPE_CHECKING:
    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Entry
    from offboard.connectors._ldap_people import Attributes

ANSWERS_FOR: Final = ("owner", "secretary", "manager")
"""Attributes that name who answers for an account (RFC 4519 §2.21, RFC 4524 §2.10, §2.11)."""

_GROUPS = frozenset({"groupofnames", "groupofuniquenames", "posixgroup"})


class TwinSearch:
    """Looks for other accounts of a person below ``base``."""

    def __init__(self, entries: Entries, base: str, attributes: Attributes) -> None:
        self._entries = entries
        self._base = base
        self._attributes = attributes

    def all(self, person: Person) -> list[Kin]:
        """Return the accounts that may be this person's, or that they answer for, each with the reason."""
        own = self._entries.find(person.id, []) if person.system == self._entries.link.address.system else None
        names = self._attributes
        filters = [equal(names.login, name) for name in kin_names(person.login)] if person.login else []
        filters += [equal(names.mail, person.mail)] if person.mail else []
        filters += [equal(names.employee_number, person.employee_number)] if person.employee_number else []
        filters += [equal(attribute, own.dn) for attribute in ANSWERS_FOR] if own else []
        if not filters:
            return []
        wanted = [*names.every(), *ANSWERS_FOR, "objectClass", self._entries.id_attribute]
        kin = []
        # Whoever leads many people has as many reports, which are passed over here: an attribute that the schema may
        # not know cannot be negated in the filter (RFC 4511 §4.5.1.7).
        for entry in self._entries.link.pages(self._base, either(filters), wanted):
            why = self._why(entry, person, own.dn if own else "")
            if why and not (own and same_name(entry.dn, own.dn)):
                kin.append(Kin(self._person(entry), why))
        return kin

    def _why(self, entry: Entry, person: Person, dn: str) -> str:
        """Return why an entry concerns the person; empty for groups, and for those who merely report to them."""
        names = self._attributes
        called = entry.first(names.login) or first_value(entry.dn)
        if _GROUPS & {name.casefold() for name in entry.texts("objectClass")}:
            return ""
        same_login = person.login and any(fold(one) == fold(person.login) for one in entry.texts(names.login))
        if person.employee_number and fold(person.employee_number) in map(fold, entry.texts(names.employee_number)):
            return "" if self._is(entry, person) else f"{called} has the same number, {person.employee_number}."
        if any(kin_name(one, person.login) for one in entry.texts(names.login)):
            return f"{called} is called like {person.login}."
        if person.mail and fold(person.mail) in map(fold, entry.texts(names.mail)) and not same_login:
            return f"{called} has the same address, {person.mail}."
        for attribute in ANSWERS_FOR:
            # Whoever has a number of their own is staff, and merely reports to them.
            if attribute == "manager" and entry.all(names.employee_number):
                continue
            if dn and any(same_name(dn, one) for one in entry.texts(attribute)):
                return f"{person.name or person.login} answers for {called} ({attribute})."
        return ""

    def _is(self, entry: Entry, person: Person) -> bool:
        return person.system == self._entries.link.address.system and self._entries.id_of(entry) == person.id

    def _person(self, entry: Entry) -> Person:
        names = self._attributes
        return Person(
            id=self._entries.id_of(entry),
            system=self._entries.link.address.system,
            login=entry.first(names.login) or first_value(entry.dn),
            name=entry.first(names.full_name) or first_value(entry.dn),
            mail=entry.first(names.mail),
            employee_number=entry.first(names.employee_number),
            title=entry.first(names.title),
        )
