"""People: who leaves, who takes over, who decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from offboard.domain.canonical import Json


class Role(StrEnum):
    """What somebody in ``[people]`` may do."""

    HR = "hr"
    IT = "it"
    OWNER = "owner"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Person:
    """One person as one system knows them; ``id`` is that system's immutable id (entryUUID, objectGUID, …)."""

    id: str
    system: str
    login: str
    name: str
    mail: str = ""
    employee_number: str = ""
    title: str = ""
    phone: str = ""
    manager: str = ""

    def keys(self) -> frozenset[str]:
        """Return what this person answers to, folded for comparing: login, mail, employee number, full name."""
        return frozenset(fold(key) for key in (self.login, self.mail, self.employee_number, self.name) if key)

    def answers_to(self, key: str) -> bool:
        """Say whether ``key`` is this person's login, mail, employee number or full name."""
        return fold(key) in self.keys()

    def to_json(self) -> dict[str, Json]:
        """Return the person as data."""
        return cast("dict[str, Json]", asdict(self))

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Person:
        """Read what :meth:`to_json` wrote."""
        return cls(**cast("dict[str, str]", data))


def fold(key: str) -> str:
    """Return a key as it is compared: no outer blanks, no difference of case."""
    return key.strip().casefold()


def same_person(one: Person, other: Person) -> bool:
    """Say whether two systems mean the same person: two independent attributes must agree, by equality.

    One attribute is not enough: logins and addresses are given again to somebody else.
    """
    pairs = (
        (one.login, other.login),
        (one.mail, other.mail),
        (one.employee_number, other.employee_number),
        (one.name, other.name),
    )
    return sum(1 for left, right in pairs if left and right and fold(left) == fold(right)) >= 2  # noqa: PLR2004 - "two" is the rule
