"""The words of a Sieve script (RFC 5228 §2.1 to §2.4): bytes in, tokens with their lines out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4 * 1024 * 1024
"""Larger scripts are not read; Pigeonhole's own limit (``sieve_max_script_size``) is 1 MB."""

_TOKEN = re.compile(
    r"""
    [ \t\r\n]* (?:
      (?P<mark> [\[\](){},;] )
    | (?P<comment> \#[^\n]* | /\*.*?\*/ )
    | (?P<text> [tT][eE][xX][tT]: [ \t]* (?:\#[^\n]*)? \r?\n (?P<body> (?:[^\n]*\n)*? ) \.\r? (?:\n|\Z) )
    | (?P<string> "[^"\\]*(?:\\.[^"\\]*)*" )
    | (?P<number> [0-9]+[KMGkmg]?(?![A-Za-z0-9_]) )
    | (?P<tag> :[A-Za-z_][A-Za-z0-9_]* )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<end> \Z )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_LABEL = re.compile(r"#\s*rule:\[(.*)\]\s*$")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NoSieve(Exception):
    """The text is no Sieve script; the message names line and reason."""


class Token(NamedTuple):
    """One word; ``label`` is the name that a rule editor wrote into the comment before it."""

    kind: str
    text: str
    line: int
    label: str = ""


def read_tokens(content: bytes) -> Iterator[Token]:
    """Yield the words of a script without comments; the last one has the kind ``end``.

    Raises:
        NoSieve: for bytes that begin no word, and for a script that is too long.
    """
    if len(content) > MAX_BYTES:
        raise NoSieve(f"the script has {len(content)} bytes, more than the {MAX_BYTES} that are read")
    # Bytes that are no UTF-8 are allowed in comments by every server we know; they must not hide the rest.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if "\x00" in text:
        raise NoSieve("the script holds a NUL character")
    place, line, label = 0, 1, ""
    for match in _TOKEN.finditer(text):
        if match.start() != place:
            break
        kind = match.lastgroup or ""
        whole = match[kind]
        begins = match.start(kind)
        if begins != place:
            line += text.count("\n", place, begins)
        place = match.end()
        if kind == "mark":
            yield Token(kind, whole, line, label)
            label = ""
        elif kind == "comment":
            found = _LABEL.match(whole.rstrip("\r"))
            label = found.group(1) if found else label
            line += whole.count("\n")
        elif kind == "end":
            yield Token("end", "the end", line)
            return
        else:
            yield Token(kind, _value(kind, whole, match), line, label)
            label = ""
            if kind in {"string", "text"}:
                line += whole.count("\n")
    rest = text[place:].lstrip(" \t\r\n")
    line = text.count("\n", 0, len(text) - len(rest)) + 1
    raise NoSieve(f"line {line}: cannot read {rest[:20]!r}")


def _value(kind: str, whole: str, match: re.Match[str]) -> str:
    if kind == "string":
        return _ESCAPED.sub(r"\1", whole[1:-1]) if "\\" in whole else whole[1:-1]
    if kind == "text":
        return re.sub(r"^\.\.", ".", match.group("body"), flags=re.MULTILINE)
    return whole.lower() if kind in {"name", "tag"} else whole
