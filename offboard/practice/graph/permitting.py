"""Which of the app's permissions let it make a call: the table of facts decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Call, denied
from offboard.practice.graph.facts import fact, facts

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_RIGHTS = (
    "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
    "Device.ReadWrite.All", "Directory.Read.All", "Files.ReadWrite.All", "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory",
    "User-PasswordProfile.ReadWrite.All", "User.EnableDisableAccount.All", "User.Read.All", "User.ReadWrite.All",
    "User.RevokeSessions.All", "UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-Passkey.ReadWrite.All",
    "UserAuthMethod-External.ReadWrite.All", "MailboxSettings.Read", "MailboxSettings.ReadWrite",
    "Mail.Read", "Mail.ReadWrite", "Mail.Send", "Calendars.ReadBasic", "Calendars.ReadWrite",
)  # fmt: skip
"""What the app may do unless it is told otherwise: enough for every part of a departure."""


def check_rights(call: Call, rights: frozenset[str]) -> None:
    """Let a call pass when one of the rights is enough for it.

    Raises:
        Refused: none is.
    """
    known = fact(call.known)
    if known is None:
        return
    holding = [right for right in known["rights"] if right in rights]
    holding = [right for right in holding if not known["also"].get(right) or set(known["also"][right]) & rights]
    narrow = facts()["narrow"].get(call.known, {})
    if not any(_covers(narrow.get(right), call.body or {}) for right in holding):
        raise denied()


def _covers(narrow: list[str] | None, body: Iterable[str]) -> bool:
    return narrow is None or set(body) <= set(narrow)
