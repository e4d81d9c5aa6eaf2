"""Which application permission each call about mailboxes needs: the least one of Microsoft's own table.

Source: https://learn.microsoft.com/graph/permissions-reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RULES: Final = "/users/{id}/mailFolders/inbox/messageRules"

NEEDED: Final[Mapping[str, str]] = {
    "GET /users": "User.Read.All",
    "GET /users/{id}/mailboxSettings": "MailboxSettings.Read",
    f"GET {_RULES}": "MailboxSettings.Read",
    f"POST {_RULES}": "MailboxSettings.ReadWrite",
    f"PATCH {_RULES}/{{id}}": "MailboxSettings.ReadWrite",
}
"""Each call that we make → the right that it needs."""


ENOUGH_TOO: Final[Mapping[str, tuple[str, ...]]] = {
    "User.Read.All": ("User.ReadWrite.All", "Directory.Read.All"),
    "MailboxSettings.Read": ("MailboxSettings.ReadWrite",),
}
"""Right → those that allow the same calls, and more."""


def right_for(method: str, template: str) -> str:
    """Return the right that a call needs; empty when the call is not one of ours."""
    return NEEDED.get(f"{method} {template}", "")


def missing(held: Iterable[str]) -> tuple[str, ...]:
    """Return the rights that none of those held makes up for."""
    have = set(held)
    return tuple(sorted(right for right in {*NEEDED.values()} if not have & {right, *ENOUGH_TOO.get(right, ())}))
