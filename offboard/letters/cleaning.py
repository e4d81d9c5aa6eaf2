"""Data as it may stand in a letter: visible characters only, one spelling of each, nothing that steers a program."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_STRAY_JOINERS = re.compile("(?<![\u0600-\u17ff])[\u200c\u200d]")
_COMMON = 0x3000
_NOTHING = frozenset({"-", ".", "null", "none", "nan", "n/a", "na", "undefined"})


class _Seen(dict[int, int | str | None]):
    """What becomes of each character, for ``str.translate``; looked up once for those of the common scripts."""

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        # The last two of each plane are no characters.
        gone = char in _BLANK_LETTERS or code & 0xFFFE == 0xFFFE or unicodedata.category(char) in _DROPPED  # noqa: PLR2004
        kept = None if gone and char not in _JOINERS else code
        if code < _COMMON:
            self[code] = kept
        return kept


_SEEN = _Seen({ord("\n"): "\n", ord("\t"): " "})


def clean(text: str) -> str:
    """Return text without control, bidirectional, zero-width and private characters, in NFC; CR and its like become LF.

    The two joiners stay after a letter of a script that needs them (Arabic to Khmer).
    """
    seen = _LINE_ENDS.sub("\n", text).translate(_SEEN)
    return unicodedata.normalize("NFC", _STRAY_JOINERS.sub("", seen))


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
