"""Data as it may stand in a letter: visible characters only, one spelling of each, nothing that steers a program."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_NOTHING = frozenset({"-", ".", "null", "none", "nan", "n/a", "na", "undefined"})


def clean(text: str) -> str:
    """Return text without control, bidirectional, zero-width and private characters, in NFC; CR and its like become LF.

    The two joiners stay after a letter of a script that needs them (Arabic to Khmer).
    """
    kept: list[str] = []
    for char in _LINE_ENDS.sub("\n", text):
        if char == "\t":
            kept.append(" ")
        elif char == "\n" or _visible(char, kept[-1] if kept else ""):
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _visible(char: str, before: str) -> bool:
    if char in _JOINERS:
        return bool(before) and "\u0600" <= before <= "\u17ff"
    if char in _BLANK_LETTERS or ord(char) & 0xFFFE == 0xFFFE:  # noqa: PLR2004 - the last two of each plane are no characters
        return False
    return unicodedata.category(char) not in _DROPPED


def one_line(text: str) -> str:
    """Return cleaned text on one line, with single blanks, not beginning with an accent that lacks its letter."""
    line = " ".join(clean(text).split())
    while line and unicodedata.category(line[0]).startswith("M"):
        line = line[1:].lstrip()
    return line


def known(text: str) -> str:
    """Return a cleaned line, or nothing where a table export wrote that it knows nothing (``NULL``, ``n/a``, ``-``)."""
    line = one_line(text)
    return "" if line.casefold() in _NOTHING else line


def header_text(text: str) -> str:
    """Return a line that no mail program can take for an encoded word (RFC 2047): its marks are pulled apart."""
    return re.sub(r"(?<==)(?=\?)|(?<=\?)(?==)", " ", one_line(text))
