"""What ``doctor`` says of a domain: found out by reading alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.connectors._ad_groups import MAY_WRITE, MEMBER
from offboard.connectors._ad_link import ANYTHING
from offboard.connectors._ldap_faults import SIZE_LIMIT
from offboard.connectors._ldap_text import equal, every
from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.connectors._ad_link import Objects
    from offboard.connectors._ad_rights import Rights
    from offboard.connectors._ldap_link import Entry

READ_PEOPLE, READ_GROUPS = "Read all user information", "Read groups"
WRITE_MEMBERS: Final = "Modify the membership of a group"

_ORDINARY: Final = every(equal("sAMAccountType", "805306368"), "(!(adminCount=1))", "(!(isCriticalSystemObject=TRUE))")
_GROUP: Final = every("(objectClass=group)", "(!(adminCount=1))", "(!(isCriticalSystemObject=TRUE))")
_DIRECTORY: Final = "1.2.840.113556.1.4.800"
"""What the root DSE of every Active Directory says ([MS-ADTS] 3.1.1.3.4.3)."""

ALWAYS: Final = (
    "put a former password back: no controller shows its hash",
    "end Kerberos tickets that were handed out: they run out by themselves, usually within 10 hours",
)

HIDDEN: Final = "tell whether our account has the right {!r}: it may not read access lists (nTSecurityDescriptor)"


def examine(controllers: Sequence[Objects], rights: Rights, people_base: str) -> Health:
    """Say whether the domain answers and what our account may do there; changes nothing, raises nothing."""
    first, *others = controllers
    address = first.link.address
    started = time.monotonic()
    try:
        first.link.open()
        started = time.monotonic()
        root = first.link.search("", ANYTHING, ["supportedCapabilities"], deep=False)
        latency = round((time.monotonic() - started) * 1000)
        held, missing, unknown = _rights(first, rights, people_base)
        cannot = [*ALWAYS, *(HIDDEN.format(right) for right in unknown)]
        if not any(_DIRECTORY in entry.texts("supportedCapabilities") for entry in root):
            cannot.insert(0, "be sure of anything: this does not say that it is Active Directory; use kind ldap")
        if not rights.administers():
            cannot.append("change protected accounts (members of Domain Admins and the like): only administrators may")
    except OffboardError as fault:
        answers = not isinstance(fault, (Unreachable, Untrusted))
        return Health(address.system, "active_directory", reachable=answers, tls=address.tls, cannot=(str(fault),))
    cannot += [f"ask {other.link.address.url}: {why}" for other in others if (why := _silent(other))]
    return Health(
        address.system,
        "active_directory",
        reachable=True,
        tls=address.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=tuple(cannot),
        latency_ms=latency,
    )


def _silent(controller: Objects) -> str:
    try:
        controller.link.open()
        controller.link.search("", ANYTHING, ["1.1"], deep=False)
    except OffboardError as fault:
        return str(fault)
    return ""


def _rights(first: Objects, rights: Rights, people_base: str) -> tuple[list[str], list[str], list[str]]:
    """Try on one ordinary account and one ordinary group what our account may do: held, missing, not to be told."""
    held: list[str] = []
    missing: list[str] = []
    unknown: list[str] = []
    people = _some(first, people_base, _ORDINARY, "sAMAccountName")
    (held if people else missing).append(READ_PEOPLE)
    groups = _some(first, first.base, _GROUP, MAY_WRITE)
    (held if groups else missing).append(READ_GROUPS)
    if people:
        may, lacking, unknown = rights.over(first.id_of(people[0]))
        held += may
        missing += lacking
    if groups:
        writes = any(MEMBER in {name.casefold() for name in group.texts(MAY_WRITE)} for group in groups)
        (held if writes else missing).append(WRITE_MEMBERS)
    return held, missing, unknown


def _some(first: Objects, base: str, filter_: str, attribute: str) -> list[Entry]:
    return first.link.search(base, filter_, ["objectGUID", attribute], limit=20, expected=frozenset({SIZE_LIMIT}))
