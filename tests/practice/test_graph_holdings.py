from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.practice.graph_office import Office

ROLES = "/roleManagement/directory"


def by_principal(who: str) -> str:
    return f"$filter=principalId eq '{who}'"


def test_a_role_is_given_and_taken(office: Office):
    held = office.standin.assign_role(office.ruth, "Reports Reader")
    path = f"{ROLES}/roleAssignments?{by_principal(office.ruth)}&$expand=roleDefinition"
    found = office.get(path)["value"]
    assert [(each["id"], each["roleDefinition"]["displayName"]) for each in found] == [(held, "Reports Reader")]
    assert office.ask("DELETE", f"{ROLES}/roleAssignments/{held}").status_code == 204
    assert office.get(path)["value"] == []
    said = {name: found[0][name] for name in ("principalId", "roleDefinitionId", "directoryScopeId")}
    assert office.ask("POST", f"{ROLES}/roleAssignments", said).status_code == 201
    assert office.refused("POST", f"{ROLES}/roleAssignments", said)[0] == 400
    assert len(office.get(path)["value"]) == 1


def test_the_last_global_administrator_stays(office: Office):
    held = office.standin.assign_role(office.ruth, "Global Administrator")
    assert office.refused("DELETE", f"{ROLES}/roleAssignments/{held}")[0] == 400
    office.standin.assign_role(office.tom, "Global Administrator")
    assert office.ask("DELETE", f"{ROLES}/roleAssignments/{held}").status_code == 204


def test_taking_what_is_active_leaves_what_can_be_taken_up(office: Office):
    office.standin.make_eligible(office.ruth, "User Administrator")
    active = office.standin.activate_role(office.ruth, "User Administrator")
    assert office.ask("DELETE", f"{ROLES}/roleAssignments/{active}").status_code == 204
    assert office.get(f"{ROLES}/roleAssignmentScheduleInstances?{by_principal(office.ruth)}")["value"] == []
    left = office.get(f"{ROLES}/roleEligibilityScheduleInstances?{by_principal(office.ruth)}")["value"]
    assert [each["roleDefinitionId"] for each in left] == [office.standin.role("User Administrator")]


@pytest.mark.parametrize(
    ("requests", "schedules"),
    [
        ("roleEligibilityScheduleRequests", "roleEligibilitySchedules"),
        ("roleAssignmentScheduleRequests", "roleAssignmentSchedules"),
    ],
)
def test_roles_by_schedule_are_asked_for(office: Office, requests: str, schedules: str):
    said = {
        "principalId": office.ruth, "roleDefinitionId": office.standin.role("Reports Reader"), "directoryScopeId": "/",
        "justification": "practice",
    }  # fmt: skip
    given = office.ask("POST", f"{ROLES}/{requests}", said | {"action": "adminAssign"})
    assert (given.status_code, given.json()["status"]) == (201, "Provisioned")
    path = f"{ROLES}/{schedules}?{by_principal(office.ruth)}&$expand=roleDefinition,principal"
    assert office.get(path)["value"][0]["principal"]["displayName"] == "Ruth Castellan"
    assert office.refused("POST", f"{ROLES}/{requests}", said | {"action": "adminAssign"})[1] == "RoleAssignmentExists"
    taken = office.ask("POST", f"{ROLES}/{requests}", said | {"action": "adminRemove"})
    assert (taken.status_code, taken.json()["status"]) == (201, "Revoked")
    assert office.get(path)["value"] == []
    again = office.refused("POST", f"{ROLES}/{requests}", said | {"action": "adminRemove"})
    assert again[:2] == (400, "RoleAssignmentDoesNotExist")
    assert len(office.get(f"{ROLES}/{requests}")["value"]) == 2


def test_the_narrow_right_removes_and_gives_nothing(office: Office):
    office.standin.assign_role(office.ruth, "Reports Reader")
    office.standin.permissions = {"RoleAssignmentSchedule.Remove.Directory"}
    office.sign_in()
    said = {
        "principalId": office.ruth, "roleDefinitionId": office.standin.role("Reports Reader"), "directoryScopeId": "/",
    }  # fmt: skip
    path = f"{ROLES}/roleAssignmentScheduleRequests"
    assert office.ask("POST", path, said | {"action": "adminRemove"}).status_code == 201
    assert office.refused("POST", path, said | {"action": "adminAssign"})[0] == 403


