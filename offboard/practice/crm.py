"""What the stand-ins of CRMs share: HTTPS on loopback an authority of their own, a journal, planted failures."""

from __future__ import annotations

import copy
import fnmatch
import json
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import trustme

from offboard.practice.graph.calls import Reply
from offboard.practice.graph.server import Dropped, Server

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


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


class CrmStandIn:
    """A CRM on loopback; ``calls`` lists what came. A subclass answers in :meth:`answer`."""

    maker: str

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name=f"{self.maker} stand-in (practice)")
        self.ca_file = folder / f"{self.maker.casefold()}-ca.crt"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self.calls: list[Call] = []
        self._failures: list[Failure] = []
        self._lock = threading.RLock()
        self._server = Server(self._respond, context)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://localhost:{self._server.port}"

    def start(self) -> Self:
        """Answer from now on."""
        self._server.start()
        return self

    def stop(self) -> None:
        """End; harmless when it has ended."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

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

    def is_write(self, call: Call) -> bool:
        """Say whether a call writes records."""
        raise NotImplementedError

    def answer(self, call: Call) -> Reply:
        """Answer one call."""
        raise NotImplementedError

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
