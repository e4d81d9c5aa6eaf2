"""Our table of rights is held to Microsoft's own, as the stand-in's table of facts has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offboard.connectors import _entra_rights
from offboard.connectors._entra_rights import ENOUGH_TOO, NEEDED, SET_PASSWORD, every_right, missing, right_for
from offboard.practice.graph import facts


@pytest.mark.parametrize("call", sorted(NEEDED))
def test_the_right_that_we_name_is_one_that_microsoft_names(call):
    assert call in facts()["calls"]
    allowed = facts()["calls"][call]["rights"]
    assert NEEDED[call] in allowed


@pytest.mark.parametrize(("right", "more"), sorted(ENOUGH_TOO.items()))
def test_a_wider_right_is_enough_for_every_call_that_needs_the_narrow_one(right, more):
    for call, needed in NEEDED.items():
        if needed == right:
            assert set(more) <= set(facts()["calls"][call]["rights"]), call


def test_every_wider_right_that_microsoft_names_for_all_of_them_is_known():
    narrower = {"Application.ReadWrite.OwnedBy", *facts()["narrow"]["PATCH /users/{id}"]}
    for right in set(NEEDED.values()):
        allowed = [set(facts()["calls"][call]["rights"]) for call, needed in NEEDED.items() if needed == right]
        assert set.intersection(*allowed) - narrower - {right} == set(ENOUGH_TOO.get(right, ())), right


def test_no_right_but_the_least_is_asked_for_where_the_least_is_enough():
    wider = {}
    for call, right in NEEDED.items():
        known = facts()["calls"][call]
        if known["least"] and right not in known["least"]:
            wider[call] = right
    # Why each is wider than Microsoft's least: the least shows too little, covers only our own apps, or one right
    # for all kinds of methods stands for one of each kind; reading roles is one right instead of three.
    assert set(wider.values()) <= {
        "User.Read.All",
        "User.EnableDisableAccount.All",
        "Directory.Read.All",
        "Application.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
    }


def test_no_right_is_asked_for_a_call_that_is_never_made():
    folder = Path(_entra_rights.__file__).parent
    said = " ".join(path.read_text(encoding="utf-8") for path in folder.glob("_entra_*.py"))
    words = {word for call in NEEDED for word in re.findall(r"[a-z]\w+", call.split()[1])} - {"id", "ref"}
    assert {word for word in words if f'"{word}"' not in said} == set()


def test_what_is_missing():
    assert missing(every_right()) == []
    assert missing({*every_right()} - {SET_PASSWORD}) == [SET_PASSWORD]
    assert "User.RevokeSessions.All" not in missing({"User.ReadWrite.All"})
    assert "User.Read.All" not in missing({"User.ReadWrite.All"})
    assert "User.Read.All" in missing({"User.ReadBasic.All", "Directory.Read.All"}), "neither shows sponsors"
    assert SET_PASSWORD in missing({"User.ReadWrite.All"})
    assert SET_PASSWORD not in missing({"User.ReadWrite.All"}, reset_password=False)
    broad = {"Directory.ReadWrite.All", "Sites.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"}
    assert missing(broad, reset_password=False) == [
        "AppRoleAssignment.ReadWrite.All", "Directory.Read.All", "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory", "User.Read.All",
    ]  # fmt: skip
    assert right_for("DELETE", "/users/{id}") == ""
