"""The letters of a departure as a list shows them, read anew only where the evidence says that something changed."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.evidence import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from offboard.domain.letter import Channel, Letter, LetterState
    from offboard.domain.letter_sending import Marks
    from offboard.storage.store import Store

KEPT = 8
"""Departures whose lists are kept in memory."""

FEW = 50
"""Up to this many changed letters are read one by one; more are read together."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One letter without its text; ``digest`` is that of the whole letter."""

    id: str
    client: str
    client_name: str
    contact: str
    language: str
    channel: Channel
    state: LetterState
    warnings: tuple[str, ...]
    reason: str
    to_leaver: bool
    by_mail: bool
    by_post: bool
    digest: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    length: int
    head: str
    rows: dict[str, Listed]
    marks: Marks


class LetterList:
    """Lists letters, for all threads of the desk.

    Whatever happens to a letter stands in the evidence in the same commit, so its last entry tells whether a list is
    still right, and the entries since then tell which letters it is about.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def of(self, departure: str) -> list[Listed]:
        """Return the letters of a departure as they are now, in their order."""
        return list(self._now(departure).rows.values())

    def marks(self, departure: str) -> Marks:
        """Return the marks of a departure's letters as they are now."""
        return self._now(departure).marks

    def _now(self, departure: str) -> _Kept:
        length, head = self._store.evidence.head(departure)
        with self._lock:
            kept = self._kept.get(departure)
        if kept is None or kept.head != head:
            marks = self._store.letters.marks(departure)
            kept = _Kept(length, head, self._read(departure, kept, length), marks)
            with self._lock:
                self._kept[departure] = kept
                self._kept.move_to_end(departure)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return kept

    def _read(self, departure: str, kept: _Kept | None, length: int) -> dict[str, Listed]:
        changed = None
        if kept is not None and kept.length <= length:
            changed = _changed(self._store.evidence.since(departure, kept.length))
        if changed is not None and not changed and kept is not None:
            return kept.rows
        by_hand = self._store.letters.edited(departure)
        if kept is None or changed is None or len(changed) > FEW or not changed <= kept.rows.keys():
            return {x.id: listed(x, by_hand) for x in self._store.letters.letters(departure)}
        return kept.rows | {letter_id: listed(self._store.letters.letter(letter_id), by_hand) for letter_id in changed}


def _changed(lines: Iterable[bytes]) -> set[str] | None:
    """Return the letters that these entries are about, ``None`` when one does not say which."""
    found: set[str] = set()
    for entry in map(json.loads, lines):
        if entry["kind"] != Kind.LETTER.value or "gate" in entry["body"]:
            continue
        named = [entry["body"]] if "id" in entry["body"] else entry["body"].get("drafted", [{}])
        if not all("id" in one for one in named):
            return None
        found |= {one["id"] for one in named}
    return found


def listed(letter: Letter, by_hand: Collection[str]) -> Listed:
    """Return a letter as a list shows it; ``by_hand`` are the ids of those that somebody wrote."""
    return Listed(
        letter.id, letter.client, letter.client_name, letter.contact, letter.language, letter.channel, letter.state,
        letter.warnings, letter.reason, letter.to_leaver, letter.by_mail, letter.by_post, letter.digest,
        letter.id in by_hand,
    )  # fmt: skip
