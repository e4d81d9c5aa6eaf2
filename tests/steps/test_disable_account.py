"""Shutting sign-in: what is planned, and the same step on a real OpenLDAP server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Accounts
from offboard.steps import step_class
from offboard.steps.disable_account import NO_FORMER_STATE, NO_HASH, SHUT, UNPROVED, DisableAccount
from tests.connectors.ldap_office import ALICE, Office, leaving_alice

if TYPE_CHECKING:
    from offboard.domain.departure import Departure

OPEN = {"sign_in": "open", "password": "0123456789abcdef"}


@pytest.fixture
def step() -> DisableAccount:
    return DisableAccount(house=None)


@pytest.mark.parametrize(
    ("found", "one_way"),
    [
        (OPEN, None),
        (OPEN | {"locked": "20260101120000Z"}, None),
        (OPEN | {"password": "unreadable"}, None),
        ({"sign_in": "unproved"}, NO_FORMER_STATE),
    ],
)
def test_an_account_that_is_not_shut_is_planned(
    step: DisableAccount, departure: Departure, found: dict[str, Any], one_way: str | None
):
    (wish,) = step.plan(departure, {"uuid-ann": found}, {})
    assert (wish.target, wish.label, wish.before, wish.after) == ("uuid-ann", "ann (Ann Lee)", found, SHUT)
    assert wish.one_way == one_way
    assert "Ann Lee leaves" in wish.why
    assert (NO_HASH in wish.why) == (found.get("password") == "unreadable")


@pytest.mark.parametrize(
    ("before", "remains"),
    [
        (OPEN | {"password": "unreadable"}, NO_HASH),
        (OPEN | {"password": "kept"}, None),
        (OPEN, None),
        ({"sign_in": "unproved"}, None),
        (None, None),
    ],
)
def test_a_lost_password_is_what_an_undo_leaves(step: DisableAccount, before: Any, remains: str | None):
    assert step.remains(before) == remains


@pytest.mark.parametrize(
    ("found", "wanted", "waits"),
    [
        (OPEN | {"synced": True}, SHUT, True),
        (OPEN, SHUT, False),
        (OPEN | {"synced": True}, OPEN, False),
        (None, SHUT, False),
    ],
)
def test_a_synced_account_is_waited_for(step: DisableAccount, found: Any, wanted: Any, waits: bool):
    assert bool(step.waiting(found, wanted)) is waits


@pytest.mark.parametrize("snapshot", [{}, {"uuid-ann": SHUT}])
def test_nothing_is_planned_where_nothing_is_to_do(
    step: DisableAccount, departure: Departure, snapshot: dict[str, Any]
):
    assert list(step.plan(departure, snapshot, {})) == []


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        (SHUT, SHUT, True),
        (OPEN, SHUT, False),
        ({"sign_in": "unproved"}, SHUT, False),
        ({"sign_in": "unproved"}, OPEN, False),
        (None, SHUT, False),
        (None, OPEN, False),
        (OPEN | {"password": "changed by its owner"}, OPEN, True),
        (OPEN | {"locked": "20260101120000Z"}, OPEN, True),
    ],
)
def test_open_is_open_whatever_the_password(step: DisableAccount, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


@pytest.mark.parametrize(
    ("found", "why"), [({"sign_in": "unproved"}, UNPROVED), (SHUT, None), (OPEN, None), (None, None)]
)
def test_what_cannot_be_proved_is_for_people_to_settle(step: DisableAccount, found: Any, why: str | None):
    assert step.unclear(found) == why


def test_it_is_found_by_its_word_and_says_what_it_needs():
    assert step_class("disable_account") is DisableAccount
    assert DisableAccount.needs == (Accounts,)
    assert DisableAccount.rights["ldap"][0] == "read people"


def test_on_a_real_directory_it_shuts_proves_and_puts_back(step: DisableAccount, office: Office):
    connection, departure = office.connect(), leaving_alice(office)
    before = office.read()
    snapshot = step.observe(departure, connection)
    (wish,) = step.plan(departure, snapshot, {})
    assert wish.one_way is None
    step.write(departure, connection, wish.target, wish.after)
    found = step.observe(departure, office.connect())
    assert step.holds(found[wish.target], wish.after)
    assert list(step.plan(departure, found, {})) == []
    assert not office.server.bind(ALICE, "alicepw")
    step.write(departure, connection, wish.target, wish.before)
    assert step.holds(step.observe(departure, connection)[wish.target], wish.before)
    assert office.read() == before


def test_a_password_changed_after_planning_is_shut_out_and_comes_back(step: DisableAccount, office: Office):
    connection, departure = office.connect(), leaving_alice(office)
    (wish,) = step.plan(departure, step.observe(departure, connection), {})
    office.change(ALICE, "replace: userPassword", "userPassword: changed-by-alice")
    assert step.holds(step.observe(departure, connection)[wish.target], wish.before), "it is no drift"
    step.write(departure, connection, wish.target, wish.after)
    assert not office.server.bind(ALICE, "changed-by-alice")
    step.write(departure, connection, wish.target, wish.before)
    assert office.server.bind(ALICE, "changed-by-alice")
    assert not office.server.bind(ALICE, "alicepw")


def test_a_leaver_without_an_account_there_has_nothing_to_shut(
    step: DisableAccount, departure: Departure, office: Office
):
    connection = office.connect()
    nobody = Office.departure_of(departure, id="00000000-0000-1000-8000-000000000000")
    assert step.observe(nobody, connection) == {}
    assert step.observe(Office.departure_of(departure), connection) == {}
