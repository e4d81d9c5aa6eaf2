"""Passwords as slapd keeps them (RFC 2307 §5.3), and the moment from which a lock counts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SECRET = "userPassword"  # noqa: S105 - the name of an attribute

_SCHEME = re.compile(rb"\{([A-Za-z0-9-]+)\}(.*)", re.DOTALL)
_SHA1_BYTES = 20


def hash_password(password: str) -> bytes:
    """Return ``{SSHA}`` and the salted hash, as ``slappasswd`` writes it."""
    salt = secrets.token_bytes(8)
    return b"{SSHA}" + base64.b64encode(_sha1(password.encode(), salt) + salt)


def fits(password: bytes, kept: Iterable[bytes]) -> bool:
    """Say whether a password is one of those kept; an unknown scheme fits nothing."""
    return any(_fits(password, each) for each in kept)


def _fits(password: bytes, kept: bytes) -> bool:
    found = _SCHEME.fullmatch(kept)
    if found is None:
        return hmac.compare_digest(password, kept)
    try:
        data = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return False
    if found[1].upper() not in {b"SSHA", b"SHA"} or len(data) < _SHA1_BYTES:
        return False
    return hmac.compare_digest(_sha1(password, data[_SHA1_BYTES:]), data[:_SHA1_BYTES])


def _sha1(password: bytes, salt: bytes) -> bytes:
    return hashlib.sha1(password + salt).digest()  # noqa: S324 - slapd's default scheme is what is shown here


def written(moment: datetime) -> bytes:
    """Return a moment as generalized time (RFC 4517 §3.3.13), to the second."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
