"""Connections to products that speak SCIM: the real server, and one that answers what the test says."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import scim
from tests.servers.memory_vault import MemoryVault
from tests.servers.scim import TOKEN, Saas, start_saas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.authority import Authority

SHUT = {"sign_in": "shut"}
OPEN = {"sign_in": "open"}
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ANN = {"id": "u1", "userName": "ann", "active": True, "emails": [{"value": "ann@corp.test"}]}


class Products:
    """Opens connections to products, and closes all of it at the end."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._started: list[Saas] = []
        self._opened: list[scim.Connection] = []

    def start(self, **differs: Any) -> Saas:
        """Start a product that says these things of itself."""
        made = start_saas(self._authority, differs=differs)
        self._started.append(made)
        return made

    def connect(self, saas: Saas, **settings: Any) -> scim.Connection:
        made = scim.connect("saas", scim.Settings(**saas.settings(**settings)), MemoryVault())
        self._opened.append(made)
        return made

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
        for saas in self._started:
            saas.server.stop()


@pytest.fixture
def products(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Products]:
    monkeypatch.setenv("SAAS_TOKEN", TOKEN)
    made = Products(authority)
    yield made
    made.close()


@dataclass
class Answer:
    """One answer: data goes out as SCIM's JSON, text as it is."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def error(status: int, kind: str = "", detail: str = "", **headers: str) -> Answer:
    body = {"schemas": [ERROR], "status": str(status), "scimType": kind, "detail": detail}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def users(count: int) -> list[dict[str, Any]]:
    return [{"id": f"u{i}", "userName": f"person{i}", "emails": [{"value": f"p{i}@corp.test"}]} for i in range(count)]


class Script(ThreadingHTTPServer):
    """Answers by a function of method and path; ``asked`` lists what came."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str, str, Any], Answer]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/scim/v2"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    server: Script

    def _answer(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix("/scim/v2/")
        body = json.loads(data) if data else None
        self.server.asked.append((self.command, path, body))
        answer = self.server.answer(self.command, path, body)
        out = (
            answer.body
            if isinstance(answer.body, bytes)
            else b""
            if answer.body is None
            else json.dumps(answer.body).encode()
        )
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "application/scim+json"} | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    do_GET = do_PATCH = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[scim.Connection, Script]]]:
    """Return what opens a connection to a product that answers as the test says."""
    monkeypatch.setenv("SAAS_TOKEN", TOKEN)
    servers: list[Script] = []
    opened: list[scim.Connection] = []

    def open_(answer: Callable[[str, str, Any], Answer], **settings: Any) -> tuple[scim.Connection, Script]:
        server = Script(answer)
        servers.append(server)
        table = {"url": server.url, "token": {"env": "SAAS_TOKEN"}, "timeout": 2} | settings
        connection = scim.connect("saas", scim.Settings(**table), MemoryVault())
        opened.append(connection)
        server.asked.clear()
        return connection, server

    yield open_
    for connection in opened:
        connection.close()
    for server in servers:
        server.stop()
