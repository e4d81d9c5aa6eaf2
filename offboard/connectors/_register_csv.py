"""Reads a CSV file (RFC 4180, also with ``;`` or TAB) strictly, and names every fault by its line.

Python's own reader accepts a stray quote and swallows the rows behind it, so the quotes are followed here.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
MAX_FIELD = 131_072
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "TAB"}
SURE_WITHIN = 4
"""A line that has as many fields as the header and so many delimiters within quotes is a row that a quote swallowed."""

_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\xff\xfe\0\0", "text in UTF-32"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_WORD_END = re.compile(r'[,;\t"]')
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row and the line it starts in, the file's first line being 1."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Table:
    """What a file holds. Without ``columns`` nothing could be read.

    ``doubtful`` are lines within a quoted field that look like rows themselves. ``lost`` are the words of the rows at
    fault: what they name is not there, yet nobody should be told that it is missing.
    """

    file: str
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    empty_rows: int = 0
    doubtful: list[int] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    _faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, line: int, text: str) -> None:
        """Note one fault of one line; line 0 is the file as a whole."""
        self._faults.append((line, text))

    @property
    def faults(self) -> list[str]:
        """Every fault as a sentence that names the file and the line, in the order of the lines."""
        ordered = sorted(self._faults, key=lambda fault: fault[0])
        return [f"{self.file} line {line}: {text}" if line else f"{self.file}: {text}" for line, text in ordered]


class _BadQuote(Exception):
    """A quote that breaks its row; carries the line it stands in and what is wrong."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


def read_table(path: Path, required: Collection[str]) -> Table:
    """Read the whole file; ``required`` (folded names) settles the delimiter where the header line leaves a choice.

    A row without any content is left out and counted. Every fault is in the answer's ``faults``; nothing is raised.
    """
    table = Table(path.name)
    text = _decode(path, table)
    if table.faults:
        return table
    lines = list(io.StringIO(text, newline=""))
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        table.fault(0, "the file is empty; its first line must name the columns")
        return table
    delimiter = _delimiter(lines, start, required, table)
    if delimiter is None:
        return table
    scanner = _Scanner(lines, delimiter)
    header, after = scanner.record(start)
    _check_header(table, start + 1, header)
    for row in _rows(scanner, after, table):
        if not any(map(str.strip, row.cells)):
            table.empty_rows += 1
        elif len(row.cells) != len(table.columns):
            has = "1 field" if len(row.cells) == 1 else f"{len(row.cells)} fields"
            table.fault(row.line, f"{has} where the header has {len(table.columns)}")
            table.lost.update(map(str.strip, row.cells))
        else:
            table.rows.append(row)
    return table


