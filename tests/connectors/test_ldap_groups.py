"""Memberships on a real OpenLDAP server with the memberof and refint overlays."""

from __future__ import annotations

import pytest

from offboard.connectors._ldap_groups import LAST_MEMBER
from offboard.errors import Denied, Drifted, NotFound
from tests.connectors.ldap_office import ALICE, GROUPS, SHUT, Office, memberof, members
from tests.servers.waiting import wait_until


def test_memberships_of_all_three_kinds_are_found_with_what_restores_them(office: Office):
    found = office.connect().memberships(office.id_of("alice"))
    assert {membership.label: membership.state for membership in found.values()} == {
        "vpn": {"member": ["{dn}"]},
        "staff": {"member": ["{dn}"]},
        "sales": {"uniqueMember": ["{dn}"]},
        "printers": {"memberUid": ["alice"]},
    }
    assert set(found) == {office.group_id(name) for name in ("vpn", "staff", "sales", "printers")}
    assert {m.label: m.note for m in found.values()} == {"vpn": LAST_MEMBER, "staff": "", "sales": "", "printers": ""}


@pytest.mark.parametrize("service", ["", "offboard"])
def test_all_are_left_and_all_come_back_exactly(office: Office, service: str):
    before, names = office.groups(), memberof(office)
    alice, connection = office.id_of("alice"), office.connect(service)
    found = connection.memberships(alice)
    for group_id in found:
        connection.set_membership(alice, group_id, None)
    assert connection.memberships(alice) == {}
    assert all(connection.membership(alice, group_id) is None for group_id in found)
    assert memberof(office) == []
    assert "alice" not in str(office.groups())
    assert members(office, "staff")["member"] == [
        "uid=bob,ou=people,dc=corp,dc=test",
        "uid=carol,ou=people,dc=corp,dc=test",
    ]
    for group_id, membership in found.items():
        connection.set_membership(alice, group_id, membership.state)
    assert office.groups() == before
    assert memberof(office) == names
    assert connection.memberships(alice) == found


