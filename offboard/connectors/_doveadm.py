"""Dovecot's doveadm HTTP API: one call, one answer, and every way in which that can go wrong.

Source: https://doc.dovecot.org/2.3/admin_manual/doveadm_http_api/ and the listing that a GET on the address returns.
"""

from __future__ import annotations

import base64
import itertools
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx

from offboard.connectors._bounded import within_limits
from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from pathlib import Path


MEANINGS: dict[int, tuple[type[SystemFault], str]] = {
    2: (Drifted, "somebody changed it meanwhile"),
    64: (Rejected, "the server did not understand the request"),
    65: (Rejected, "the server refused it: for a script, it does not compile or it is the active one"),
    67: (NotFound, "there is no such user"),
    68: (NotFound, "it is not there"),
    69: (Unreachable, "a part of the server does not answer"),
    74: (Unreachable, "the server could not read or write"),
    75: (Unreachable, "a temporary failure of the server, such as no answer from its user database"),
    77: (Denied, "the server may not do this"),
    78: (Rejected, "the server's configuration is wrong"),
}
"""doveadm's exit codes (sysexits.h; 68 is doveadm's own "not found", 2 its "changed")."""

STATUSES: dict[int, tuple[type[SystemFault], str, str | None]] = {
    401: (Denied, "the API key was refused", "Check that api_key of this system is doveadm_api_key of the server."),
    403: (Denied, "the API key was refused", "Check that api_key of this system is doveadm_api_key of the server."),
    404: (Rejected, "there is no doveadm API at this path", "The url of this system ends in /doveadm/v1."),
    413: (Rejected, "the script is larger than the server accepts", "Store this script by ManageSieve or by hand."),
}


class Doveadm:
    """One connection to the API; ``key`` never appears in a message.

    ``offered`` are the commands that the server knows, once somebody has asked for :meth:`commands`; ``tls`` is the
    version in use.
    """

    def __init__(
        self, system: str, url: str, key: str, *, ca_file: Path | None, connect_timeout: float, timeout: float
    ) -> None:
        self.system = system
        self._url = url
        self._timeout = timeout
        self._tags = itertools.count(1)
        self.tls = "not reached" if url.startswith("https:") else "none, loopback only"
        self.offered: frozenset[str] = frozenset()
        try:
            trust = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Untrusted(f"{system}: ca_file {ca_file} cannot be used ({error.strerror})", system=system) from error
        self._client = httpx.Client(
            trust_env=False,
            verify=trust,
            timeout=httpx.Timeout(timeout, connect=connect_timeout),
            headers={"Authorization": "X-Dovecot-API " + base64.b64encode(key.encode()).decode()},
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def commands(self) -> frozenset[str]:
        """Return the commands that this server knows."""
        listing = self._exchange("the list of commands", "GET", None)
        try:
            return frozenset(entry["command"] for entry in listing)
        except (TypeError, KeyError) as error:
            raise self.strange("the list of commands") from error

    def call(self, command: str, **parameters: Any) -> Any:
        """Run one doveadm command and return what it answered.

        Raises:
            NotFound, Denied, Rejected, Unreachable, Throttled, Untrusted: the answer is an error, whatever its status
                says, or there is none.
        """
        tag = f"offboard-{next(self._tags)}"
        answer = self._exchange(command, "POST", json.dumps([[command, parameters, tag]]).encode())
        try:
            ((word, payload, answered),) = answer
        except (TypeError, ValueError) as error:
            raise self.strange(command) from error
        if answered != tag:
            raise Rejected(f"{self.system}: {command}: the answer belongs to another request", system=self.system)
        if word == "doveadmResponse":
            return payload
        if word == "error" and isinstance(payload, dict):
            raise self._refused(command, payload)
        raise self.strange(command)

    def _exchange(self, what: str, method: str, body: bytes | None) -> Any:
        try:
            with self._client.stream(
                method, self._url, content=body, headers={"Content-Type": "application/json"}
            ) as response:
                stream = response.extensions["network_stream"].get_extra_info("ssl_object")
                self.tls = stream.version() if stream else self.tls
                if response.status_code != httpx.codes.OK:
                    raise self._bad_status(what, response.status_code)
                data = within_limits(response, self.system, what, self._timeout)
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise self._broken(what, error) from error
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.strange(what) from error

    def _broken(self, what: str, error: Exception) -> SystemFault:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
                return Untrusted(f"{self.system}: TLS was refused: {cause.reason or cause}", system=self.system)
            cause = cause.__cause__ or cause.__context__
        detail = str(error) or type(error).__name__
        return Unreachable(f"{self.system}: {what}: no answer from {self._url} ({detail})", system=self.system)

    def _bad_status(self, what: str, status: int) -> SystemFault:
        if status in STATUSES:
            fault, meaning, hint = STATUSES[status]
            return fault(f"{self.system}: {what}: {meaning} (HTTP {status})", system=self.system, hint=hint)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return Throttled(f"{self.system}: {what}: too many requests (HTTP {status})", system=self.system)
        kind = Unreachable if status >= httpx.codes.INTERNAL_SERVER_ERROR else Rejected
        return kind(f"{self.system}: {what}: HTTP {status}", system=self.system)

    def _refused(self, command: str, payload: dict[str, Any]) -> SystemFault:
        if payload.get("type") == "unknownMethod":
            return Rejected(
                f"{self.system}: this server does not know {command}",
                system=self.system,
                hint="Install dovecot-sieve (Pigeonhole) on the mail server, or use Dovecot 2.3 or newer.",
            )
        if payload.get("type") != "exitCode":
            # Beside it stands the code of whichever command the same process of the server ran before.
            return Rejected(f"{self.system}: {command}: {payload.get('type', 'unknown failure')}", system=self.system)
        code = payload.get("exitCode")
        fault, meaning = MEANINGS.get(code, (Rejected, "unknown failure")) if isinstance(code, int) else (Rejected, "?")
        return fault(f"{self.system}: {command}: {meaning} (doveadm exit code {code})", system=self.system)

    def strange(self, what: str) -> Rejected:
        """Return the error for an answer that has another shape than doveadm's."""
        return Rejected(
            f"{self.system}: {what}: {self._url} answered, but not as doveadm does",
            system=self.system,
            hint="Check the url of this system: it must be the address of doveadm's HTTP listener, with /doveadm/v1.",
        )
