"""Refusals of Exchange's admin endpoint → our errors: what it means stands deep within a 400."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_faults import Answer, fault_of_answer
from offboard.errors import Denied, NotFound, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_THERE: Final = (
    "ManagementObjectNotFoundException",
    "couldn't be found on",
    "Couldn't find object",
    "UserNotFoundInPermissionEntryException",
)
_NO_ROLE: Final = ("isn't supported in this scenario", "any management roles", "our role lacks it", "access denied")
_SHUT: Final = frozenset({401, 403})

HINT: Final = (
    "Grant our app Exchange.ManageAsApp (Office 365 Exchange Online), and its service principal the role Exchange "
    "Administrator, or a role group with the cmdlet {cmdlet}."
)


def refused(answer: Answer, system: str, doing: str, cmdlet: str) -> SystemFault:
    """Return our error for an answer that is no success; ``doing`` completes "cannot …"."""
    kind, told = _told(answer.body)
    said = replace(answer, body={"error": {"code": kind.rpartition(".")[2], "message": told}})
    fault = fault_of_answer(said, system, doing, "")
    if answer.status in _SHUT or any(phrase.casefold() in told.casefold() for phrase in _NO_ROLE):
        return Denied(str(fault), system=system, hint=HINT.format(cmdlet=cmdlet))
    if any(phrase in f"{kind} {told}" for phrase in _NOT_THERE):
        return NotFound(str(fault), system=system)
    return fault


def _told(body: Any) -> tuple[str, str]:
    """Return the exception's type and its message: in ``details`` as ``Ex…|type|message``, else wherever one is."""
    texts = [text for text in _texts(body) if text]
    for text in texts:
        parts = text.split("|", 2)
        if len(parts) == 3:  # noqa: PLR2004 - the form in the docstring
            return parts[1], parts[2]
    return "", texts[0] if texts else ""


def _texts(body: Any) -> Iterator[str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            yield str(detail.get("message") or "")
    inner = error.get("innererror")
    if isinstance(inner, dict):
        internal = inner.get("internalexception")
        if isinstance(internal, dict):
            yield str(internal.get("message") or "")
    yield str(error.get("message") or "")
