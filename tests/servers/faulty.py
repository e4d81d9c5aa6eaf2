"""A proxy with TLS that stands before a real server, counts what is written, and makes what passes go wrong."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from tests.servers.authority import Authority

PATIENCE = 30.0


class Trouble(Enum):
    """What can go wrong with one request."""

    DENIED = "the server refuses it: a right is missing"
    MISSING = "the server says that it is not there"
    CONFLICT = "the server says that it clashes with what is there"
    STALE = "the server says that it was changed meanwhile"
    THROTTLED = "the server says that it is too busy"
    FAILING = "the server fails"
    SILENT = "nothing ever comes back, and nothing was done"
    HALF_OPEN = "it was done, and no answer ever comes back"
    CUT = "the connection breaks before anything is done"
    UNTRUSTED = "the server has somebody else's certificate"
    LYING = "the server says that it was done, and nothing was"
    TWICE = "the request arrives twice"


@dataclass(frozen=True)
class Request:
    """One request as it came: ``write`` says whether it would change something, ``text`` all there is to see of it."""

    write: bool
    text: str
    raw: bytes


class Proxy:
    """Listens on a free port of 127.0.0.1 until :meth:`stop`; one subclass for each protocol.

    ``writes`` are the requests that would change something and that were passed on; ``seen`` is everything.
    """

    def __init__(
        self, upstream: tuple[str, int], authority: Authority, stranger: Authority, *, plain: bool = False
    ) -> None:
        self.upstream, self._plain = upstream, plain
        self.writes: list[Request] = []
        self.seen: list[Request] = []
        self._contexts = [_serving(authority), _serving(stranger)]
        self._judge: Callable[[Request], Trouble | None] = lambda _request: None
        self._untrusted = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def trouble(
        self, kind: Trouble, *, writes: bool | None = None, only: int = 0, first: int = 0, about: str = ""
    ) -> None:
        """Make requests go wrong from now on.

        ``writes``: those that change something, or those that do not; ``only`` the n-th of them, counted from 1,
        ``first`` so many of them; ``about`` those that hold this text.
        """
        count = 0

        def judge(request: Request) -> Trouble | None:
            nonlocal count
            if (writes is not None and request.write is not writes) or about not in request.text:
                return None
            count += 1
            return kind if only in {0, count} and count <= (first or count) else None

        self.calm()
        self._judge = judge
        self._untrusted = kind is Trouble.UNTRUSTED

    def calm(self) -> None:
        """Let everything pass again, over new connections, and count anew."""
        self._judge, self._untrusted = (lambda _request: None), False
        self.writes, self.seen = [], []
        self._cut()

    def stop(self) -> None:
        """Close the port and every connection, and wait for their ends."""
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            self._cut()
            thread.join(PATIENCE)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def consider(self, request: Request) -> Trouble | None:
        """Take note of a request and say what goes wrong with it."""
        with self._lock:
            self.seen.append(request)
            found = self._judge(request)
            if request.write and found in {None, Trouble.HALF_OPEN, Trouble.TWICE}:
                self.writes += [request, request] if found is Trouble.TWICE else [request]
            return found

    def greet(self, client: socket.socket) -> None:
        """Do what the protocol wants of a server before TLS begins."""

    def approach(self, server: socket.socket) -> None:
        """Do what the protocol wants of a client before TLS begins."""

    def serve(self, client: ssl.SSLSocket, server: Any) -> None:
        """Serve one connection to its end; ``server`` is a connection of its own to the real server."""
        raise NotImplementedError

    def hang(self) -> None:
        """Say nothing until the client has lost patience, or the test is over."""
        self._ended.wait(PATIENCE)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True, name="proxy")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._welcome, connection)

    def _welcome(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError, ValueError, http.client.HTTPException), ExitStack() as stack:
            stack.callback(connection.close)
            client = self._remember(connection, stack)
            self.greet(connection)
            client = stack.enter_context(self._contexts[self._untrusted].wrap_socket(client, server_side=True))
            self._remember(client, stack)
            # Whose certificate the real server has does not matter here.
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            plain = stack.enter_context(socket.create_connection(self.upstream))
            plain.settimeout(PATIENCE)
            self.approach(plain)
            server: socket.socket = plain if self._plain else stack.enter_context(trusting.wrap_socket(plain))
            self._remember(server, stack)
            self.serve(client, server)

    def _remember(self, connection: socket.socket, stack: ExitStack) -> socket.socket:
        """Keep a connection to be cut when things change, for as long as it is open."""
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        stack.callback(self._open.discard, connection)
        return connection

    def _cut(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                # SSLSocket's own shutdown would let the thread that reads go on without TLS.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _serving(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    return context
