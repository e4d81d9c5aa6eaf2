"""The one place where httpx's exceptions and SCIM's refusals (RFC 7644 §3.12) become our errors."""

from __future__ import annotations

import ssl
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKEN: Final = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, ssl.SSLError, OSError)
"""What httpx raises when there is no answer, or none that it can read."""

_LONGEST_WAIT: Final = 3600.0
_LONGEST_DETAIL: Final = 300
_SERVER: Final = 500
_REDIRECT: Final = range(300, 400)

_STATUSES: Final[Mapping[int, tuple[type[SystemFault], str, str | None]]] = {
    401: (Denied, "our sign-in was refused", "Check token, or username and password, of this system."),
    403: (Denied, "our account lacks a right", None),
    404: (NotFound, "it is not there", None),
    409: (Drifted, "somebody else changed it meanwhile", None),
    412: (Drifted, "somebody else changed it meanwhile", None),
    413: (Rejected, "the request is larger than the server accepts", None),
    501: (Rejected, "the server does not offer this", None),
}


class Unsupported(Rejected):
    """The server understood the request and does not offer what it asks for; another way may do."""


_NOT_OFFERED: Final = frozenset({"invalidFilter", "invalidPath", "invalidSyntax", "tooMany", ""})
"""Kinds of 400 (RFC 7644 table 9) after which another way of asking may do; many products give none at all."""


def fault_of_answer(
    system: str, doing: str, right: str, status: int, headers: Mapping[str, str], told: dict[str, Any]
) -> SystemFault:
    """Turn an answer that is no success into our error.

    ``doing`` completes "cannot …"; ``right`` is what our account needs for it; ``told`` is SCIM's error, if it is one.
    """
    kind = str(told.get("scimType") or "")
    detail = _plain(told.get("detail"))
    text = (
        f"{system}: cannot {doing}: {{}} (HTTP {status}{f' {kind}' if kind else ''}{f': {detail}' if detail else ''})"
    )
    wait = headers.get("Retry-After", "")
    if status == httpx.codes.TOO_MANY_REQUESTS or (wait and status in {403, 503}):
        return Throttled(text.format("too many requests"), system=system, retry_after=seconds(wait))
    if status in _REDIRECT:
        hint = "Set url of this system to the address that answers itself: a redirect is never followed."
        return Rejected(text.format("the server sends us elsewhere"), system=system, hint=hint)
    if status == httpx.codes.CONFLICT and kind == "uniqueness":
        return Rejected(text.format("the value is taken"), system=system)
    if status == httpx.codes.FORBIDDEN:
        hint = f"Grant our account the right to {right} in this product."
        return Denied(text.format(f"our account may not {right}"), system=system, hint=hint)
    if status == httpx.codes.NOT_IMPLEMENTED or (status == httpx.codes.BAD_REQUEST and kind in _NOT_OFFERED):
        return Unsupported(text.format("the server does not offer this"), system=system)
    if status in _STATUSES:
        fault, meaning, hint_or_none = _STATUSES[status]
        return fault(text.format(meaning), system=system, hint=hint_or_none)
    if status >= _SERVER:
        return Unreachable(text.format("the server failed"), system=system)
    return Rejected(text.format("the server refused the request"), system=system)


def fault_of_exception(system: str, url: str, doing: str, error: Exception) -> SystemFault:
    """Turn what httpx raised into our error: TLS that was refused, or no usable answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return Untrusted(f"{system}: {url}: TLS was refused: {cause.reason or cause}", system=system)
        cause = cause.__cause__ or cause.__context__
    # The text of a protocol error may quote what was sent.
    quotes = isinstance(error, (httpx.ProtocolError, httpx.InvalidURL))
    told = type(error).__name__ if quotes else str(error) or type(error).__name__
    return Unreachable(f"{system}: cannot {doing}: no usable answer from {url} ({told})", system=system)


def strange(system: str, url: str, doing: str) -> Rejected:
    """Return the error for an answer that is not SCIM's: an HTML page, broken JSON, another shape."""
    return Rejected(
        f"{system}: cannot {doing}: {url} answered, but not as SCIM does",
        system=system,
        hint="Check the url of this system: it is the address that stands before /Users.",
    )


def seconds(retry_after: str) -> float:
    """Return how long ``Retry-After`` (RFC 9110 §10.2.3) asks us to wait: seconds or a date, one hour at most."""
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 1.0
    return min(max(wait, 0.0), _LONGEST_WAIT) if wait == wait else 1.0  # noqa: PLR0124 - "nan" is a float, too


def _plain(detail: object) -> str:
    text = detail if isinstance(detail, str) else ""
    kept = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)
    return " ".join(kept.split())[:_LONGEST_DETAIL]
