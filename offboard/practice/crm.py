"""What the stand-ins of CRMs share: HTTPS on loopback an authority of their own, a journal, planted failures."""

from __future__ import annotations

import copy
import fnmatch
import json
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from offboard.practice.graph.calls import Reply
from offboard.practice.graph.server import Dropped, Served

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Call:
    """One call as it came: ``path`` and ``query`` are decoded, ``body`` is JSON or a form."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 0


@dataclass
class Failure:
    """Calls that match ``METHOD /path`` fail ``left`` times, after ``skip`` that go through.

    With ``lost`` the work is done and the answer is not sent; else ``reply`` is sent and nothing is done.
    """

    match: str
    reply: Reply
    left: int
    skip: int
    lost: bool

    def hits(self, call: Call) -> bool:
        """Say whether it is this call's turn to fail, and count it."""
        if self.left <= 0 or not fnmatch.fnmatch(f"{call.method} {call.path}", self.match):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left -= 1
        return True


class CrmStandIn(Served, ABC):
    """A CRM on loopback; ``calls`` lists what came."""

    maker: str

    def __init__(self, folder: Path) -> None:
        self.open_door(folder, self.maker, self._respond)
        self.calls: list[Call] = []
        self._failures: list[Failure] = []
        self._lock = threading.RLock()

    def fail(
        self,
        match: str,
        status: int = 503,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        times: int = 1,
        skip: int = 0,
        lost: bool = False,
    ) -> None:
        """Have calls that match fail; see :class:`Failure`."""
        with self._lock:
            self._failures.append(Failure(match, Reply(status, body, headers or {}), times, skip, lost))

    def writes(self) -> list[Call]:
        """Return the calls that changed records, or tried to."""
        return [call for call in self.calls if self.is_write(call)]

    @abstractmethod
    def is_write(self, call: Call) -> bool:
        """Say whether a call writes records."""

    @abstractmethod
    def answer(self, call: Call) -> Reply:
        """Answer one call."""

    def _respond(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Reply:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        # Both makers take an address with or without a slash at its end.
        call = Call(method, unquote(parts.path).rstrip("/"), query, headers)
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            call.body = dict(parse_qsl(raw.decode("utf-8", "replace")))
        elif raw.strip():
            call.body = json.loads(raw)
        with self._lock:
            self.calls.append(call)
            failure = next((one for one in self._failures if one.hits(call)), None)
            if failure and not failure.lost:
                call.status = failure.reply.status
                return failure.reply
            reply = self.answer(call)
            call.status = reply.status
        if failure:
            raise Dropped
        return copy.deepcopy(reply)
