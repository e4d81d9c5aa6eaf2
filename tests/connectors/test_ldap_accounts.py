"""Shutting sign-in on a real OpenLDAP server, proving it, and putting it back."""

from __future__ import annotations

import pytest

from offboard.errors import Denied, Rejected
from tests.connectors.ldap_office import ALICE, SHUT, Office

LOCKED = "000001010000Z"


def test_an_open_account_is_open_and_nothing_is_written(office: Office):
    before = office.server.search("(uid=alice)", ["*", "+"])
    state = office.connect().account(office.id_of("alice"))
    assert state == {"sign_in": "open", "password": office.vault.fingerprint(b'["YWxpY2Vwdw=="]')}
    assert office.server.search("(uid=alice)", ["*", "+"]) == before
    assert office.vault.writes == 0


def test_shut_is_proved_by_a_refused_sign_in_and_undone_byte_for_byte(office: Office):
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect()
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    assert not office.signs_in()
    assert not office.signs_in(office.probe())
    assert office.read()["pwdAccountLockedTime"] == [LOCKED]
    assert office.read()["userPassword"] != before["userPassword"]
    assert connection.account(alice) == SHUT
    assert office.connect().account(alice) == SHUT, "a fresh process sees the same"
    connection.set_account(alice, state)
    assert office.read() == before
    assert connection.account(alice) == state
    assert office.signs_in()
    assert all(b'"probe": null' in value for value in office.vault.kept.values())


def test_the_random_password_really_is_the_one_that_the_lock_refuses(office: Office):
    alice = office.id_of("alice")
    connection = office.connect()
    connection.set_account(alice, SHUT)
    office.change(ALICE, "delete: pwdAccountLockedTime")
    assert office.signs_in(office.probe()), "without the lock it would be accepted"


def test_what_was_sealed_before_costs_no_write_of_its_own(office: Office):
    connection = office.connect()
    alice = office.id_of("alice")
    connection.account(alice)
    connection.seal_account(alice)
    connection.set_account(alice, SHUT)
    assert office.vault.writes == 0
    assert connection.account(alice) == SHUT


def test_a_lock_that_nobody_honours_counts_for_nothing_and_the_password_is_forgotten(lenient: Office):
    alice, before = lenient.id_of("alice"), lenient.read()
    connection = lenient.connect()
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    probe = lenient.probe()
    assert lenient.signs_in(probe), "the policy honours no lock"
    assert connection.account(alice) == SHUT
    assert lenient.probe() == ""
    assert probe not in str(lenient.vault.kept)
    assert lenient.connect().account(alice) == SHUT
    assert not lenient.signs_in()
    connection.set_account(alice, state)
    assert lenient.read() == before
    assert lenient.signs_in()


@pytest.mark.parametrize("policy", ["honoured", "not honoured"])
@pytest.mark.parametrize(
    "by_hand",
    [
        ["replace: userPassword", "userPassword: byhand"],
        [
            "replace: userPassword",
            "userPassword: byhand",
            "-",
            "delete: pwdAccountLockedTime",
            "-",
            "add: pwdAccountLockedTime",
            f"pwdAccountLockedTime: {LOCKED}",
        ],
        ["add: userPassword", "userPassword: byhand"],
    ],
    ids=["new password", "new password, still locked", "second password"],
)
def test_a_password_changed_by_hand_is_seen(request: pytest.FixtureRequest, policy: str, by_hand: list[str]):
    office = request.getfixturevalue("office" if policy == "honoured" else "lenient")
    alice = office.id_of("alice")
    connection = office.connect()
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    office.change(ALICE, *by_hand)
    found = office.connect().account(alice)
    assert found["sign_in"] == "open"
    assert found["password"] not in {"unreadable", ""}


def test_a_lock_lifted_by_hand_is_seen_although_the_password_is_still_ours(office: Office):
    alice = office.id_of("alice")
    connection = office.connect()
    connection.set_account(alice, SHUT)
    office.change(ALICE, "delete: pwdAccountLockedTime")
    assert office.connect().account(alice)["sign_in"] == "open"
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT


