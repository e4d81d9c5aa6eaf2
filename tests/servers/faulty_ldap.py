"""The proxy for LDAP over TLS: requests are told apart by their tags (RFC 4511 §4.1.1), answers pass as they come."""

from __future__ import annotations

import select
import ssl
from typing import Final

from tests.servers.faulty import PATIENCE, Proxy, Request, Trouble

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
        # One thread for both directions: a TLS connection must not be read and written at the same time.
        asked = bytearray()
        while True:
            if not (client.pending() or server.pending()):
                select.select([client, server], [], [], PATIENCE)
            said = _heard(server)
            if said:
                client.sendall(said)
            more = _heard(client)
            if b"" in {said, more}:
                return
            asked += more or b""
            while message := _message(asked):
                if not self._pass_on(message, client, server):
                    return

    def _pass_on(self, message: bytes, client: ssl.SSLSocket, server: ssl.SSLSocket) -> bool:
        """Deal with one request; say whether the connection goes on."""
        number, tag, body = _parts(message)
        text = f"{NAMES.get(tag, hex(tag))} {body.decode('utf-8', 'replace')}"
        request = Request(tag in WRITES, text, message)
        trouble = self.consider(request) if tag in WRITES | {SEARCH, COMPARE} else None
        if trouble in {Trouble.CUT, Trouble.UNTRUSTED}:
            return False
        if trouble is Trouble.SILENT:
            self.hang()
            return False
        if trouble in CODES:
            client.sendall(_refusal(number, ANSWERS[tag], CODES[trouble]))
            return True
        server.sendall(message)
        if trouble is Trouble.HALF_OPEN:
            server.recv(65536)
            self.hang()
        return tag != UNBIND and trouble is not Trouble.HALF_OPEN


def _heard(connection: ssl.SSLSocket) -> bytes | None:
    """Return what has come in: nothing yet is ``None``, and the end is empty."""
    connection.setblocking(False)
    try:
        return connection.recv(65536)
    except ssl.SSLWantReadError:
        return None
    finally:
        connection.settimeout(PATIENCE)


def _message(asked: bytearray) -> bytes:
    """Take the first whole message away and return it; empty while it is not whole."""
    if len(asked) < 2 or len(asked) < 2 + (asked[1] & 0x7F if asked[1] & 0x80 else 0):
        return b""
    length, head = asked[1], 2
    if length & 0x80:
        head += length & 0x7F
        length = int.from_bytes(asked[2:head], "big")
    if len(asked) < head + length:
        return b""
    message = bytes(asked[: head + length])
    del asked[: head + length]
    return message


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
