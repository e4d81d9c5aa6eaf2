from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.practice.graph import check_against_facts

if TYPE_CHECKING:
    from tests.practice.graph_office import Office


def test_a_membership_ends_and_comes_back(office: Office):
    group = office.standin.add_group("Sales", members=[office.ruth, office.tom])
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}/$ref").status_code == 204
    assert office.standin.members(group) == [office.tom]
    assert office.refused("DELETE", f"/groups/{group}/members/{office.ruth}/$ref")[0] == 404
    assert office.ask("POST", f"/groups/{group}/members/$ref", office.refer(office.ruth)).status_code == 204
    assert office.refused("POST", f"/groups/{group}/members/$ref", office.refer(office.ruth))[0] == 400
    assert office.refused("POST", f"/groups/{group}/members/$ref", office.refer("0-0"))[0] == 404


def test_without_ref_the_person_is_deleted(office: Office):
    group = office.standin.add_group("Sales", members=[office.ruth])
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}").status_code == 204
    assert not office.standin.exists(office.ruth)
    assert "no such call" in check_against_facts(office.standin.calls[-1])[0]
    office.standin.calls.clear()  # which the fixture must not see


def test_without_ref_and_without_the_right_nobody_is_deleted(office: Office):
    group = office.standin.add_group("Sales", members=[office.ruth])
    office.standin.permissions = {"GroupMember.ReadWrite.All"}
    office.sign_in()
    assert office.refused("DELETE", f"/groups/{group}/members/{office.ruth}")[0] == 403
    assert office.standin.exists(office.ruth)
    office.standin.calls.clear()


@pytest.mark.parametrize(
    ("kind", "quirk", "word"),
    [
        ({"rule": "user.department -eq 'Sales'"}, "dynamic_refused", "dynamic"),
        ({"mail_enabled": True}, "mail_enabled_refused", "mail-enabled"),
        ({"synced": True}, "synced_refused", "on-premises"),
    ],
)
def test_memberships_that_cannot_be_changed_here(office: Office, kind: dict[str, object], quirk: str, word: str):
    group = office.standin.add_group("Special", members=[office.ruth], **kind)
    status, _, message = office.refused("DELETE", f"/groups/{group}/members/{office.ruth}/$ref")
    assert (status, word in message) == (400, True)
    assert office.standin.members(group) == [office.ruth]
    setattr(office.standin.quirks, quirk, False)
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}/$ref").status_code == 204


def test_a_microsoft_365_group_has_mail_and_can_be_changed(office: Office):
    group = office.standin.add_group("Team", members=[office.ruth], team=True)
    office.standin.add_group("No team", members=[office.ruth], unified=True)
    assert [each["displayName"] for each in office.get(f"/users/{office.ruth}/joinedTeams")["value"]] == ["Team"]
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}/$ref").status_code == 204
    assert office.get(f"/users/{office.ruth}/joinedTeams")["value"] == []


def test_a_role_assignable_group_needs_one_more_right(office: Office):
    group = office.standin.add_group("Tier 0", members=[office.ruth], role_assignable=True)
    office.standin.permissions.discard("RoleManagement.ReadWrite.Directory")
    office.sign_in()
    assert office.refused("DELETE", f"/groups/{group}/members/{office.ruth}/$ref")[0] == 403
    office.standin.permissions.add("RoleManagement.ReadWrite.Directory")
    office.sign_in()
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}/$ref").status_code == 204


def test_the_last_owner_stays(office: Office):
    group = office.standin.add_group("Sales", owners=[office.ruth])
    status, _, message = office.refused("DELETE", f"/groups/{group}/owners/{office.ruth}/$ref")
    assert (status, "at least one owner" in message) == (400, True)
    assert office.ask("POST", f"/groups/{group}/owners/$ref", office.refer(office.tom)).status_code == 204
    assert office.ask("DELETE", f"/groups/{group}/owners/{office.ruth}/$ref").status_code == 204
    assert [each["id"] for each in office.get(f"/groups/{group}/owners")["value"]] == [office.tom]


def test_a_team_loses_the_member_with_the_owner(office: Office):
    both = [office.ruth, office.tom]
    group = office.standin.add_group("Team", team=True, members=both, owners=both)
    assert office.ask("DELETE", f"/groups/{group}/owners/{office.ruth}/$ref").status_code == 204
    assert office.standin.members(group) == [office.tom]


def test_memberships_are_groups_units_and_roles(office: Office):
    inner = office.standin.add_group("Inner", members=[office.ruth])
    outer = office.standin.add_group("Outer", members=[inner])
    unit = office.standin.add_unit("North", members=[office.ruth])
    office.standin.assign_role(office.ruth, "Reports Reader")
    found = office.get(f"/users/{office.ruth}/memberOf")["value"]
    assert [(each["@odata.type"].rpartition(".")[2], each["displayName"]) for each in found] == [
        ("group", "Inner"), ("administrativeUnit", "North"), ("directoryRole", "Reports Reader"),
    ]  # fmt: skip
    everywhere = {each["id"] for each in office.get(f"/users/{office.ruth}/transitiveMemberOf")["value"]}
    assert everywhere == {inner, outer, unit}


def test_groups_alone_are_an_advanced_query(office: Office):
    office.standin.add_group("Sales", members=[office.ruth])
    path = f"/users/{office.ruth}/memberOf/microsoft.graph.group?$select=id,groupTypes&$count=true"
    assert office.refused("GET", path)[0] == 400
    found = office.get(path, ConsistencyLevel="eventual")
    assert (found["@odata.count"], found["value"][0]["groupTypes"]) == (1, [])


def test_what_may_not_be_read_is_still_counted(office: Office):
    group = office.standin.add_group("Secret", members=[office.ruth])
    office.standin.permissions = {"User.Read.All"}
    office.sign_in()
    found = office.get(f"/users/{office.ruth}/transitiveMemberOf")["value"]
    assert found == [{"@odata.type": "#microsoft.graph.group", "id": group}]


def test_a_licence_comes_and_goes_with_its_group(office: Office):
    sku = office.standin.add_sku("SPE_E3")
    group = office.standin.add_group("E3", licences=[sku], members=[office.ruth])
    states = office.get(f"/users/{office.ruth}?$select=licenseAssignmentStates")["licenseAssignmentStates"]
    assert [(each["skuId"], each["assignedByGroup"]) for each in states] == [(sku, group)]
    body = {"addLicenses": [], "removeLicenses": [sku]}
    status, _, message = office.refused("POST", f"/users/{office.ruth}/assignLicense", body)
    assert (status, "inherited" in message) == (400, True)
    assert office.ask("DELETE", f"/groups/{group}/members/{office.ruth}/$ref").status_code == 204
    assert office.get(f"/users/{office.ruth}/licenseDetails")["value"] == []
    assert office.ask("POST", f"/groups/{group}/members/$ref", office.refer(office.ruth)).status_code == 204
    assert office.get(f"/users/{office.ruth}/licenseDetails")["value"][0]["skuPartNumber"] == "SPE_E3"
