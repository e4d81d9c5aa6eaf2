"""OData's ``$filter``, as far as a directory is asked with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from offboard.practice.graph.calls import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    Test = Callable[[dict[str, Any]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.]*(?:/[A-Za-z_$][\w.]*)*)"
    r"|(?P<value>[0-9][\w:.+-]*)|(?P<sign>[(),:]))"
)
_COMPARING: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "ge": lambda found, wanted: found is not None and found >= wanted,
    "gt": lambda found, wanted: found is not None and found > wanted,
    "le": lambda found, wanted: found is not None and found <= wanted,
    "lt": lambda found, wanted: found is not None and found < wanted,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda found, wanted: wanted in found,
}
ADVANCED = re.compile(r"\bne\b|\bnot\b|\bendswith\(|/\$count", re.IGNORECASE)
"""What only an advanced query may ask."""


def tests(text: str) -> Test:
    """Return the function that says whether a thing matches a filter; letters' case does not matter, as in Entra.

    Raises:
        Refused: the filter cannot be read.
    """
    reading = _Reading(text)
    found = reading.alternatives()
    if reading.next():
        raise _unreadable(text)
    return found


class _Reading:
    """Reads one filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = []
        place = 0
        while text[place:].strip():
            hit = _TOKEN.match(text, place)
            if hit is None:
                raise _unreadable(text)
            self._tokens.append(hit.group().strip())
            place = hit.end()

    def next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def alternatives(self) -> Test:
        first = self._together()
        while self._took("or"):
            first = _either(first, self._together())
        return first

    def _together(self) -> Test:
        first = self._one()
        while self._took("and"):
            first = _both(first, self._one())
        return first

    def _one(self) -> Test:
        if self._took("not"):
            inner = self._one()
            return lambda thing: not inner(thing)
        if self._took("("):
            inner = self.alternatives()
            self._must(")")
            return inner
        name = self._take()
        if name.casefold() in _FUNCTIONS:
            return self._function(_FUNCTIONS[name.casefold()])
        if name.endswith("/any"):
            return self._any(name.removesuffix("/any"))
        return self._comparison(name)

    def _function(self, compare: Callable[[str, str], bool]) -> Test:
        self._must("(")
        name = self._take()
        self._must(",")
        wanted = _value(self._take())
        self._must(")")
        return lambda thing: isinstance(found := at(thing, name), str) and compare(_plain(found), _plain(wanted))

    def _any(self, name: str) -> Test:
        self._must("(")
        self._take()
        self._must(":")
        inner = self.alternatives()
        self._must(")")
        return lambda thing: any(
            inner(each if isinstance(each, dict) else {"": each}) for each in at(thing, name) or []
        )

    def _comparison(self, name: str) -> Test:
        how = self._take()
        if how == "in":
            self._must("(")
            several = [_plain(_value(self._take()))]
            while self._took(","):
                several.append(_plain(_value(self._take())))
            self._must(")")
            return lambda thing: _plain(at(thing, name)) in several
        if how not in _COMPARING:
            raise _unreadable(self._text)
        wanted = _plain(_value(self._take()))
        return lambda thing: _COMPARING[how](_plain(at(thing, name)), wanted)

    def _took(self, word: str) -> bool:
        if self.next() == word:
            self._tokens.pop(0)
            return True
        return False

    def _take(self) -> str:
        if not self._tokens:
            raise _unreadable(self._text)
        return self._tokens.pop(0)

    def _must(self, word: str) -> None:
        if self._take() != word:
            raise _unreadable(self._text)


def at(thing: dict[str, Any], path: str) -> Any:
    """Return the value at a path such as ``a/b``; a lambda's variable stands for the thing itself."""
    if path.partition("/")[0] not in thing and "" in thing:
        return thing[""]
    found: Any = thing
    parts = path.split("/")
    if parts[0] not in thing and len(parts) > 1 and any(part in thing for part in parts[1:]):
        parts = parts[1:]  # x/name, of a lambda over objects
    for part in parts:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _both(first: Test, second: Test) -> Test:
    return lambda thing: first(thing) and second(thing)


def _either(first: Test, second: Test) -> Test:
    return lambda thing: first(thing) or second(thing)


def _value(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    words: dict[str, Any] = {"true": True, "false": False, "null": None}
    if token in words:
        return words[token]
    return int(token) if token.isdigit() else token


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _unreadable(text: str) -> Refused:
    return Refused(400, "Request_BadRequest", f"Invalid filter clause: {text}")
