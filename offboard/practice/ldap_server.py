"""The practice directory over the wire: LDAP (RFC 4511) on loopback, with TLS from the first byte or by StartTLS.

The messages are ldaptor's; the connections are plain threads, since Twisted's reactor cannot be started twice in one
process and a practice company can.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from contextlib import suppress
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, Any

from offboard.practice.answering import Session
from offboard.practice.entries import Code
from offboard.practice.wire import NoMessage, first_message, ldap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from offboard.practice.directory import Directory

_LONGEST = 4 * 1024 * 1024
_STARTTLS = ldap.LDAPStartTLSRequest.oid


class _Connection(socketserver.BaseRequestHandler):
    """One client: requests are answered one after the other."""

    server: LdapServer
    request: socket

    def handle(self) -> None:
        with suppress(OSError, NoMessage):
            self.request.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            if self.server.secure:
                self._start_tls()
            self.server.met(self.request)
            session = self.server.answering(self.server.directory)
            for message in self._messages():
                if isinstance(message.value, ldap.LDAPUnbindRequest):
                    return
                if getattr(message.value, "requestName", b"") == _STARTTLS:
                    self._answer_start_tls(message)
                    continue
                self.request.sendall(b"".join(answer.toWire() for answer in session.answer(message)))

    def finish(self) -> None:
        self.server.left(self.request)
        with suppress(OSError):
            self.request.close()

    def _messages(self) -> Iterator[Any]:
        data = b""
        while True:
            while message := first_message(data):
                found, used = message
                data = data[used:]
                yield found
            more = self.request.recv(65536)
            if not more or len(data) > _LONGEST:
                return
            data += more

    def _answer_start_tls(self, message: Any) -> None:
        started = isinstance(self.request, ssl.SSLSocket)
        answer = ldap.LDAPExtendedResponse(
            resultCode=int(Code.OPERATIONS_ERROR if started else Code.SUCCESS),
            errorMessage="TLS already started" if started else "",
        )
        self.request.sendall(ldap.LDAPMessage(answer, id=message.id).toWire())
        if not started:
            self._start_tls()

    def _start_tls(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)


class LdapServer(socketserver.ThreadingTCPServer):
    """One port of the directory; ``secure`` says whether TLS begins with the first byte."""

    daemon_threads = True
    allow_reuse_address = True
    answering: type[Session] = Session

    def __init__(self, directory: Directory, context: ssl.SSLContext, *, secure: bool, port: int = 0) -> None:
        self.directory = directory
        self.context = context
        self.secure = secure
        self._open: set[socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="practice-ldap")

    @property
    def url(self) -> str:
        """The address that clients are told."""
        return f"{'ldaps' if self.secure else 'ldap'}://127.0.0.1:{self.server_address[1]}"

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
                connection.shutdown(2)
        self.server_close()
        self._thread.join(5)

    def met(self, connection: socket) -> None:
        """Remember an open connection."""
        with self._lock:
            self._open.add(connection)

    def left(self, connection: socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._open.discard(connection)
