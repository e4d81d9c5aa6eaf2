"""One request to Microsoft Graph: its token, its place, and whether it may be sent again.

Facts: https://learn.microsoft.com/graph/throttling. A ``POST`` is sent again only when it was certainly not accepted.
"""

from __future__ import annotations

import json
import random
import re
import ssl
import threading
import time
import uuid
from base64 import b64decode
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from offboard.connectors._bounded import within_limits
from offboard.connectors._graph_faults import Answer, certainly_not_received, fault_of_exception
from offboard.connectors._graph_tokens import Account, Tokens, tokens_for, trust
from offboard.errors import Rejected, Throttled, Untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offboard.connectors._graph_paths import Path
    from offboard.errors import SystemFault

AT_ONCE: Final[Mapping[str, int]] = {"directory": 10, "identity": 4, "files": 4, "exchange": 4, "outlook": 4} | {
    "outlook in a batch": 1
}
"""Service → how many requests of ours it gets at once, whatever the number of connections.

Outlook takes four of an app, and works on the parts of a batch four at a time: one batch is all that it gets.
"""

TRIES: Final = 4
SILENT_TRIES: Final = 2
LONGEST_WAIT: Final = 10.0
"""Seconds that we wait within one request when told to; who is told longer comes back later."""

_FIRST_WAIT: Final = 0.2

REPEATABLE: Final = frozenset({"GET", "PATCH", "PUT", "DELETE"})
LATER: Final = frozenset({429, 502, 503, 504})
_CLAIMS: Final = re.compile(r'claims="([^"]+)"')

BROKEN: Final = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, ssl.SSLError, OSError)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``doing`` completes "cannot …", ``right`` is the least right that it needs.

    ``raw``: the answer is bytes, no JSON; a body that is bytes is sent as it is, and its headers say what it is.
    """

    method: str
    path: Path
    doing: str
    query: Mapping[str, str] | None = None
    body: Any = None
    right: str = ""
    headers: Mapping[str, str] | None = None
    raw: bool = False

    @property
    def url(self) -> str:
        """The address below the version, with its query."""
        return self.path.text + (_query(tuple(self.query.items())) if self.query else "")


@lru_cache(maxsize=64)
def _query(options: tuple[tuple[str, str], ...]) -> str:
    """Return the options as they stand in an address; a scan asks the same of every mailbox."""
    return f"?{httpx.QueryParams(options)}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one request, for the record."""

    method: str
    path: str
    status: int
    request_id: str
    client_request_id: str


class Limits:
    """The places at each service of one tenant, for every connection of this process."""

    def __init__(self) -> None:
        self.places = {name: threading.BoundedSemaphore(number) for name, number in AT_ONCE.items()}


_limits: dict[tuple[str, str], Limits] = {}
_limits_lock = threading.Lock()


def limits_for(url: str, tenant: str) -> Limits:
    """Return the limits of a tenant: the same for every connection of this process."""
    with _limits_lock:
        return _limits.setdefault((url, tenant), Limits())


