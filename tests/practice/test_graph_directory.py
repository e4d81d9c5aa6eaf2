from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.practice.graph import check_against_facts

if TYPE_CHECKING:
    from tests.practice.graph_office import Office


def test_a_person_is_read_as_graph_shows_people(office: Office):
    found = office.get(f"/users/{office.ruth}")
    assert found["userPrincipalName"] == "ruth.castellan@acme.example"
    assert "accountEnabled" not in found  # comes with $select only
    chosen = office.get(f"/users/{office.ruth}?$select=accountEnabled,assignedLicenses,employeeId")
    assert {name: chosen[name] for name in ("accountEnabled", "assignedLicenses", "employeeId")} == {
        "accountEnabled": True, "assignedLicenses": [], "employeeId": None,
    }  # fmt: skip
    assert office.get("/users/ruth.castellan%40acme.example")["id"] == office.ruth


def test_an_account_is_disabled_and_its_password_replaced(office: Office):
    before = office.standin.look(office.ruth)["lastPasswordChangeDateTime"]
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204
    profile = {"passwordProfile": {"password": "kZ7!long-and-random", "forceChangePasswordNextSignIn": True}}
    answer = office.ask("PATCH", f"/users/{office.ruth}", profile)
    assert (answer.status_code, answer.content) == (204, b"")
    seen = office.standin.look(office.ruth)
    assert (seen["accountEnabled"], seen["_password"]) == (False, "kZ7!long-and-random")
    assert seen["lastPasswordChangeDateTime"] > before
    assert "password" not in str(office.get(f"/users/{office.ruth}?$select=passwordProfile,id")["passwordProfile"])


@pytest.mark.parametrize("password", ["short1!", "alllowercaseletters", ""])
def test_a_weak_password_is_refused(office: Office, password: str):
    status, _, message = office.refused("PATCH", f"/users/{office.ruth}", {"passwordProfile": {"password": password}})
    assert (status, "complexity" in message) == (400, True)


def test_revoking_says_true_and_moves_the_moment(office: Office):
    before = office.get(f"/users/{office.ruth}?$select=signInSessionsValidFromDateTime")
    answer = office.ask("POST", f"/users/{office.ruth}/revokeSignInSessions")
    assert (answer.status_code, answer.json()["value"]) == (200, True)
    after = office.get(f"/users/{office.ruth}?$select=signInSessionsValidFromDateTime")
    name = "signInSessionsValidFromDateTime"
    assert after[name] > before[name]
    guest = office.standin.add_person("Gesa Ost", userType="Guest")
    assert office.ask("POST", f"/users/{guest}/revokeSignInSessions").json()["value"] is True
    assert office.standin.look(guest)[name] == before[name]  # a guest's sessions are their own tenant's


def test_a_wrong_property_is_refused_and_found_by_the_check(office: Office):
    status, code, message = office.refused("PATCH", f"/users/{office.ruth}", {"accountEnabld": False})
    assert (status, code) == (400, "Request_BadRequest")
    assert "accountEnabld" in message
    assert check_against_facts(office.standin.calls[-1]) == [
        "PATCH /users/{id}: unknown property accountEnabld of microsoft.graph.user"
    ]
    office.standin.calls.clear()  # which the fixture must not see


def test_a_synchronized_person_is_changed_where_they_come_from(office: Office):
    synced = office.standin.add_person("Sofia Synced", onPremisesSyncEnabled=True)
    status, _, message = office.refused("PATCH", f"/users/{synced}", {"accountEnabled": False})
    assert (status, "on-premises" in message) == (400, True)
    assert office.standin.look(synced)["accountEnabled"] is True


def test_a_privileged_person_is_out_of_reach_until_our_app_is_as_high(office: Office):
    office.standin.assign_role(office.ruth, "User Administrator")
    assert office.refused("PATCH", f"/users/{office.ruth}", {"accountEnabled": False})[:2] == (
        403, "Authorization_RequestDenied",
    )  # fmt: skip
    assert office.ask("POST", f"/users/{office.ruth}/revokeSignInSessions").status_code == 200
    office.standin.assign_role(office.standin.app_object, "Privileged Authentication Administrator")
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204


@pytest.mark.parametrize("how", ["member", "owner"])
def test_who_is_in_a_role_assignable_group_is_privileged(office: Office, how: str):
    names = {"members" if how == "member" else "owners": [office.ruth]}
    office.standin.add_group("Tier 0", role_assignable=True, **names)
    assert office.refused("PATCH", f"/users/{office.ruth}", {"accountEnabled": False})[0] == 403


def test_a_harmless_role_makes_nobody_privileged(office: Office):
    office.standin.assign_role(office.ruth, "Directory Readers")
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204


def test_people_report_to_somebody_else(office: Office):
    ada = office.standin.add_person("Ada Below")
    office.standin.set_manager(ada, office.ruth)
    assert [each["id"] for each in office.get(f"/users/{office.ruth}/directReports")["value"]] == [ada]
    assert office.ask("PUT", f"/users/{ada}/manager/$ref", office.refer(office.tom)).status_code == 204
    assert office.get(f"/users/{ada}/manager")["id"] == office.tom
    assert office.ask("DELETE", f"/users/{ada}/manager/$ref").status_code == 204
    assert office.refused("GET", f"/users/{ada}/manager")[0] == 404


def test_who_is_deleted_can_be_fetched_back(office: Office):
    assert office.ask("DELETE", f"/users/{office.ruth}").status_code == 204
    assert office.refused("GET", f"/users/{office.ruth}")[:2] == (404, "Request_ResourceNotFound")
    assert office.ask("POST", f"/directory/deletedItems/{office.ruth}/restore", {}).status_code == 200
    assert office.get(f"/users/{office.ruth}")["displayName"] == "Ruth Castellan"


def test_people_are_created(office: Office):
    said = {"accountEnabled": True, "displayName": "New One", "mailNickname": "new.one"}
    said |= {"userPrincipalName": "new.one@acme.example", "passwordProfile": {"password": "kZ7!long-and-random"}}
    answer = office.ask("POST", "/users", said)
    assert answer.status_code == 201
    assert office.get(f"/users/{answer.json()['id']}")["displayName"] == "New One"
    assert office.refused("POST", "/users", said)[0] == 400


def test_the_tenant_tells_what_it_is(office: Office):
    assert office.get("/organization")["value"][0]["id"] == office.standin.tenant
    assert office.get("/domains?$select=id,isVerified")["value"] == [{"id": "acme.example", "isVerified": True}]
    found = office.ask("POST", "/directoryObjects/getByIds", {"ids": [office.ruth, "gone"], "types": ["user"]}).json()
    assert [each["id"] for each in found["value"]] == [office.ruth]
    assert office.get(f"/directoryObjects/{office.tom}")["@odata.type"] == "#microsoft.graph.user"
