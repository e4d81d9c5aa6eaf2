"""How a directory locks accounts: found out from its root entry and its schema (RFC 4512 §4.2 and §5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.connectors._ldap_link import Entry, Link

Word = Literal["auto", "openldap", "389ds", "posix"]

SHELL, EXPIRY = "loginShell", "shadowExpire"
NO_SHELL: Final = "/usr/sbin/nologin"
LONG_AGO: Final = "1"
"""The second of January 1970, in days since the first: 0 and -1 mean "never" to some programs (shadow(5))."""

_POSIX: Final = {"posixaccount": (SHELL, NO_SHELL), "shadowaccount": (EXPIRY, LONG_AGO)}
"""Object class → the attribute that shuts such an account on machines, and how; a bind passes these by."""

SHUT_BY_US: Final = dict(_POSIX.values())
"""Attribute → what we set it to."""

_NAMES = re.compile(r"\bNAME\s+(?:'([^']*)'|\(([^)]*)\))")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to lock accounts.

    ``lock`` is the attribute that keeps people from signing in, empty where there is none, and ``locked`` what it is
    set to. ``machines`` says whether POSIX and shadow accounts are shut too. ``kept`` maps the keys of a state to the
    attributes that say what was there before.
    """

    word: Word
    lock: str = ""
    locked: str = ""
    machines: bool = False
    attributes: frozenset[str] = frozenset()
    wiped: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> dict[str, str]:
        """State key → attribute that shutting changes, so that undo must put it back."""
        return {**self.wiped, **({"shell": SHELL, "expires": EXPIRY} if self.machines else {})}

    def shutting(self, entry: Entry) -> dict[str, str]:
        """Return what must be written to shut an account on machines, as far as it is not there yet."""
        classes = {name.casefold() for name in entry.texts("objectClass")} if self.machines else set()
        wanted = dict(_POSIX[name] for name in _POSIX if name in classes)
        return {attribute: value for attribute, value in wanted.items() if entry.texts(attribute) != [value]}

    def knows(self, attribute: str) -> bool:
        """Say whether the schema has an attribute; where it cannot be read, any may be there."""
        return not self.attributes or attribute.casefold() in self.attributes


_OPENLDAP: Final = {
    "lock": "pwdAccountLockedTime",
    # Locked until an administrator lifts it (draft-behera-ldap-password-policy §5.3.3).
    "locked": "000001010000Z",
    # What a change of password wipes out.
    "wiped": {"locked": "pwdAccountLockedTime", "must_change": "pwdReset"},
}
_389DS: Final = {"lock": "nsAccountLock", "locked": "true", "wiped": {"locked": "nsAccountLock"}}


def read_dialect(link: Link, word: Word) -> Dialect:
    """Return how this directory locks accounts; ``word`` is what the settings say.

    With ``auto`` POSIX and shadow accounts are shut on machines as well, whatever locks the directory's own door.
    """
    attributes = _schema(link)
    if word == "auto":
        known_389 = "nsaccountlock" in attributes and "pwdaccountlockedtime" not in attributes
        word = "389ds" if known_389 or _is_389(link) else "openldap"
        if attributes and word == "openldap" and "pwdaccountlockedtime" not in attributes:
            word = "posix"
        machines = True
    else:
        machines = word == "posix"
    parts = {"openldap": _OPENLDAP, "389ds": _389DS}.get(word, {})
    return Dialect(word, machines=machines, attributes=attributes, **parts)  # type: ignore[arg-type]  # two tables


def _is_389(link: Link) -> bool:
    root = link.root()
    return any("389" in text for text in (*root.texts("vendorName"), *root.texts("vendorVersion")))


def _schema(link: Link) -> frozenset[str]:
    """Return the names of all attributes in lower case; nothing where the schema cannot be read."""
    place = link.root().first("subschemaSubentry")
    if not place:
        return frozenset()
    unreadable = frozenset({1, 2, 16, 32, 50, 53})
    found = link.search(place, "(objectClass=subschema)", ["attributeTypes"], deep=False, expected=unreadable)
    texts = [text for entry in found for text in entry.texts("attributeTypes")]
    named = [match.group(1) or match.group(2) for match in map(_NAMES.search, texts) if match]
    return frozenset(name.strip("'").casefold() for names in named for name in names.split())
