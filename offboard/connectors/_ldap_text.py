"""Search filters and names of entries, built from typed parts and compared as RFC 4514 and RFC 4515 mean them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

_TYPES: Final = {
    "2.5.4.3": "cn",
    "2.5.4.6": "c",
    "2.5.4.7": "l",
    "2.5.4.8": "st",
    "2.5.4.9": "street",
    "2.5.4.10": "o",
    "2.5.4.11": "ou",
    "0.9.2342.19200300.100.1.1": "uid",
    "0.9.2342.19200300.100.1.25": "dc",
}
"""The types that a name may also give by number (RFC 4514 §3)."""

_EQUALITY, _PRESENCE, _SEQUENCE, _OCTETS = 0xA3, 0x87, 0x30, 0x04
_ONE_BYTE_LENGTHS = 0x80


def equal(attribute: str, value: str | bytes) -> str:
    """Return the filter that asks for equality; nothing in ``value`` can widen it."""
    return f"({attribute}={_escaped(value)})"


def contains(attribute: str, value: str) -> str:
    """Return the filter that asks for ``value`` anywhere; for near misses in messages only."""
    return f"({attribute}=*{_escaped(value)}*)"


def begins(attribute: str, value: str) -> str:
    """Return the filter that asks for ``value`` at the start; for near misses in messages only."""
    return f"({attribute}={_escaped(value)}*)"


def every(*filters: str) -> str:
    """Return the filter that asks for all of these."""
    return f"(&{''.join(filters)})"


def either(filters: Iterable[str]) -> str:
    """Return the filter that asks for at least one of these."""
    return f"(|{''.join(filters)})"


def neither(filter_: str) -> str:
    """Return the filter that asks for what another one does not find."""
    return f"(!{filter_})"


def present(attribute: str) -> str:
    """Return the filter that asks whether an attribute is there at all."""
    return f"({attribute}=*)"


def _escaped(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:02x}" for byte in data)


def equality_item(attribute: str, value: str | bytes) -> bytes:
    """Return an equality filter in its encoding (RFC 4511 §4.5.1), as the assertion control carries it."""
    data = value.encode() if isinstance(value, str) else value
    return _ber(_EQUALITY, _ber(_OCTETS, attribute.encode()) + _ber(_OCTETS, data))


def presence_item(attribute: str) -> bytes:
    """Return the filter that asks whether an attribute is there at all, in its encoding."""
    return _ber(_PRESENCE, attribute.encode())


def values_filter(items: Iterable[bytes]) -> bytes:
    """Return the value of the matched-values control (RFC 3876): only values that match an item come back."""
    return _ber(_SEQUENCE, b"".join(items))


def _ber(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _ONE_BYTE_LENGTHS:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _ONE_BYTE_LENGTHS | len(length))) + length + content


def same_name(one: str, other: str) -> bool:
    """Say whether two names (DNs) mean the same entry, whatever their case, blanks and escapes."""
    return one == other or _parts(one) == _parts(other)


def first_value(name: str) -> str:
    """Return the value of the first part of a name: ``bob`` of ``uid=bob,ou=people,…``; empty for no name."""
    for part in _split(name, ",;"):
        return _value(_split(part, "+")[0].partition("=")[2])
    return ""


def split_first(name: str) -> tuple[str, str]:
    """Return the first part of a name and the name of the place it is in, both as they are written."""
    first = next(iter(_split(name, ",;")), "")
    return first, name[len(first) + 1 :]


def _parts(name: str) -> tuple[frozenset[tuple[str, str]], ...]:
    return tuple(frozenset(_pair(pair) for pair in _split(part, "+")) for part in _split(name, ",;"))


def _pair(text: str) -> tuple[str, str]:
    kind, _, value = text.partition("=")
    kind = kind.strip().casefold().removeprefix("oid.")
    folded = unicodedata.normalize("NFKC", _value(value)).casefold()
    return _TYPES.get(kind, kind), " ".join(folded.split())


def _split(text: str, separators: str) -> list[str]:
    """Split at separators that are neither escaped nor quoted."""
    if not text.strip():
        return []
    parts, start, quoted, place = [], 0, False, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == '"':
            quoted = not quoted
        elif text[place] in separators and not quoted:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def _value(text: str) -> str:
    """Take blanks, quotes and escapes off; ``#`` with hexadecimal digits stands for an encoded string."""
    text = text.lstrip(" ")
    if text.startswith("#"):
        return _hex_value(text.rstrip(" "))
    data, place = bytearray(), 0
    solid = 0  # up to here blanks belong to the value
    while place < len(text):
        letter = text[place]
        if letter == "\\" and _is_hex(text[place + 1 : place + 3]):
            data.append(int(text[place + 1 : place + 3], 16))
            place, solid = place + 3, len(data)
        elif letter == "\\":
            data += text[place + 1 : place + 2].encode("utf-8", "surrogatepass")
            place, solid = place + 2, len(data)
        else:
            data += b"" if letter == '"' else letter.encode("utf-8", "surrogatepass")
            place += 1
            solid = solid if letter == " " else len(data)
    return data[:solid].decode("utf-8", "replace")


def _hex_value(text: str) -> str:
    try:
        data = bytes.fromhex(text[1:])
    except ValueError:
        return text
    return data[2:].decode("utf-8", "replace") if len(data) >= 2 and len(data) == data[1] + 2 else text  # noqa: PLR2004 - tag, length


def _is_hex(pair: str) -> bool:
    return len(pair) == 2 and all(letter in "0123456789abcdefABCDEF" for letter in pair)  # noqa: PLR2004 - one byte
