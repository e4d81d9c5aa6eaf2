"""Leaving roles: all of them, those that can be taken up first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import Roles
from offboard.steps import step_class
from offboard.steps.leave_roles import LeaveRoles
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Admins(Memory):
    """Gives roles."""

    def roles(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_role(self, account_id: str, role_id: str, state: State) -> None:
        self.bring(account_id, role_id, state)


@pytest.fixture
def step() -> LeaveRoles:
    return LeaveRoles(house=None)


HELD = {
    "e1": Membership("Helpdesk Administrator (ready to be taken up)", {"kind": "eligible", "scope": "/"}),
    "a1": Membership("Helpdesk Administrator", {"kind": "active", "scope": "/"}),
    "p1": Membership("Payroll (app)", {"kind": "app"}, note="It is the only one who has it."),
}


def test_roles_are_left_in_the_systems_order_and_come_back(step: LeaveRoles, departure: Departure):
    system = Admins(dict(HELD))
    wishes = there_and_back(step, departure, system)
    assert [wish.target for wish in wishes] == ["e1", "a1", "p1"]
    assert system.journal[:3] == [("e1", None), ("a1", None), ("p1", None)]
    assert system.journal[3:] == [(key, HELD[key].state) for key in ("p1", "a1", "e1")]
    assert wishes[2].why.endswith("It is the only one who has it.")
    assert {wish.one_way for wish in wishes} == {None}


@pytest.mark.parametrize(
    ("options", "left"),
    [({}, ["e1", "a1", "p1"]), ({"keep": ["payroll (app)"]}, ["e1", "a1"]), ({"keep": []}, [*HELD])],
)
def test_what_the_playbook_keeps_is_kept(
    step: LeaveRoles, departure: Departure, options: dict[str, Any], left: list[str]
):
    snapshot = step.observe(departure, Admins(dict(HELD)))
    assert [wish.target for wish in step.plan(departure, snapshot, options)] == left


def test_a_role_that_comes_with_a_group_is_beyond_us(step: LeaveRoles, departure: Departure):
    system = Admins({"g1": Membership("User Administrator", {}, beyond="it comes with the group admins")})
    snapshot = step.observe(departure, system)
    assert list(step.plan(departure, snapshot, {})) == []
    assert list(step.beyond(departure, snapshot, {})) == ["User Administrator: it comes with the group admins"]


def test_it_is_found_by_its_word_and_says_what_it_needs(step: LeaveRoles):
    assert step_class("leave_roles") is LeaveRoles
    assert LeaveRoles.needs == (Roles,)
    assert isinstance(Admins(), Roles)
    assert set(LeaveRoles.options) == set(LeaveRoles.accepts) == {"keep"}
    assert step.independent is False


def test_a_leaver_without_an_account_there_holds_nothing(step: LeaveRoles, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Admins(dict(HELD))) == {}
