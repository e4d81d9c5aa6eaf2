"""Until when Kerberos tickets go on working that were handed out before an account was shut.

A domain controller hands out none for a disabled account, renews none, and cannot take back those that are out: they
run out by themselves ([MS-KILE] 3.3.5.7; maxTicketAge, by default ten hours).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from offboard.connectors._ad_link import ANYTHING
from offboard.connectors._ad_values import moment_of
from offboard.connectors._ldap_faults import INSUFFICIENT_ACCESS, NO_SUCH_OBJECT
from offboard.domain.departure import instant

if TYPE_CHECKING:
    from offboard.connectors._ad_link import Objects

USUAL: Final = timedelta(hours=10)
"""How long a ticket lives where the domain does not say otherwise ([MS-GPSB] 2.2.1.3 MaxTicketAge)."""

_LONGEST: Final = timedelta(days=4167)
"""The most that a policy can say: 99999 hours."""

_AGE: Final = "maxTicketAge"
_HIDDEN: Final = frozenset({NO_SUCH_OBJECT, INSUFFICIENT_ACCESS})


class Tickets:
    """The tickets of one domain; ``hours`` is what the settings say, ``None`` to ask the domain."""

    def __init__(self, objects: Objects, hours: int | None) -> None:
        self._objects = objects
        self._age = None if hours is None else timedelta(hours=hours)

    def until(self, shut_at: int) -> str:
        """Return the instant at which the last ticket has run out, empty when it has; ``shut_at`` as AD counts."""
        if self._age is None:
            self._age = self._told()
        last = moment_of(shut_at) + self._age
        return instant(last) if last > datetime.now(UTC) else ""

    def _told(self) -> timedelta:
        """Return what the domain's policy says, where it does and our account may read it."""
        place = f"CN=Default Domain Policy,CN=System,{self._objects.base}"
        found = self._objects.link.search(place, ANYTHING, [_AGE], deep=False, expected=_HIDDEN)
        text = found[0].first(_AGE) if found else ""
        # An interval counts backwards, in tenths of a microsecond.
        age = timedelta(microseconds=abs(int(text or 0)) // 10)
        return age if timedelta(0) < age <= _LONGEST else USUAL
