"""What ``doctor`` says of a directory: found out by reading, and by writes that cannot change anything."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.connectors._ldap_accounts import PASSWORD
from offboard.connectors._ldap_faults import SIZE_LIMIT
from offboard.connectors._ldap_link import PASSWORD_POLICY
from offboard.connectors._ldap_text import equal, every
from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.connectors._ldap_link import Entry, Link
    from offboard.connectors._ldap_rights import Rights

READ_PEOPLE, READ_GROUPS, READ_PASSWORD = "read people", "read groups", "read userPassword"

_GROUPS: Final = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
_ANY: Final = "(objectClass=*)"
_INSTEAD: Final = "the replaced password, which nobody knows, keeps people out instead"
NO_FORMER: Final = "put a former password back: its hash cannot be read"


def examine(
    link: Link, *, base: str, people: tuple[str, str], groups_base: str, id_attribute: str, rights: Callable[[], Rights]
) -> Health:
    """Say whether the directory answers and what our account may do there; changes nothing, raises nothing.

    ``people`` is the base and the object class of people; ``rights`` finds out what may be written.
    """
    address = link.address
    started = time.monotonic()
    try:
        link.open()
        started = time.monotonic()
        link.search("", _ANY, ["1.1"], deep=False)
        latency = round((time.monotonic() - started) * 1000)
        held, missing = _rights(link, people, groups_base, id_attribute)
        spoken = rights()
        cannot = _limits(link, base, missing) if spoken.dialect.word == "openldap" else _lockless(spoken, missing)
        for right, may in {**spoken.of_people(*people), **spoken.of_groups(groups_base)}.items():
            if may is None:
                cannot.append(f"tell whether our account may {right}: the server does not say")
            else:
                (held if may else missing).append(right)
    except OffboardError as fault:
        answers = not isinstance(fault, (Unreachable, Untrusted))
        return Health(address.system, "ldap", reachable=answers, tls=address.tls, cannot=(str(fault),))
    return Health(
        address.system,
        "ldap",
        reachable=True,
        tls=address.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=tuple(cannot),
        latency_ms=latency,
    )


def _rights(link: Link, people: tuple[str, str], groups_base: str, id_attribute: str) -> tuple[list[str], list[str]]:
    """Try on one entry each what our account may read; return the rights held and those missing."""
    people_base, person_class = people
    is_person = equal("objectClass", person_class)
    held: list[str] = []
    missing: list[str] = []

    def note(right: str, *, may: bool) -> None:
        (held if may else missing).append(right)

    note(READ_PEOPLE, may=any(entry.all(id_attribute) for entry in _one(link, people_base, is_person, id_attribute)))
    groups = _one(link, groups_base, _GROUPS, id_attribute)
    if groups:
        note(READ_GROUPS, may=bool(groups[0].all(id_attribute)))
    with_password = _one(link, people_base, every(is_person, f"({PASSWORD}=*)"), PASSWORD)
    note(READ_PASSWORD, may=any(entry.all(PASSWORD) for entry in with_password))
    return held, missing


def _lockless(rights: Rights, missing: list[str]) -> list[str]:
    """Return what cannot be done where no password policy of OpenLDAP's kind locks accounts."""
    limits = [] if rights.dialect.lock else [f"prove a lock: this directory has none; {_INSTEAD}"]
    return [*limits, NO_FORMER] if READ_PASSWORD in missing else limits


def _limits(link: Link, base: str, missing: list[str]) -> list[str]:
    """Return what cannot be done in this directory, each completing "cannot …"."""
    limits = []
    policies = link.search(base, equal("objectClass", "pwdPolicy"), ["cn", "pwdLockout", "pwdCheckQuality"])
    locking = [policy for policy in policies if policy.first("pwdLockout").upper() == "TRUE"]
    if not link.supports(PASSWORD_POLICY) or not locking:
        limits.append(f"prove a lock: no password policy with pwdLockout TRUE found; {_INSTEAD}")
    if READ_PASSWORD in missing:
        limits.append(NO_FORMER)
    limits += [
        f"put a former password back, unless bind_dn is the root of the directory: "
        f"the policy {policy.first('cn') or policy.dn} takes no hashes (pwdCheckQuality 2)"
        for policy in policies
        if policy.first("pwdCheckQuality") == "2"
    ]
    return limits


def _one(link: Link, base: str, filter_: str, attribute: str) -> list[Entry]:
    return link.search(base, filter_, [attribute], limit=1, expected=frozenset({SIZE_LIMIT}))
