"""How second accounts are called after the first one."""

from __future__ import annotations

import re
from typing import Final

from offboard.domain.people import fold

MARKS: Final = ("a", "adm", "admin", "da", "dev", "ext", "priv", "root", "sa", "svc", "t0", "t1", "t2", "test", "tmp")
"""What people put before or behind a login for an account with other rights."""

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
    # Without a stroke few marks count: "jan" is not the second account of "an".
    return (parted and (mark in MARKS or mark.isdecimal())) or re.fullmatch(r"\d|adm|admin|test", behind) is not None


def kin_names(login: str) -> list[str]:
    """Return the names that second accounts of ``login`` usually have, for directories that must be asked for each."""
    parted = [f"{mark}{between}{login}" for mark in MARKS for between in _BETWEEN]
    behind = [f"{login}{between}{mark}" for mark in MARKS for between in _BETWEEN]
    numbered = [f"{login}{between}{number}" for between in ("", *_BETWEEN) for number in range(1, 10)]
    return [*parted, *behind, *numbered, *(f"{login}{mark}" for mark in ("adm", "admin", "test"))]
