"""One request to a CRM over HTTPS: to its own host alone, sent again only where that does no harm.

The rules are those of ``_graph_wire``; what differs from CRM to CRM is a :class:`Dialect`.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import httpx

from offboard.connectors._bounded import within_limits
from offboard.connectors._graph_faults import Answer, certainly_not_received, fault_of_exception
from offboard.connectors._graph_tokens import trust
from offboard.connectors._graph_wire import (
    BROKEN,
    LONGEST_WAIT,
    REPEATABLE,
    SILENT_TRIES,
    TRIES,
    pause_of,
    told,
)
from offboard.connectors._loopback import is_loopback
from offboard.errors import NotFound, Rejected, SystemFault, Throttled, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LATER: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Door:
    """Where a CRM is, and how long we wait for it, in seconds; ``maker`` is what it answers as."""

    system: str
    url: str
    maker: str
    ca_file: Path | None
    connect_timeout: float
    timeout: float


class Dialect(Protocol):
    """What is one CRM's own: how we sign in, and what its refusals mean."""

    def authorization(self, *, refused: str = "") -> str:
        """Return the header that signs us in; another one than ``refused``, or the same where there is none."""

    def fault(self, answer: Answer, doing: str, right: str) -> SystemFault:
        """Turn an answer that is no success into our error."""

    def pause(self, answer: Answer) -> float | None:
        """Return the seconds after which a request that was not accepted may come again; ``None``: that is not it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``doing`` completes "cannot …", ``right`` is what it needs; ``path`` begins with a slash.

    ``safe``: it may be sent twice though its verb says nothing of that (a search, or one that sets what is set).
    """

    method: str
    path: str
    doing: str
    right: str = ""
    query: Mapping[str, str] | None = None
    body: Any = None
    form: Mapping[str, str] | None = None
    safe: bool = False


class Wire:
    """Sends requests to one CRM, for one connection; ``tls`` is the version in use, ``seen`` the last headers."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.system = door.system
        self.tls = "not reached"
        self.seen: Mapping[str, str] = {}
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            verify=trust(door.system, door.ca_file),
            timeout=httpx.Timeout(door.timeout, connect=door.connect_timeout),
        )

    def close(self) -> None:
        """Close the connection; never raises."""
        with suppress(*BROKEN):
            self._client.close()

    def ask(self, dialect: Dialect, ask: Ask) -> Any:
        """Return what is answered: data, or ``None`` for nothing.

        Raises:
            SystemFault: it was refused, or nobody answered.
        """
        answer = self._repeat(dialect, ask)
        if not answer.ok:
            raise dialect.fault(answer, ask.doing, ask.right)
        return answer.body

    def once(self, ask: Ask, authorization: str = "") -> Answer:
        """Send one request, once, and return what was answered, a refusal too."""
        try:
            return self._exchange(ask, authorization)
        except BROKEN as error:
            raise self._broken(ask, error) from error

    def _repeat(self, dialect: Dialect, ask: Ask) -> Answer:
        safe = ask.safe or ask.method in REPEATABLE
        authorization, renewed = dialect.authorization(), False
        for attempt in range(TRIES):
            last = attempt + 1 == TRIES
            try:
                answer = self._exchange(ask, authorization)
            except BROKEN as error:
                fault = self._broken(ask, error)
                again = (safe and attempt + 1 < SILENT_TRIES) or (certainly_not_received(error) and not last)
                if isinstance(fault, Untrusted) or not again:
                    raise fault from error
                time.sleep(pause_of(attempt, None))
                continue
            if answer.status == httpx.codes.UNAUTHORIZED and not renewed:
                # The token ran out, or was recalled, in the middle: the request was not looked at.
                fresh = dialect.authorization(refused=authorization)
                renewed = True
                if fresh != authorization:
                    authorization = fresh
                    continue
            wait = answer.wait()
            pause = dialect.pause(answer)
            if pause is None and answer.status in LATER and safe:
                pause = pause_of(attempt, answer)
            elif pause is not None and wait is not None:
                pause = wait
            if pause is None or last:
                return answer
            self._rest(ask, pause)
        raise AssertionError  # the last attempt returns or raises

    def _rest(self, ask: Ask, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            text = f"{self.system}: cannot {ask.doing} yet: told to come back in {seconds:.0f} s"
            raise Throttled(text, system=self.system, retry_after=seconds)
        time.sleep(seconds)

    def _exchange(self, ask: Ask, authorization: str) -> Answer:
        headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
        content = None if ask.body is None else json.dumps(ask.body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.door.url}{ask.path}"
        with self._client.stream(
            ask.method, url, params=ask.query, content=content, data=ask.form, headers=headers
        ) as response:
            stream = response.extensions["network_stream"].get_extra_info("ssl_object")
            self.tls = stream.version() if stream else "none, loopback only"
            data = within_limits(response, self.system, f"cannot {ask.doing}", self.door.timeout)
        self.seen = {key.casefold(): value for key, value in response.headers.items()}
        body = told(response.status_code, data, lambda: self.strange(ask.doing))
        return Answer(response.status_code, body, self.seen)

    def _broken(self, ask: Ask, error: Exception) -> SystemFault:
        return fault_of_exception(error, self.system, ask.doing, urlsplit(self.door.url).netloc)

    def strange(self, doing: str) -> Rejected:
        """Return the error for an answer that has another shape than this CRM's."""
        text = f"{self.system}: cannot {doing}: {self.door.url} answered, but not as {self.door.maker} does"
        return Rejected(text, system=self.system, hint="Check the url of this system.")

    def table(self, answered: Any, doing: str) -> dict[str, Any]:
        """Return an answer that must be an object."""
        if not isinstance(answered, dict):
            raise self.strange(doing)
        return answered

    def rows(self, answered: Any, doing: str) -> list[dict[str, Any]]:
        """Return an answer that must be a list of objects."""
        if not isinstance(answered, list) or not all(isinstance(one, dict) for one in answered):
            raise self.strange(doing)
        return answered


def own_host(url: str, *endings: str) -> str:
    """Return the address of a CRM when a token may be sent there: a host of its maker's, by https, or this machine.

    Raises:
        ValueError: it is another.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").casefold()
    if parts.scheme != "https" or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"url: write it like https://acme{endings[0]}")
    if parts.path.strip("/"):
        raise ValueError("url: the host alone, without a path")
    if not is_loopback(host) and not any(host.endswith(ending) for ending in endings):
        raise ValueError(f"url: {host} is none of the maker's hosts (…{', …'.join(endings)}); it would get our token")
    return url.rstrip("/")


def missing(system: str, what: str, part_id: str) -> NotFound:
    """Return the error for something that is not there."""
    return NotFound(f"{system}: there is no {what} {part_id!r}", system=system)
