"""Sieve tests as plain sentences: ``header :contains "Subject" "invoice"`` becomes: subject contains "invoice"."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from offboard.forwarding.scope import Scope, join_scopes, quoted
from offboard.forwarding.sieve_grammar import Condition, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

# A packed list.
# fmt: off
_WITH_VALUE = frozenset({
    "addresses", "comparator", "content", "count", "days", "fcc", "flags", "from", "handle", "header", "importance",
    "index", "mailboxid", "message", "options", "param", "seconds", "specialuse", "subject", "uniqueid", "value",
    "zone",
})
# fmt: on
_MATCHES = {
    "is": "is",
    "contains": "contains",
    "matches": "matches",
    "regex": "matches the pattern",
    "list": "is in the list",
}
_RELATIONS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "eq": "exactly", "ne": "not"}
_PARTS = {"domain": "'s domain", "localpart": "'s name before the @", "user": "'s user", "detail": "'s plus-tag"}
_FIELDS = {
    "sender": frozenset({"from", "sender", "reply-to", "return-path", "x-sender", "resent-from", "x-original-from"}),
    "subject": frozenset({"subject", "thread-topic"}),
    "recipient": frozenset({"to", "cc", "bcc", "delivered-to", "x-original-to", "resent-to", "envelope-to"}),
}
_NAMES = {field: what for what, fields in _FIELDS.items() for field in fields}
_IN_EVERY_MAIL = frozenset({"from", "date", "received", "to", "subject", "message-id", "return-path"})
_SMALLEST_MAIL, _LARGEST_MAIL = 1024, 2**30

_Texts: TypeAlias = "list[tuple[str, ...]]"
_Tags: TypeAlias = "dict[str, tuple[str, ...] | int | None]"
_Loose: TypeAlias = "list[tuple[str, ...] | int]"


def read_arguments(condition: Condition) -> tuple[_Tags, _Loose]:
    """Return tags with the value that belongs to each, and what stands without a tag, in order."""
    tags: _Tags = {}
    loose: _Loose = []
    waiting = ""
    for argument in condition.arguments:
        if isinstance(argument, Tag):
            tags[argument.name] = None
            waiting = argument.name if argument.name in _WITH_VALUE else ""
        elif waiting:
            tags[waiting], waiting = argument, ""
        else:
            loose.append(argument)
    return tags, loose


def always(condition: Condition) -> bool | None:
    """Say whether a condition is true for every mail, for none, or ``None`` where it depends on the mail."""
    name, inner = condition.name, [always(one) for one in condition.tests]
    if name in {"true", "false"}:
        return name == "true"
    if name == "not":
        return None if inner[0] is None else not inner[0]
    if name == "allof":
        return False if False in inner else None if None in inner else True
    if name == "anyof":
        return True if True in inner else None if None in inner else False
    return True if _takes_all(condition) else None


def describe(conditions: Iterable[Condition]) -> Scope:
    """Return the scope of mail for which all of ``conditions`` are true; what is true for every mail is only noted."""
    return join_scopes([_describe(condition, wanted=True) for condition in conditions])


def _describe(condition: Condition, *, wanted: bool) -> Scope:
    if condition.name == "not":
        return _describe(condition.tests[0], wanted=not wanted)
    fixed = always(condition)
    if fixed is wanted:
        plain = condition.name in {"true", "false"} or not condition.arguments
        return Scope(
            notes=() if plain else (f"Its condition is true for every mail: {_read(condition).sentences[0]}.",)
        )
    if fixed is not None:
        return Scope(("never",), looks_at=("other",))
    every = condition.name == ("allof" if wanted else "anyof")
    if every:
        return join_scopes([_describe(one, wanted=wanted) for one in condition.tests])
    if condition.name == "allof":
        return _unless(condition.tests)
    if condition.name == "anyof":
        return _either([_describe(one, wanted=wanted) for one in condition.tests])
    scope = _read(condition)
    return scope if wanted else Scope((f"not when {scope.sentences[0]}",), exceptions_only=True)


def _unless(conditions: tuple[Condition, ...]) -> Scope:
    """Describe mail for which not all of ``conditions`` are true."""
    open_ones = [condition for condition in conditions if always(condition) is None]
    if len(open_ones) == 1:
        return _describe(open_ones[0], wanted=False)
    inner = describe(open_ones)
    return Scope((f"not when {' and '.join(inner.sentences)}",), exceptions_only=True)


def _either(parts: list[Scope]) -> Scope:
    parts = [part for part in parts if part.sentences != ("never",)]
    together = join_scopes(parts)
    texts = [" and ".join(part.sentences) for part in parts]
    shown = texts[:8] + ([f"{len(texts) - 8} more"] if len(texts) > 8 else [])  # noqa: PLR2004 - as in quoted()
    sentence = " or ".join(f"({text})" if " and " in text else text for text in shown)
    # One alternative that only takes some mail away lets the rest of the mailbox through.
    open_end = any(part.exceptions_only for part in parts)
    return Scope((sentence,), together.looks_at, together.words, open_end, together.notes)


def _read(condition: Condition) -> Scope:
    """Return the scope of one test that has no tests in it."""
    tags, loose = read_arguments(condition)
    texts = [value for value in loose if isinstance(value, tuple)]
    number = next((value for value in loose if isinstance(value, int)), 0)
    keys = texts[-1] if texts else ()
    name = condition.name
    if name in {"header", "address", "envelope"} and len(texts) > 1:
        return _fields(texts[0], keys, tags, envelope=name == "envelope")
    if name == "body":
        return Scope((f"body {_match(tags)} {quoted(keys)}",), ("body",), keys)
    if name == "exists":
        return Scope((f"it has the header {quoted(keys)}",), _kinds(keys))
    if name in {"spamtest", "virustest"}:
        return Scope((f"the {name.removesuffix('test')} score {_match(tags)} {quoted(keys)}",), ("spam",))
    if name == "size":
        return Scope((f"it is {'larger' if 'over' in tags else 'smaller'} than {number} bytes",), ("size",))
    return Scope((_OTHER.get(name, _unknown)(name, texts, tags, loose),), ("other",))


def _text(_: str, texts: _Texts, tags: _Tags, __: _Loose) -> str:
    return f"the script's value {quoted(texts[0] if texts else ())} {_match(tags)} {quoted(texts[-1] if texts else ())}"


def _date(_: str, texts: _Texts, tags: _Tags, __: _Loose) -> str:
    what = " ".join(text for group in texts[:-1] for text in group)
    return f"the {what or 'date'} {_match(tags)} {quoted(texts[-1] if texts else ())}"


def _branches(_: str, __: _Texts, ___: _Tags, loose: _Loose) -> str:
    return f"one of the {loose[0]} branches before it (from line {loose[1]}) takes the mail"


def _flag(_: str, texts: _Texts, __: _Tags, ___: _Loose) -> str:
    return f"it carries the flag {quoted(texts[-1] if texts else ())}"


def _duplicate(_: str, __: _Texts, ___: _Tags, ____: _Loose) -> str:
    return "the same mail came before"


def _unknown(name: str, texts: _Texts, _: _Tags, __: _Loose) -> str:
    values = tuple(text for group in texts for text in group)
    return f'the test "{name}"{" on " + quoted(values) if values else ""} is true'


_OTHER = {
    "string": _text,
    "date": _date,
    "currentdate": _date,
    "branches": _branches,
    "hasflag": _flag,
    "duplicate": _duplicate,
}


def _fields(names: tuple[str, ...], keys: tuple[str, ...], tags: _Tags, *, envelope: bool) -> Scope:
    known = list(dict.fromkeys(_NAMES.get(name.lower(), f'header "{name}"') for name in names))
    subject = f"{'envelope ' if envelope else ''}{' or '.join(known[:4])}"
    if len(known) > 4:  # noqa: PLR2004 - a sentence stays readable
        subject = f"{subject} or {len(known) - 4} more"
    part = next((_PARTS[tag] for tag in tags if tag in _PARTS), "")
    subject = f"number of {subject}" if "count" in tags else f"{subject}{part}"
    kinds = _kinds(names)
    if keys and all("spam" in key.lower() for key in keys):
        kinds = ("spam",)  # a mark that a filter has put into the subject
    return Scope(
        (f"{subject} {_match(tags)} {quoted(keys)}",), kinds, keys if {"subject", "other"} & set(kinds) else ()
    )


def _kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    def kind(name: str) -> str:
        return _NAMES.get(name) or ("spam" if "spam" in name or "virus" in name else "other")

    return tuple(sorted({kind(name.lower()) for name in names}))


def _match(tags: _Tags) -> str:
    for relational in ("value", "count"):
        relation = tags.get(relational)
        if isinstance(relation, tuple):
            return f"is {_RELATIONS.get(relation[0].lower(), relation[0])}"
    return next((word for tag, word in _MATCHES.items() if tag in tags), "is")


def _takes_all(condition: Condition) -> bool:
    tags, loose = read_arguments(condition)
    if condition.name == "size":
        number = next((value for value in loose if isinstance(value, int)), None)
        if number is None:
            return False
        return number < _SMALLEST_MAIL if "over" in tags else "under" in tags and number >= _LARGEST_MAIL
    lists = [value for value in loose if isinstance(value, tuple)]
    if condition.name == "exists" and lists:
        return all(name.lower() in _IN_EVERY_MAIL for name in lists[0])
    if condition.name not in {"header", "address", "envelope", "body"} or not lists:
        return False
    if condition.name != "body" and not any(name.lower() in _IN_EVERY_MAIL for name in lists[0]):
        return False
    if "contains" in tags:
        return "" in lists[-1] or (condition.name in {"address", "envelope"} and "@" in lists[-1])
    return "matches" in tags and any(key and set(key) <= {"*"} for key in lists[-1])
