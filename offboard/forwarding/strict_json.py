"""JSON that means one thing only: no key twice, no NaN, no bottomless nesting, text that is Unicode."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from offboard.errors import BadInput

MAX_BYTES = 256 * 1024 * 1024
"""Larger files are refused; a year of audit records of a mid-sized company fits."""

MAX_DEPTH = 64
"""Records nest some five levels; deeper is an attack or a mistake."""

_SORTED = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_SURROGATE = "\\ud"
"""How JSON writes one; text in a Unicode encoding holds none."""


def read_json(data: bytes, *, name: str) -> Any:
    """Return the value of a JSON text in UTF-8, or in UTF-16 with a byte order mark as PowerShell writes it.

    Raises:
        BadInput: naming the line, or the key that stands twice.
    """
    return _load(_text(data, name), name, 1)


def read_json_lines(data: bytes, *, name: str) -> list[Any]:
    """Return the values of a JSON text, or of one JSON text per line when the whole is not one.

    Raises:
        BadInput: naming the line that is wrong.
    """
    text = _text(data, name)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    # The first line decides: when a later one is cut off, it is the one to be named.
    if len(lines) > 1 and lines[0][1].lstrip().startswith("{") and lines[0][1].rstrip().endswith("}"):
        return [_load(line, name, number) for number, line in lines]
    return [_load(text, name, 1)]


def record_digest(record: Any) -> str:
    """Return the SHA-256 (hex) of a record, independent of the order of its keys."""
    return hashlib.sha256(_SORTED.encode(record).encode("utf-8")).hexdigest()


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name}: {len(data)} bytes are more than the {MAX_BYTES} that are read in one file")
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: byte {error.start} is no {encoding.removesuffix('-sig')} text") from error


def _load(text: str, name: str, line: int) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
        _bound(value, 0)
        return _clean(value) if _SURROGATE in text.lower() else value
    except json.JSONDecodeError as error:
        raise BadInput(f"{name}: line {line + error.lineno - 1} is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise BadInput(f"{name}: line {line}: nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise BadInput(f"{name}: from line {line}: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"the key {key!r} stands twice in one object, as {seen[key]!r:.60} and {value!r:.60}")
        seen[key] = value
    return found


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


def _bound(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, (dict, list)):
            _bound(item, depth + 1)


def _clean(value: Any) -> Any:
    """Replace lone surrogates, which no file and no terminal can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
