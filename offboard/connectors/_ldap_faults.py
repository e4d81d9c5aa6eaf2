"""The one place where ldap3's exceptions and LDAP's result codes (RFC 4511 appendix A) become our errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ldap3.core.exceptions import LDAPCommunicationError, LDAPException
from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # it has no types

from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKEN: Final = (LDAPException, PyAsn1Error, OSError, ValueError, LookupError, TypeError)
"""What ldap3 raises when there is no answer, or one that it cannot read."""

SUCCESS = 0
SIZE_LIMIT = 4
NO_SUCH_ATTRIBUTE = 16
UNDEFINED_ATTRIBUTE = 17
CONSTRAINT = 19
VALUE_EXISTS = 20
INVALID_SYNTAX = 21
NO_SUCH_OBJECT = 32
INVALID_CREDENTIALS = 49
INSUFFICIENT_ACCESS = 50
UNWILLING = 53
OBJECT_CLASS_VIOLATION = 65
ASSERTION_FAILED = 122

_KINDS: Final[Mapping[int, tuple[type[SystemFault], str | None]]] = {
    3: (Unreachable, None),  # timeLimitExceeded
    SIZE_LIMIT: (Rejected, "Raise the server's limits for our account, or narrow people_base and groups_base."),
    7: (Denied, None),  # authMethodNotSupported
    8: (Untrusted, "Use an ldaps:// address, or set ca_file so that StartTLS is used."),  # strongerAuthRequired
    10: (Rejected, "A referral is never followed: set url to the server that holds the data."),
    11: (Rejected, "Raise the server's limits for our account, or narrow people_base and groups_base."),
    13: (Untrusted, "Use an ldaps:// address, or set ca_file so that StartTLS is used."),  # confidentialityRequired
    NO_SUCH_OBJECT: (NotFound, None),
    48: (Denied, None),  # inappropriateAuthentication
    INVALID_CREDENTIALS: (Denied, "Check bind_dn and the password of this system."),
    INSUFFICIENT_ACCESS: (Denied, None),
    ASSERTION_FAILED: (Drifted, None),
    123: (Denied, None),  # authorizationDenied
}
_LATER: Final = frozenset({51, 52})  # busy, unavailable


def fault_of_result(result: Mapping[str, Any], system: str, doing: str) -> SystemFault:
    """Turn an answer that is no success into our error; ``doing`` completes "cannot …"."""
    code = int(result["result"])
    detail = f": {result['message']}" if result.get("message") else ""
    text = f"{system}: cannot {doing} ({result['description']}{detail})"
    if code in _LATER:
        return Throttled(text, system=system)
    kind, hint = _KINDS.get(code, (Rejected, None))
    return kind(text, system=system, hint=hint)


def fault_of_exception(error: Exception, refusal: str, system: str, url: str) -> SystemFault:
    """Turn what ldap3 raised into our error; ``refusal`` is why TLS was refused, if it was."""
    if refusal:
        return Untrusted(f"{system}: {url}: {refusal}", system=system)
    # The text of other exceptions may quote what was sent.
    told = str(error) if isinstance(error, LDAPCommunicationError) else type(error).__name__
    return Unreachable(f"{system}: no usable answer from {url} ({told})", system=system)
