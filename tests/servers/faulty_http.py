"""The proxy for HTTP APIs: one request, one answer; refusals look as SCIM's and Graph's clients expect them."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tests.servers.faulty import PATIENCE, Proxy, Request, Trouble

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import BinaryIO

    from tests.servers.authority import Authority

STATUSES: Final = {
    Trouble.DENIED: HTTPStatus.FORBIDDEN,
    Trouble.MISSING: HTTPStatus.NOT_FOUND,
    Trouble.CONFLICT: HTTPStatus.CONFLICT,
    Trouble.STALE: HTTPStatus.PRECONDITION_FAILED,
    Trouble.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Trouble.FAILING: HTTPStatus.INTERNAL_SERVER_ERROR,
    Trouble.LYING: HTTPStatus.NO_CONTENT,
}
_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


def refusal(status: int) -> bytes:
    """Return a body that says no, both as SCIM (RFC 7644 §3.12) and as Graph does."""
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    error = {"code": HTTPStatus(status).phrase.replace(" ", ""), "message": "planted by the test"}
    return json.dumps({"schemas": [schema], "status": str(status), "error": error}).encode()


class HttpProxy(Proxy):
    """Stands before an HTTPS server; ``is_write`` tells from method, path and body what changes something.

    ``requests`` may alter the body of what goes there, ``answers`` the body of what comes back; ``statuses`` is how
    each kind of trouble is told, ``refuse`` with which body, and ``retry_after`` after how many seconds whoever comes
    too often may come again.
    """

    def __init__(
        self,
        upstream: tuple[str, int],
        authority: Authority,
        stranger: Authority,
        *,
        is_write: Callable[[str, str, bytes], bool] = lambda method, _path, _body: method not in {"GET", "HEAD"},
        plain: bool = False,
    ) -> None:
        """``plain``: the real server speaks no TLS."""
        self._is_write = is_write
        self.statuses = dict(STATUSES)
        self.retry_after = "1"
        self.refuse: Callable[[Trouble, Request], bytes] = lambda trouble, _request: refusal(self.statuses[trouble])
        self.requests: Callable[[Request], bytes] = lambda request: request.raw
        self.answers: Callable[[Request, bytes], bytes] = lambda _request, body: body
        super().__init__(upstream, authority, stranger, plain=plain)

    def serve(self, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        behind = http.client.HTTPConnection(*self.upstream, timeout=PATIENCE)
        behind.sock = server
        with closing(behind), client.makefile("rb") as stream:
            self._serve(client, behind, stream)

    def _serve(self, client: ssl.SSLSocket, server: http.client.HTTPConnection, stream: BinaryIO) -> None:
        while (line := stream.readline(65536)).strip():
            method, path, _ = line.decode("latin-1").split(" ", 2)
            headers = _headers(stream)
            body = stream.read(int(headers.get("content-length", 0)))
            text = f"{method} {path} {body.decode('utf-8', 'replace')}"
            request = Request(self._is_write(method, path, body), text, body)
            trouble = self.consider(request)
            if trouble in {Trouble.CUT, Trouble.UNTRUSTED}:
                return
            if trouble is Trouble.SILENT:
                self.hang()
                return
            if trouble in self.statuses:
                status = self.statuses[trouble]
                more = {"Retry-After": self.retry_after} if trouble is Trouble.THROTTLED else {}
                empty = status == HTTPStatus.NO_CONTENT
                _send(client, status, more, b"" if empty else self.refuse(trouble, request))
                continue
            for _ in range(2 if trouble is Trouble.TWICE else 1):
                answer, content = _pass_on(server, method, path, headers, self.requests(request))
            if trouble is Trouble.HALF_OPEN:
                self.hang()
                return
            kept = {name: value for name, value in answer.getheaders() if name.casefold() not in _HOP}
            ends = server.sock is None
            _send(
                client, answer.status, kept | ({"Connection": "close"} if ends else {}), self.answers(request, content)
            )
            if ends:
                return


def _headers(stream: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := stream.readline(65536)).strip():
        name, _, value = line.decode("latin-1").partition(":")
        found[name.strip().casefold()] = value.strip()
    return found


def _pass_on(
    server: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    kept = {name: value for name, value in headers.items() if name not in _HOP}
    server.request(method, path, body=body or None, headers=kept)
    answer = server.getresponse()
    return answer, answer.read()


def _send(client: ssl.SSLSocket, status: int, headers: dict[str, str], body: bytes) -> None:
    length = {} if status == HTTPStatus.NO_CONTENT else {"Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (headers | length).items()]
    client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
