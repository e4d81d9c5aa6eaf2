"""Entries by their immutable id: found again after a rename, changed only while they are the ones that were meant."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from offboard.connectors._ldap_faults import ASSERTION_FAILED, NO_SUCH_OBJECT
from offboard.connectors._ldap_link import ASSERTION, Entry
from offboard.connectors._ldap_text import equal
from offboard.errors import Denied, NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.connectors._ldap_link import Changes, Control, Link

_GONE = frozenset({NO_SUCH_OBJECT, ASSERTION_FAILED})
_BINARY_ID = "objectguid"


class Entries:
    """Finds entries below ``base`` by the attribute that never changes (entryUUID, RFC 4530)."""

    def __init__(self, link: Link, base: str, id_attribute: str) -> None:
        self.link = link
        self._base = base
        self.id_attribute = id_attribute
        self._pins: dict[str, str] = {}

    def id_of(self, entry: Entry) -> str:
        """Return the immutable id of an entry that was read with the id's attribute, and remember its name.

        Raises:
            Denied: the directory does not show it to our account.
        """
        raw = next(iter(entry.all(self.id_attribute)), None)
        if raw is None:
            raise Denied(
                f"{self.link.address.system}: {self.id_attribute} of {entry.dn} cannot be read",
                system=self.link.address.system,
                hint=f"Let our account read {self.id_attribute}, or set id_attribute to one that it may read.",
            )
        binary = self.id_attribute.casefold() == _BINARY_ID
        text = str(UUID(bytes_le=raw)) if binary else raw.decode("utf-8", "replace")
        self._pins[text] = entry.dn
        return text

    def name_of(self, entry_id: str) -> str:
        """Return the name under which this entry was seen last, empty when it was not."""
        return self._pins.get(entry_id, "")

    def find(self, entry_id: str, attributes: Sequence[str], *, controls: Sequence[Control] = ()) -> Entry | None:
        """Return the entry with this id, read now, or ``None``.

        Raises:
            Rejected: more than one entry has it.
        """
        filter_ = equal(*self._pinned(entry_id))
        wanted = [self.id_attribute, *attributes]
        known = self._pins.get(entry_id)
        found: list[Entry] = []
        if known:
            gone = frozenset({NO_SUCH_OBJECT})
            found = self.link.search(known, filter_, wanted, deep=False, controls=controls, expected=gone)
        if not found:
            self._pins.pop(entry_id, None)
            found = self.link.search(self._base, filter_, wanted, controls=controls)
        if len(found) > 1:
            text = f"{self.link.address.system}: {len(found)} entries have the {self.id_attribute} {entry_id}"
            raise Rejected(text, system=self.link.address.system)
        for entry in found:
            self._pins[entry_id] = entry.dn
        return found[0] if found else None

    def need(self, entry_id: str, attributes: Sequence[str], *, controls: Sequence[Control] = ()) -> Entry:
        """Return the entry with this id, read now.

        Raises:
            NotFound: there is none below the configured base.
        """
        entry = self.find(entry_id, attributes, controls=controls)
        if entry is None:
            system = self.link.address.system
            raise NotFound(f"{system}: no entry has the {self.id_attribute} {entry_id}", system=system)
        return entry

    def change(self, entry: Entry, entry_id: str, changes: Changes, *, expected: frozenset[int]) -> int:
        """Change an entry that was just read by its id; where the server can, it compares the id once more itself.

        Not for groups: slapd's memberof overlay applies the comparison to the members too, and then forgets them.
        """
        if not self.link.supports(ASSERTION):
            return self.link.modify(entry.dn, changes, expected=expected)
        code = self.link.modify(entry.dn, changes, expected=expected | _GONE, pin=self._pinned(entry_id))
        if code not in _GONE:
            return code
        # Renamed since we looked, or gone: only a new look can tell.
        self._pins.pop(entry_id, None)
        entry = self.need(entry_id, [])
        return self.link.modify(entry.dn, changes, expected=expected, pin=self._pinned(entry_id))

    def _pinned(self, entry_id: str) -> tuple[str, str | bytes]:
        if self.id_attribute.casefold() != _BINARY_ID:
            return self.id_attribute, entry_id
        try:
            return self.id_attribute, UUID(entry_id).bytes_le
        except ValueError:
            return self.id_attribute, entry_id
