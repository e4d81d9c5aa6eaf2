"""A product in the cloud that the practice company uses, managed by SCIM 2.0 over HTTPS on loopback.

The protocol is scim2-server's, with people in memory; here it gets TLS, connections that stay open, and a journal.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from scim2_models import ScimProvider, ServiceProviderConfig
from scim2_server.memory import InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from scim2_models import Resource, ResourceType

PREFIX = "/v2"
_READS = frozenset({"GET", "HEAD"})
_PATIENCE = 30.0
_IDS: Final = uuid.UUID("52b6f0d4-9a1e-5f38-8c27-0e4d7b91c3aa")


class _Memory(InMemoryStorage):
    """Gives ids in the order in which things come, so that a product that is founded alike has the same ones."""

    _given = 0

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        del resource_type, resource
        with self.lock:
            self._given += 1
            return uuid.uuid5(_IDS, str(self._given)).hex


class _Handler(BaseHTTPRequestHandler):
    """One HTTP request."""

    server: ScimServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "Practice"
    timeout = _PATIENCE

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the journal is what is kept."""

    def _answer(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, answer = self.server.serve(
            self.command,
            unquote(target.path),
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers=dict(self.headers.items()),
            body=body,
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class ScimServer(ThreadingHTTPServer):
    """The server; ``journal`` lists each write that came over the wire as method, path and status.

    ``differs`` replaces parts of what it says of itself, such as ``{"patch": {"supported": False}}``.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, context: ssl.SSLContext, token: str, *, differs: dict[str, Any] | None = None) -> None:
        self.token = token
        self.journal: list[tuple[str, str, int]] = []
        self.storage = _Memory()
        self._context = context
        self._open: set[ssl.SSLSocket] = set()
        self._lock = threading.Lock()
        provider = _provider(json.dumps(differs or {}))
        self._application = BearerTokenApplication(self.storage, provider, bearer_tokens=[token])
        self._application.log = logging.getLogger(__name__)
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="practice-scim")

    @property
    def url(self) -> str:
        """The address that stands before ``/Users``."""
        return f"https://127.0.0.1:{self.server_address[1]}{PREFIX}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection."""
        self.shutdown()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        self.server_close()
        self._thread.join(5)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do as the product's administrator would on its own pages, without the wire and the journal.

        Raises:
            ValueError: the product refuses it.
        """
        status, _, answer = self._serve(method, f"{PREFIX}/{path}", body=json.dumps(body).encode() if body else b"")
        if status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(f"{method} {path}: {answer.decode()}")
        return cast("dict[str, Any]", json.loads(answer)) if answer else {}

    def resources(self) -> list[dict[str, Any]]:
        """Return everything it holds, without dates and versions."""
        with self.storage.lock:
            found = [resource.model_dump() for resource in self.storage.resources]
        return [{key: value for key, value in one.items() if key != "meta"} for one in found]

    def serve(
        self, method: str, path: str, *, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request from the wire."""
        answer = self._serve(method, path, query=query, headers=headers, body=body)
        if method not in _READS:
            self.journal.append((method, path.removeprefix(PREFIX), answer[0]))
        return answer

    def _serve(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> tuple[int, dict[str, str], bytes]:
        ours = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        request = ScimRequest(
            method=method,
            base_url=self.url,
            path=self._application.split_path(path),
            query=query or {},
            headers=ours if headers is None else headers,
            body=body,
        )
        response = self._application.serve(request)
        content = b"" if response.body is None else json.dumps(response.body).encode()
        return response.status.value, response.headers, content

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its handshake is left to the thread that serves it."""
        connection, place = super().get_request()
        wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(wrapped)
        return wrapped, place

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take no notice of clients that go away or refuse our certificate."""


@cache
def _provider(differs: str) -> ScimProvider:
    """Return what the server says of itself; making it of its schemas takes longer than everything else."""
    config = load_default_service_provider_config().model_dump() | json.loads(differs)
    return ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=ServiceProviderConfig.model_validate(config),
    )
