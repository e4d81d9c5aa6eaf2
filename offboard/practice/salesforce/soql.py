"""As much of SOQL as a register asks: fields, conditions joined by AND and OR, and an order by id.

Source: SOQL and SOSL Reference, "SELECT", "Comparison Operators", "Date Formats", "Quoted String Escape Sequences".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

Test = "Callable[[dict[str, Any]], bool]"

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<sign><=|>=|!=|=|<|>|\(|\)|,)|(?P<word>[A-Za-z_][A-Za-z0-9_.]*))"
)


class Malformed(Exception):
    """The question is no SOQL."""


@dataclass
class Question:
    """What is asked: fields of one kind of record, those that pass a test."""

    fields: list[str]
    kind: str
    test: Callable[[dict[str, Any]], bool]
    used: set[str]


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found or found.lastgroup is None:
                raise Malformed(f"unexpected token: {text[place : place + 20]!r}")
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()
        self.used: set[str] = set()

    def peek(self) -> str:
        return self.tokens[0][1].upper() if self.tokens else ""

    def take(self, *wanted: str) -> str:
        if not self.tokens or (wanted and self.peek() not in wanted):
            raise Malformed(f"expecting {' or '.join(wanted) or 'more'}, found {self.peek() or 'the end'}")
        return self.tokens.pop(0)[1]

    def question(self) -> Question:
        self.take("SELECT")
        fields = [self.take()]
        while self.peek() == ",":
            self.take()
            fields.append(self.take())
        if len(set(map(str.casefold, fields))) != len(fields):
            raise Malformed("duplicate field selected")
        self.take("FROM")
        kind = self.take()
        test: Callable[[dict[str, Any]], bool] = lambda _: True  # noqa: E731 - no condition at all
        if self.peek() == "WHERE":
            self.take()
            test = self.either()
        if self.peek() == "ORDER":
            for word in ("ORDER", "BY", "ID"):
                self.take(word)
        if self.tokens:
            raise Malformed(f"unexpected token: {self.peek()}")
        return Question(fields, kind, test, self.used | set(fields))

    def either(self) -> Callable[[dict[str, Any]], bool]:
        tests, joint = [self.one()], ""
        while self.peek() in {"AND", "OR"}:
            if joint and self.peek() != joint:
                raise Malformed("AND and OR need brackets between them")
            joint = self.take().upper()
            tests.append(self.one())
        how = any if joint == "OR" else all
        return lambda row: how(test(row) for test in tests)

    def one(self) -> Callable[[dict[str, Any]], bool]:
        if self.peek() == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        name = self.take()
        self.used.add(name)
        sign = self.take("=", "!=", "<", ">", "<=", ">=", "IN").upper()
        if sign == "IN":
            values = self.values()
            return lambda row: row[name] in values
        value = self.value()
        return lambda row: _compare(row[name], sign, value)

    def values(self) -> list[Any]:
        self.take("(")
        found = [self.value()]
        while self.peek() == ",":
            self.take()
            found.append(self.value())
        self.take(")")
        return found

    def value(self) -> Any:
        if not self.tokens:
            raise Malformed("a value is missing")
        sort, text = self.tokens.pop(0)
        if sort == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if sort == "moment":
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if sort == "number":
            return float(text)
        known = {"true": True, "false": False, "null": None}
        if text.casefold() not in known:
            raise Malformed(f"unexpected token: {text}")
        return known[text.casefold()]


def _compare(found: Any, sign: str, value: Any) -> bool:
    if sign in {"=", "!="}:
        return (found == value) is (sign == "=")
    if found is None:
        return False
    if isinstance(value, datetime):
        found = datetime.fromisoformat(found)
    return bool({"<": found < value, ">": found > value, "<=": found <= value, ">=": found >= value}[sign])


def parse(text: str) -> Question:
    """Return what is asked.

    Raises:
        Malformed: it is no SOQL, or none that is known here.
    """
    return _Parser(text).question()
