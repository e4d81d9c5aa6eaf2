"""What an entry may look like, and edits of it: the checks that slapd makes before it stores anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from offboard.practice import schema
from offboard.practice.matching import Key, NoValue, first_pairs, normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Attributes: TypeAlias = "dict[str, list[bytes]]"


class Code(IntEnum):
    """Result codes (RFC 4511 appendix A, RFC 4528)."""

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    PROTOCOL_ERROR = 2
    SIZE_LIMIT = 4
    COMPARE_FALSE = 5
    COMPARE_TRUE = 6
    AUTH_METHOD = 7
    STRONGER_AUTH = 8
    CRITICAL_EXTENSION = 12
    NO_SUCH_ATTRIBUTE = 16
    UNDEFINED_ATTRIBUTE = 17
    CONSTRAINT = 19
    VALUE_EXISTS = 20
    INVALID_SYNTAX = 21
    NO_SUCH_OBJECT = 32
    BAD_NAME = 34
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS = 50
    UNWILLING = 53
    NAMING_VIOLATION = 64
    CLASS_VIOLATION = 65
    NOT_LEAF = 66
    EXISTS = 68
    ASSERTION_FAILED = 122


class Refused(Exception):
    """The answer is no; ``code`` and ``message`` go to the client, ``matched`` is the nearest entry that exists."""

    def __init__(self, code: Code, message: str = "", *, matched: str = "") -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.matched = matched


@dataclass(slots=True)
class Entry:
    """One entry: its name as it was written, what it is found by, and what it holds."""

    name: str
    key: Key
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Edit:
    """One part of a modification; ``verb`` ∈ add · delete · replace."""

    verb: str
    attribute: str
    values: tuple[bytes, ...] = ()

    @property
    def deletes(self) -> bool:
        """Say whether it is a deletion."""
        return self.verb == "delete"

    def checked(self) -> Edit:
        """Return the edit under the schema's own name of the attribute.

        Raises:
            Refused: undefined attribute, wrong syntax, the same value twice, or an attribute that nobody may write.
        """
        kind = _defined(self.attribute)
        name = kind.names[0]
        if self.verb == "add" and not self.values:
            raise Refused(Code.PROTOCOL_ERROR, "modify/add operation requires values")
        _check_syntax(kind, self.values)
        if kind.single and len(self.values) > 1:
            raise Refused(Code.CONSTRAINT, f"{name}: multiple values provided")
        if kind.fixed:
            raise Refused(Code.CONSTRAINT, f"{name}: no user modification allowed")
        return replace(self, attribute=name)


def check_values(attributes: Mapping[str, Sequence[bytes]]) -> Attributes:
    """Return attributes under the schema's own names.

    Raises:
        Refused: undefined attribute, wrong syntax, or the same value twice.
    """
    made: Attributes = {}
    for name, values in attributes.items():
        kind = _defined(name)
        _check_syntax(kind, values)
        made.setdefault(kind.names[0], []).extend(values)
    return made


def apply_edits(attributes: Attributes, edits: Sequence[Edit]) -> Attributes:
    """Return the attributes after all edits, in their order; the ones given stay as they are.

    Raises:
        Refused: a value to add is there, or one to delete is not.
    """
    made = {name: list(values) for name, values in attributes.items()}
    for edit in edits:
        kind = _defined(edit.attribute)
        there = made.get(edit.attribute, [])
        if edit.verb == "replace":
            there = list(edit.values)
        elif edit.verb == "add":
            there = _added(kind, there, edit.values)
        elif not there:
            raise Refused(Code.NO_SUCH_ATTRIBUTE, f"modify/delete: {edit.attribute}: no such attribute")
        else:
            there = _deleted(kind, there, edit.values)
        made[edit.attribute] = there
        if kind.single and len(there) > 1:
            raise Refused(Code.CONSTRAINT, f"attribute '{edit.attribute}' cannot have multiple values")
    return {name: values for name, values in made.items() if values}


def check_entry(name: str, attributes: Attributes) -> None:
    """Check an entry against its classes and its own name.

    Raises:
        Refused: objectClassViolation or namingViolation.
    """
    classes = [value.decode() for value in attributes.get("objectClass", ())]
    known = [above for word in classes for above in schema.lineage(word)]
    if schema.structural_class(classes) is None:
        raise Refused(Code.CLASS_VIOLATION, "no structural object class provided")
    for word in classes:
        for above in schema.lineage(word):
            missing = next((must for must in above.must if must not in attributes), None)
            if missing:
                raise Refused(Code.CLASS_VIOLATION, f"object class '{word}' requires attribute '{missing}'")
    allowed = {attribute for above in known for attribute in (*above.must, *above.may)}
    if not any(above.name == "extensibleObject" for above in known):
        for attribute in attributes:
            if attribute not in allowed and not _defined(attribute).operational:
                raise Refused(Code.CLASS_VIOLATION, f"attribute '{attribute}' not allowed")
    for attribute, value in first_pairs(name):
        kind = _defined(attribute)
        if normal(kind, value) not in [normal(kind, held) for held in attributes.get(attribute, ())]:
            raise Refused(Code.NAMING_VIOLATION, f"value of naming attribute '{attribute}' is not present in entry")


def fit_name(attributes: Attributes, new: str, *, old: str = "") -> Attributes:
    """Return the attributes with the values that a name is made of; those of an ``old`` name go."""
    made = {name: list(values) for name, values in attributes.items()}
    for attribute, value in first_pairs(old) if old else ():
        kind = _defined(attribute)
        made[attribute] = [held for held in made[attribute] if normal(kind, held) != normal(kind, value)]
    for attribute, value in first_pairs(new):
        kind = _defined(attribute)
        if normal(kind, value) not in [normal(kind, held) for held in made.get(attribute, ())]:
            made.setdefault(attribute, []).append(value)
    return made


def _defined(name: str) -> schema.AttributeType:
    kind = schema.attribute(name)
    if kind is None:
        raise Refused(Code.UNDEFINED_ATTRIBUTE, f"{name}: attribute type undefined")
    return kind


def _check_syntax(kind: schema.AttributeType, values: Sequence[bytes]) -> None:
    seen: list[bytes] = []
    for place, value in enumerate(values):
        try:
            seen.append(normal(kind, value))
        except NoValue as error:
            text = f"{kind.names[0]}: value #{place} invalid per syntax"
            raise Refused(Code.INVALID_SYNTAX, text) from error
    for place, value in enumerate(seen):
        if value in seen[place + 1 :]:
            raise Refused(Code.VALUE_EXISTS, f"{kind.names[0]}: value #{place} provided more than once")


def _added(kind: schema.AttributeType, there: list[bytes], values: Sequence[bytes]) -> list[bytes]:
    known = {normal(kind, held) for held in there}
    for place, value in enumerate(values):
        if normal(kind, value) in known:
            text = f"modify/add: {kind.names[0]}: value #{place} already exists"
            raise Refused(Code.VALUE_EXISTS, text)
    return [*there, *values]


def _deleted(kind: schema.AttributeType, there: list[bytes], values: Sequence[bytes]) -> list[bytes]:
    if not values:
        return []
    left = list(there)
    for value in values:
        found = next((held for held in left if normal(kind, held) == normal(kind, value)), None)
        if found is None:
            raise Refused(Code.NO_SUCH_ATTRIBUTE, f"modify/delete: {kind.names[0]}: no such value")
        left.remove(found)
    return left