def _decode(path: Path, table: Table) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            table.fault(0, f"larger than {MAX_BYTES >> 20} MB; split it")
            return ""
        data = path.read_bytes()
    except OSError as error:
        table.fault(0, f"cannot be read ({error.strerror})")
        return ""
    for magic, what in _NO_TEXT:
        if data.startswith(magic):
            table.fault(0, f"this is {what}; save it as CSV in UTF-8")
            return ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data[: error.start].decode("utf-8", "replace"))) + 1
        table.fault(line, f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8 (Excel: CSV UTF-8)")
        return ""
    if "\0" in text:
        table.fault(len(_LINE_END.findall(text[: text.index("\0")])) + 1, "a NUL character; this is no text file")
    return text


def _delimiter(lines: list[str], start: int, required: Collection[str], table: Table) -> str | None:
    """Return the one delimiter that the header line allows, or note the fault."""
    headers: dict[str, list[str]] = {}
    problem: _BadQuote | None = None
    for delimiter in DELIMITERS:
        try:
            headers[delimiter] = _Scanner(lines, delimiter).record(start)[0]
        except _BadQuote as bad:
            problem = problem or bad
    several = {delimiter: names for delimiter, names in headers.items() if len(names) > 1}
    fitting = [d for d, names in several.items() if {fold_name(name) for name in names}.issuperset(required)]
    if len(fitting) == 1:
        return fitting[0]
    if len(several) == 1:
        return next(iter(several))
    if several:
        seen = " and ".join(DELIMITERS[delimiter] for delimiter in several)
        table.fault(start + 1, f"the header has {seen}; separate the columns by one of them only")
    elif problem:
        table.fault(problem.line, problem.text)
    else:
        table.fault(start + 1, "the header has one column; separate the columns by comma, semicolon or TAB")
    return None


def fold_name(name: str) -> str:
    """Return a column's name as it is compared."""
    return name.strip().casefold()


def _check_header(table: Table, line: int, header: list[str]) -> None:
    table.columns = [name.strip() for name in header]
    first: dict[str, int] = {}
    for place, name in enumerate(table.columns, start=1):
        if not name:
            table.fault(line, f"column {place} has no name")
        elif fold_name(name) in first:
            table.fault(line, f"column {name!r} is there twice, as {first[fold_name(name)]} and {place}")
        else:
            first[fold_name(name)] = place


def _rows(scanner: _Scanner, place: int, table: Table) -> Iterator[Row]:
    lines = scanner.lines
    while place < len(lines):
        line = lines[place]
        if line in {"\n", "\r\n", "\r"}:
            place += 1
            continue
        if '"' not in line and len(line) <= MAX_FIELD:
            place += 1
            yield Row(place, line.rstrip("\r\n").split(scanner.delimiter))
            continue
        try:
            cells, after = scanner.record(place)
        except _BadQuote as bad:
            table.fault(bad.line, bad.text)
            table.lost.update(word.strip() for line in lines[place : bad.line] for word in _WORD_END.split(line))
            place = bad.line
            continue
        swallowed = _swallowed(scanner, len(table.columns), table)
        if swallowed:
            table.fault(place + 1, f"a quote opens here and swallows line {swallowed}, which is a row of its own")
            table.lost.update(word.strip() for word in _WORD_END.split(lines[place]))
            place += 1
            continue
        yield Row(place + 1, cells)
        place = after


def _swallowed(scanner: _Scanner, columns: int, table: Table) -> int:
    """Return a line within quotes that must be a row of its own, or 0; note the lines that only might be one."""
    for place, within in scanner.continued:
        if not within or scanner.lines[place].count(scanner.delimiter) != columns - 1:
            continue
        if within >= SURE_WITHIN:
            return place + 1
        table.doubtful.append(place + 1)
    return 0


class _Scanner:
    """Follows fields and quotes through the lines of one file.

    ``continued`` tells of the record read last: each line that began within quotes, and how many delimiters in it were
    within them.
    """

    def __init__(self, lines: list[str], delimiter: str) -> None:
        self.lines = lines
        self.delimiter = delimiter
        self.continued: list[tuple[int, int]] = []

    def record(self, place: int) -> tuple[list[str], int]:
        """Return the fields of the record that starts at ``lines[place]``, and where the next one starts."""
        self.continued = []
        cells: list[str] = []
        at = 0
        while True:
            if self.lines[place].startswith('"', at):
                cell, place, at = self._quoted(place, at + 1)
            else:
                cell, at = self._bare(place, at)
            if len(cell) > MAX_FIELD:
                raise _BadQuote(place + 1, f"a field of {len(cell)} characters; at most {MAX_FIELD} are read")
            cells.append(cell)
            if not self.lines[place].startswith(self.delimiter, at):
                return cells, place + 1
            at += 1

    def _bare(self, place: int, at: int) -> tuple[str, int]:
        text = self.lines[place]
        end = text.find(self.delimiter, at)
        cell = text[at:].rstrip("\r\n") if end < 0 else text[at:end]
        if '"' in cell:
            raise _BadQuote(
                place + 1, 'a quote inside a field; put the whole field in quotes and write each quote in it as ""'
            )
        return cell, len(text) if end < 0 else end

    def _quoted(self, place: int, at: int) -> tuple[str, int, int]:
        """Follow a quoted field from behind its first quote; return it, and where it ended."""
        opened, size = place, 0
        parts: list[str] = []
        while True:
            text = self.lines[place]
            end = text.find('"', at)
            parts.append(text[at:] if end < 0 else text[at:end])
            size += len(parts[-1])
            if end < 0:
                if place > opened:
                    self.continued.append((place, text.count(self.delimiter)))
                place, at = place + 1, 0
                if place == len(self.lines) or size > MAX_FIELD:
                    raise _BadQuote(opened + 1, "a quote opens here and is never closed")
            elif text.startswith('"', end + 1):
                parts.append('"')
                at = end + 2
            else:
                if place > opened:
                    self.continued.append((place, text.count(self.delimiter, 0, end)))
                if text[end + 1 : end + 2] not in {"", self.delimiter, "\r", "\n"}:
                    wrong = text[end + 1]
                    raise _BadQuote(opened + 1, f"a quote opens here, and {wrong!r} follows where it closes")
                return "".join(parts), place, end + 1
