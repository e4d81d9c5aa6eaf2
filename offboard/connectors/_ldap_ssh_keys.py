"""Keys by which people sign in to machines, as OpenSSH reads them from a directory (openssh-lpk)."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from offboard.connectors._ldap_faults import (
    NO_SUCH_ATTRIBUTE,
    OBJECT_CLASS_VIOLATION,
    SUCCESS,
    UNDEFINED_ATTRIBUTE,
    VALUE_EXISTS,
)
from offboard.domain.capabilities import Membership
from offboard.errors import Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Changes
    from offboard.domain.canonical import Json

KEY_CLASS: Final = "ldapPublicKey"
"""The object class that allows keys; in some schemas it asks for at least one."""

NO_TEXT: Final = "it is no text, and could not be put back as it was: remove it by hand"

_ADD, _DELETE = "MODIFY_ADD", "MODIFY_DELETE"
_KINDS = ("ssh-", "ecdsa-", "sk-")


class KeyLists:
    """The keys of the accounts of one directory, listed in ``attribute``."""

    def __init__(self, entries: Entries, attribute: str) -> None:
        self._entries = entries
        self._link = entries.link
        self._system = entries.link.address.system
        self._attribute = attribute

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the keys by their fingerprint.

        Raises:
            NotFound: there is no such account.
        """
        entry = self._entries.need(account_id, [self._attribute])
        return {name: _membership(lines) for name, lines in _named(entry.all(self._attribute)).items()}

    def bring(self, account_id: str, key_id: str, state: dict[str, Json] | None) -> None:
        """List a key, or take it off the list."""
        for _ in range(2):
            entry = self._entries.find(account_id, [self._attribute, "objectClass"])
            if entry is None:
                raise NotFound(f"{self._system}: there is no account {account_id} any more", system=self._system)
            listed = _named(entry.all(self._attribute)).get(key_id)
            if (listed is None) == (state is None):
                return
            change = (_DELETE, listed) if listed else (_ADD, _lines(state or {}))
            changes: Changes = {self._attribute: [change]}
            expected = frozenset({OBJECT_CLASS_VIOLATION, UNDEFINED_ATTRIBUTE, NO_SUCH_ATTRIBUTE, VALUE_EXISTS})
            code = self._entries.change(entry, account_id, changes, expected=expected)
            if code == OBJECT_CLASS_VIOLATION:
                # Without its last key an account may have to cease being one with keys.
                both = changes | {"objectClass": [(change[0], [KEY_CLASS])]}
                code = self._entries.change(entry, account_id, both, expected=frozenset({NO_SUCH_ATTRIBUTE}))
            if code == SUCCESS:
                return
            if code == UNDEFINED_ATTRIBUTE:
                raise Rejected(f"{self._system}: this directory has no {self._attribute}", system=self._system)
        text = f"{self._system}: the keys of {account_id} were changed by somebody else while they were being written"
        raise Drifted(text, system=self._system)


def fingerprint(line: bytes) -> str:
    """Return a key's fingerprint as ``ssh-keygen -l`` prints it, or one of the whole line where it holds no key."""
    words = line.split()
    blob = line
    for kind, data in pairwise(words):
        if kind.decode("utf-8", "replace").startswith(_KINDS):
            try:
                blob = b64decode(data, validate=True)
            except ValueError:
                continue
            break
    return "SHA256:" + b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _named(values: list[bytes]) -> dict[str, list[bytes]]:
    """Return the lines of each key: one key may be listed several times, with other options or another comment."""
    named: dict[str, list[bytes]] = {}
    for value in sorted(values):
        named.setdefault(fingerprint(value), []).append(value)
    return named


def _lines(state: dict[str, Json]) -> list[bytes]:
    return [line.encode() for line in (cast("str", state["key"]), *cast("list[str]", state.get("also", [])))]


def _membership(lines: list[bytes]) -> Membership:
    try:
        first, *others = [line.decode() for line in lines]
    except UnicodeDecodeError:
        return Membership(fingerprint(lines[0]), {"key": ""}, beyond=NO_TEXT)
    comment = next(iter(first.split()[2:][-1:]), "")
    also: dict[str, Json] = {"also": list(others)} if others else {}
    return Membership(f"{comment} {fingerprint(lines[0])}".strip(), {"key": first, **also})
