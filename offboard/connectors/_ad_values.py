"""Active Directory's values as people and JSON can carry them: moments, security identifiers, object ids."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

NEVER: Final = 2**63 - 1
"""``accountExpires`` of an account that never does; so does 0 ([MS-ADA1] accountExpires)."""

ACCOUNT_DISABLED: Final = 0x2
PASSWORD_NEVER_EXPIRES: Final = 0x10000

HOURS_NONE: Final = bytes(21)
"""``logonHours`` with no hour of the week in it ([MS-ADA1] logonHours)."""

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS: Final = 10_000_000
_WORDS: Final = {NEVER: "never", 0: "never (0)"}


def ticks_of(moment: datetime) -> int:
    """Return a moment as Active Directory counts: tenths of a microsecond since 1601, in UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def moment_of(ticks: int) -> datetime:
    """Return the moment that :func:`ticks_of` counted, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ticks // 10)


def expiry_words(ticks: int) -> str:
    """Return ``accountExpires`` for people; :func:`expiry_ticks` reads exactly this value from it."""
    if ticks in _WORDS:
        return _WORDS[ticks]
    seconds, rest = divmod(ticks, _TICKS)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return str(ticks)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:07d}Z"


def expiry_ticks(words: str) -> int:
    """Return the value that :func:`expiry_words` wrote out."""
    for ticks, word in _WORDS.items():
        if words == word:
            return ticks
    if not words.endswith("Z"):
        return int(words)
    whole, _, rest = words.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1) * _TICKS + int(rest)


def sid_text(raw: bytes) -> str:
    """Return a security identifier as ``S-1-5-…`` ([MS-DTYP] 2.4.2)."""
    count = raw[1]
    authority = int.from_bytes(raw[2:8], "big")
    parts = struct.unpack_from(f"<{count}I", raw, 8)
    return "-".join(["S", str(raw[0]), str(authority), *map(str, parts)])


def sid_beside(raw: bytes, relative: int) -> bytes:
    """Return the identifier that has this relative id in the same domain."""
    return raw[:-4] + struct.pack("<I", relative)


def by_guid(entry_id: str) -> str | None:
    """Return the name by which a controller finds an object wherever it is now, ``None`` for what is no id."""
    try:
        return f"<GUID={UUID(entry_id)}>"
    except ValueError:
        return None
