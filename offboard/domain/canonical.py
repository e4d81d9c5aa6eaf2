"""One way to turn data into bytes, and bytes into digests.

Numbers with a fraction are refused, keys are sorted by their UTF-16 code units and nothing is escaped that need not
be, as in RFC 8785, so that an auditor's own program arrives at the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias

from offboard.errors import BadInput

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


def canonical_bytes(value: Json) -> bytes:
    """Return the one byte string that stands for ``value``.

    Raises:
        BadInput: for a number with a fraction, a key that is no string, or a lone surrogate.
    """
    text = json.dumps(_ordered(value, "$"), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(f"text that is not Unicode: {error.reason}") from error


def digest(kind: str, value: Json) -> str:
    """Return the SHA-256 (hex) of ``value`` under ``kind``, so that a plan's digest can never pass for a letter's."""
    return digest_bytes(kind, canonical_bytes(value))


def digest_bytes(kind: str, data: bytes) -> str:
    """Return the SHA-256 (hex) of raw bytes under ``kind``."""
    return hashlib.sha256(b"offboard/" + kind.encode() + b"/v1\x00" + data).hexdigest()


def _ordered(value: Json, path: str) -> Json:
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise BadInput(f"{path}: a key must be text, not {key!r}")
        return {key: _ordered(value[key], f"{path}.{key}") for key in sorted(value, key=_utf16)}
    if isinstance(value, list):
        return [_ordered(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise BadInput(f"{path}: {type(value).__name__} has no canonical form")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
