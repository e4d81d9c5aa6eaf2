"""Members that are the last of a list: on OpenLDAP the empty name takes their place, elsewhere the group's own."""

from __future__ import annotations

import pytest

from offboard.connectors._ldap_groups import LAST_MEMBER
from offboard.errors import Rejected
from tests.connectors.ldap_office import ALICE, GROUPS, Office, memberof, members


def test_the_last_member_is_replaced_by_nobody_and_nobody_leaves_again(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    vpn = office.group_id("vpn")
    state = connection.membership(alice, vpn)
    connection.set_membership(alice, vpn, None)
    assert members(office, "vpn") == {"member": [""]}
    assert connection.membership(alice, vpn) is None
    assert "cn=vpn" not in str(memberof(office))
    connection.set_membership(alice, vpn, state)
    assert members(office, "vpn") == {"member": [ALICE]}
    assert "cn=vpn" in str(memberof(office))


def test_the_last_unique_member_too(office: Office):
    office.change(f"cn=sales,{GROUPS}", "delete: uniqueMember", "uniqueMember: uid=bob,ou=people,dc=corp,dc=test")
    alice, connection = office.id_of("alice"), office.connect()
    sales = office.group_id("sales")
    membership = connection.memberships(alice)[sales]
    assert membership.note == LAST_MEMBER
    connection.set_membership(alice, sales, None)
    assert members(office, "sales") == {"uniqueMember": [""]}
    connection.set_membership(alice, sales, membership.state)
    assert members(office, "sales") == {"uniqueMember": [ALICE]}


def test_a_stand_in_that_somebody_else_put_there_stays(office: Office):
    office.change(f"cn=vpn,{GROUPS}", "add: member", "member:")
    alice, connection = office.id_of("alice"), office.connect()
    vpn = office.group_id("vpn")
    state = connection.membership(alice, vpn)
    connection.set_membership(alice, vpn, None)
    assert members(office, "vpn") == {"member": [""]}
    connection.set_membership(alice, vpn, state)
    assert members(office, "vpn") == {"member": ["", ALICE]}


def test_only_the_departure_that_put_a_stand_in_there_takes_it_out(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    vpn = office.group_id("vpn")
    state = connection.membership(alice, vpn)
    connection.set_membership(alice, vpn, None)
    connection.set_membership(alice, vpn, state)
    office.change(f"cn=vpn,{GROUPS}", "add: member", "member:")
    connection.set_membership(alice, vpn, None)
    connection.set_membership(alice, vpn, state)
    assert members(office, "vpn") == {"member": ["", ALICE]}


def test_a_stand_in_that_somebody_took_out_meanwhile_is_not_missed(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    vpn = office.group_id("vpn")
    state = connection.membership(alice, vpn)
    connection.set_membership(alice, vpn, None)
    office.change(f"cn=vpn,{GROUPS}", "replace: member", "member: uid=bob,ou=people,dc=corp,dc=test")
    connection.set_membership(alice, vpn, state)
    assert members(office, "vpn") == {"member": [ALICE, "uid=bob,ou=people,dc=corp,dc=test"]}


@pytest.mark.parametrize("order", [("alice", "bob"), ("bob", "alice")])
def test_two_last_members_leave_and_come_back_in_any_order(office: Office, order: tuple[str, str]):
    connection, sales = office.connect(), office.group_id("sales")
    before = members(office, "sales")
    people = {login: office.id_of(login) for login in order}
    states = {login: connection.membership(person, sales) for login, person in people.items()}
    for person in people.values():
        connection.set_membership(person, sales, None)
    assert members(office, "sales") == {"uniqueMember": [""]}
    for login, person in people.items():
        connection.set_membership(person, sales, states[login])
    assert members(office, "sales") == before


def test_a_directory_that_takes_no_stand_in_is_told_plainly(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    vpn, modify = office.group_id("vpn"), connection._link.modify

    def strict(dn, changes, **more):
        if any(operation == "MODIFY_ADD" for operations in changes.values() for operation, _ in operations):
            return 21
        return modify(dn, changes, **more)

    monkeypatch.setattr(connection._link, "modify", strict)
    with pytest.raises(Rejected, match="last member") as caught:
        connection.set_membership(alice, vpn, None)
    assert "Add another member" in caught.value.hint
    assert members(office, "vpn") == {"member": [ALICE]}


def test_a_directory_that_refuses_the_empty_name_gets_the_groups_own(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    vpn, modify = office.group_id("vpn"), connection._link.modify

    def strict(dn, changes, **more):
        if any("" in values for operations in changes.values() for _, values in operations):
            return 21
        return modify(dn, changes, **more)

    monkeypatch.setattr(connection._link, "modify", strict)
    state = connection.membership(alice, vpn)
    connection.set_membership(alice, vpn, None)
    assert members(office, "vpn") == {"member": [f"cn=vpn,{GROUPS}"]}
    office.server.modify(f"dn: cn=vpn,{GROUPS}\nchangetype: modrdn\nnewrdn: cn=tunnel\ndeleteoldrdn: 1\n")
    connection.set_membership(alice, vpn, state)
    assert members(office, "tunnel") == {"member": [ALICE]}
