"""The people of a domain, and other accounts that may be theirs or that they answer for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from offboard.connectors._ad_values import PASSWORD_NEVER_EXPIRES
from offboard.connectors._ldap_people import Attributes, People
from offboard.connectors._ldap_text import begins, either, equal, every, first_value
from offboard.domain.holdings import Kin
from offboard.domain.kinship import kin_name, kin_names
from offboard.domain.people import Person, fold, same_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._ad_link import Objects
    from offboard.connectors._ldap_link import Entry

LOGIN: Final = "sAMAccountName"

_NORMAL_ACCOUNT: Final = "805306368"
"""``sAMAccountType`` of people's and services' accounts: no computer, no contact, no trust ([MS-SAMR] 2.2.1.9)."""

_ALL_OF: Final = ":1.2.840.113556.1.4.803:"
_KINDS: Final = {
    "computer": "computer",
    "group": "group",
    "organizationalUnit": "organisational unit",
    "user": "service account",
}
"""Object class → word, the narrower class first: a computer is a user, too."""

_NUMBERS: Final = ("employeeID", "employeeNumber")


class Staff(People):
    """The accounts of people below ``base``."""

    def __init__(self, objects: Objects, base: str, attributes: Attributes) -> None:
        super().__init__(objects, base, "user", attributes)
        self._is_person = equal("sAMAccountType", _NORMAL_ACCOUNT)

    def _person(self, entry: Entry, wanted: dict[str, str]) -> Person:
        person = super()._person(entry, wanted)
        return person if person.name else replace(person, name=first_value(entry.dn))


class Kinship:
    """Finds other accounts of one person, and what they answer for."""

    def __init__(self, objects: Objects, staff: Staff, attributes: Attributes) -> None:
        self._objects = objects
        self._staff = staff
        self._names = attributes
        self._system = objects.link.address.system

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's, or that they answer for; see ``Twins.twins``."""
        own = self._own(person)
        found: dict[str, Kin] = {}
        alike = list(self._alike(own))
        for entry in self._objects.every(either(alike), self._read()) if alike else ():
            found.setdefault(self._objects.id_of(entry), Kin(self._shown(entry), self._why(entry, own)))
        account = self._objects.find(own.id, _NUMBERS)
        for kin in self._answered_for(account) if account else ():
            found.setdefault(kin.person.id, kin)
        found.pop(own.id, None)
        return list(found.values())

    def _own(self, person: Person) -> Person:
        """Return the person as this domain knows them, where another system told us of them."""
        if person.system == self._system:
            return person
        return next((one for one in self._staff.recognise(person) if same_person(one, person)), person)

    def _read(self) -> list[str]:
        return list(dict.fromkeys([*self._names.every(), *_NUMBERS, LOGIN, "cn", "objectClass"]))

    def _alike(self, person: Person) -> Iterator[str]:
        for login in kin_names(fold(person.login)):
            yield equal(self._names.login, login)
        for number in filter(None, [person.employee_number]):
            for attribute in dict.fromkeys((*_NUMBERS, self._names.employee_number)):
                yield every(f"(objectClass=user){equal(attribute, number)}")
        local = person.mail.partition("@")[0]
        if local:
            yield every(f"(objectClass=user){begins(self._names.mail, local + '@')}")
            yield every(f"(objectClass=user){begins('proxyAddresses', f'smtp:{local}@')}")

    def _why(self, entry: Entry, person: Person) -> str:
        login = entry.first(self._names.login)
        if kin_name(login, person.login):
            return f"The login {login} is that of {person.login} with a mark of a second account."
        numbers = {fold(text) for name in (*_NUMBERS, self._names.employee_number) for text in entry.texts(name)}
        if person.employee_number and fold(person.employee_number) in numbers:
            return f"It has the same employee number, {person.employee_number}."
        return f"Its mail address begins with the same name, {person.mail.partition('@')[0]}@."

    def _answered_for(self, account: Entry) -> Iterator[Kin]:
        managed = equal("managedBy", account.dn)
        lasting = f"(userAccountControl{_ALL_OF}={PASSWORD_NEVER_EXPIRES})"
        serving = either([lasting, "(servicePrincipalName=*)"])
        served = every("(objectClass=user)", equal(self._names.manager, account.dn), serving)
        for entry in self._objects.every(either([managed, served]), [*self._read(), "managedBy"]):
            classes = set(entry.texts("objectClass"))
            word = next((word for kind, word in _KINDS.items() if kind in classes), "object")
            by = "managedBy" if entry.all("managedBy") else "manager"
            yield Kin(self._shown(entry), f"They answer for this {word} ({by}).")

    def _shown(self, entry: Entry) -> Person:
        names = self._names
        name = entry.first(names.full_name) or entry.first("cn") or first_value(entry.dn)
        return Person(
            id=self._objects.id_of(entry),
            system=self._system,
            login=entry.first(names.login) or name,
            name=name,
            mail=entry.first(names.mail),
            employee_number=entry.first(names.employee_number),
            title=entry.first(names.title),
        )
