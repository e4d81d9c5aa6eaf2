"""The arguments of Sieve's tests and commands (RFC 5228 §2.6), and which tests every mail passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

# A packed list.
# fmt: off
_WITH_VALUE = frozenset({
    "addresses", "comparator", "content", "count", "days", "fcc", "flags", "from", "handle", "header", "importance",
    "index", "mailboxid", "message", "options", "param", "seconds", "specialuse", "subject", "uniqueid", "value",
    "zone",
})
# fmt: on
_IN_EVERY_MAIL = frozenset({"from", "date", "received", "to", "subject", "message-id", "return-path"})
_EVERY_TEXT = frozenset({"", ".", ".*", ".+", ".?", "^", "$", "^.*", ".*$", "^.*$", "^.+$", "(.*)", "(.+)", "^(.*)$"})
_ADDRESSED = frozenset({"from", "to", "return-path", "message-id"})
_BY_TEXT = frozenset({"header", "address", "envelope", "body"})
_SMALLEST_MAIL, _LARGEST_MAIL = 1024, 50 * 2**20


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged argument such as ``:copy``, in lower case and without its colon."""

    name: str


Argument: TypeAlias = "Tag | int | tuple[str, ...]"
Tags: TypeAlias = "dict[str, tuple[str, ...] | int | None]"
Loose: TypeAlias = "list[tuple[str, ...] | int]"


def read_arguments(arguments: tuple[Argument, ...]) -> tuple[Tags, Loose]:
    """Return tags with the value that belongs to each, and what stands without a tag, in order."""
    tags: Tags = {}
    loose: Loose = []
    waiting = ""
    for argument in arguments:
        if isinstance(argument, Tag):
            tags[argument.name] = None
            waiting = argument.name if argument.name in _WITH_VALUE else ""
        elif waiting:
            tags[waiting], waiting = argument, ""
        else:
            loose.append(argument)
    return tags, loose


def takes_all(name: str, arguments: tuple[Argument, ...]) -> bool:
    """Say whether one test is true for every mail, as far as that can be seen."""
    last = arguments[-1] if arguments else None
    if name == "size" and isinstance(last, int):
        tags, _ = read_arguments(arguments)
        return last < _SMALLEST_MAIL if "over" in tags else "under" in tags and last >= _LARGEST_MAIL
    if name == "exists" and isinstance(last, tuple):
        return all(field.lower() in _IN_EVERY_MAIL for field in last)
    if name not in _BY_TEXT or not isinstance(last, tuple):
        return False
    # Almost no test looks for such a text, and this is asked several times of each.
    if _EVERY_TEXT.isdisjoint(last) and not any(key[:1] in {"*", "@"} for key in last):
        return False
    tags, loose = read_arguments(arguments)
    lists = [value for value in loose if isinstance(value, tuple)]
    if name != "body" and not any(field.lower() in _IN_EVERY_MAIL for field in lists[0]):
        return False
    if "contains" in tags:
        return "" in last or (name in {"address", "envelope"} and "@" in last)
    if "regex" in tags:
        return not _EVERY_TEXT.isdisjoint(last)
    senders = name in {"address", "envelope"} or {field.lower() for field in lists[0]} & _ADDRESSED
    every = {"*", "@"} if senders else {"*"}
    return "matches" in tags and any(key[:1] == "*" and set(key) <= every for key in last)
