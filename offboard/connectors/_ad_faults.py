"""The one place where Active Directory's own codes become words and our errors; LDAP's are in ``_ldap_faults``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._ldap_faults import fault_of_result
from offboard.errors import Denied, NotFound, Rejected, SystemFault

if TYPE_CHECKING:
    from collections.abc import Mapping

ALREADY_THERE: Final = 68
LETS_IN: Final = "in"
WRONG_PASSWORD: Final = "52e"  # noqa: S105 - a code
DISABLED: Final = "533"
EXPIRED: Final = "701"
HOURS: Final = "530"
LOCKED_OUT: Final = "775"

REFUSALS: Final[Mapping[str, str]] = {
    "525": "there is no such account",
    WRONG_PASSWORD: "the password is not the one in force",
    HOURS: "signing in is not allowed at this hour",
    "531": "signing in is not allowed from this computer",
    "532": "the password has expired",
    DISABLED: "the account is disabled",
    EXPIRED: "the account has expired",
    "773": "the password must be changed first",
    LOCKED_OUT: "the account is locked out for a while, after wrong passwords",
}
"""What comes behind ``data`` in a refused bind (Win32 error codes, [MS-ERREF] 2.2, in hexadecimal) → what it means."""

_DATA: Final = re.compile(r"\bdata ([0-9a-f]+)", re.IGNORECASE)
_WIN32: Final = re.compile(r"^([0-9A-F]{8}): ")

_KINDS: Final[Mapping[str, tuple[type[SystemFault], str]]] = {
    "0000052D": (
        Rejected,
        "The domain's password rules refuse a long random password: look at its password filters and policies.",
    ),
    "00002098": (Denied, "Grant the right that 'offboard doctor' names as missing; never on AdminSDHolder."),
    "00000005": (Denied, "Grant the right that 'offboard doctor' names as missing; never on AdminSDHolder."),
    "00002071": (Rejected, "Another object of that name is there already: rename one of them."),
    "0000208D": (NotFound, "The object was deleted meanwhile: plan again."),
    "00002030": (NotFound, "The object was deleted meanwhile: plan again."),
    "0000202B": (Rejected, "This controller is read-only: set url, and controllers, to ones that can be written."),
}
"""The Win32 code that begins a refused change's message ([MS-ERREF] 2.2) → our error and what to do."""


def refusal(result: Mapping[str, Any]) -> str:
    """Return the code of a refused bind, ``in`` when it was accepted, else what LDAP calls the result."""
    if int(result["result"]) == 0:
        return LETS_IN
    found = _DATA.search(str(result.get("message") or ""))
    return found[1].casefold() if found else str(result["description"])


def in_words(code: str) -> str:
    """Return a code of :func:`refusal` with what it means."""
    return f"{code}: {REFUSALS[code]}" if code in REFUSALS else code


def fault_of_change(result: Mapping[str, Any], system: str, doing: str) -> SystemFault:
    """Turn an answer that is no success into our error; ``doing`` completes "cannot …"."""
    found = _WIN32.match(str(result.get("message") or "").upper())
    code = found[1] if found else ""
    if code not in _KINDS and int(result["result"]) == ALREADY_THERE:
        code = "00002071"
    if code not in _KINDS:
        return fault_of_result(result, system, doing)
    kind, hint = _KINDS[code]
    return kind(f"{system}: cannot {doing} ({result['description']}, {code})", system=system, hint=hint)