def test_a_lock_that_stops_being_honoured_leaves_a_password_that_nobody_knows(office: Office):
    alice = office.id_of("alice")
    connection = office.connect()
    connection.set_account(alice, SHUT)
    office.change("cn=default,ou=policies,dc=corp,dc=test", "replace: pwdLockout", "pwdLockout: FALSE")
    assert office.connect().account(alice) == SHUT
    assert office.probe() == ""


@pytest.mark.parametrize(
    "attributes",
    [
        ["pwdAccountLockedTime: 20260101120000Z"],
        [f"pwdAccountLockedTime: {LOCKED}"],
        ["pwdReset: TRUE"],
        ["pwdAccountLockedTime: 20260101120000Z", "pwdReset: TRUE"],
    ],
    ids=["locked a while ago", "locked for good", "must change", "both"],
)
def test_what_was_locked_before_comes_back_as_it_was(office: Office, attributes: list[str]):
    lines = [line for text in attributes for line in (f"replace: {text.split(':')[0]}", text, "-")]
    office.change(ALICE, *lines)
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect()
    state = connection.account(alice)
    assert state["sign_in"] == "open"
    assert len(state) == 2 + len(attributes)
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    connection.set_account(alice, state)
    assert office.read() == before
    assert connection.account(alice) == state


@pytest.mark.parametrize(
    "values",
    [
        ["add: userPassword", "userPassword: {SSHA}bm90IGEgcmVhbCBoYXNoIGF0IGFsbA=="],
        ["replace: userPassword", "userPassword:: gP/+AA=="],
        ["delete: userPassword"],
    ],
    ids=["two", "bytes that are no text", "none"],
)
def test_every_stored_password_value_comes_back(office: Office, values: list[str]):
    office.change(ALICE, *values)
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect()
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    assert not office.signs_in()
    connection.set_account(alice, state)
    assert {k: sorted(v) for k, v in office.read().items()} == {k: sorted(v) for k, v in before.items()}
    assert connection.account(alice) == state


def test_an_unreadable_hash_is_said_and_the_lock_is_still_proved(office: Office):
    alice = office.id_of("alice")
    connection = office.connect("blind")
    state = connection.account(alice)
    assert state == {"sign_in": "open", "password": "unreadable"}
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    assert office.connect("blind").account(alice) == SHUT
    assert not office.signs_in()
    connection.set_account(alice, state)
    assert connection.account(alice) == state
    assert "pwdAccountLockedTime" not in office.read()
    assert not office.signs_in(), "the old password cannot be put back"


def test_without_hash_and_without_lock_nothing_is_proved(lenient: Office):
    alice = lenient.id_of("alice")
    connection = lenient.connect("blind")
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == {"sign_in": "unproved"}
    assert lenient.probe() == ""
    assert lenient.connect("blind").account(alice) == {"sign_in": "unproved"}
    assert not lenient.signs_in()
    with pytest.raises(Rejected, match="unproved"):
        connection.set_account(alice, {"sign_in": "unproved"})


def test_a_delegated_account_is_enough(office: Office):
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect("offboard")
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    connection.set_account(alice, state)
    assert office.read() == before


def test_a_policy_that_takes_no_hashes_gets_the_password_itself(office: Office):
    office.change("cn=default,ou=policies,dc=corp,dc=test", "replace: pwdCheckQuality", "pwdCheckQuality: 2")
    alice = office.id_of("alice")
    connection = office.connect("offboard")
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    assert office.connect("offboard").account(alice) == SHUT
    assert not office.signs_in()
    assert not office.signs_in(office.probe())


def test_without_the_right_nothing_is_changed(office: Office):
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect("reader")
    with pytest.raises(Denied, match="uid=alice"):
        connection.set_account(alice, SHUT)
    assert office.read() == before
    assert connection.account(alice)["sign_in"] == "open"
    assert office.signs_in()
