"""Values that name other entries, kept in order when those are renamed or deleted (slapd's memberof and refint)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.matching import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offboard.practice.entries import Entry
    from offboard.practice.matching import Key

_KEPT_IN_ORDER = ("member", "uniqueMember", "manager")
_NEVER_EMPTY = ("member", "uniqueMember")


def groups_of(entries: Iterable[Entry], key: Key) -> Iterator[Entry]:
    """Yield the groups that have this entry as a ``member``: what ``memberOf`` says."""
    for entry in entries:
        if any(name_key(value.decode()) == key for value in entry.attributes.get("member", ())):
            yield entry


def forget(entries: Iterable[Entry], key: Key) -> None:
    """Take every value that names this entry away, save the last member of a group: its class must have one."""
    for entry, attribute, value in _naming(entries, key):
        values = entry.attributes[attribute]
        if len(values) > 1 or attribute not in _NEVER_EMPTY:
            values.remove(value)


def follow(entries: Iterable[Entry], key: Key, name: str) -> None:
    """Put the new name into every value that names this entry."""
    for entry, attribute, value in _naming(entries, key):
        values = entry.attributes[attribute]
        values[values.index(value)] = name.encode()


def _naming(entries: Iterable[Entry], key: Key) -> list[tuple[Entry, str, bytes]]:
    return [
        (entry, attribute, value)
        for entry in entries
        for attribute in _KEPT_IN_ORDER
        for value in entry.attributes.get(attribute, ())
        if name_key(value.decode()) == key
    ]
