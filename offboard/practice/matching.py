"""Names of entries and values of attributes, compared as RFC 4514 and RFC 4517 mean it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from offboard.practice.schema import AttributeType, attribute, object_class

if TYPE_CHECKING:
    from collections.abc import Callable

Key: TypeAlias = "tuple[frozenset[tuple[str, bytes]], ...]"
"""What an entry is found by: its name from the lowest part up, in normal form."""

_TIME = re.compile(rb"\d{10}(\d{2}(\d{2})?)?([.,]\d+)?(Z|[+-]\d{4})")
_UNIQUE = re.compile(rb"#'[01]*'B$")
_HEX = re.compile(r"[0-9a-fA-F]{2}")


class NoName(Exception):
    """The text is no distinguished name of this schema."""


class NoValue(Exception):
    """The bytes are no value of this kind."""


@lru_cache(maxsize=4096)
def name_key(text: str) -> Key:
    """Return the normal form of a distinguished name; the empty name is the root.

    Raises:
        NoName: it does not parse, or it uses an attribute that the schema does not have.
    """
    if not text.strip():
        return ()
    return tuple(frozenset(_pair(pair) for pair in _split(rdn, "+")) for rdn in _split(text, ","))


def first_pairs(text: str) -> list[tuple[str, bytes]]:
    """Return the attributes and values that the lowest part of a name consists of, as they are written."""
    return [(kind.names[0], value) for kind, value in (_read_pair(pair) for pair in _split(_split(text, ",")[0], "+"))]


def parent_text(text: str) -> str:
    """Return the name of the entry above."""
    return ",".join(_split(text, ",")[1:])


def normal(kind: AttributeType, value: bytes) -> bytes:
    """Return the form of a value in which equal values are equal.

    Raises:
        NoValue: the value does not have the attribute's syntax.
    """
    if kind.kind == "octets":
        return value
    try:
        text = value.decode("ascii" if kind.kind in {"ascii", "exact", "bool", "number", "time", "uuid"} else "utf-8")
    except UnicodeDecodeError as error:
        raise NoValue(kind.names[0]) from error
    if not text and kind.kind not in {"ascii", "exact", "name", "unique"}:
        raise NoValue(kind.names[0])
    try:
        return _NORMAL[kind.kind](text).encode("utf-8", "surrogatepass")
    except (NoName, ValueError) as error:
        raise NoValue(kind.names[0]) from error


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _phone(text: str) -> str:
    return text.casefold().replace(" ", "").replace("-", "")


def _name(text: str) -> str:
    if not text.strip():
        return ""
    return "\n".join("+".join(sorted(f"{kind}={value!r}" for kind, value in rdn)) for rdn in name_key(text))


def _unique(text: str) -> str:
    return _name(_UNIQUE.sub(b"", text.encode()).decode())


def _oid(text: str) -> str:
    known = object_class(text)
    if known is not None:
        return known.name.casefold()
    kind = attribute(text)
    if kind is not None:
        return kind.names[0].casefold()
    raise ValueError(text)


def _bool(text: str) -> str:
    if text not in {"TRUE", "FALSE"}:
        raise ValueError(text)
    return text


def _time(text: str) -> str:
    if not _TIME.fullmatch(text.encode()):
        raise ValueError(text)
    return text


_NORMAL: dict[str, Callable[[str], str]] = {
    "text": _folded,
    "ascii": _folded,
    "exact": lambda text: " ".join(text.split()),
    "phone": _phone,
    "name": _name,
    "unique": _unique,
    "oid": _oid,
    "bool": _bool,
    "number": lambda text: str(int(text)),
    "time": _time,
    "uuid": lambda text: str(uuid.UUID(text)),
}


def _pair(text: str) -> tuple[str, bytes]:
    kind, value = _read_pair(text)
    try:
        return kind.names[0].casefold(), normal(kind, value)
    except NoValue as error:
        raise NoName(text) from error


def _read_pair(text: str) -> tuple[AttributeType, bytes]:
    name, equals, value = text.partition("=")
    kind = attribute(name.strip().removeprefix("OID.").removeprefix("oid."))
    if not equals or kind is None:
        raise NoName(text)
    return kind, _unescaped(value)


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that are not escaped."""
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == separator:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def _unescaped(text: str) -> bytes:
    """Take outer blanks and escapes off (RFC 4514 §2.4)."""
    data, place, solid = bytearray(), 0, 0
    text = text.lstrip(" ")
    while place < len(text):
        if text[place] != "\\":
            data += text[place].encode()
            solid = solid if text[place] == " " else len(data)
            place += 1
            continue
        if _HEX.fullmatch(text[place + 1 : place + 3]):
            data.append(int(text[place + 1 : place + 3], 16))
            place += 3
        elif place + 1 < len(text):
            data += text[place + 1].encode()
            place += 2
        else:
            raise NoName(text)
        solid = len(data)
    return bytes(data[:solid])