def test_without_the_premium_plan_there_are_no_schedules(office: Office):
    office.standin.quirks.has_pim = False
    assert office.refused("GET", f"{ROLES}/roleEligibilityScheduleInstances")[:2] == (400, "AadPremiumLicenseRequired")
    assert office.get(f"{ROLES}/roleAssignments")["value"] == []


def test_what_people_own_is_handed_over(office: Office):
    group = office.standin.add_group("Sales", owners=[office.ruth])
    app, principal = office.standin.add_app("Quotes", owners=[office.ruth], secrets=2, certificates=1)
    found = office.get(f"/users/{office.ruth}/ownedObjects")["value"]
    assert [each["@odata.type"].rpartition(".")[2] for each in found] == ["group", "servicePrincipal", "application"]
    assert {each["id"] for each in found} == {group, principal, app}
    for kind, identity in (("applications", app), ("servicePrincipals", principal)):
        path = f"/{kind}/{identity}/owners"
        assert office.ask("POST", f"{path}/$ref", office.refer(office.tom)).status_code == 204
        assert office.refused("POST", f"{path}/$ref", office.refer(office.tom))[0] == 400
        assert office.ask("DELETE", f"{path}/{office.ruth}/$ref").status_code == 204
        assert [each["id"] for each in office.get(path)["value"]] == [office.tom]
        assert office.ask("DELETE", f"{path}/{office.tom}/$ref").status_code == 204  # an app may have no owner
    secrets = office.get(f"/applications/{app}")["passwordCredentials"]
    assert office.ask("POST", f"/applications/{app}/removePassword", {"keyId": secrets[0]["keyId"]}).status_code == 204
    left = office.get(f"/applications/{app}?$select=id,passwordCredentials,keyCredentials")
    assert (len(left["passwordCredentials"]), len(left["keyCredentials"])) == (1, 1)
    assert office.get("/servicePrincipals?$filter=displayName eq 'Quotes'")["value"][0]["id"] == principal


def test_with_the_right_for_its_own_apps_others_are_out_of_reach(office: Office):
    app, _ = office.standin.add_app("Quotes", owners=[office.ruth])
    office.standin.permissions = {"Application.ReadWrite.OwnedBy", "Directory.Read.All"}
    office.sign_in()
    assert office.refused("DELETE", f"/applications/{app}/owners/{office.ruth}/$ref")[0] == 403
    office.standin.own(app, office.standin.app_object)
    assert office.ask("DELETE", f"/applications/{app}/owners/{office.ruth}/$ref").status_code == 204


def test_an_app_is_given_and_taken(office: Office):
    _, principal = office.standin.add_app("Payroll")
    group = office.standin.add_group("Staff", members=[office.ruth])
    given = office.standin.give_app_role(office.ruth, principal)
    office.standin.give_app_role(group, principal)
    path = f"/users/{office.ruth}/appRoleAssignments"
    found = office.get(path)["value"]
    assert [each["id"] for each in found] == [given]  # what comes by the group is not listed
    assert office.refused("DELETE", f"/users/{office.tom}/appRoleAssignments/{given}")[0] == 404
    assert office.ask("DELETE", f"{path}/{given}").status_code == 204
    said = {name: found[0][name] for name in ("principalId", "resourceId", "appRoleId")}
    assert office.ask("POST", path, said).status_code == 201
    assert office.refused("POST", path, said)[0] == 400


def test_consents_are_ones_own_or_everybodys(office: Office):
    _, principal = office.standin.add_app("Notes", registered=False)
    own = office.standin.add_consent(principal, "Mail.Read", who=office.ruth)
    everybodys = office.standin.add_consent(principal, "User.Read")
    found = office.get(f"/users/{office.ruth}/oauth2PermissionGrants")["value"]
    assert [(each["id"], each["consentType"], each["scope"]) for each in found] == [(own, "Principal", "Mail.Read")]
    every = office.get("/oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'")["value"]
    assert [each["id"] for each in every] == [everybodys]
    assert office.ask("DELETE", f"/oauth2PermissionGrants/{own}").status_code == 204
    assert office.refused("GET", f"/oauth2PermissionGrants/{own}")[0] == 404
    said = {name: found[0][name] for name in ("clientId", "consentType", "principalId", "resourceId", "scope")}
    assert office.ask("POST", "/oauth2PermissionGrants", said).status_code == 201
    assert office.refused("POST", "/oauth2PermissionGrants", said)[0] == 409


