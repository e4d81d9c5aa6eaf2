"""Whom our own account may not touch is known before the first write; doctor says what it may do."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from offboard.connectors._ad_rights import grants_control
from offboard.errors import Denied, Rejected
from tests.connectors.ad_office import BY_CODE, SHUT, SIGN_IN
from tests.servers.samba_seed import BASE, LEAVERS, SERVICE, USERS, hide_access_list, protect

if TYPE_CHECKING:
    from tests.connectors.ad_office import AdOffice

RESET = UUID("00299570-246d-11d0-a768-00aa006e0529").bytes_le
EVERYBODY = struct.pack("<BB6BI", 1, 1, 0, 0, 0, 0, 0, 1, 0)
OURS = struct.pack("<BB6BI", 1, 1, 0, 0, 0, 0, 0, 5, 11)


def test_an_ordinary_account_is_within_reach_of_delegated_rights(ad: AdOffice):
    guid = ad.id_of(ad.hire())
    assert ad.connect(delegated=True, clear_logon_hours=True).out_of_reach(guid) == []
    assert ad.connect().out_of_reach(guid) == []
    assert ad.connect().out_of_reach("00000000-0000-0000-0000-000000000000") == []


@pytest.mark.parametrize("how", ["direct", "nested", "primary"])
def test_a_member_of_a_protected_group_is_out_of_reach_of_delegated_rights(ad: AdOffice, how: str):
    root = ad.hire("Root R")
    admins = f"CN=Domain Admins,{USERS}"
    member = ad.group("Nested", root) if how == "nested" else root
    ad.first.admin().modify(admins, {"member": [("MODIFY_ADD", [member])]})
    if how == "primary":
        ad.first.write(root, primaryGroupID="512")
    guid = ad.id_of(root)
    (reason,) = ad.connect(delegated=True).out_of_reach(guid)
    assert "protected account, as a member of Administrators, Domain Admins" in reason
    assert "never grant a right on AdminSDHolder" in reason
    assert ad.connect().out_of_reach(guid) == [], "an administrator of the domain may"
    ad.connect().set_account(guid, SHUT)
    assert ad.connect().account(guid) == BY_CODE


def test_what_adminsdholder_took_away_is_named_before_anything_is_written(ad: AdOffice):
    former = ad.hire("Former Admin")
    protect(ad.first.admin(), former)
    guid, before = ad.id_of(former), ad.first.read(former, [*SIGN_IN, "pwdLastSet"])
    connection = ad.connect(delegated=True)
    reasons = connection.out_of_reach(guid)
    assert [reason.split("'")[1] for reason in reasons] == [
        "Reset Password",
        "Write userAccountControl",
        "Write accountExpires",
    ]
    assert all("adminCount is still 1" in reason for reason in reasons)
    with pytest.raises(Denied):
        connection.set_account(guid, SHUT)
    assert ad.first.read(former, [*SIGN_IN, "pwdLastSet"]) == before


def test_an_account_outside_the_delegated_places_is_out_of_reach(ad: AdOffice):
    away = ad.id_of(ad.hire(place=USERS))
    reasons = ad.connect(delegated=True, clear_logon_hours=True).out_of_reach(away)
    assert [reason.split("'")[1] for reason in reasons] == [
        "Reset Password",
        "Write userAccountControl",
        "Write accountExpires",
        "Write logonHours",
    ]


def test_doctor_names_the_rights_of_a_delegated_account(ad: AdOffice):
    ad.group("Any", ad.hire())
    health = ad.connect(delegated=True, people_base="OU=Staff,DC=corp,DC=test").health()
    assert (health.reachable, health.tls, health.kind) == (True, "ldaps", "active_directory")
    assert set(health.rights_held) == {
        "Read all user information", "Read groups", "Reset Password", "Write userAccountControl",
        "Write accountExpires", "Write logonHours", "Write pwdLastSet", "Modify the membership of a group",
    }  # fmt: skip
    assert health.rights_missing == ()
    assert [text.split(":")[0] for text in health.cannot] == [
        "put a former password back",
        "end Kerberos tickets that were handed out",
        "change protected accounts (members of Domain Admins and the like)",
    ]


def test_doctor_names_the_rights_that_are_missing(ad: AdOffice):
    ad.hire(place=LEAVERS)
    ad.group("Readers")
    health = ad.connect(delegated=True, people_base=USERS, clear_logon_hours=True).health()
    assert health.rights_missing == (
        "Reset Password", "Write userAccountControl", "Write accountExpires", "Write logonHours",
    )  # fmt: skip
    assert ad.connect().health().rights_missing == ()


def test_a_right_that_a_hidden_access_list_would_tell_is_neither_held_nor_missing(ad: AdOffice):
    alice = ad.hire()
    admin = ad.first.admin()
    admin.search(BASE, f"(userPrincipalName={SERVICE})", attributes=["objectSid"])
    hide_access_list(admin, alice, admin.response[0]["raw_attributes"]["objectSid"][0])
    connection = ad.connect(delegated=True, people_base=alice)
    health = connection.health()
    assert "Write userAccountControl" in health.rights_held
    assert "Reset Password" not in {*health.rights_held, *health.rights_missing}
    (said,) = [text for text in health.cannot if "Reset Password" in text]
    assert said.startswith("tell whether our account has the right")
    assert "nTSecurityDescriptor" in said
    assert connection.out_of_reach(ad.id_of(alice)) == []


def test_doctor_says_what_keeps_it_from_looking(ad: AdOffice):
    connection = ad.connect()
    connection.close()
    ad.first.stop()
    try:
        health = connection.health()
    finally:
        ad.first.start()
    assert not health.reachable
    assert ad.first.url in health.cannot[0]
    assert connection.health().reachable, "and it goes on where it answers again"


def _ace(kind: int, sid: bytes, *, mask: int = 0x100, flags: int = 0, right: bytes | None = None) -> bytes:
    objects = b""
    if kind in {5, 6}:
        objects = struct.pack("<I", 1 if right else 0) + (right or b"")
    body = struct.pack("<I", mask) + objects + sid
    return struct.pack("<BBH", kind, flags, len(body) + 4) + body


def _descriptor(*aces: bytes) -> bytes:
    whole = b"".join(aces)
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20)
    return head + struct.pack("<BBHHH", 2, 0, 8 + len(whole), len(aces), 0) + whole


@pytest.mark.parametrize(
    ("aces", "granted"),
    [
        ([], False),
        ([_ace(0, OURS)], True),
        ([_ace(5, OURS, right=RESET)], True),
        ([_ace(5, OURS)], True),
        ([_ace(5, OURS, right=bytes(16))], False),
        ([_ace(5, EVERYBODY, right=RESET)], False),
        ([_ace(0, OURS, mask=0x20)], False),
        ([_ace(5, OURS, right=RESET, flags=0x8)], False),
        ([_ace(1, OURS), _ace(0, OURS)], False),
        ([_ace(6, OURS, right=RESET), _ace(0, OURS)], False),
        ([_ace(6, OURS, right=bytes(16)), _ace(0, OURS)], True),
        ([_ace(0, OURS), _ace(6, OURS, right=RESET)], True),
        ([_ace(9, EVERYBODY), _ace(0, OURS)], True),
    ],
    ids=[
        "empty list", "every right", "this right", "every extended right", "another right", "somebody else",
        "another kind of right", "only for what is below", "denied first", "this denied first", "another denied",
        "granted first", "an entry of a kind that we do not know",
    ],
)  # fmt: skip
def test_who_may_reset_a_password_is_read_from_the_access_list(aces: list[bytes], *, granted: bool):
    assert grants_control(_descriptor(*aces), frozenset({"S-1-5-11"}), RESET) is granted


def test_without_any_list_everybody_may_and_a_cut_one_is_refused():
    assert grants_control(struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 0), frozenset(), RESET)
    whole = _descriptor(_ace(5, OURS, right=RESET))
    for length in (0, 10, 22, 30, len(whole) - 5):
        with pytest.raises(Rejected):
            grants_control(whole[:length], frozenset({"S-1-5-11"}), RESET)
