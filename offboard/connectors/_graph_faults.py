"""Answers of Microsoft Graph that are no success → our errors; the one place for that.

Source: https://learn.microsoft.com/graph/errors and the notes that the calls' own pages have.
"""

from __future__ import annotations

import email.utils
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TEXT: Final = 300

_KINDS: Final[Mapping[int, tuple[type[SystemFault], str | None]]] = {
    401: (Denied, "Check tenant, client_id and the secret or certificate of this system."),
    403: (Denied, None),
    404: (NotFound, None),
    408: (Unreachable, None),
    409: (Drifted, None),
    410: (NotFound, None),
    412: (Drifted, None),
    423: (Rejected, "Somebody else is using it; it is tried again later."),
}

PREMIUM: Final = ("AadPremiumLicenseRequired", "InvalidLicense", "premium license")
"""How Graph says that the tenant has not bought what was asked for (Entra ID P2, say)."""

MASTERED: Final = ("on-premises mastered", "originated within an external service", "Directory Sync objects")
"""How Graph says that Active Directory decides."""

DEFAULT_METHOD: Final = ("default authentication method", "default method")
LAST_OWNER: Final = ("last owner",)
ALREADY_THERE: Final = ("already exist", "AlreadyExists")
NO_SUCH_ASSIGNMENT: Final = ("RoleAssignmentDoesNotExist", "does not exist")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``request_id`` is what Microsoft's support asks for, ``client_request_id`` the one that we set."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    client_request_id: str = ""

    @property
    def request_id(self) -> str:
        """The service's own number of this request; empty when it named none."""
        return self.headers.get("request-id", "")

    @property
    def ok(self) -> bool:
        """Say whether it is a success."""
        return httpx.codes.is_success(self.status)

    @property
    def error(self) -> tuple[str, str]:
        """Graph's code and message; empty when there are none."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        if not isinstance(error, dict):
            return "", ""
        return str(error.get("code") or ""), str(error.get("message") or "")

    def says(self, phrases: tuple[str, ...]) -> bool:
        """Say whether it is a refusal for this reason."""
        told = " ".join(self.error).casefold()
        return not self.ok and any(phrase.casefold() in told for phrase in phrases)

    def wait(self) -> float | None:
        """Return the seconds of ``Retry-After``, a number or a date (RFC 9110 §10.2.3); ``None``: it names none."""
        value = self.headers.get("retry-after", "").strip()
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
            except (TypeError, ValueError):
                return None
        return seconds if 0 <= seconds < float("inf") else None


def fault_of_answer(answer: Answer, system: str, doing: str, right: str) -> SystemFault:
    """Turn an answer that is no success into our error; ``doing`` completes "cannot …", ``right`` is what it needs."""
    code, message = answer.error
    told = ": ".join(part for part in (code, message) if part)[:_LONGEST_TEXT] or "no reason given"
    ids = ", ".join(part for part in (answer.request_id, answer.client_request_id) if part)
    text = f"{system}: cannot {doing} (HTTP {answer.status}, {told}; request {ids or 'without number'})"
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return Throttled(text, system=system, retry_after=answer.wait() or 1.0)
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unreachable(text, system=system)
    kind, hint = _KINDS.get(answer.status, (Rejected, None))
    if answer.status == httpx.codes.FORBIDDEN:
        hint = _forbidden(code, right)
    return kind(text, system=system, hint=hint)


def _forbidden(code: str, right: str) -> str:
    named = (
        f"Grant our app the application permission {right}, with admin consent" if right else "Grant what is missing"
    )
    if code == "Authorization_RequestDenied":
        return f"{named}; if it has that, the account is a privileged one: then our app needs a higher role itself."
    return f"{named}."


def fault_of_exception(error: Exception, system: str, doing: str, host: str) -> SystemFault:
    """Turn what httpx raised into our error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            told = (getattr(cause, "verify_message", ""), getattr(cause, "reason", ""), type(cause).__name__)
            reason = next(filter(None, told))
            return Untrusted(f"{system}: TLS was refused by us: {host}: {reason}", system=system)
        cause = cause.__cause__ or cause.__context__
    # The text of an exception may quote what was sent; its type is enough.
    return Unreachable(f"{system}: cannot {doing}: no answer from {host} ({type(error).__name__})", system=system)


def certainly_not_received(error: Exception) -> bool:
    """Say whether the request cannot have reached the service."""
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
