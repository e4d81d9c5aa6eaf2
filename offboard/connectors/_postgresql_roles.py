"""Roles as people: told apart by what is said about them, since a role has no more than a name of its own."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offboard.domain.holdings import Kin
from offboard.domain.kinship import kin_name
from offboard.domain.people import Person, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offboard.connectors._postgresql_link import Link

_SAID: Final = re.compile(
    r"(?:(?P<name>[^<]*?)\s*<(?P<mail>[^<>\s]+@[^<>\s]+)>|(?P<bare>\S+@\S+))(?:\s+#(?P<number>\S+))?"
)
"""What the comment on a role, or the settings, say of its person: ``Ann Lee <ann@acme.example> #1001``."""

_NEAR: Final = 10
_LIKE: Final = 0.6

_ROLES: Final = """\
SELECT oid::bigint, rolname, rolcanlogin, rolsuper, rolcreaterole, coalesce(rolvaliduntil::text, ''),
    coalesce(shobj_description(oid, 'pg_authid'), '')
FROM pg_roles"""


@dataclass(frozen=True, slots=True)
class Role:
    """One role as it was just read; ``said`` is the comment on it."""

    oid: int
    name: str
    can_login: bool
    superuser: bool
    create_role: bool
    valid_until: str
    said: str

    @property
    def id(self) -> str:
        """The immutable id: number and name, since numbers are given out anew when a dump is restored."""
        return f"{self.oid}:{self.name}"


class Roles:
    """The roles of one server.

    ``people`` (role name → what is said) counts before a role's comment; ``shut_by_us`` says whether we took a role's
    LOGIN away, so that it is still somebody's.
    """

    def __init__(
        self, link: Link, people: Mapping[str, str], *, login_is_enough: bool, shut_by_us: Callable[[str], bool]
    ) -> None:
        self._link = link
        self._people = people
        self._login_is_enough = login_is_enough
        self._shut_by_us = shut_by_us

    def one(self, role_id: str) -> Role | None:
        """Return the role with this id, read now, or ``None``; a renamed role is another one."""
        oid, _, name = role_id.partition(":")
        if not oid.isdecimal():
            return None
        found = self._link.rows(f"{_ROLES} WHERE oid = %s AND rolname = %s", (int(oid), name), doing="read roles")
        return Role(*found[0]) if found else None

    def ours(self) -> Role:
        """Return our own role."""
        return Role(*self._link.rows(f"{_ROLES} WHERE rolname = current_user", doing="read roles")[0])

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count).

        Only roles of which more than the name is known are people here: a name alone could be anybody's.
        """
        people = [person for person in map(self._person, self._every()) if person.mail]
        return [person for person in people if fold(key) in _keys(person)]

    def near(self, key: str) -> list[Person]:
        """Return at most ten people who are called something like ``key``."""

        def likeness(person: Person) -> float:
            """Say how like the nearest of the person's keys is, from 0 to 1."""
            return max(
                difflib.SequenceMatcher(None, fold(key), one).ratio()
                for one in person.keys()  # noqa: SIM118 - keys() of a person
            )

        like = [person for person in map(self._person, self._every()) if likeness(person) > _LIKE]
        return sorted(like, key=likeness, reverse=True)[:_NEAR]

    def recognise(self, person: Person) -> list[Person]:
        """Return the roles that share login, mail or employee number with ``person``.

        With ``login_is_enough`` a role of that name, of which nothing else is said, is taken to be theirs. Where a role
        is called like the person's login, others of theirs are second accounts.
        """
        every = [self._person(role) for role in self._every()]
        named = [one for one in every if person.login and fold(one.login) == fold(person.login)]
        if self._login_is_enough:
            named = [one if one.mail else self._assumed(one, person) for one in named]
        return named or [one for one in every if _keys(one) & _keys(person)]

    def twins(self, person: Person) -> list[Kin]:
        """Return other roles that may be this person's."""
        kin = []
        for one in map(self._person, self._every()):
            if fold(one.login) == fold(person.login):
                continue
            if person.mail and fold(one.mail) == fold(person.mail):
                kin.append(Kin(one, f"The role {one.login} is said to be of {one.mail} too."))
            elif person.employee_number and fold(one.employee_number) == fold(person.employee_number):
                kin.append(Kin(one, f"The role {one.login} is said to be of employee {one.employee_number} too."))
            elif kin_name(one.login, person.login):
                kin.append(Kin(one, f"The role {one.login} is called like {person.login}."))
        return kin

    def staff(self) -> int:
        """Return how many roles may sign in."""
        return int(self._link.rows("SELECT count(*) FROM pg_roles WHERE rolcanlogin", doing="read roles")[0][0])

    def _every(self) -> list[Role]:
        """Return the roles that are somebody's: those that may sign in, that we shut, or of whom we know the mail."""
        roles = [Role(*row) for row in self._link.rows(f"{_ROLES} ORDER BY rolname", doing="read roles")]
        return [r for r in roles if r.can_login or self._person(r).mail or self._shut_by_us(r.id)]

    def _person(self, role: Role) -> Person:
        said = _SAID.fullmatch(self._people.get(role.name, role.said).strip())
        known = {key: value or "" for key, value in said.groupdict().items()} if said else {}
        return Person(
            id=role.id,
            system=self._link.server.system,
            login=role.name,
            name=known.get("name", ""),
            mail=known.get("mail") or known.get("bare", ""),
            employee_number=known.get("number", ""),
        )

    @staticmethod
    def _assumed(role: Person, person: Person) -> Person:
        return Person(role.id, role.system, role.login, person.name, person.mail, person.employee_number)


def _keys(person: Person) -> set[str]:
    return {fold(key) for key in (person.login, person.mail, person.employee_number) if key}
