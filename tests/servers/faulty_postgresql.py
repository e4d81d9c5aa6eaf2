"""The proxy for PostgreSQL: statements are told apart by their text (its manual, "Frontend/Backend Protocol")."""

from __future__ import annotations

import re
import select
import ssl
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.servers.faulty import PATIENCE, Proxy, Request, Trouble

if TYPE_CHECKING:
    import socket

TLS_PLEASE: Final = struct.pack("!ii", 8, 80877103)
WRITES: Final = re.compile(r"\s*(ALTER|GRANT|REVOKE|INSERT|UPDATE|DELETE)\b|.*\bpg_terminate_backend\(", re.DOTALL)
ENDS: Final = frozenset({"COMMIT", "ROLLBACK"})

STATES: Final = {
    Trouble.DENIED: "42501",
    Trouble.MISSING: "42704",
    Trouble.CONFLICT: "23505",
    Trouble.THROTTLED: "53300",
    Trouble.FAILING: "58030",
}
"""A change that was overtaken (``Trouble.STALE``) is no error here: whoever writes waits for whoever wrote first."""


@dataclass
class _Talk:
    """One connection; what is written in a transaction is done when that ends, and so is a lost answer lost then."""

    client: ssl.SSLSocket
    server: ssl.SSLSocket
    asked: bytearray = field(default_factory=bytearray)
    group: bytearray = field(default_factory=bytearray)
    text: str = ""
    started: bool = False
    within: bool = False
    lost: bool = False


class PostgresqlProxy(Proxy):
    """Stands before a PostgreSQL server. Signing in always passes, so that what goes wrong is the statement itself."""

    def greet(self, client: socket.socket) -> None:
        """Offer encryption."""
        client.recv(len(TLS_PLEASE))
        client.sendall(b"S")

    def approach(self, server: socket.socket) -> None:
        """Ask for encryption."""
        server.sendall(TLS_PLEASE)
        server.recv(1)

    def serve(self, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        # One thread for both directions: a TLS connection must not be read and written at the same time.
        talk = _Talk(client, server)
        while True:
            if not (client.pending() or server.pending()):
                select.select([client, server], [], [], PATIENCE)
            said = _heard(server)
            if said:
                client.sendall(said)
            more = _heard(client)
            if b"" in {said, more}:
                return
            talk.asked += more or b""
            while message := _message(talk):
                if not self._take(talk, message):
                    return

    def _take(self, talk: _Talk, message: bytes) -> bool:
        """Deal with one message; say whether the connection goes on."""
        kind = message[:1]
        if not talk.started or kind not in b"QPBDECHS":
            talk.started = True
            talk.server.sendall(message)
            return True
        # An extended query is several messages, of which the last one is Sync.
        talk.group += message
        if kind in b"QP":
            name_ends = message.index(b"\0", 5) + 1 if kind == b"P" else 5
            talk.text = message[name_ends : message.index(b"\0", name_ends)].decode()
        if kind not in b"QS":
            return True
        group, text = bytes(talk.group), talk.text
        talk.group.clear()
        talk.text = ""
        return self._pass_on(talk, group, text)

    def _pass_on(self, talk: _Talk, group: bytes, text: str) -> bool:
        if text == "BEGIN":
            talk.within = True
        elif text in ENDS:
            talk.within, lost = False, talk.lost and text == "COMMIT"
            talk.lost = False
            talk.server.sendall(group)
            return not lost or self._lose(talk)
        elif text and not text.startswith("SET "):
            return self._consider(talk, group, text)
        talk.server.sendall(group)
        return True

    def _consider(self, talk: _Talk, group: bytes, text: str) -> bool:
        trouble = self.consider(Request(bool(WRITES.match(text)), text, group))
        if trouble in {Trouble.CUT, Trouble.UNTRUSTED}:
            return False
        if trouble is Trouble.SILENT:
            self.hang()
            return False
        if trouble in STATES:
            talk.client.sendall(_refusal(STATES[trouble]) + _ready(b"E" if talk.within else b"I"))
            return True
        if trouble is Trouble.LYING:
            talk.client.sendall(_packet(b"C", b"DONE\0") + _ready(b"T" if talk.within else b"I"))
            return True
        talk.server.sendall(group)
        if trouble is Trouble.HALF_OPEN:
            talk.lost = talk.within
            return talk.within or self._lose(talk)
        return True

    def _lose(self, talk: _Talk) -> bool:
        """Let the server answer, and nobody hear it."""
        talk.server.recv(65536)
        self.hang()
        return False


def _heard(connection: ssl.SSLSocket) -> bytes | None:
    """Return what has come in: nothing yet is ``None``, and the end is empty."""
    connection.setblocking(False)
    try:
        return connection.recv(65536)
    except ssl.SSLWantReadError:
        return None
    finally:
        connection.settimeout(PATIENCE)


def _message(talk: _Talk) -> bytes:
    """Take the first whole message away and return it; empty while it is not whole. The very first has no type."""
    head = 1 if talk.started else 0
    if len(talk.asked) < head + 4:
        return b""
    length = head + int.from_bytes(talk.asked[head : head + 4], "big")
    if len(talk.asked) < length:
        return b""
    message = bytes(talk.asked[:length])
    del talk.asked[:length]
    return message


def _refusal(state: str) -> bytes:
    fields = {"S": "ERROR", "V": "ERROR", "C": state, "M": "planted by the test"}
    return _packet(b"E", b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0")


def _ready(status: bytes) -> bytes:
    return _packet(b"Z", status)


def _packet(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
