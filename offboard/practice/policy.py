"""The password policy of the practice directory, as slapd's ppolicy overlay does it.

Source: draft-behera-ldap-password-policy-10, and slapd 2.5 itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from offboard.practice.passwords import SECRET, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.practice.entries import Attributes, Edit

LOCK = "pwdAccountLockedTime"
FOR_EVER = b"000001010000Z"
"""The lock that only an administrator takes off (§5.3.3)."""


def refuses(policy: Attributes, account: Attributes, now: datetime) -> bool:
    """Say whether a lock keeps this account from signing in; without ``pwdLockout TRUE`` no lock counts."""
    since = account.get(LOCK, [b""])[0]
    if policy.get("pwdLockout") != [b"TRUE"] or not since:
        return False
    if since == FOR_EVER:
        return True
    began = datetime.strptime(since.decode()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    lasts = int(policy.get("pwdLockoutDuration", [b"0"])[0])
    return began <= now and (not lasts or now < began + timedelta(seconds=lasts))


def follow_password(before: Attributes, after: Attributes, edits: Sequence[Edit]) -> None:
    """Do what slapd does beside a new password: a lock that was there before is taken off, unless deleted by name."""
    if not any(edit.attribute == SECRET for edit in edits):
        return
    after["pwdChangedTime"] = [written(datetime.now(UTC))]
    if LOCK in before and not any(edit.attribute == LOCK and edit.deletes for edit in edits):
        after.pop(LOCK, None)
