"""Leaving groups: what is planned, and the same step on a real OpenLDAP server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Groups
from offboard.steps import step_class
from offboard.steps.leave_groups import LeaveGroups
from tests.connectors.ldap_office import Office, leaving_alice

if TYPE_CHECKING:
    from offboard.domain.departure import Departure

STAFF = {"name": "staff", "held": {"member": ["{dn}"]}}
VPN = {"name": "VPN", "held": {"member": ["{dn}"]}, "note": "She is the last one."}


@pytest.fixture
def step() -> LeaveGroups:
    return LeaveGroups(house=None)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({}, ["g1", "g2"]),
        ({"keep": []}, ["g1", "g2"]),
        ({"keep": ["staff"]}, ["g2"]),
        ({"keep": ["Staff", " vpn "]}, []),
        ({"keep": ["sta"]}, ["g1", "g2"]),
    ],
)
def test_every_group_is_left_but_those_that_are_kept(
    step: LeaveGroups, departure: Departure, options: dict[str, Any], left: list[str]
):
    assert [wish.target for wish in step.plan(departure, {"g1": STAFF, "g2": VPN}, options)] == left


def test_a_wish_says_what_people_need_to_know(step: LeaveGroups, departure: Departure):
    staff, vpn = step.plan(departure, {"g1": STAFF, "g2": VPN}, {})
    assert (staff.label, staff.before, staff.after, staff.one_way) == ("staff", STAFF, None, None)
    assert staff.why == "Ann Lee leaves, and this group may give access or mail."
    assert vpn.why.endswith("She is the last one.")


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        (None, None, True),
        (STAFF, None, False),
        (None, STAFF, False),
        (STAFF | {"name": "everybody"}, STAFF, True),
        (STAFF | {"note": "She is the last one now."}, STAFF, True),
        (STAFF | {"held": {"member": ["uid=alice"]}}, STAFF, False),
        (STAFF | {"held": {"member": ["{dn}"], "memberUid": ["alice"]}}, STAFF, False),
    ],
)
def test_only_how_the_leaver_is_listed_is_compared(step: LeaveGroups, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


def test_a_group_that_cannot_be_left_is_listed_with_the_reason(step: LeaveGroups, departure: Departure):
    by_rule = {"name": "all sales", "held": {}, "beyond": "its members follow from a rule; change the title"}
    snapshot = {"g1": STAFF, "g2": by_rule}
    assert [wish.target for wish in step.plan(departure, snapshot, {})] == ["g1"]
    assert list(step.beyond(departure, snapshot, {})) == [f"all sales: {by_rule['beyond']}"]
    assert list(step.beyond(departure, snapshot, {"keep": ["All sales"]})) == []


def test_it_is_found_by_its_word_and_says_what_it_needs():
    assert step_class("leave_groups") is LeaveGroups
    assert LeaveGroups.needs == (Groups,)
    assert set(LeaveGroups.options) == set(LeaveGroups.accepts) == {"keep"}


def test_on_a_real_directory_all_are_left_and_come_back(step: LeaveGroups, office: Office):
    connection, departure = office.connect(), leaving_alice(office)
    before = office.groups()
    snapshot = step.observe(departure, connection)
    wishes = list(step.plan(departure, snapshot, {"keep": ["printers"]}))
    assert sorted(wish.label for wish in wishes) == ["sales", "staff", "vpn"]
    assert [wish.label for wish in wishes if "stand-in" in wish.why] == ["vpn"]
    for wish in wishes:
        step.write(departure, connection, wish.target, wish.after)
    found = step.observe(departure, office.connect())
    assert [state["name"] for state in found.values()] == ["printers"]
    assert list(step.plan(departure, found, {"keep": ["printers"]})) == []
    for wish in reversed(wishes):
        step.write(departure, connection, wish.target, wish.before)
    assert step.observe(departure, connection) == snapshot
    assert office.groups() == before


def test_a_leaver_without_an_account_there_is_in_no_group(step: LeaveGroups, departure: Departure, office: Office):
    assert step.observe(Office.departure_of(departure), office.connect()) == {}
