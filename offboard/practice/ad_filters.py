"""Search filters over the objects of the practice domain, as a domain controller decides them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from offboard.practice.matching import NoName, name_key
from offboard.practice.wire import ldap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NAMES: Final = frozenset({"member", "memberof", "manager", "managedby", "distinguishedname"})
"""Attributes whose values name other objects, in lower case."""

BYTES: Final = frozenset({"objectguid", "objectsid", "tokengroups", "logonhours"})

IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
ALL_BITS: Final = "1.2.840.113556.1.4.803"


def plain(attribute: str, value: bytes) -> object:
    """Return the form of a value in which equal values are equal; case does not count."""
    if attribute.casefold() in BYTES:
        return value
    text = value.decode("utf-8", "replace")
    if attribute.casefold() in NAMES:
        try:
            return name_key(text)
        except NoName:
            return text
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def matches(found: Any, view: Mapping[str, Sequence[bytes]], chain: Callable[[bytes], bool]) -> bool:
    """Say whether a filter holds; ``chain`` says whether the object is reached from a name through groups."""
    if isinstance(found, ldap.LDAPFilter_and):
        return all(matches(inner, view, chain) for inner in found)
    if isinstance(found, ldap.LDAPFilter_or):
        return any(matches(inner, view, chain) for inner in found)
    if isinstance(found, ldap.LDAPFilter_not):
        return not matches(found.value, view, chain)
    if isinstance(found, ldap.LDAPFilter_present):
        return bool(values_of(view, _text(found.value)))
    if isinstance(found, ldap.LDAPFilter_equalityMatch):
        name, wanted = _text(found.attributeDesc.value), _bytes(found.assertionValue.value)
        return plain(name, wanted) in [plain(name, value) for value in values_of(view, name)]
    if isinstance(found, ldap.LDAPFilter_substrings):
        name = _text(found.type)
        return any(_contains(name, found.substrings, value) for value in values_of(view, name))
    if isinstance(found, ldap.LDAPFilter_extensibleMatch):
        return _by_rule(found, view, chain)
    return False


def values_of(view: Mapping[str, Sequence[bytes]], name: str) -> Sequence[bytes]:
    """Return the values of an attribute, whatever the case of its name."""
    folded = name.casefold()
    return next((values for key, values in view.items() if key.casefold() == folded), ())


def _by_rule(found: Any, view: Mapping[str, Sequence[bytes]], chain: Callable[[bytes], bool]) -> bool:
    rule, wanted = _text(found.matchingRule.value), _bytes(found.matchValue.value)
    if rule == IN_CHAIN:
        return chain(wanted)
    if rule == ALL_BITS:
        bits = int(wanted)
        return any(int(value) & bits == bits for value in values_of(view, _text(found.type.value)))
    return False


def _contains(name: str, parts: Sequence[Any], value: bytes) -> bool:
    text, place = str(plain(name, value)), 0
    for part in parts:
        wanted = str(plain(name, _bytes(part.value)))
        if isinstance(part, ldap.LDAPFilter_substrings_initial):
            at = 0 if text.startswith(wanted) else -1
        elif isinstance(part, ldap.LDAPFilter_substrings_final):
            at = len(text) - len(wanted) if text.endswith(wanted) else -1
        else:
            at = text.find(wanted, place)
        if at < place:
            return False
        place = at + len(wanted)
    return True


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
