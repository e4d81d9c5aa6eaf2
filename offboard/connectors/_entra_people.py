"""The people of a tenant: found by equality alone, near misses for messages only, and second accounts."""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_paths import at, guid, text_literal
from offboard.connectors._graph_wire import Ask
from offboard.domain.holdings import Kin
from offboard.domain.kinship import kin_names
from offboard.domain.people import Person, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._graph_link import Graph

_KEYS: Final = ("userPrincipalName", "mail", "employeeId", "onPremisesSamAccountName")
_SELECT: Final = ",".join(("id", "displayName", "jobTitle", "businessPhones", *_KEYS))
_SPONSORED: Final = f"{_SELECT},userType"
_KIND: Final = "{kind}"
_COUNTED: Final = 60.0
_NEAR, _NEAR_READ, _STEM = 10, 50, 2
_CLAUSES: Final = 10
"""How many alternatives one filter holds; Graph refuses long ones."""


class People:
    """The user accounts of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._count: tuple[float, int] | None = None

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""
        return self._with(dict.fromkeys(_KEYS, key))

    def recognise(self, person: Person) -> list[Person]:
        """Return the people who share login, mail or employee number with ``person``."""
        values = (person.login, person.mail, person.employee_number, person.login)
        return self._with(dict(zip(_KEYS, values, strict=True)))

    def near(self, key: str) -> list[Person]:
        """Return at most ten people who are called something like ``key``."""
        stems = {word[: max(_STEM, len(word) // 2)] for word in (key.strip(), *key.split()) if _is_text(word)}
        clauses = [
            f"startswith({name},{text_literal(stem)})"
            for stem in sorted(filter(None, stems))
            for name in ("displayName", "userPrincipalName", "mail")
        ]
        if not clauses:
            return []
        filter_ = " or ".join(clauses[:_CLAUSES])
        ask = Ask(
            "GET", at("users"), "look for people", {"$filter": filter_, "$select": _SELECT, "$top": str(_NEAR_READ)}
        )
        found = self._graph.do(ask)
        if not isinstance(found, dict) or not isinstance(found.get("value"), list):
            raise self._graph.strange(ask.doing)
        people = [self._person(user, {}) for user in found["value"]]
        return sorted(people, key=lambda person: -_likeness(person, key))[:_NEAR]

    def staff(self) -> int:
        """Return how many accounts there are; counted at most once a minute."""
        if self._count is None or time.monotonic() - self._count[0] > _COUNTED:
            query = {"$count": "true", "$top": "1", "$select": "id"}
            ask = Ask("GET", at("users"), "count the people", query, headers={"ConsistencyLevel": "eventual"})
            body = self._graph.do(ask)
            number = body.get("@odata.count") if isinstance(body, dict) else None
            if not isinstance(number, int):
                raise self._graph.strange(ask.doing)
            self._count = (time.monotonic(), number)
        return self._count[1]

    def everybody(self) -> Iterator[Person]:
        """Yield every account there is."""
        ask = Ask("GET", at("users"), "read everybody's names", {"$select": _SELECT, "$top": "999"})
        return (self._person(user, {}) for user in self._graph.pages(ask, self._graph.ask(ask)))

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's, and those that they answer for as a sponsor."""
        reasons: list[tuple[str, Ask]] = []
        if person.employee_number:
            same = f"employeeId eq {text_literal(person.employee_number)}"
            reasons.append((f"It has the same employee number, {person.employee_number}.", self._ask(same)))
        stem = (person.login or person.mail).partition("@")[0]
        if stem and _is_text(stem):
            clauses = [f"startswith(userPrincipalName,{text_literal(name + '@')})" for name in kin_names(fold(stem))]
            reasons += [
                (f"It is called like a second account of {stem}.", self._ask(" or ".join(some)))
                for some in (clauses[start : start + _CLAUSES] for start in range(0, len(clauses), _CLAUSES))
            ]
        mails = {mail for mail in (person.mail, person.login) if "@" in mail and _is_text(mail)}
        if mails:
            other = " or ".join(f"otherMails/any(m:m eq {text_literal(mail)})" for mail in sorted(mails))
            reasons.append((f"{person.mail or person.login} is one of its other addresses.", self._ask(other)))
        if person.system == self._graph.system and person.id:
            sponsored = Ask(
                "GET", at("users", guid(person.id), "sponsorOf"), "read who is sponsored", {"$select": _SPONSORED}
            )
            reasons.append((f"{person.name or person.login} answers for this {_KIND} as its sponsor.", sponsored))
        return self._kin(person, reasons)

    def _kin(self, person: Person, reasons: list[tuple[str, Ask]]) -> list[Kin]:
        kin: dict[str, Kin] = {}
        for (why, _), things in zip(reasons, self._graph.lists([ask for _, ask in reasons]), strict=True):
            for thing in things:
                one = self._person(thing, {})
                if one.id != person.id:
                    kin.setdefault(one.id, Kin(one, why.replace(_KIND, _kind(thing))))
        return list(kin.values())

    def _with(self, wanted: dict[str, str]) -> list[Person]:
        wanted = {name: value.strip() for name, value in wanted.items() if value.strip() and _is_text(value)}
        if not wanted:
            return []
        ask = self._ask(" or ".join(f"{name} eq {text_literal(value)}" for name, value in wanted.items()))
        # Only plain equality counts, whatever the service's own comparing makes of accents and widths.
        return [
            self._person(user, wanted)
            for user in self._graph.pages(ask, self._graph.ask(ask))
            if any(fold(str(user.get(name) or "")) == fold(value) for name, value in wanted.items())
        ]

    def _ask(self, filter_: str) -> Ask:
        return Ask("GET", at("users"), "look people up", {"$filter": filter_, "$select": _SELECT, "$top": "100"})

    def _person(self, user: dict[str, Any], wanted: dict[str, str]) -> Person:
        def value(name: str) -> str:
            return str(user.get(name) or "")

        # People from Active Directory are known there by the shorter login: of the two, the one that was asked for.
        short = value("onPremisesSamAccountName")
        asked = bool(short) and fold(wanted.get("onPremisesSamAccountName", "")) == fold(short)
        phones = user.get("businessPhones") or [""]
        return Person(
            id=value("id").casefold(),
            system=self._graph.system,
            # What is no user (the account of an agent, say) is called by its name alone.
            login=short if asked else value("userPrincipalName") or value("displayName"),
            name=value("displayName"),
            mail=value("mail"),
            employee_number=value("employeeId"),
            title=value("jobTitle"),
            phone=str(phones[0]),
        )


def _kind(thing: dict[str, Any]) -> str:
    if not str(thing.get("@odata.type", "")).endswith(".user"):
        return "app account"
    return "guest" if thing.get("userType") == "Guest" else "account"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return bool(value)


def _likeness(person: Person, key: str) -> float:
    return max(difflib.SequenceMatcher(None, fold(key), one).ratio() for one in person.keys() or {""})
