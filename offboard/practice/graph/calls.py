"""What a call to the stand-in is, what comes back, and which function answers which method and path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.practice.graph.quirks import Quirks
    from offboard.practice.graph.tenant import Tenant

Answer: TypeAlias = "Callable[..., Reply]"


@dataclass(frozen=True)
class Reply:
    """What goes back; ``body`` is JSON, or ``None`` for nothing at all."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Graph's error answer: a code and a message."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Call:
    """One call as it was recorded: what was asked and what went back.

    ``path`` begins after ``/v1.0``; ``query`` is decoded; ``known`` is the call's name in the table of facts
    (``PATCH /users/{id}``), empty when nothing answers there; ``in_batch`` for a part of a ``$batch``.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 0
    reply: Any = None
    known: str = ""
    in_batch: bool = False
    at: float = 0.0


@dataclass
class Ask:
    """What a function that answers is given: the call, the tenant as it may be seen or changed, and the rights."""

    call: Call
    tenant: Tenant
    rights: frozenset[str]
    quirks: Quirks
    base: str
    app: str

    def option(self, name: str) -> str:
        """Return a query option (``$select``), empty when it is not given; the ``$`` may be missing."""
        return self.call.query.get(f"${name}", self.call.query.get(name, ""))

    @property
    def eventual(self) -> bool:
        """Whether this is an advanced query: the header, and ``$count`` asked for."""
        return self.call.headers.get("consistencylevel", "").casefold() == "eventual"


_ANSWERS: dict[str, tuple[re.Pattern[str], Answer, str]] = {}


def answers(*calls: str) -> Callable[[Answer], Answer]:
    """Have a function answer these calls, each written as ``METHOD /path/{id}``; it gets the ids in order."""

    def take(function: Answer) -> Answer:
        for call in calls:
            path = re.escape(call.partition(" ")[2]).replace(r"\{id\}", "([^/]+)")
            _ANSWERS[call] = (re.compile(path, re.IGNORECASE), function, call.partition(" ")[0])
        return function

    return take


def answered() -> list[str]:
    """Return every call that something answers."""
    return sorted(_ANSWERS)


def name_of(method: str, path: str) -> str:
    """Return what a call is called in the table of facts, empty when nothing answers it."""
    try:
        return find(method, path)[0]
    except Refused:
        return ""


def find(method: str, path: str) -> tuple[str, Answer, list[str]]:
    """Return the name of a call, what answers it, and the ids in its path.

    Raises:
        Refused: there is no such path, or not with this method.
    """
    elsewhere = False
    for name, (pattern, function, wanted) in _ANSWERS.items():
        hit = pattern.fullmatch(path)
        if hit and wanted == method:
            return name, function, [unquote(part) for part in hit.groups()]
        elsewhere = elsewhere or hit is not None
    if elsewhere:
        raise Refused(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    segment = path.rstrip("/").rpartition("/")[2]
    raise Refused(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def missing(what: str) -> Refused:
    """Return the answer for something that is not there."""
    text = f"Resource '{what}' does not exist or one of its queried reference-property objects are not present."
    return Refused(404, "Request_ResourceNotFound", text)


def bad(message: str) -> Refused:
    """Return the answer for a request that the directory does not accept."""
    return Refused(400, "Request_BadRequest", message)


def denied(message: str = "Insufficient privileges to complete the operation.") -> Refused:
    """Return the answer for a call that the app's rights do not cover."""
    return Refused(403, "Authorization_RequestDenied", message)