class Wire:
    """Sends requests to one address of Microsoft Graph, for one connection."""

    def __init__(self, url: str, account: Account) -> None:
        self.system = account.system
        self.url = url.rstrip("/")
        self.tokens: Tokens = tokens_for(account)
        self.tls = "not reached"
        self.sent: deque[Sent] = deque(maxlen=200)
        self._timeout = account.timeout
        self._limits = limits_for(self.url, account.tenant)
        self._client = httpx.Client(
            trust_env=False,
            verify=trust(account.system, account.ca_file),
            timeout=httpx.Timeout(account.timeout, connect=account.connect_timeout),
        )

    def close(self) -> None:
        """Close the connection; never raises."""
        with suppress(*BROKEN):
            self._client.close()

    def request_ids(self) -> list[str]:
        """Return the service's ids of what was asked since the last time, but for mere reading; each is told once."""
        found: list[str] = []
        with suppress(IndexError):
            while True:
                sent = self.sent.popleft()
                if sent.method != "GET" and (number := sent.request_id or sent.client_request_id):
                    found.append(number)
        return found

    def repeat(self, ask: Ask, url: str, *, repeatable: bool | None = None, service: str = "") -> Answer:
        """Send, and send again what may be sent again: idempotent verbs, and whatever was certainly not accepted."""
        safe = ask.method in REPEATABLE if repeatable is None else repeatable
        renewed, attempt = "", 0
        token = self.tokens.get()
        while True:
            attempt += 1
            try:
                answer = self._exchange(ask, url, token, service or ask.path.service)
            except BROKEN as error:
                fault = fault_of_exception(error, self.system, ask.doing, urlsplit(self.url).netloc)
                again = (safe and attempt < SILENT_TRIES) or (certainly_not_received(error) and attempt < TRIES)
                if isinstance(fault, Untrusted) or not again:
                    raise fault from error
                time.sleep(pause_of(attempt - 1, None))
                continue
            if answer.status == httpx.codes.UNAUTHORIZED and not renewed:
                # The token ran out, or was recalled, in the middle: the request was not looked at.
                renewed, token = token, self.tokens.renew(token, _claims(answer))
                continue
            if answer.status not in LATER or attempt >= TRIES:
                return answer
            if not (safe or answer.status == httpx.codes.TOO_MANY_REQUESTS):
                return answer
            self.rest(ask, pause_of(attempt - 1, answer), answer)

    def rest(self, ask: Ask, seconds: float, answer: Answer | None = None) -> None:
        """Wait, unless it is longer than we wait within one request."""
        if seconds > LONGEST_WAIT:
            number = answer.request_id if answer else ""
            text = f"{self.system}: cannot {ask.doing} yet: told to come back in {seconds:.0f} s (request {number})"
            raise Throttled(text, system=self.system, retry_after=seconds)
        time.sleep(seconds)

    def _exchange(self, ask: Ask, url: str, token: str, service: str) -> Answer:
        number = str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "client-request-id": number,
            "return-client-request-id": "true",
            **(ask.headers or {}),
        }
        plain = isinstance(ask.body, bytes)
        body = ask.body if plain or ask.body is None else json.dumps(ask.body).encode()
        if body is not None and not plain:
            headers["Content-Type"] = "application/json"
        method = "POST" if url.endswith("/$batch") else ask.method
        with (
            self._limits.places[service],
            self._client.stream(method, url, content=body, headers=headers) as response,
        ):
            stream = response.extensions["network_stream"].get_extra_info("ssl_object")
            self.tls = stream.version() if stream else "none, loopback only"
            data = within_limits(response, self.system, f"cannot {ask.doing}", self._timeout)
        known = {key.casefold(): value for key, value in response.headers.items()}
        answer = Answer(response.status_code, self._read(ask, response.status_code, data), known, number)
        self.sent.append(Sent(method, ask.path.template, answer.status, answer.request_id, number))
        return answer

    def _read(self, ask: Ask, status: int, data: bytes) -> Any:
        if ask.raw and data.strip() and httpx.codes.is_success(status):
            return data
        return told(status, data, lambda: self.strange(ask.doing))

    def strange(self, doing: str) -> Rejected:
        """Return the error for an answer that has another shape than Graph's."""
        text = f"{self.system}: cannot {doing}: {self.url} answered, but not as Microsoft Graph does"
        return Rejected(text, system=self.system, hint="Check the url of this system.")

    def ours(self, following: str) -> str:
        """Return the address of a next page, if it is on the host that we asked."""
        ours, theirs = urlsplit(self.url), urlsplit(following)
        if (theirs.scheme, theirs.netloc.casefold()) != (ours.scheme, ours.netloc.casefold()):
            text = f"{self.system}: the next page is on another host ({theirs.netloc or 'none'}); it gets no token"
            raise Untrusted(text, system=self.system, hint="Report this: Microsoft Graph does not do that.")
        return following


def may_repeat(method: str, status: int) -> bool:
    """Say whether a request that was answered so may be sent again."""
    return method in REPEATABLE or status == httpx.codes.TOO_MANY_REQUESTS


def pause_of(attempt: int, answer: Answer | None) -> float:
    """Return the seconds to wait: what the service says, else twice as long each time, give or take the half."""
    told = answer.wait() if answer else None
    if told is not None:
        return told
    return _FIRST_WAIT * (1 << attempt) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, keeps no secret


def told(status: int, data: bytes, strange: Callable[[], SystemFault]) -> Any:
    """Return what an answer says in JSON, ``None`` for nothing; a success that is no JSON is ``strange``."""
    if not data.strip():
        return None
    try:
        return json.loads(data, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        if httpx.codes.is_success(status):
            raise strange() from error
        return None


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names a key twice means two things, and is none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _claims(answer: Answer) -> str:
    """Return what a continuous access evaluation challenge asks for, decoded."""
    found = _CLAIMS.search(answer.headers.get("www-authenticate", ""))
    try:
        return b64decode(found[1] + "==").decode() if found else ""
    except ValueError:
        return ""
