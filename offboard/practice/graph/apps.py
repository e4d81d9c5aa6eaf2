"""Answers about apps: registrations and their secrets, who owns them, who was given them, who agreed to what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Refused, Reply, answers, bad, denied, missing
from offboard.practice.graph.directory import person, referred, thing_of
from offboard.practice.graph.listing import many, one
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

THERE = "One or more added object references already exist for the following modified properties: 'owners'."
ASSIGNED = "Permission being assigned already exists on the object"
GRANTED = "Permission entry already exists."
OWNABLE = ("group", "application", "servicePrincipal")


@answers("GET /applications", "GET /servicePrincipals")
def list_apps(ask: Ask) -> Reply:
    """Return app registrations, or what stands for apps in this tenant."""
    return many(ask, ask.tenant.of_type(_kind(ask)), _kind(ask), f"{_kind(ask)}s")


@answers("GET /applications/{id}", "GET /servicePrincipals/{id}")
def read_app(ask: Ask, app: str) -> Reply:
    """Return one."""
    return one(ask, thing_of(ask, _kind(ask), app), _kind(ask), f"{_kind(ask)}s")


@answers("GET /applications/{id}/owners", "GET /servicePrincipals/{id}/owners")
def list_owners(ask: Ask, app: str) -> Reply:
    """Return who owns an app: nobody is possible."""
    found = ask.tenant.to("owners", thing_of(ask, _kind(ask), app)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


@answers("POST /applications/{id}/owners/$ref", "POST /servicePrincipals/{id}/owners/$ref")
def add_owner(ask: Ask, app: str) -> Reply:
    """Make somebody an owner."""
    owned, who = _ours(ask, app), referred(ask)
    if ask.tenant.linked("owners", owned["id"], who["id"]):
        raise bad(THERE)
    ask.tenant.link("owners", owned["id"], who["id"])
    return Reply(204)


@answers("DELETE /applications/{id}/owners/{id}/$ref", "DELETE /servicePrincipals/{id}/owners/{id}/$ref")
def remove_owner(ask: Ask, app: str, who: str) -> Reply:
    """Let somebody own an app no longer."""
    owned = _ours(ask, app)
    if not ask.tenant.linked("owners", owned["id"], who.casefold()):
        raise missing(who)
    ask.tenant.unlink("owners", owned["id"], who.casefold())
    return Reply(204)


@answers("POST /applications/{id}/removePassword")
def remove_secret(ask: Ask, app: str) -> Reply:
    """Take one of an app's secrets away."""
    owned = _ours(ask, app)
    wanted = next((value for name, value in ask.call.body.items() if name.casefold() == "keyid"), None)
    left = [secret for secret in owned.get("passwordCredentials", []) if secret["keyId"] != wanted]
    if len(left) == len(owned.get("passwordCredentials", [])):
        raise bad("No password credential found with keyId.")
    owned["passwordCredentials"] = left
    return Reply(204)


@answers("GET /users/{id}/ownedObjects")
def list_owned(ask: Ask, who: str) -> Reply:
    """Return the groups and apps that somebody owns."""
    found = [ask.tenant.things[each] for each in ask.tenant.back("owners", person(ask, who)["id"])]
    return many(ask, [each for each in found if type_of(each) in OWNABLE], "", "directoryObjects")


@answers("GET /users/{id}/appRoleAssignments")
def list_given(ask: Ask, who: str) -> Reply:
    """Return the apps that somebody was given directly; what comes by a group is not listed here."""
    return _assignments(ask, "principalId", person(ask, who)["id"])


@answers("GET /servicePrincipals/{id}/appRoleAssignments")
def list_given_to_app(ask: Ask, app: str) -> Reply:
    """Return what an app was given itself."""
    return _assignments(ask, "principalId", thing_of(ask, "servicePrincipal", app)["id"])


