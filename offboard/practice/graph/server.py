"""The stand-ins of cloud services over the wire: HTTPS on loopback, every connection a thread."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import trustme

from offboard.practice.graph.calls import Reply

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    Respond = Callable[[str, str, dict[str, str], bytes], Reply]

LONGEST = 4 * 1024 * 1024
QUIET = 30.0
"""How long a connection may say nothing, in seconds."""


class Dropped(Exception):
    """The connection ends without a proper answer: at once, or with half of ``reply``."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__("dropped")
        self.reply = reply


class _Connection(http.server.BaseHTTPRequestHandler):
    """One client: requests are answered one after the other."""

    server: Server
    request: socket.socket
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "Practice"
    timeout = QUIET

    def setup(self) -> None:
        self.request.settimeout(QUIET)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.server.met(self.request)
        super().setup()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.server.left(self.request)
        with suppress(OSError):
            self.request.close()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST:
            self._send(Reply(413))
            return
        body = self.rfile.read(length)
        headers = {name.casefold(): value for name, value in self.headers.items()}
        try:
            self._send(self.server.respond(self.command, self.path, headers, body))
        except Dropped as dropped:
            self.close_connection = True
            if dropped.reply is not None:
                self._send(dropped.reply, cut=True)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the recorded calls are what is kept."""

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        mime = isinstance(reply.body, bytes)
        data = (
            reply.body if mime else b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
        )
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.body is not None and "Content-Type" not in reply.headers:
            kind = "text/plain" if mime else "application/json;odata.metadata=minimal;charset=utf-8"
            self.send_header("Content-Type", kind)
        if reply.status != 204:  # noqa: PLR2004 - No Content has no length either
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)


class Server(http.server.ThreadingHTTPServer):
    """One port on loopback; ``respond`` gets method, target, headers (names in lower case) and body."""

    daemon_threads = True

    def __init__(self, respond: Respond, context: ssl.SSLContext) -> None:
        self.respond = respond
        self.context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="practice-graph")

    @property
    def port(self) -> int:
        """The port."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; harmless when nothing runs."""
        if self._thread.is_alive():
            self.shutdown()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(2)
        self.server_close()
        if self._thread.is_alive():
            self._thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that do not trust us or go away."""

    def met(self, connection: socket.socket) -> None:
        """Remember an open connection."""
        with self._lock:
            self._open.add(connection)

    def left(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._open.discard(connection)


class Served:
    """A stand-in that answers over HTTPS between :meth:`start` and :meth:`stop`; ``ca_file`` is what to trust."""

    ca_file: Path
    _server: Server

    def open_door(self, folder: Path, maker: str, respond: Respond) -> None:
        """Take a port, and write what to trust into ``folder``; nothing is answered yet."""
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name=f"{maker} stand-in (practice)")
        self.ca_file = folder / f"{maker.casefold()}-ca.crt"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._server = Server(respond, context)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://localhost:{self._server.port}"

    @property
    def port(self) -> int:
        """The port on loopback."""
        return self._server.port

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
