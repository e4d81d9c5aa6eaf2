"""The objects of the practice domain: what one holds, and what a domain controller works out of it."""

from __future__ import annotations

import struct
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from offboard.practice.entries import Code, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.practice.matching import Key

NEVER: Final = str(2**63 - 1).encode()
USERS: Final = 513
DISABLED: Final = 0x2
NO_HOURS: Final = bytes(21)

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_OLD_PASSWORD_LASTS: Final = 3600.0
"""Seconds for which the password before the last is still taken (Samba's "old password allowed period")."""

_SHORTEST, _KINDS = 7, 3
_CONTROL_ACCESS: Final = 0x100
_RESET_PASSWORD: Final = uuid.UUID("00299570-246d-11d0-a768-00aa006e0529").bytes_le

SINGLE: Final = frozenset(
    {
        "cn", "ou", "dc", "sAMAccountName", "userPrincipalName", "displayName", "mail", "employeeID", "employeeNumber",
        "title", "telephoneNumber", "manager", "managedBy", "userAccountControl", "accountExpires", "logonHours",
        "pwdLastSet", "primaryGroupID", "adminCount", "groupType", "sAMAccountType", "lockoutTime", "description",
    }
)  # fmt: skip
"""Attributes that may be written and have one value."""

SEVERAL: Final = frozenset({"member", "proxyAddresses", "servicePrincipalName", "objectClass"})
_KNOWN: Final = {name.casefold(): name for name in SINGLE | SEVERAL | {"unicodePwd"}}


def known(name: str) -> str:
    """Return an attribute's own name.

    Raises:
        Refused: a domain has no such attribute.
    """
    found = _KNOWN.get(name.casefold())
    if found is None:
        raise Refused(Code.NO_SUCH_ATTRIBUTE, f"00000057: LdapErr: DSID-0C0907C1, comment: {name} is not known, data 0")
    return found


def ticks_now() -> int:
    """Return this moment as a domain controller counts."""
    return int((datetime.now(UTC) - _EPOCH).total_seconds() * 10_000_000)


def sid_of(relative: int, *, builtin: bool = False) -> bytes:
    """Return the security identifier of the practice domain with this relative id."""
    parts = (32, relative) if builtin else (21, 1004336348, 1177238915, 682003330, relative)
    return struct.pack(f"<BB6B{len(parts)}I", 1, len(parts), 0, 0, 0, 0, 0, 5, *parts)


def access_list(sids: Sequence[bytes]) -> bytes:
    """Return a security descriptor ([MS-DTYP] 2.4.6) by which these may reset the password, and nobody else."""
    entries = b""
    for sid in sids:
        body = struct.pack("<II", _CONTROL_ACCESS, 1) + _RESET_PASSWORD + sid
        entries += struct.pack("<BBH", 5, 0, len(body) + 4) + body
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20)
    return head + struct.pack("<BBHHH", 4, 0, 8 + len(entries), len(sids), 0) + entries


@dataclass(slots=True)
class Object:
    """One object; ``passwords`` are the one in force and the one before it, with the moment of the change."""

    name: str
    key: Key
    values: dict[str, list[bytes]]
    guid: uuid.UUID
    sid: bytes
    passwords: list[str] = field(default_factory=list, repr=False)
    changed: float = 0.0

    def first(self, attribute: str) -> str:
        """Return the first value as text, or nothing."""
        return next(iter(self.values.get(attribute, [])), b"").decode("utf-8", "replace")

    def number(self, attribute: str) -> int:
        """Return the value as a number, 0 when there is none."""
        return int(self.first(attribute) or 0)

    def refusal(self, password: str) -> str:
        """Return the code with which signing in is refused, or nothing."""
        if self.number("lockoutTime"):
            return "775"
        former = self.passwords[1:2] if time.monotonic() - self.changed < _OLD_PASSWORD_LASTS else []
        if password not in [*self.passwords[:1], *former]:
            return "52e"
        if self.number("userAccountControl") & DISABLED:
            return "533"
        expires = self.number("accountExpires")
        if 0 < expires < ticks_now():
            return "701"
        if self.values.get("logonHours") and not self._hour_allowed():
            return "530"
        return "773" if self.first("pwdLastSet") == "0" else ""

    def set_password(self, quoted: Sequence[bytes]) -> None:
        """Take a new password as ``unicodePwd`` carries it.

        Raises:
            Refused: it is no password, or the domain's rules refuse it.
        """
        text = b"".join(quoted).decode("utf-16-le", "replace")
        password = text[1:-1]
        kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
        mixed = sum(any(kind(letter) for letter in password) for kind in kinds)
        login = self.first("sAMAccountName").casefold()
        if text[:1] + text[-1:] != '""' or len(password) < _SHORTEST or mixed < _KINDS or login in password.casefold():
            raise Refused(Code.CONSTRAINT, "0000052D: AtrErr: DSID-03191083, #1: problem 1005, unicodePwd")
        self.passwords = [password, *self.passwords[:1]]
        self.changed = time.monotonic()
        self.values["pwdLastSet"] = [str(ticks_now()).encode()]

    def _hour_allowed(self) -> bool:
        now = datetime.now(UTC)
        hour = ((now.weekday() + 1) % 7) * 24 + now.hour
        return bool(self.values["logonHours"][0][hour // 8] >> hour % 8 & 1)
