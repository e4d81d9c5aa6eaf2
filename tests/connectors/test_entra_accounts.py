"""Shutting sign-in in Entra, ending sessions, and knowing beforehand whom our app may not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Denied, NotFound, Rejected, Unreachable
from tests.connectors.entra_office import SHUT

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_shut_is_read_back_over_another_connection_and_undone(tenant: Office):
    connection = tenant.connect()
    state = connection.account(tenant.ruth)
    assert state == {"sign_in": "open", "password": "unreadable"}
    connection.set_account(tenant.ruth, SHUT)
    assert tenant.connect().account(tenant.ruth) == SHUT
    assert tenant.standin.look(tenant.ruth)["_password"] != "as it was"
    connection.set_account(tenant.ruth, SHUT)
    assert connection.account(tenant.ruth) == SHUT
    connection.set_account(tenant.ruth, state)
    assert tenant.connect().account(tenant.ruth) == state
    assert tenant.standin.look(tenant.sam)["_password"] == "as it was"


def test_the_account_is_disabled_before_the_password_is_replaced(tenant: Office):
    tenant.connect().set_account(tenant.ruth, SHUT)
    bodies = [set(call.body) for call in tenant.standin.calls if call.method == "PATCH"]
    assert bodies == [{"accountEnabled"}, {"passwordProfile"}]


def test_the_password_is_long_random_and_in_no_message(tenant: Office):
    connection = tenant.connect()
    connection.set_account(tenant.ruth, SHUT)
    connection.set_account(tenant.sam, SHUT)
    first, second = (
        call.body["passwordProfile"]["password"]
        for call in tenant.standin.calls
        if "passwordProfile" in (call.body or {})
    )
    assert first != second
    assert len(first) == 64
    tenant.standin.fail(400, match="PATCH *", skip=1, message="The specified password does not comply.")
    with pytest.raises(Rejected) as caught:
        connection.set_account(tenant.ruth, SHUT)
    latest = tenant.standin.calls[-1].body
    assert str((latest or {}).get("passwordProfile", {}).get("password", "canary")) not in str(caught.value)


@pytest.mark.parametrize("way", ["by settings", "by rights"])
def test_a_password_that_may_not_be_replaced_is_kept_and_the_undo_is_whole(tenant: Office, way):
    if way == "by rights":
        tenant.lack("User-PasswordProfile.ReadWrite.All")
    connection = tenant.connect(reset_password=way == "by rights")
    state = connection.account(tenant.ruth)
    assert state == {"sign_in": "open", "password": "kept"}
    connection.set_account(tenant.ruth, SHUT)
    assert connection.account(tenant.ruth) == SHUT
    assert tenant.standin.look(tenant.ruth)["_password"] == "as it was"
    connection.set_account(tenant.ruth, state)
    assert connection.account(tenant.ruth) == state


def test_who_is_not_there(tenant: Office):
    connection = tenant.connect()
    assert connection.account(NOBODY) is None
    assert connection.sign_in_sessions(NOBODY) is None
    with pytest.raises(NotFound):
        connection.set_account(NOBODY, SHUT)


@pytest.mark.parametrize("state", [{}, {"sign_in": "unproved"}, {"sign_in": None}])
def test_only_open_and_shut_can_be_brought_about(tenant: Office, state):
    with pytest.raises(Rejected, match="cannot be brought to"):
        tenant.connect().set_account(tenant.ruth, state)


def test_active_directory_decides_for_synchronised_people(tenant: Office):
    ida = tenant.standin.add_person("Ida Novak", onPremisesSyncEnabled=True)
    connection = tenant.connect()
    state = connection.account(ida)
    assert state == {"sign_in": "open", "password": "kept", "synced": True}
    connection.set_account(ida, SHUT)
    assert connection.account(ida) == state, "refused there, and not taken for done"
    assert not any("passwordProfile" in (call.body or {}) for call in tenant.standin.calls)


def test_where_entra_lets_us_a_synchronised_account_is_shut_at_once(tenant: Office):
    tenant.standin.quirks.synced_refused = False
    ida = tenant.standin.add_person("Ida Novak", onPremisesSyncEnabled=True)
    connection = tenant.connect()
    connection.set_account(ida, SHUT)
    assert connection.account(ida) == SHUT


def test_a_lie_is_not_believed(tenant: Office):
    tenant.standin.quirks.writes_work = False
    connection = tenant.connect()
    connection.set_account(tenant.ruth, SHUT)
    assert tenant.connect().account(tenant.ruth) != SHUT


@pytest.mark.parametrize("how", ["answer", "lost"])
def test_an_answer_that_never_came_ends_in_the_same_state(tenant: Office, how):
    tenant.standin.fail(504, match="PATCH *", how=how, next=99)
    connection = tenant.connect()
    with pytest.raises(Unreachable):
        connection.set_account(tenant.ruth, SHUT)
    tenant.standin.heal()
    connection.set_account(tenant.ruth, SHUT)
    assert connection.account(tenant.ruth) == SHUT


def test_a_missing_right_is_named(tenant: Office):
    tenant.grant("User.Read.All")
    with pytest.raises(Denied, match="disable the account") as caught:
        tenant.connect().set_account(tenant.ruth, SHUT)
    assert "User.EnableDisableAccount.All" in caught.value.hint


def test_sessions_are_ended_twice_and_the_moment_is_read_back(tenant: Office):
    connection = tenant.connect()
    before = connection.sign_in_sessions(tenant.ruth)
    connection.end_sign_in_sessions(tenant.ruth)
    assert tenant.standin.made("POST") == [f"POST /users/{tenant.ruth}/revokeSignInSessions"] * 2
    assert tenant.connect().sign_in_sessions(tenant.ruth)["open"] > before["open"]


def test_sessions_that_were_not_ended_show_it(tenant: Office):
    tenant.standin.quirks.revoking_works = False
    connection = tenant.connect()
    before = connection.sign_in_sessions(tenant.ruth)
    connection.end_sign_in_sessions(tenant.ruth)
    assert connection.sign_in_sessions(tenant.ruth) == before


@pytest.mark.parametrize("role", ["Global Administrator", "Exchange Administrator", "Helpdesk Administrator"])
def test_a_privileged_person_is_found_by_reading_alone(tenant: Office, role):
    tenant.standin.assign_role(tenant.ruth, role)
    connection = tenant.connect()
    (why,) = connection.out_of_reach(tenant.ruth)
    assert f"holds the role {role}" in why
    assert {call.method for call in tenant.standin.calls if call.path != "/$batch"} == {"GET"}
    with pytest.raises(Denied) as caught:
        connection.set_account(tenant.ruth, SHUT)
    assert "higher role" in caught.value.hint


@pytest.mark.parametrize("way", ["member", "owner", "nested"])
def test_so_is_who_is_in_a_group_that_may_hold_roles(tenant: Office, way):
    inner = tenant.standin.add_group("Team", members=[tenant.ruth] if way == "nested" else [])
    tenant.standin.add_group(
        "Administrators",
        role_assignable=True,
        members={"member": [tenant.ruth], "nested": [inner]}.get(way, []),
        owners=[tenant.ruth] if way == "owner" else [],
    )
    assert "Administrators" in tenant.connect().out_of_reach(tenant.ruth)[0]


@pytest.mark.parametrize("role", ["Reports Reader", "Directory Readers", ""])
def test_ordinary_people_are_in_reach(tenant: Office, role):
    if role:
        tenant.standin.assign_role(tenant.ruth, role)
    connection = tenant.connect()
    assert connection.out_of_reach(tenant.ruth) == []
    connection.set_account(tenant.ruth, SHUT)
    assert connection.account(tenant.ruth) == SHUT


@pytest.mark.parametrize("ours", ["Global Administrator", "Privileged Authentication Administrator"])
def test_an_app_with_the_highest_roles_reaches_everybody(tenant: Office, ours):
    tenant.standin.assign_role(tenant.standin.app_object, ours)
    tenant.standin.assign_role(tenant.ruth, "Global Administrator")
    connection = tenant.connect()
    assert connection.out_of_reach(tenant.ruth) == []
    connection.set_account(tenant.ruth, SHUT)
    assert connection.account(tenant.ruth) == SHUT


def test_doctor_names_what_is_held_and_what_is_missing(tenant: Office):
    tenant.lack("Device.ReadWrite.All", "User-PasswordProfile.ReadWrite.All")
    health = tenant.connect().health()
    assert health.reachable
    assert health.tls.startswith("TLSv1.")
    assert "User.RevokeSessions.All" in health.rights_held
    assert set(health.rights_missing) == {"Device.ReadWrite.All", "User-PasswordProfile.ReadWrite.All"}
    assert any("password" in line for line in health.cannot)
    assert tenant.standin.made("PATCH", "POST", "DELETE", "PUT") == []


def test_doctor_asks_for_no_right_that_a_wider_one_or_the_settings_make_needless(tenant: Office):
    tenant.lack("User.Read.All", "User-PasswordProfile.ReadWrite.All")
    connection = tenant.connect(reset_password=False)
    assert connection.health().rights_missing == ()
    assert connection.out_of_reach(tenant.ruth) == [], "and what it reads can be read with these"


def test_doctor_raises_nothing(tenant: Office):
    connection = tenant.connect()
    tenant.standin.stop()
    health = connection.health()
    assert not health.reachable
    assert health.cannot
