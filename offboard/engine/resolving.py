"""From what somebody typed to one person, and to that person's account in each system.

Only equality counts. Whoever cannot be told apart is not guessed.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Directory, Mailboxes
from offboard.domain.people import Person, same_person
from offboard.engine.breadth import side_by_side
from offboard.errors import BadInput, NoSuchPerson, SystemFault, Unreachable

if TYPE_CHECKING:
    from offboard.engine.office import Office

Missing = dict[str, tuple[str, bool]]
"""System → why the person has no account there that we know of, and whether that is because it did not answer."""


def resolve_person(office: Office, key: str) -> Person:
    """Return the one person whose login, mail or employee number equals ``key``.

    Raises:
        BadInput: ``key`` is empty, too long or holds control characters.
        NoSuchPerson: nobody or more than one matches; near misses are named, none is chosen.
        Unreachable: no directory could be asked.
    """
    _check_key(key)
    directories = office.systems.having(Directory)
    found: list[Person] = []
    near: list[str] = []
    down: list[SystemFault] = []
    for name in directories:
        try:
            with office.systems.reader(name) as directory:
                hits = directory.find(key)
                if len(hits) > 1:
                    raise NoSuchPerson(f"{key!r} matches {len(hits)} people in {name}: {_named(hits)}")
                found += hits
                near += [] if hits else [f"{person.login} ({person.name})" for person in directory.near(key)]
        except SystemFault as fault:
            down.append(fault)
    if not directories:
        raise BadInput("no system of the settings is a directory", hint="Add a [systems.…] table of kind ldap.")
    if not found and down:
        raise Unreachable(f"nobody could be looked up: {down[0]}", system=down[0].system, hint=down[0].hint)
    if not found:
        likely = f"; near misses: {', '.join(dict.fromkeys(near))}" if near else ""
        raise NoSuchPerson(f"nobody's login, mail or employee number is {key!r}{likely}")
    first, *others = found
    for other in others:
        if not same_person(first, other):
            raise NoSuchPerson(f"{key!r} means different people: {_named([first, other])}")
    return first


def resolve_accounts(office: Office, person: Person) -> tuple[dict[str, Person], Missing]:
    """Return the person's account per system, and per system without one the reason.

    Raises:
        NoSuchPerson: a system knows two people who both could be meant.
    """
    accounts: dict[str, Person] = {}
    missing: Missing = {}
    names = office.systems.names()
    answers = side_by_side(office, [(name, person) for name in names], lambda name, who: _asked(office, name, who))
    for name, account in zip(names, answers, strict=True):
        if isinstance(account, SystemFault):
            missing[name] = (str(account), True)
        elif isinstance(account, Person):
            accounts[name] = account
        elif account:
            missing[name] = (account, False)
    return accounts, missing


def _asked(office: Office, name: str, person: Person) -> Person | str | SystemFault | None:
    try:
        return _account(office, name, person)
    except SystemFault as fault:
        return fault


def _account(office: Office, name: str, person: Person) -> Person | str | None:
    if name in office.systems.having(Directory):
        with office.systems.reader(name) as directory:
            candidates: list[Person] = directory.recognise(person)
        same = [candidate for candidate in candidates if same_person(candidate, person)]
        if len(same) > 1:
            raise NoSuchPerson(f"{person.name} has more than one account in {name}: {_named(same)}")
        if same:
            return same[0]
        if candidates:
            return f"only one attribute agrees with {_named(candidates)}; two must"
        return "no account there"
    if name in office.systems.having(Mailboxes):
        with office.systems.reader(name) as mail:
            box: Person | None = mail.mailbox(person)
        return box or "no mailbox there"
    return None


def _check_key(key: str) -> None:
    longest = 320
    if not key.strip():
        raise BadInput("person: empty", hint="Give a login, mail address or employee number.")
    if len(key) > longest or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in key):
        raise BadInput(
            "person: too long, or with what is no text in it", hint="Give a login, mail address or employee number."
        )


def _named(people: list[Person]) -> str:
    return ", ".join(f"{person.login} ({person.name}, {person.mail or 'no mail'})" for person in people)
