"""Sieve tests as plain sentences: ``header :contains "Subject" "invoice"`` becomes: subject contains "invoice"."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from offboard.forwarding.scope import Scope, join_scopes, quoted
from offboard.forwarding.sieve_arguments import Loose, Tags, read_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.forwarding.sieve_grammar import Condition

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

_WORDED = frozenset({"subject", "other"})

_Texts: TypeAlias = "list[tuple[str, ...]]"


def describe(conditions: Iterable[Condition]) -> Scope:
    """Return the scope of mail for which all of ``conditions`` are true; what is true for every mail is only noted."""
    return join_scopes([_describe(condition, wanted=True) for condition in conditions])


def _describe(condition: Condition, *, wanted: bool) -> Scope:
    if condition.name == "not":
        return _describe(condition.tests[0], wanted=not wanted)
    fixed = condition.always
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
    open_ones = [condition for condition in conditions if condition.always is None]
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
    tags, loose = read_arguments(condition.arguments)
    texts = [value for value in loose if isinstance(value, tuple)]
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
        number = next((value for value in loose if isinstance(value, int)), 0)
        return Scope((f"it is {'larger' if 'over' in tags else 'smaller'} than {number} bytes",), ("size",))
    return Scope((_OTHER.get(name, _unknown)(name, texts, tags, loose),), ("other",))


def _text(_: str, texts: _Texts, tags: Tags, __: Loose) -> str:
    return f"the script's value {quoted(texts[0] if texts else ())} {_match(tags)} {quoted(texts[-1] if texts else ())}"


def _date(_: str, texts: _Texts, tags: Tags, __: Loose) -> str:
    what = " ".join(text for group in texts[:-1] for text in group)
    return f"the {what or 'date'} {_match(tags)} {quoted(texts[-1] if texts else ())}"


def _branches(_: str, __: _Texts, ___: Tags, loose: Loose) -> str:
    return f"one of the {loose[0]} branches before it (from line {loose[1]}) takes the mail"


def _flag(_: str, texts: _Texts, __: Tags, ___: Loose) -> str:
    return f"it carries the flag {quoted(texts[-1] if texts else ())}"


def _duplicate(_: str, __: _Texts, ___: Tags, ____: Loose) -> str:
    return "the same mail came before"


def _unknown(name: str, texts: _Texts, _: Tags, __: Loose) -> str:
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


def _fields(names: tuple[str, ...], keys: tuple[str, ...], tags: Tags, *, envelope: bool) -> Scope:
    subject = f"envelope {_shown(names)}" if envelope else _shown(names)
    if "count" in tags:
        subject = f"number of {subject}"
    elif tags:
        subject += next((_PARTS[tag] for tag in tags if tag in _PARTS), "")
    kinds = _kinds(names)
    if keys and "spam" in keys[0].lower() and all("spam" in key.lower() for key in keys):
        kinds = ("spam",)  # a mark that a filter has put into the subject
    return Scope((f"{subject} {_match(tags)} {quoted(keys)}",), kinds, () if _WORDED.isdisjoint(kinds) else keys)


@lru_cache(maxsize=1024)
def _shown(names: tuple[str, ...]) -> str:
    known = list(dict.fromkeys(_NAMES.get(name.lower(), f'header "{name}"') for name in names))
    if len(known) > 4:  # noqa: PLR2004 - a sentence stays readable
        return f"{' or '.join(known[:4])} or {len(known) - 4} more"
    return " or ".join(known)


@lru_cache(maxsize=1024)
def _kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    def kind(name: str) -> str:
        return _NAMES.get(name) or ("spam" if "spam" in name or "virus" in name else "other")

    return tuple(sorted({kind(name.lower()) for name in names}))


def _match(tags: Tags) -> str:
    for relational in ("value", "count"):
        relation = tags.get(relational)
        if isinstance(relation, tuple):
            return f"is {_RELATIONS.get(relation[0].lower(), relation[0])}"
    for tag, word in _MATCHES.items():
        if tag in tags:
            return word
    return "is"
