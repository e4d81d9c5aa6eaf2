"""Which other account may be the same person's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from offboard.domain.people import fold

if TYPE_CHECKING:
    from offboard.domain.people import Person

_SEPARATOR: Final = r"[-_.+]"
_MARKS: Final = (
    r"adm|admin|administrator|root|priv|privileged|da|sa|svc|service|test|tst|dev|old|ext|temp|tmp|bak|[0-9]"
)


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
    login, theirs = _local(person.login), _local(other.login)
    if login and login != theirs and _marked(login, theirs):
        return f"{other.login} is called like a second account of {person.login}."
    return ""


def _local(login: str) -> str:
    return fold(login).partition("@")[0]


def _marked(login: str, theirs: str) -> bool:
    before = rf"(?:{_MARKS}){_SEPARATOR}"
    behind = rf"(?:{_SEPARATOR}(?:{_MARKS})|[0-9])"
    return re.fullmatch(rf"(?:{before})?{re.escape(login)}(?:{behind})?", theirs) is not None