def test_leaving_or_joining_twice_changes_nothing_more(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    before = office.groups()
    found = connection.memberships(alice)
    for state in (None, None, "former", "former"):
        for group_id, membership in found.items():
            connection.set_membership(alice, group_id, membership.state if state else None)
    assert office.groups() == before


@pytest.mark.parametrize(
    ("others", "listed"),
    [
        ([], ["'01'B"]),
        (["uid=bob,ou=people,dc=corp,dc=test"], ["'01'B"]),
        (["uid=bob,ou=people,dc=corp,dc=test#'01'B"], ["''B"]),
        (["uid=bob,ou=people,dc=corp,dc=test"], ["", "'01'B", "'10'B"]),
    ],
)
def test_a_name_with_a_bit_string_is_found_left_and_put_back(office: Office, others: list[str], listed: list[str]):
    values = [*others, *(f"{ALICE}{'#' if bits else ''}{bits}" for bits in listed)]
    lines = "\n".join(f"uniqueMember: {value}" for value in values)
    office.change(f"cn=sales,{GROUPS}", "replace: uniqueMember", lines)
    before = members(office, "sales")
    assert sorted(before["uniqueMember"]) == sorted(values)
    alice, connection, sales = office.id_of("alice"), office.connect(), office.group_id("sales")
    membership = connection.memberships(alice)[sales]
    assert connection.membership(alice, sales) == membership.state
    for _ in range(2):
        connection.set_membership(alice, sales, None)
        assert members(office, "sales") == {"uniqueMember": others or [""]}
        assert connection.membership(alice, sales) is None
        assert sales not in connection.memberships(alice)
    for _ in range(2):
        connection.set_membership(alice, sales, membership.state)
        assert members(office, "sales") == before
    assert connection.memberships(alice)[sales] == membership


def test_a_bit_string_that_is_lacking_is_put_back_beside_the_name(office: Office):
    alice, connection, sales = office.id_of("alice"), office.connect(), office.group_id("sales")
    office.change(f"cn=sales,{GROUPS}", "add: uniqueMember", f"uniqueMember: {ALICE}#'01'B")
    before, state = members(office, "sales"), connection.membership(alice, sales)
    office.change(f"cn=sales,{GROUPS}", "delete: uniqueMember", f"uniqueMember: {ALICE}#'01'B")
    connection.set_membership(alice, sales, state)
    assert members(office, "sales") == before


def test_without_the_right_nothing_is_changed_and_other_writes_stand(office: Office):
    alice, connection = office.id_of("alice"), office.connect("doorman")
    before = office.groups()
    connection.set_account(alice, SHUT)
    for group_id in connection.memberships(alice):
        with pytest.raises(Denied, match="ou=groups"):
            connection.set_membership(alice, group_id, None)
    assert office.groups() == before
    assert connection.account(alice) == SHUT


def rename_alice(office: Office) -> None:
    """Give Alice another name, and wait until the directory has renamed her in every list (slapd does so later)."""
    office.server.modify(f"dn: {ALICE}\nchangetype: modrdn\nnewrdn: cn=Alice Archer\ndeleteoldrdn: 0\n")
    wait_until(lambda: ALICE not in str(office.groups()))


def test_a_rename_between_plan_and_write_changes_nothing(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    found = connection.memberships(alice)
    rename_alice(office)
    assert connection.memberships(alice) == found, "the states are the same, whatever she is called"
    for group_id in found:
        connection.set_membership(alice, group_id, None)
    assert "alice" not in str(office.groups()).casefold()
    for group_id, membership in found.items():
        connection.set_membership(alice, group_id, membership.state)
    assert office.connect().memberships(alice) == found


def test_a_rename_right_after_the_look_is_noticed(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    found = connection.memberships(alice)
    rename_alice(office)
    for group_id in found:
        connection.set_membership(alice, group_id, None)
    assert "alice" not in str(office.groups()).casefold()


def test_a_renamed_group_is_still_the_same(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    staff = office.group_id("staff")
    state = connection.membership(alice, staff)
    office.server.modify(f"dn: cn=staff,{GROUPS}\nchangetype: modrdn\nnewrdn: cn=everybody\ndeleteoldrdn: 1\n")
    office.server.add(f"dn: cn=staff,{GROUPS}\nobjectClass: groupOfNames\ncn: staff\nmember: {ALICE}\n")
    connection.set_membership(alice, staff, None)
    assert ALICE not in str(members(office, "everybody"))
    assert members(office, "staff") == {"member": [ALICE]}, "the new group of the old name is untouched"
    connection.set_membership(alice, staff, state)
    assert ALICE in members(office, "everybody")["member"]


def test_a_list_that_changes_between_look_and_write(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    staff, found = office.group_id("staff"), connection.memberships(office.id_of("alice"))
    office.change(f"cn=staff,{GROUPS}", "delete: member", f"member: {ALICE}")
    connection.set_membership(alice, staff, None)
    assert connection.membership(alice, staff) is None
    assert staff in found


def test_values_written_in_another_way_come_back_as_they_were(office: Office):
    odd = "UID=Alice , ou=People,DC=corp,dc=TEST"
    office.server.add(
        f"dn: cn=odd,{GROUPS}\nobjectClass: groupOfNames\ncn: odd\n"
        f"member: {odd}\nmember: uid=bob,ou=people,dc=corp,dc=test\n"
    )
    alice, connection = office.id_of("alice"), office.connect()
    before, group = members(office, "odd"), office.group_id("odd")
    state = connection.membership(alice, group)
    connection.set_membership(alice, group, None)
    assert "lice" not in str(members(office, "odd"))
    connection.set_membership(alice, group, state)
    assert members(office, "odd") == before


def test_without_the_controls_of_openldap_it_works_too(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    with_controls = connection.memberships(alice)
    monkeypatch.setattr(connection._link, "supports", lambda _control: False)
    before = office.groups()
    found = connection.memberships(alice)
    assert found == with_controls
    for group_id in found:
        connection.set_membership(alice, group_id, None)
    assert connection.memberships(alice) == {}
    for group_id, membership in found.items():
        connection.set_membership(alice, group_id, membership.state)
    assert office.groups() == before


def test_groups_and_accounts_that_are_gone(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    staff = office.group_id("staff")
    office.server.modify(f"dn: cn=staff,{GROUPS}\nchangetype: delete\n")
    with pytest.raises(NotFound):
        connection.set_membership(alice, staff, None)
    office.server.modify(f"dn: {ALICE}\nchangetype: delete\n")
    with pytest.raises(NotFound):
        connection.memberships(alice)


def test_a_list_that_never_holds_still_is_left_alone(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    monkeypatch.setattr(connection._link, "modify", lambda *_args, **_more: 16)
    with pytest.raises(Drifted):
        connection.set_membership(alice, office.group_id("staff"), None)
