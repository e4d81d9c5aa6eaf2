"""Memberships in a real domain: direct, nested, primary, protected, and those that we may not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.connectors._ad_groups import NOT_OURS, PRIMARY
from offboard.connectors._ldap_door import Address, Door
from offboard.connectors._ldap_link import Link
from offboard.errors import Denied, NotFound, Rejected
from tests.servers.samba_seed import ADMIN, ADMIN_PASSWORD, LEAVERS, USERS

if TYPE_CHECKING:
    from tests.connectors.ad_office import AdOffice

DIRECT = {"member": "direct"}


def _members(ad: AdOffice, group: str) -> set[str]:
    return {name.decode() for name in ad.first.read(group, ["member"]).get("member", [])}


def test_direct_memberships_say_what_they_reach_and_come_back(ad: AdOffice):
    alice, bob = ad.hire(), ad.hire()
    vpn = ad.group("VPN", alice, bob)
    office = ad.group("Office", vpn)
    ad.group("Building", office)
    crm = ad.group("CRM", alice)
    connection, guid = ad.connect(), ad.id_of(alice)
    held = {m.label.split(" ")[0]: (key, m) for key, m in connection.memberships(guid).items()}
    assert set(held) == {"VPN", "CRM", "Domain"}
    assert held["VPN"][1].note.startswith("Through it the leaver is also in Building ")
    assert ", Office " in held["VPN"][1].note
    assert (held["CRM"][1].note, held["CRM"][1].beyond, held["CRM"][1].state) == ("", "", DIRECT)
    vpn_id = held["VPN"][0]
    assert vpn_id == ad.id_of(vpn)
    connection.set_membership(guid, vpn_id, None)
    assert _members(ad, vpn) == {bob}
    assert connection.membership(guid, vpn_id) is None
    assert connection.membership(guid, ad.id_of(crm)) == DIRECT
    connection.set_membership(guid, vpn_id, DIRECT)
    assert _members(ad, vpn) == {alice, bob}
    assert connection.memberships(guid)[vpn_id].state == DIRECT


def test_taking_out_and_putting_in_twice_is_harmless(ad: AdOffice):
    alice = ad.hire()
    group = ad.group("Twice", alice)
    connection, guid, group_id = ad.connect(), ad.id_of(alice), ad.id_of(group)
    for state in (None, None, DIRECT, DIRECT, None):
        connection.set_membership(guid, group_id, state)
        assert connection.membership(guid, group_id) == state


def test_the_primary_group_is_beyond_us_and_says_what_to_do(ad: AdOffice):
    alice = ad.hire()
    connection, guid = ad.connect(), ad.id_of(alice)
    ((group_id, only),) = connection.memberships(guid).items()
    assert (only.label, only.state, only.beyond) == ("Domain Users", {"member": "primary"}, PRIMARY)
    assert only.note == "Through it the leaver is also in Users."
    assert connection.membership(guid, group_id) == {"member": "primary"}
    with pytest.raises(Rejected, match="primary group"):
        connection.set_membership(guid, group_id, None)
    connection.set_membership(guid, group_id, {"member": "primary"})


def test_after_a_change_of_the_primary_group_the_former_one_is_a_direct_membership(ad: AdOffice):
    alice = ad.hire()
    sales = ad.group("Sales", alice)
    relative = int.from_bytes(ad.first.read(sales, ["objectSid"])["objectSid"][0][-4:], "little")
    ad.first.write(alice, primaryGroupID=str(relative))
    connection, guid = ad.connect(), ad.id_of(alice)
    held = {m.label: (key, m) for key, m in connection.memberships(guid).items()}
    (sales_name,) = set(held) - {"Domain Users"}
    assert held[sales_name][1].beyond == PRIMARY
    assert held["Domain Users"][1].state == DIRECT
    assert not held["Domain Users"][1].beyond
    connection.set_membership(guid, held["Domain Users"][0], None)
    assert {m.label for m in connection.memberships(guid).values()} == {sales_name}


def test_a_group_that_we_may_not_write_is_beyond_us_before_anything_is_written(ad: AdOffice):
    alice = ad.hire()
    ours, theirs = ad.group("Ours", alice), ad.group("Theirs", alice, place=USERS)
    connection, guid = ad.connect(delegated=True), ad.id_of(alice)
    held = connection.memberships(guid)
    assert held[ad.id_of(ours)].beyond == ""
    assert held[ad.id_of(theirs)].beyond == NOT_OURS
    with pytest.raises(Denied, match="change the members of Theirs"):
        connection.set_membership(guid, ad.id_of(theirs), None)
    connection.set_membership(guid, ad.id_of(ours), None)
    assert _members(ad, ours) == set()


def test_groups_and_accounts_are_found_after_they_were_renamed(ad: AdOffice):
    alice = ad.hire()
    group = ad.group("Old name", alice)
    connection, guid, group_id = ad.connect(), ad.id_of(alice), ad.id_of(group)
    connection.memberships(guid)
    ad.first.admin().modify_dn(alice, "CN=Renamed #1, Ltd.".replace(",", "\\,").replace("#", "\\#"))
    ad.first.admin().modify_dn(group, "CN=New name", new_superior=LEAVERS)
    connection.set_membership(guid, group_id, None)
    assert connection.membership(guid, group_id) is None
    assert not _members(ad, f"<GUID={group_id}>")
    ad.first.admin().delete(f"CN=New name,{LEAVERS}")
    with pytest.raises(NotFound, match=group_id):
        connection.membership(guid, group_id)


def test_a_circle_of_groups_ends(ad: AdOffice):
    alice = ad.hire()
    one = ad.group("One", alice)
    two = ad.group("Two", one)
    ad.first.admin().modify(one, {"member": [("MODIFY_ADD", [two])]})
    held = ad.connect().memberships(ad.id_of(alice))
    assert held[ad.id_of(one)].note.startswith("Through it the leaver is also in Two")


def test_a_large_group_is_read_value_by_value_and_in_ranges(ad: AdOffice):
    alice = ad.hire()
    many = [
        ad.hire(f"Many {place}", unicodePwd=None, userAccountControl=546, mail=None, displayName=None)
        for place in range(40)
    ]
    big = ad.group("Big", alice, *many)
    # Active Directory hands out 1500 values at a time and Samba as many as are asked for: so ask for ten.
    link = Link(Door(Address("ad", ad.first.url, ad.first.ca_file, 5, 20)), ADMIN, lambda: ADMIN_PASSWORD)
    (read,) = link.search(big, "(objectClass=*)", ["member;range=0-9"], deep=False)
    link.close()
    assert {name.decode() for name in read.all("member")} == {alice, *many}
    connection, guid = ad.connect(), ad.id_of(alice)
    connection.set_membership(guid, ad.id_of(big), None)
    assert _members(ad, big) == set(many)
