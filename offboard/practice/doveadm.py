"""The practice company's doveadm API over HTTP.

It differs from Dovecot 2.3.19 where that misbehaves: a wrong key is answered by 401 at once (there a POST waits in
vain), a missing parameter by exit code 64 (there the connection ends), and several errors in one answer are valid JSON.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from offboard.practice.doveadm_commands import COMMANDS

if TYPE_CHECKING:
    from offboard.practice.doveadm_commands import Commands

PATH = "/doveadm/v1"
_LONGEST = 1024 * 1024


class _BadRequest(Exception):
    """The request as a whole is refused; the message goes back as plain text."""


class _Handler(BaseHTTPRequestHandler):
    """One HTTP request."""

    server: DoveadmServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "Practice"

    def do_GET(self) -> None:
        if not self._allowed():
            return
        listing = [
            {"command": command, "parameters": [{"name": name, "type": kind} for name, kind in parameters.items()]}
            for command, parameters in COMMANDS.items()
        ]
        self._send(HTTPStatus.OK, json.dumps(listing))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST:
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "")
            return
        body = self.rfile.read(length)
        if not self._allowed():
            return
        try:
            requests = _read(body)
        except _BadRequest as bad:
            self._send(HTTPStatus.BAD_REQUEST, f"{bad}\r\n")
            return
        answers = [self.server.commands.run(*request) for request in requests]
        self._send(HTTPStatus.OK, json.dumps(answers, ensure_ascii=False, separators=(",", ":")))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the journal of commands is what is kept."""

    def _allowed(self) -> bool:
        if self.path != PATH:
            self._send(HTTPStatus.NOT_FOUND, "Path Not Found\r\n")
            return False
        wanted = "X-Dovecot-API " + base64.b64encode(self.server.key.encode()).decode()
        if hmac.compare_digest(self.headers.get("Authorization", "").encode(), wanted.encode()):
            return True
        self._send(HTTPStatus.UNAUTHORIZED, "")
        return False

    def _send(self, status: HTTPStatus, text: str) -> None:
        body = text.encode("utf-8", "replace")
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.send_header(
            "Content-Type", f"{'application/json' if status is HTTPStatus.OK else 'text/plain'}; charset=utf-8"
        )
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "X-Dovecot-API")
        self.end_headers()
        self.wfile.write(body)


def _read(body: bytes) -> list[tuple[str, dict[str, Any], str]]:
    try:
        found = json.loads(body.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise _BadRequest(f"JSON parse error: {error}") from error
    if not isinstance(found, list) or not all(isinstance(each, list) for each in found):
        raise _BadRequest("Request must be a JSON array")
    requests: list[tuple[str, dict[str, Any], str]] = []
    for request in found:
        command, parameters, tag = [*request, None, None, None][:3]
        if not isinstance(command, str):
            raise _BadRequest("Command name must be a string")
        if not isinstance(parameters, dict):
            raise _BadRequest("Parameters must be contained in a JSON object")
        if not isinstance(tag, str):
            raise _BadRequest("Command ID must be a string")
        requests.append((command, parameters, tag))
    return requests


class DoveadmServer(ThreadingHTTPServer):
    """The API on loopback; ``key`` is what Dovecot calls ``doveadm_api_key``."""

    daemon_threads = True

    def __init__(self, commands: Commands, key: str) -> None:
        self.commands = commands
        self.key = key
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="practice-doveadm")

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self.shutdown()
        self.server_close()
        self._thread.join(5)
