"""What the connections of one directory tell each other, so that none asks for what another has just read."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from offboard.connectors._ldap_link import Entry

FRESH: Final = 1.0
"""Seconds for which the look at an account serves the writes that follow it; what came of them is read anew."""

COUNTED: Final = 60.0
"""Seconds for which a count of members is good enough for a note."""


class Seen:
    """Accounts as they were read a moment ago, groups that have several members, and when we last listed somebody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[str, tuple[float, Entry]] = {}
        self._many: dict[str, float] = {}
        self.listed_at = 0.0

    def keep(self, account_id: str, account: Entry) -> None:
        """Remember an account that was read just now."""
        now = time.monotonic()
        with self._lock:
            self._accounts = {key: look for key, look in self._accounts.items() if now - look[0] < FRESH}
            self._accounts[account_id] = (now, account)

    def account(self, account_id: str) -> Entry | None:
        """Return the account as any connection read it a moment ago, or ``None``."""
        with self._lock:
            at, account = self._accounts.get(account_id, (0.0, None))
        return account if time.monotonic() - at < FRESH else None

    def keep_several(self, group_id: str) -> None:
        """Remember that a group was counted just now and has several members."""
        with self._lock:
            self._many[group_id] = time.monotonic()

    def several(self, group_id: str) -> bool:
        """Say whether a group had several members when it was counted of late."""
        return time.monotonic() - self._many.get(group_id, -COUNTED) < COUNTED