@answers("POST /users/{id}/appRoleAssignments")
def give(ask: Ask, who: str) -> Reply:
    """Give somebody an app."""
    found, body = person(ask, who), ask.call.body
    for name in ("principalId", "resourceId", "appRoleId"):
        if not body.get(name):
            raise bad(f"A value is required for property '{name}'.")
    app = thing_of(ask, "servicePrincipal", body["resourceId"])
    same = {name: body[name] for name in ("principalId", "resourceId", "appRoleId")}
    rows = ask.tenant.table("appRoleAssignments")
    if any(same.items() <= row.items() for row in rows.values()):
        raise bad(ASSIGNED)
    made = same | {
        "id": uuid.uuid4().hex, "principalType": "User", "principalDisplayName": found["displayName"],
        "resourceDisplayName": app["displayName"],
    }  # fmt: skip
    rows[made["id"]] = made
    return one(ask, made, "appRoleAssignment", "appRoleAssignments", status=201)


@answers("DELETE /users/{id}/appRoleAssignments/{id}")
def take(ask: Ask, who: str, assignment: str) -> Reply:
    """Take an app away from somebody."""
    found = ask.tenant.table("appRoleAssignments").get(assignment)
    if found is None or found["principalId"] != person(ask, who)["id"]:
        raise missing(assignment)
    del ask.tenant.table("appRoleAssignments")[assignment]
    return Reply(204)


@answers("GET /oauth2PermissionGrants")
def list_grants(ask: Ask) -> Reply:
    """Return what was agreed to, by one person or for all."""
    return many(
        ask, ask.tenant.table("oauth2PermissionGrants").values(), "oAuth2PermissionGrant", "oauth2PermissionGrants"
    )


@answers("GET /users/{id}/oauth2PermissionGrants")
def list_grants_of(ask: Ask, who: str) -> Reply:
    """Return what one person agreed to."""
    wanted = person(ask, who)["id"]
    found = [row for row in ask.tenant.table("oauth2PermissionGrants").values() if row["principalId"] == wanted]
    return many(ask, found, "oAuth2PermissionGrant", "oauth2PermissionGrants")


@answers("GET /oauth2PermissionGrants/{id}")
def read_grant(ask: Ask, grant: str) -> Reply:
    """Return one."""
    return one(ask, _grant(ask, grant), "oAuth2PermissionGrant", "oauth2PermissionGrants")


@answers("POST /oauth2PermissionGrants")
def agree(ask: Ask) -> Reply:
    """Agree in somebody's name, or for all."""
    body = ask.call.body
    if body.get("consentType") not in {"Principal", "AllPrincipals"} or not body.get("clientId"):
        raise bad("A value is required for property 'consentType'.")
    if (body["consentType"] == "Principal") != bool(body.get("principalId")):
        raise bad("principalId goes with consentType Principal, and only with it.")
    thing_of(ask, "servicePrincipal", body["clientId"])
    same = {name: body.get(name) for name in ("clientId", "consentType", "principalId", "resourceId")}
    rows = ask.tenant.table("oauth2PermissionGrants")
    if any(same.items() <= row.items() for row in rows.values()):
        raise Refused(409, "Request_MultipleObjectsWithSameKeyValue", GRANTED)
    made = same | {"id": uuid.uuid4().hex, "scope": body.get("scope") or ""}
    rows[made["id"]] = made
    return one(ask, made, "oAuth2PermissionGrant", "oauth2PermissionGrants", status=201)


@answers("DELETE /oauth2PermissionGrants/{id}")
def disagree(ask: Ask, grant: str) -> Reply:
    """Take back what was agreed to: for everybody, when it was agreed to for everybody."""
    _grant(ask, grant)
    del ask.tenant.table("oauth2PermissionGrants")[grant]
    return Reply(204)


def _assignments(ask: Ask, name: str, wanted: str) -> Reply:
    found = [row for row in ask.tenant.table("appRoleAssignments").values() if row[name] == wanted]
    return many(ask, found, "appRoleAssignment", "appRoleAssignments")


def _grant(ask: Ask, grant: str) -> Thing:
    found = ask.tenant.table("oauth2PermissionGrants").get(grant)
    if found is None:
        raise missing(grant)
    return found


def _kind(ask: Ask) -> str:
    return "application" if ask.call.path.casefold().startswith("/applications") else "servicePrincipal"


def _ours(ask: Ask, app: str) -> Thing:
    """Return an app that we may write: any, or only what our own app owns."""
    found = thing_of(ask, _kind(ask), app)
    whole = ask.rights & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}
    if ask.quirks.rights_checked and not whole and not ask.tenant.linked("owners", found["id"], ask.app):
        raise denied()
    return found
