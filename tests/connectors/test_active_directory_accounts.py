"""Shutting sign-in on a real Samba domain controller, proving it, and putting it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from offboard.connectors._ad_values import HOURS_NONE, NEVER, ticks_of
from offboard.errors import Denied, NotFound, Rejected
from tests.connectors.ad_office import BY_CODE, SHUT, SIGN_IN, AdOffice
from tests.servers.samba_seed import LEAVERS, PASSWORD, quoted

AN_HOUR = b"\xff" * 20 + b"\x00"


def test_an_open_account_is_open_and_nothing_is_written(ad: AdOffice):
    alice = ad.hire()
    before = ad.first.read(alice, ["*"])
    state = ad.connect().account(ad.id_of(alice))
    assert state == {"sign_in": "open", "password": "unreadable", "account_control": 512, "expires": "never"}
    assert ad.first.read(alice, ["*"]) == before
    assert ad.vault.writes == 0


def test_shut_is_proved_by_the_code_of_a_disabled_account(ad: AdOffice):
    alice = ad.hire()
    guid = ad.id_of(alice)
    connection = ad.connect()
    began = ticks_of(datetime.now(UTC))
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    assert ad.connect().account(guid) == BY_CODE, "a fresh process sees the same"
    assert ad.signs_in(alice) == "52e", "the former password is not even known any more"
    assert ad.signs_in(alice, ad.sealed(guid)["probe"]) == "533"
    read = ad.first.read(alice, SIGN_IN)
    assert int(read["userAccountControl"][0]) == 514
    assert began <= int(read["accountExpires"][0]) <= ticks_of(datetime.now(UTC))
    assert "logonHours" not in read


def test_what_was_sealed_before_costs_no_write_of_its_own(ad: AdOffice):
    guid = ad.id_of(ad.hire())
    connection = ad.connect()
    connection.seal_account(guid)
    connection.set_account(guid, SHUT)
    assert ad.vault.writes == 0
    assert connection.account(guid) == BY_CODE


def test_the_password_is_reset_twice_so_that_no_former_one_lasts(ad: AdOffice):
    alice = ad.hire()
    guid = ad.id_of(alice)
    ad.connect().set_account(guid, SHUT)
    ad.first.write(alice, userAccountControl="512", accountExpires="0")
    # A controller honours the password before the last for an hour: after one reset this would be "in".
    assert ad.signs_in(alice) == "52e"
    assert ad.signs_in(alice, ad.sealed(guid)["probe"]) == "in"


@pytest.mark.parametrize(
    "setup",
    [
        {},
        {"userAccountControl": "66048"},
        {"accountExpires": str(ticks_of(datetime(2031, 5, 6, 7, 8, 9, 123456, UTC)) + 7)},
        {"accountExpires": "0"},
        {"logonHours": AN_HOUR},
        {"userAccountControl": "514"},
    ],
    ids=["plain", "password never expires", "expires in 2031", "expires 0", "logon hours", "disabled before"],
)
@pytest.mark.parametrize("clear", [False, True])
def test_an_undo_puts_back_every_bit(ad: AdOffice, setup: dict[str, str], *, clear: bool):
    alice = ad.hire()
    if setup:
        ad.first.write(alice, **setup)
    guid, before = ad.id_of(alice), ad.first.read(alice, SIGN_IN)
    connection = ad.connect(clear_logon_hours=clear)
    state = connection.account(guid)
    assert isinstance(state, dict)
    assert state["sign_in"] == "open", "only what we shut ourselves is proved"
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    assert (ad.first.read(alice, SIGN_IN).get("logonHours") == [HOURS_NONE]) is clear
    connection.set_account(guid, state)
    assert ad.first.read(alice, SIGN_IN) == before
    assert connection.account(guid) == state
    assert ad.signs_in(alice) == "52e", "a new password is needed"
    assert "probe" not in str(ad.vault.kept) or not ad.sealed(guid)["probe"]


def test_the_duty_to_change_the_password_comes_back(ad: AdOffice):
    alice = ad.hire()
    ad.first.write(alice, pwdLastSet="0")
    connection, guid = ad.connect(), ad.id_of(alice)
    state = connection.account(guid)
    assert isinstance(state, dict)
    assert state["must_change"] is True
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    connection.set_account(guid, state)
    assert connection.account(guid) == state
    assert ad.first.text(alice, "pwdLastSet") == "0"


def test_an_undo_keeps_what_others_set_in_the_meantime(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    state = connection.account(guid)
    connection.set_account(guid, SHUT)
    ad.first.write(alice, userAccountControl=str(514 | 0x10000))
    connection.set_account(guid, state)
    assert ad.first.text(alice, "userAccountControl") == str(512 | 0x10000)


YESTERDAY = str(ticks_of(datetime.now(UTC) - timedelta(days=1)))


@pytest.mark.parametrize(
    ("by_hand", "expected"),
    [
        ({"userAccountControl": "512"}, {"sign_in": "shut", "refused": "701"}),
        ({"userAccountControl": "512", "accountExpires": str(NEVER)}, "open"),
        (
            {"userAccountControl": "512", "accountExpires": "0", "logonHours": HOURS_NONE},
            {"sign_in": "shut", "refused": "530"},
        ),
        ({"unicodePwd": quoted("By-hand-1")}, "shut in part"),
        ({"userAccountControl": "512", "accountExpires": "0", "pwdLastSet": "0"}, "open"),
    ],
    ids=["only expired", "let in again", "no hours left", "another password, still disabled", "must change"],
)
def test_what_others_do_to_a_shut_account_is_seen(ad: AdOffice, by_hand: dict[str, str], expected: object):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    connection.set_account(guid, SHUT)
    ad.first.write(alice, **by_hand)
    found = connection.account(guid)
    assert isinstance(found, dict)
    assert (found["sign_in"] if isinstance(expected, str) else found) == expected
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE, "shut again"


def test_an_account_is_found_after_it_was_renamed_and_moved(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    assert connection.account(guid)
    ad.first.admin().modify_dn(alice, "CN=Somebody else", new_superior=LEAVERS)
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    moved = ad.name_of(guid)
    assert moved.startswith("CN=Somebody else,OU=Leavers")
    assert ad.first.text(moved, "userAccountControl") == "514"


def test_who_takes_a_leavers_name_over_is_not_touched(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    assert connection.account(guid)
    ad.first.admin().modify_dn(alice, "CN=Former", new_superior=LEAVERS)
    namesake = ad.hire(rdn=alice.split(",")[0])
    assert namesake == alice
    connection.set_account(guid, SHUT)
    assert ad.signs_in(namesake) == "in"
    assert ad.signs_in(ad.name_of(guid)) == "52e"


def test_a_deleted_account_is_not_there(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    connection.set_account(guid, SHUT)
    ad.first.admin().delete(alice)
    assert connection.account(guid) is None
    with pytest.raises(NotFound, match=guid):
        connection.set_account(guid, SHUT)
    assert connection.account("no id at all") is None


def test_a_state_without_proof_cannot_be_brought_back(ad: AdOffice):
    alice = ad.hire()
    with pytest.raises(Rejected, match="unproved"):
        ad.connect().set_account(ad.id_of(alice), {"sign_in": "unproved"})


def test_delegated_rights_are_enough(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(delegated=True, clear_logon_hours=True), ad.id_of(alice)
    state = connection.account(guid)
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    connection.set_account(guid, state)
    assert connection.account(guid) == state


def test_a_refused_write_is_denied_and_says_what_to_do(ad: AdOffice):
    connection = ad.connect(delegated=True)
    administrator = ad.id_of(f"CN=Administrator,CN=Users,{ad.domain.base}")
    before = ad.first.read(f"<GUID={administrator}>", SIGN_IN)
    with pytest.raises(Denied, match="cannot disable CN=Administrator") as caught:
        connection.set_account(administrator, SHUT)
    assert "never on AdminSDHolder" in caught.value.hint
    assert ad.first.read(f"<GUID={administrator}>", SIGN_IN) == before


def test_no_password_of_ours_is_in_a_message_or_holds_a_name(ad: AdOffice):
    guid = ad.id_of(ad.hire("Eva Maria Lee"))
    ad.connect().set_account(guid, SHUT)
    probe = str(ad.sealed(guid)["probe"])
    assert len(probe) > 40
    assert PASSWORD not in probe
    assert not any(word in probe.casefold() for word in ("eva", "maria", "lee"))


def test_a_locked_out_account_stays_proved(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    ad.first.admin().modify(ad.domain.base, {"lockoutThreshold": [("MODIFY_REPLACE", ["3"])]})
    try:
        assert [ad.signs_in(alice, "guessed") for _ in range(4)][-1] in {"52e", "775"}
        assert connection.account(guid) == {"sign_in": "shut", "refused": "775"}
        ad.first.write(alice, userAccountControl="512")
        assert connection.account(guid) != {"sign_in": "shut", "refused": "775"}, "only while it is disabled"
    finally:
        ad.first.admin().modify(ad.domain.base, {"lockoutThreshold": [("MODIFY_REPLACE", ["0"])]})
