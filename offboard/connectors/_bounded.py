"""Reads what a service answers over HTTP: in a time that counts the whole of it, and no more than can be meant."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.errors import Rejected, Unreachable

if TYPE_CHECKING:
    import httpx

TOO_LONG: Final = 64 * 1024 * 1024


def within_limits(response: httpx.Response, system: str, doing: str, seconds: float) -> bytes:
    """Return an answer's bytes; ``doing`` begins its messages.

    Raises:
        Unreachable: it took longer than ``seconds``, however it came in.
        Rejected: it is longer than :data:`TOO_LONG`.
    """
    deadline, data = time.monotonic() + seconds, bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if time.monotonic() > deadline:
            raise Unreachable(f"{system}: {doing}: the answer took too long", system=system)
        if len(data) > TOO_LONG:
            hint = "Check the url of this system."
            raise Rejected(f"{system}: {doing}: the answer is longer than any could be", system=system, hint=hint)
    return bytes(data)