def test_the_default_method_goes_last(office: Office):
    app = office.standin.add_method(office.ruth, "microsoftAuthenticator", default=True)
    key = office.standin.add_method(office.ruth, "fido2")
    phone = office.standin.add_method(office.ruth, "phone")
    root = f"/users/{office.ruth}/authentication"
    kinds = [each["@odata.type"].rpartition(".")[2] for each in office.get(f"{root}/methods")["value"]]
    assert kinds == ["passwordAuthenticationMethod", "microsoftAuthenticatorAuthenticationMethod",
                     "fido2AuthenticationMethod", "phoneAuthenticationMethod"]  # fmt: skip
    status, _, message = office.refused("DELETE", f"{root}/microsoftAuthenticatorMethods/{app}")
    assert (status, "default" in message) == (400, True)
    assert office.ask("DELETE", f"{root}/fido2Methods/{key}").status_code == 204
    assert office.ask("DELETE", f"{root}/phoneMethods/{phone}").status_code == 204
    assert office.ask("DELETE", f"{root}/microsoftAuthenticatorMethods/{app}").status_code == 204
    assert len(office.get(f"{root}/methods")["value"]) == 1


def test_methods_are_removed_by_the_path_of_their_kind(office: Office):
    key = office.standin.add_method(office.ruth, "fido2")
    root = f"/users/{office.ruth}/authentication"
    assert office.refused("DELETE", f"{root}/phoneMethods/{key}")[0] == 404
    assert office.refused("DELETE", f"{root}/methods/{key}")[0] == 404
    password = office.get(f"{root}/methods")["value"][0]["id"]
    assert office.refused("DELETE", f"{root}/passwordMethods/{password}")[0] == 404
    office.standin.calls.clear()  # two calls that Graph does not have


def test_a_telephone_is_registered_again(office: Office):
    root = f"/users/{office.ruth}/authentication/phoneMethods"
    said = {"phoneNumber": "+44 2079460123", "phoneType": "mobile"}
    answer = office.ask("POST", root, said)
    assert answer.status_code == 201
    assert office.get(root)["value"][0]["id"] == answer.json()["id"] == "3179e48a-750b-4051-897c-87b9720928f7"
    assert office.refused("POST", root, said)[0] == 400


def test_devices_are_disabled(office: Office):
    device = office.standin.add_device("RUTH-LAPTOP", owner=office.ruth)
    for word in ("registeredDevices", "ownedDevices"):
        assert [each["id"] for each in office.get(f"/users/{office.ruth}/{word}")["value"]] == [device]
    assert office.ask("PATCH", f"/devices/{device}", {"accountEnabled": False}).status_code == 204
    assert office.get(f"/devices/{device}?$select=accountEnabled,id")["accountEnabled"] is False
    other = office.standin.look(device)["deviceId"]
    assert office.refused("PATCH", f"/devices/{other}", {"accountEnabled": True})[0] == 404


def test_licences_are_taken_and_given_back(office: Office):
    sku, other = office.standin.add_sku("SPE_E3"), office.standin.add_sku("VISIOCLIENT")
    office.standin.give_licence(office.ruth, sku)
    path = f"/users/{office.ruth}/assignLicense"
    assert office.ask("POST", path, {"addLicenses": [], "removeLicenses": [sku]}).status_code == 200
    assert office.refused("POST", path, {"addLicenses": [], "removeLicenses": [sku]})[0] == 400
    assert office.refused("POST", path, {"removeLicenses": [sku]})[0] == 400
    back = {"addLicenses": [{"skuId": sku, "disabledPlans": []}, {"skuId": other}], "removeLicenses": []}
    assert office.ask("POST", path, back).status_code == 200
    assert {each["skuId"] for each in office.get(f"/users/{office.ruth}/licenseDetails")["value"]} == {sku, other}
    assert {each["skuPartNumber"] for each in office.get("/subscribedSkus")["value"]} == {"SPE_E3", "VISIOCLIENT"}
    assert office.ask("POST", f"/users/{office.ruth}/reprocessLicenseAssignment").status_code == 200
