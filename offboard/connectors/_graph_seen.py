"""What looks have shown a moment ago, for all connections of one account: a write need not ask for it once more."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from offboard.connectors._graph_tokens import Account

FRESH: Final = 30.0
"""Seconds for which a look is good enough for the writes that follow it; whether they took effect is read anew."""

Things = dict[str, dict[str, Any]]
"""Key → the object as Graph showed it."""


class Seen:
    """What was seen of late, by what was looked for and whose it is: two people's things are never mixed up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks: dict[tuple[str, str], tuple[float, Things]] = {}

    def keep(self, what: str, whose: str, things: Things) -> None:
        """Remember everything that a look showed, in place of what an earlier one did."""
        now = time.monotonic()
        with self._lock:
            self._looks = {key: look for key, look in self._looks.items() if now - look[0] <= FRESH}
            self._looks[what, whose] = (now, things)

    def last(self, what: str, whose: str) -> Things:
        """Return what the last look showed, for reading and for taking things out; nothing where it is too old."""
        with self._lock:
            at, things = self._looks.get((what, whose), (0.0, {}))
        return things if time.monotonic() - at <= FRESH else {}


_known: dict[Account, Seen] = {}
_known_lock = threading.Lock()


def seen_by(account: Account) -> Seen:
    """Return what the connections of an account have seen: the same for all of this process."""
    with _known_lock:
        return _known.setdefault(account, Seen())
