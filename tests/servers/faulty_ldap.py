"""The proxy for LDAP over TLS: requests are told apart by their tags (RFC 4511 §4.1.1), answers pass as they come."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tests.servers.faulty import PATIENCE, Proxy, Request, Trouble

if TYPE_CHECKING:
    import ssl
    from typing import BinaryIO

SEARCH, COMPARE, UNBIND = 0x63, 0x6E, 0x42
ANSWERS: Final = {0x60: 0x61, SEARCH: 0x65, 0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x6C: 0x6D, COMPARE: 0x6F, 0x77: 0x78}
WRITES: Final = frozenset({0x66, 0x68, 0x4A, 0x6C})
NAMES: Final = {0x60: "bind", SEARCH: "search", 0x66: "modify", 0x68: "add", 0x4A: "delete", 0x6C: "rename"}

CODES: Final = {
    Trouble.DENIED: 50,
    Trouble.MISSING: 32,
    Trouble.CONFLICT: 20,
    Trouble.STALE: 122,
    Trouble.THROTTLED: 51,
    Trouble.FAILING: 52,
    Trouble.LYING: 0,
}


class LdapProxy(Proxy):
    """Stands before an LDAPS port. Signing in (bind) always passes, so that what goes wrong is the request itself."""

    def serve(self, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        muted = threading.Event()
        back = threading.Thread(target=_pour, args=(server, client, muted), daemon=True, name="proxy-back")
        back.start()
        try:
            with client.makefile("rb") as stream:
                self._serve(client, server, stream, muted)
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join(PATIENCE)

    def _serve(self, client: ssl.SSLSocket, server: ssl.SSLSocket, stream: BinaryIO, muted: threading.Event) -> None:
        while message := _message(stream):
            number, tag, body = _parts(message)
            text = f"{NAMES.get(tag, hex(tag))} {body.decode('utf-8', 'replace')}"
            request = Request(tag in WRITES, text, message)
            trouble = self.consider(request) if tag in WRITES | {SEARCH, COMPARE} else None
            if trouble in {Trouble.CUT, Trouble.UNTRUSTED}:
                break
            if trouble in {Trouble.SILENT, Trouble.HALF_OPEN}:
                muted.set()
                if trouble is Trouble.HALF_OPEN:
                    server.sendall(message)
                self.hang()
                break
            if trouble in CODES:
                client.sendall(_refusal(number, ANSWERS[tag], CODES[trouble]))
                continue
            server.sendall(message)
            if tag == UNBIND:
                break


def _pour(server: ssl.SSLSocket, client: ssl.SSLSocket, muted: threading.Event) -> None:
    """Pass on what comes back, until nobody is to hear it any more."""
    with suppress(OSError, ValueError):
        while data := server.recv(65536):
            if not muted.is_set():
                client.sendall(data)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)


def _message(stream: BinaryIO) -> bytes:
    start = stream.read(2)
    if len(start) < 2:
        return b""
    length, head = start[1], start
    if length & 0x80:
        more = stream.read(length & 0x7F)
        head, length = head + more, int.from_bytes(more, "big")
    return head + stream.read(length)


def _parts(message: bytes) -> tuple[int, int, bytes]:
    """Return number, tag and body of a message; controls behind the body are left alone."""
    content, _ = _value(message)
    number, rest = _value(content)
    body, _ = _value(rest)
    return int.from_bytes(number, "big"), rest[0], body


def _value(data: bytes) -> tuple[bytes, bytes]:
    length, place = data[1], 2
    if length & 0x80:
        place += length & 0x7F
        length = int.from_bytes(data[2:place], "big")
    return data[place : place + length], data[place + length :]


def _refusal(number: int, tag: int, code: int) -> bytes:
    return _tlv(0x30, _integer(number) + _tlv(tag, _tlv(0x0A, bytes([code])) + _tlv(0x04, b"") + _tlv(0x04, b"")))


def _integer(number: int) -> bytes:
    return _tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
