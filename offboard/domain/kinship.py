"""Which other account may be the same person's: by number, by address, or by how it is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from offboard.domain.people import fold

if TYPE_CHECKING:
    from offboard.domain.people import Person

MARKS: Final = (
    "a", "adm", "admin", "da", "dev", "ext", "old", "priv", "root", "sa", "svc", "t0", "t1", "t2", "test", "tmp",
)  # fmt: skip
"""What people put before or behind a login for an account with other rights."""

GLUED: Final = ("adm", "admin")
"""Marks that are written right before a login, too; shorter ones would meet other people's names."""

_BETWEEN: Final = "-_."


def kin_name(one: str, login: str) -> bool:
    """Say whether ``one`` is ``login`` with a mark before or behind it (adm-ann, ann_test), or with a number behind."""
    one, login = fold(one), fold(login)
    if one == login or not login:
        return False
    before, found, behind = one.partition(login)
    if not found or (before and behind):
        return False
    mark = before.rstrip(_BETWEEN) if before else behind.lstrip(_BETWEEN)
    parted = bool(before and before[-1] in _BETWEEN) or bool(behind and behind[0] in _BETWEEN)
    # Without a stroke few marks count: "jan" is not the second account of "an", nor "n31" that of "n3".
    glued = before in GLUED or re.fullmatch(_glued_behind(login), behind) is not None
    return glued or (parted and (mark in MARKS or mark.isdecimal()))


def _glued_behind(login: str) -> str:
    return r"adm|admin|test" if login[-1].isdecimal() else r"\d|adm|admin|test"


def kin_names(login: str) -> list[str]:
    """Return the names that second accounts of ``login`` usually have, for directories that must be asked for each."""
    if not login:
        return []
    parted = [f"{mark}{between}{login}" for mark in MARKS for between in _BETWEEN]
    behind = [f"{login}{between}{mark}" for mark in MARKS for between in _BETWEEN]
    betweens = _BETWEEN if login[-1].isdecimal() else ("", *_BETWEEN)
    numbered = [f"{login}{between}{number}" for between in betweens for number in range(1, 10)]
    glued = [*(f"{mark}{login}" for mark in GLUED), *(f"{login}{mark}" for mark in (*GLUED, "test"))]
    return [*parted, *behind, *numbered, *glued]


def why_twin(person: Person, other: Person) -> str:
    """Return why ``other`` may be a second account of ``person``, as a sentence; empty when nothing says so.

    The same employee number or mail address, or the login with a mark (adm-ann, ann-test, ann2).
    """
    if person.system == other.system and person.id == other.id:
        return ""
    if person.employee_number and fold(person.employee_number) == fold(other.employee_number):
        return f"{other.login} has the same employee number, {other.employee_number}."
    if person.mail and fold(person.mail) == fold(other.mail):
        return f"{other.login} has the same mail address, {other.mail}."
    if kin_name(other.login.partition("@")[0], person.login.partition("@")[0]):
        return f"{other.login} is called like a second account of {person.login}."
    return ""
