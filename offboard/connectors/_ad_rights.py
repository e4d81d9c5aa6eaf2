"""What our own account may do to one account, found out by reading alone, before anything is written."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final
from uuid import UUID

from offboard.connectors._ad_groups import MAY_WRITE
from offboard.connectors._ad_link import ANYTHING
from offboard.connectors._ad_values import sid_text
from offboard.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._ad_link import Objects
    from offboard.connectors._ldap_link import Control

RESET_PASSWORD: Final = "Reset Password"  # noqa: S105 - the name of a right
WRITE_CONTROL: Final = "Write userAccountControl"
WRITE_EXPIRES: Final = "Write accountExpires"
WRITE_HOURS: Final = "Write logonHours"
WRITE_PASSWORD_SET: Final = "Write pwdLastSet"  # noqa: S105 - the name of a right

_ATTRIBUTES: Final = {
    WRITE_CONTROL: "useraccountcontrol",
    WRITE_EXPIRES: "accountexpires",
    WRITE_HOURS: "logonhours",
    WRITE_PASSWORD_SET: "pwdlastset",
}

PROTECTED: Final = {
    512: "Domain Admins",
    516: "Domain Controllers",
    518: "Schema Admins",
    519: "Enterprise Admins",
    521: "Read-only Domain Controllers",
    526: "Key Admins",
    527: "Enterprise Key Admins",
    544: "Administrators",
    548: "Account Operators",
    549: "Server Operators",
    550: "Print Operators",
    551: "Backup Operators",
    552: "Replicator",
}
"""Relative ids of the groups whose members AdminSDHolder protects (Microsoft, "Protected accounts and groups")."""

_ADMINS: Final = frozenset({512, 519, 544})
"""Those whose members keep every right over protected accounts."""

_BUILTIN: Final = "S-1-5-32-"
_DOMAIN: Final = "S-1-5-21-"
_EVERYBODY: Final = frozenset({"S-1-1-0", "S-1-5-11"})

_FORCE_CHANGE: Final = UUID("00299570-246d-11d0-a768-00aa006e0529").bytes_le
"""The extended right User-Force-Change-Password ([MS-ADTS] 5.1.3.2.1)."""

_NO_AUDIT: Final[Control] = ("1.2.840.113556.1.4.801", False, b"\x30\x03\x02\x01\x07")
"""Asks for owner, group and access list, without the audit list, which takes a privilege to read."""

_ALLOW, _DENY = frozenset({0, 5}), frozenset({1, 6})
_WITH_TYPES, _INHERIT_ONLY, _CONTROL_ACCESS = frozenset({5, 6}), 0x8, 0x100


class Rights:
    """Our account's rights in one domain."""

    def __init__(self, objects: Objects, *, clear_hours: bool) -> None:
        self._objects = objects
        self._needed = [WRITE_CONTROL, WRITE_EXPIRES, *([WRITE_HOURS] if clear_hours else [])]
        self._own: frozenset[str] | None = None

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change this account; see ``Reach.out_of_reach``."""
        account = self._objects.find(account_id, ["sAMAccountName", "adminCount", "tokenGroups"])
        if account is None:
            return []
        login = account.first("sAMAccountName")
        groups = sorted(set(_protected(account.all("tokenGroups"))))
        reasons = []
        if groups and not self.administers():
            reasons.append(
                f"{login} is a protected account, as a member of {', '.join(groups)}: AdminSDHolder takes every right "
                "over it from our account within the hour. Let an administrator of the domain do it, or carry this one "
                "departure out as one; never grant a right on AdminSDHolder."
            )
        _, missing, _ = self.over(account_id)
        leftover = account.first("adminCount") == "1" and not groups
        why = " (adminCount is still 1, though it is in no protected group any more)" if leftover else ""
        reasons += [f"our account lacks the right {right!r} over {login}{why}" for right in missing]
        return reasons

    def over(self, account_id: str) -> tuple[list[str], list[str], list[str]]:
        """Return our account's rights over an account: those held, those needed and missing, those not to be told."""
        account = self._objects.need(account_id, [MAY_WRITE])
        may = {name.casefold() for name in account.texts(MAY_WRITE)}
        held = [right for right, attribute in _ATTRIBUTES.items() if attribute in may]
        missing = [right for right in self._needed if right not in held]
        unknown: list[str] = []
        may_reset = self._may_reset(account_id)
        (unknown if may_reset is None else held if may_reset else missing).insert(0, RESET_PASSWORD)
        return held, missing, unknown

    def administers(self) -> bool:
        """Say whether our own account is an administrator of the domain."""
        return any(_relative(sid) in _ADMINS for sid in self._own_sids())

    def _may_reset(self, account_id: str) -> bool | None:
        """Read it from the access list, since no attribute tells; ``None`` where that is hidden from our account."""
        account = self._objects.need(account_id, ["nTSecurityDescriptor"], controls=[_NO_AUDIT])
        raw = next(iter(account.all("nTSecurityDescriptor")), None)
        return None if raw is None else grants_control(raw, self._own_sids(), _FORCE_CHANGE)

    def _own_sids(self) -> frozenset[str]:
        if self._own is None:
            root = self._objects.link.search("", ANYTHING, ["tokenGroups"], deep=False)
            sids = {sid_text(raw) for entry in root for raw in entry.all("tokenGroups")}
            self._own = frozenset(sids) | _EVERYBODY
        return self._own


def _protected(token: list[bytes]) -> Iterator[str]:
    for raw in token:
        name = PROTECTED.get(_relative(sid_text(raw)))
        if name:
            yield name


def _relative(sid: str) -> int:
    """Return the relative id of a group that every domain has, else 0."""
    head, _, last = sid.rpartition("-")
    return int(last) if f"{head}-" == _BUILTIN or head.startswith(_DOMAIN) else 0


def grants_control(descriptor: bytes, sids: frozenset[str], right: bytes) -> bool:
    """Say whether a security descriptor ([MS-DTYP] 2.4.6, self-relative) gives somebody an extended right.

    ``sids`` are all that the person's token holds; the first entry of the list that speaks of the right decides.

    Raises:
        Rejected: the descriptor is cut off.
    """
    try:
        (place,) = struct.unpack_from("<I", descriptor, 16)
        if not place:
            return True  # no list at all: everybody may do everything
        _, _, _, count, _ = struct.unpack_from("<BBHHH", descriptor, place)
        place += 8
        for _ in range(count):
            kind, flags, size = struct.unpack_from("<BBH", descriptor, place)
            if kind in _ALLOW | _DENY and not flags & _INHERIT_ONLY:
                concerns, sid = _entry(descriptor[place : place + size], kind, right)
                if concerns and sid in sids:
                    return kind in _ALLOW
            place += size
    except (struct.error, IndexError) as error:
        raise Rejected("a security descriptor cannot be read") from error
    return False


def _entry(ace: bytes, kind: int, right: bytes) -> tuple[bool, str]:
    """Return whether an entry speaks of the right, and of whom it speaks."""
    (mask,) = struct.unpack_from("<I", ace, 4)
    place, concerned = 8, True
    if kind in _WITH_TYPES:
        (present,) = struct.unpack_from("<I", ace, 8)
        place = 12
        if present & 1:
            concerned = ace[12:28] == right
            place += 16
        place += 16 if present & 2 else 0
    return concerned and bool(mask & _CONTROL_ACCESS), sid_text(ace[place:])
