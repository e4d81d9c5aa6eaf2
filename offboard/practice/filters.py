"""Search filters over entries: true, false, or undefined (RFC 4511 §4.5.1.7), as slapd decides them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from offboard.practice.matching import NoValue, normal
from offboard.practice.schema import AttributeType, attribute, lineage
from offboard.practice.wire import ldap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Values: TypeAlias = "Mapping[str, Sequence[bytes]]"
"""Attribute → values, under the schema's first name for it."""

_CASE_EXACT = frozenset({"caseExactMatch", "caseExactIA5Match", "2.5.13.5", "1.3.6.1.4.1.1466.109.114.1"})


def matches(found: Any, values: Values) -> bool:
    """Say whether a filter is true for an entry; undefined is not true."""
    return _decide(found, values) is True


def keep_matching(items: Sequence[Any], values: Values) -> dict[str, list[bytes]]:
    """Return only those values that match one of the simple filters in ``items`` (RFC 3876)."""
    kept = {
        name: [value for value in several if any(_decide(item, {name: [value]}) is True for item in items)]
        for name, several in values.items()
    }
    return {name: several for name, several in kept.items() if several}


def _decide(found: Any, values: Values) -> bool | None:
    for kind, decide in _KINDS.items():
        if isinstance(found, kind):
            return decide(found, values)
    return None


def _all(found: Any, values: Values) -> bool | None:
    return _join([_decide(inner, values) for inner in found], decisive=False)


def _any(found: Any, values: Values) -> bool | None:
    return _join([_decide(inner, values) for inner in found], decisive=True)


def _join(answers: list[bool | None], *, decisive: bool) -> bool | None:
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _not(found: Any, values: Values) -> bool | None:
    answer = _decide(found.value, values)
    return None if answer is None else not answer


def _present(found: Any, values: Values) -> bool | None:
    kind = attribute(_text(found.value))
    return None if kind is None else bool(values.get(kind.names[0]))


def _equal(found: Any, values: Values) -> bool | None:
    return has_value(values, _text(found.attributeDesc.value), found.assertionValue.value)


def has_value(values: Values, name: str, asserted: bytes) -> bool | None:
    """Say whether an attribute has a value; ``None`` when it is undefined or the value cannot be one of its kind."""
    kind = attribute(name)
    if kind is None:
        return None
    try:
        wanted = normal(kind, asserted)
    except NoValue:
        return None
    if kind.names[0] == "objectClass":
        return wanted in {
            above.name.casefold().encode() for value in values.get("objectClass", ()) for above in lineage(_text(value))
        }
    return any(normal(kind, value) == wanted for value in values.get(kind.names[0], ()))


def _ordered(order: Callable[[bytes, bytes], bool]) -> Callable[[Any, Values], bool | None]:
    def decide(found: Any, values: Values) -> bool | None:
        kind = attribute(_text(found.attributeDesc.value))
        if kind is None or not kind.rule.ordering:
            return None
        try:
            wanted = normal(kind, found.assertionValue.value)
        except NoValue:
            return None
        return any(order(normal(kind, value), wanted) for value in values.get(kind.names[0], ()))

    return decide


def _substrings(found: Any, values: Values) -> bool | None:
    kind = attribute(_text(found.type))
    if kind is None or not kind.rule.substring:
        return None
    return any(_contains(kind, found.substrings, value) for value in values.get(kind.names[0], ()))


def _contains(kind: AttributeType, parts: Sequence[Any], value: bytes) -> bool:
    text, place = normal(kind, value), 0
    for part in parts:
        wanted = _part(kind, bytes(part.value))
        if isinstance(part, ldap.LDAPFilter_substrings_initial):
            at = 0 if text.startswith(wanted) else -1
        elif isinstance(part, ldap.LDAPFilter_substrings_final):
            at = len(text) - len(wanted) if text.endswith(wanted) and len(text) - len(wanted) >= place else -1
        else:
            at = text.find(wanted, place)
        if at < 0:
            return False
        place = at + len(wanted)
    return True


def _part(kind: AttributeType, part: bytes) -> bytes:
    """Normalise a part of a value; blanks at its edges belong to the words around them."""
    try:
        whole = normal(kind, b"x" + part + b"x")
    except NoValue:
        return part
    return whole[1:-1]


def _extensible(found: Any, values: Values) -> bool | None:
    name = found.type.value if found.type else None
    rule = _text(found.matchingRule.value) if found.matchingRule else ""
    if name is None:
        return None
    if rule in _CASE_EXACT:
        kind = attribute(_text(name))
        return None if kind is None else bytes(found.matchValue.value) in values.get(kind.names[0], ())
    kind = attribute(_text(name))
    if rule and (kind is None or rule != kind.rule.equality):
        return None
    return has_value(values, _text(name), found.matchValue.value)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


_KINDS: dict[type, Callable[[Any, Values], bool | None]] = {
    ldap.LDAPFilter_and: _all,
    ldap.LDAPFilter_or: _any,
    ldap.LDAPFilter_not: _not,
    ldap.LDAPFilter_present: _present,
    ldap.LDAPFilter_equalityMatch: _equal,
    ldap.LDAPFilter_approxMatch: _equal,
    ldap.LDAPFilter_greaterOrEqual: _ordered(lambda value, wanted: value >= wanted),
    ldap.LDAPFilter_lessOrEqual: _ordered(lambda value, wanted: value <= wanted),
    ldap.LDAPFilter_substrings: _substrings,
    ldap.LDAPFilter_extensibleMatch: _extensible,
}
