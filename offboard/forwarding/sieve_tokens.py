"""The words of a Sieve script (RFC 5228 §2.1 to §2.4): bytes in, tokens with their places out."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

MAX_BYTES = 4 * 1024 * 1024
"""Larger scripts are not read; Pigeonhole's own limit (``sieve_max_script_size``) is 1 MB."""

END, BROKEN = "end", "broken"
"""The kinds of the last token: the script ends there, or nothing more of it can be read."""

_TOKEN = re.compile(
    r"""
    [ \t\r\n]* (?:
      (?P<mark> [\[\](){},;] )
    | (?P<string> "[^"\\]*(?:\\.[^"\\]*)*" )
    | (?P<comment> \#[^\n]* | /\*.*?\*/ )
    | (?P<text> [tT][eE][xX][tT]: [ \t]* (?:\#[^\n]*)? \r?\n (?P<body> (?:[^\n]*\n)*? ) \.\r? (?:\n|\Z) )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<tag> :[A-Za-z_][A-Za-z0-9_]* )
    | (?P<number> [0-9]+[KMGkmg]?(?![A-Za-z0-9_]) )
    | (?P<end> \Z )
    | (?P<broken> . )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_LABEL = re.compile(r"#\s*rule:\[(.*)\]\s*$")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NoSieve(Exception):
    """The text is no Sieve script; the message names line and reason."""


@dataclass(slots=True)
class Tokens:
    """The words of a script without comments, each in the lists at the same place.

    The kind of a mark is the mark itself; the others are string · text · name · tag · number, and of the last one
    :data:`END` or :data:`BROKEN`. ``labels`` are the names that a rule editor wrote into the comment before a word.
    """

    script: str
    kinds: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("l"))
    labels: dict[int, str] = field(default_factory=dict)
    _breaks: array[int] = field(default_factory=lambda: array("l"))

    def line(self, place: int) -> int:
        """Return the line of a word, the first one being 1."""
        if not self._breaks:
            self._breaks = array("l", (match.start() for match in re.finditer("\n|\\Z", self.script)))
        return bisect_left(self._breaks, self.starts[place]) + 1

    def fault(self, place: int, wanted: str) -> NoSieve:
        """Return the error for a word that stands where another one has to."""
        if self.kinds[place] == BROKEN:
            start = self.starts[place]
            return NoSieve(f"line {self.line(place)}: cannot read {self.script[start : start + 20]!r}")
        return NoSieve(f"line {self.line(place)}: {wanted} was expected, not {self.texts[place][:40]!r}")


def read_tokens(content: bytes) -> Tokens:
    """Return the words of a script, up to its end or to what begins no word.

    Raises:
        NoSieve: for a script that is too long, and for one with a NUL character.
    """
    if len(content) > MAX_BYTES:
        raise NoSieve(f"the script has {len(content)} bytes, more than the {MAX_BYTES} that are read")
    # Bytes that are no UTF-8 are allowed in comments by every server we know; they must not hide the rest.
    script = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if "\x00" in script:
        raise NoSieve("the script holds a NUL character")
    tokens, label = Tokens(script), ""
    kinds, texts, starts = tokens.kinds, tokens.texts, tokens.starts
    for match in _TOKEN.finditer(script):
        kind = match.lastgroup or ""
        whole = match[kind]
        if kind == "comment":
            found = _LABEL.match(whole.rstrip("\r"))
            label = found.group(1) if found else label
            continue
        if label:
            tokens.labels[len(kinds)] = label
            label = ""
        starts.append(match.start(kind))
        if kind == "mark":
            kinds.append(whole)
            texts.append(whole)
            continue
        kinds.append(kind)
        texts.append(whole[1:-1] if kind == "string" and "\\" not in whole else _value(kind, whole, match))
        if kind in {END, BROKEN}:
            break
    return tokens


def _value(kind: str, whole: str, match: re.Match[str]) -> str:
    if kind == "string":
        return _ESCAPED.sub(r"\1", whole[1:-1])
    if kind == "text":
        return re.sub(r"^\.\.", ".", match.group("body"), flags=re.MULTILINE)
    return whole if kind == "number" else whole.lower() or "the end"
