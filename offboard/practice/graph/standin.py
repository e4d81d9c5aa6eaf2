"""The stand-in itself: it starts, it checks every call as Graph would, and it keeps a record."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from offboard.practice.graph import answering, batch
from offboard.practice.graph.calls import Ask, Call, Refused, Reply, find, name_of
from offboard.practice.graph.endowing import Endowing
from offboard.practice.graph.permitting import DEFAULT_RIGHTS, check_rights
from offboard.practice.graph.quirks import CODES, Fault, How, Limit, Quirks, service_of
from offboard.practice.graph.server import Dropped, Served
from offboard.practice.graph.tokens import RESOURCE, TokenService

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from offboard.practice.graph.server import Respond

ROOT = "/v1.0"
SILENCE = 30.0


class GraphStandIn(Endowing, Served):
    """Microsoft Graph and the token service beside it, for one tenant and one app; see the package for its use."""

    def __init__(
        self,
        folder: Path,
        *,
        permissions: Iterable[str] | None = None,
        name: str = "Acme Ltd",
        domain: str = "acme.example",
        seed: str = "",
    ) -> None:
        """Make certificates in ``folder`` and found an empty tenant; nothing runs yet.

        With a ``seed``, what is founded in the same order has the same ids every time.
        """
        super().__init__(name, domain, seed)
        self.folder = folder
        self.permissions = set(DEFAULT_RIGHTS if permissions is None else permissions)
        self.quirks = Quirks()
        self.limits: dict[str, Limit] = {}
        self.calls: list[Call] = []
        self.tokens = TokenService(self.tenant, self.app_object)
        self.open_door(folder, "Graph", self._respond)
        self.certificate_file, self.key_file = self.tokens.certify(folder)
        self.others: dict[str, Respond] = {}
        """The beginning of a path → what answers below it in place of Graph (Exchange)."""
        self.tokens.url = self.url
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def authority(self) -> str:
        """What msal is told as ``authority``, with ``instance_discovery=False``."""
        return f"{self.url}/{self.tenant}"

    @property
    def client_id(self) -> str:
        """The app's id, with which it signs in."""
        return self.tokens.client_id

    @property
    def client_secret(self) -> str:
        """The app's secret."""
        return self.tokens.client_secret

    @property
    def scope(self) -> str:
        """What tokens are asked for."""
        return f"{RESOURCE}/.default"

    def stop(self) -> None:
        """End; harmless when it has ended."""
        self._stopping.set()
        super().stop()

    def fail(
        self,
        status: int = 503,
        *,
        match: str = "*",
        next: int = 1,  # noqa: A002 - reads as a sentence: fail the next 2
        skip: int = 0,
        headers: dict[str, str] | None = None,
        code: str = "",
        message: str = "",
        how: How = "answer",
    ) -> None:
        """Fail the ``next`` calls that match ``METHOD /path`` (``*`` for anything), after ``skip`` that go through.

        ``how``: ``answer`` with the status before anything is done; ``lost`` does what was asked and then answers
        with the status; ``closed`` ends the connection without an answer; ``lost_closed`` does it and then ends the
        connection; ``cut`` answers half; ``silence`` says nothing for half a minute. The last four end a whole batch.
        """
        fault = Fault(match, status, code or CODES.get(status, "UnknownError"), dict(headers or {}), how, next, skip,
                      message or "This failure was asked for.")  # fmt: skip
        with self._lock:
            self._faults.append(fault)

    def heal(self) -> None:
        """Fail nothing any more."""
        with self._lock:
            self._faults.clear()

    def refuse_tokens(self) -> None:
        """Refuse every token given out so far, as after a rights change with continuous access evaluation."""
        self.tokens.end_tokens()

    def made(self, *methods: str) -> list[str]:
        """Return the recorded calls as ``METHOD /path``, of these methods only where some are named."""
        return [f"{call.method} {call.path}" for call in self.calls if not methods or call.method in methods]

    def _respond(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Reply:
        split = urlsplit(target)
        other = next((answer for start, answer in self.others.items() if split.path.startswith(start)), None)
        if other is not None:
            return other(method, target, headers, raw)
        if not split.path.startswith(f"{ROOT}/"):
            return self._sign_in(method, split.path, raw)
        ids = {"request-id": str(uuid.uuid4()), "client-request-id": headers.get("client-request-id", "")}
        ids["client-request-id"] = ids["client-request-id"] or ids["request-id"]
        call = Call(method, split.path.removeprefix(ROOT), dict(parse_qsl(split.query)), headers, at=time.time())
        self._wait(self.quirks.latency)
        try:
            rights = self.tokens.rights(headers.get("authorization", ""))
            mime = headers.get("content-type", "").startswith("text/plain")
            call.body = raw.decode("ascii", "replace") if mime else _json(raw)
            if method == "POST" and call.path == batch.PATH:
                reply = self._batch(call, rights)
            else:
                reply = self.answer(call, rights)
        except Refused as refused:
            reply = self._recorded(call, _error(refused))
        if reply.status >= 400 and isinstance(reply.body, dict) and "error" in reply.body:  # noqa: PLR2004 - HTTP's
            inner = {"date": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), **ids}
            reply.body["error"].setdefault("innerError", inner)
        return Reply(reply.status, reply.body, reply.headers | ids)

    def answer(self, call: Call, rights: frozenset[str]) -> Reply:
        """Answer one call, in a batch or by itself, and record it."""
        fault = self._fault(call)
        if fault is not None and fault.how in {"closed", "silence"}:
            self._recorded(call, Reply(0))
            self._wait(SILENCE if fault.how == "silence" else 0)
            raise Dropped
        try:
            if fault is not None and fault.how == "answer":
                raise fault.refused()
            with self._within(service_of(call.path)):
                reply = self._carry_out(call, rights)
            if fault is not None and fault.how == "lost":
                raise fault.refused()
        except Refused as refused:
            reply = _error(refused)
        self._recorded(call, reply)
        if fault is not None and fault.how in {"cut", "lost_closed"}:
            raise Dropped(reply if fault.how == "cut" else None)
        return reply

    def _carry_out(self, call: Call, rights: frozenset[str]) -> Reply:
        call.known, function, ids = find(call.method, call.path)
        answering.check_request(call, self.quirks)
        if self.quirks.rights_checked:
            check_rights(call, rights)
        if call.method == "GET":
            eventual = call.headers.get("consistencylevel", "").casefold() == "eventual"
            with self.store.reading(self.quirks.index_lag if eventual else self.quirks.lag) as tenant:
                return function(self._ask(call, tenant, rights), *ids)
        self.store.keeps_history = bool(self.quirks.lag or self.quirks.index_lag)
        with self.store.writing() as tenant:
            works = self.quirks.writes_work
            return function(self._ask(call, tenant if works else copy.deepcopy(tenant), rights), *ids)

    def _ask(self, call: Call, tenant: Any, rights: frozenset[str]) -> Ask:
        return Ask(call, tenant, rights, self.quirks, f"{self.url}{ROOT}", self.app_object)

    def _batch(self, call: Call, rights: frozenset[str]) -> Reply:
        fault = self._fault(call)
        if fault is not None:
            if fault.how != "answer":
                raise Dropped
            raise fault.refused()
        body = batch.carry_out(call, lambda part: self.answer(part, rights))
        return self._recorded(call, Reply(200, body))

    @contextmanager
    def _within(self, service: str) -> Iterator[None]:
        with ExitStack() as leaving:
            for limit in filter(None, (self.limits.get(service), self.limits.get("*"))):
                limit.enter()
                leaving.callback(limit.leave)
            yield

    def _fault(self, call: Call) -> Fault | None:
        with self._lock:
            return next((fault for fault in self._faults if fault.hits(call.method, call.path)), None)

    def _recorded(self, call: Call, reply: Reply) -> Reply:
        call.known = call.known or name_of(call.method, call.path)
        call.status, call.reply = reply.status, copy.deepcopy(reply.body)
        with self._lock:
            self.calls.append(call)
        return reply

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._stopping.wait(seconds)

    def _sign_in(self, method: str, path: str, raw: bytes) -> Reply:
        tenant, _, rest = path.strip("/").partition("/")
        if method == "GET" and rest in {"v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"}:
            return self.tokens.configuration(tenant)
        if method == "GET" and rest == "discovery/instance":
            return self.tokens.instances()
        if method == "POST" and rest == "oauth2/v2.0/token":
            form = dict(parse_qsl(raw.decode("utf-8", "replace")))
            return self.tokens.token(unquote(tenant), form, sorted(self.permissions))
        return _error(Refused(404, "NotFound", f"Nothing is at {path}."))


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError as error:
        raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from error


def _error(refused: Refused) -> Reply:
    return Reply(refused.status, {"error": {"code": refused.code, "message": refused.message}}, refused.headers)
