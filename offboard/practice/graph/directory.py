"""What several answering functions ask of the directory: who is it, what is it, and may the app touch them."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, bad, denied, missing
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Tenant, Thing

SYNCED = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently "
    "undergoing migration."
)
ORDINARY = {
    "Directory Readers", "Guest Inviter", "Message Center Reader", "Reports Reader", "Usage Summary Reports Reader",
}  # fmt: skip
"""Roles whose holders any administrator may touch (the page "Who can perform sensitive actions")."""

ABOVE_ALL = {"Global Administrator", "Privileged Authentication Administrator"}
"""Roles, one of which our app needs itself for touching holders of the others."""

_REFERENCE = re.compile(r"https://[^/]+/v1\.0/[A-Za-z]+(?:/|\(')([^/']+)")


def person(ask: Ask, wanted: str) -> Thing:
    """Return a person by id or user principal name.

    Raises:
        Refused: there is no such person.
    """
    found = ask.tenant.things.get(wanted.casefold())
    if found is not None and type_of(found) == "user":
        return found
    for thing in ask.tenant.of_type("user"):
        if wanted.casefold() == str(thing.get("userPrincipalName")).casefold():
            return thing
    raise missing(wanted)


def thing_of(ask: Ask, kind: str, wanted: str) -> Thing:
    """Return a directory object of one type by its id.

    Raises:
        Refused: there is none.
    """
    thing = ask.tenant.things.get(wanted.casefold())
    if thing is None or type_of(thing) != kind:
        raise missing(wanted)
    return thing


def referred(ask: Ask) -> Thing:
    """Return the thing that the body of a ``$ref`` call points at.

    Raises:
        Refused: it points at nothing.
    """
    hit = _REFERENCE.match(str((ask.call.body or {}).get("@odata.id", "")))
    if hit is None:
        raise bad("Invalid URL format specified in @odata.id.")
    thing = ask.tenant.things.get(hit.group(1).casefold())
    if thing is None:
        raise missing(hit.group(1))
    return thing


def roles_of(tenant: Tenant, who: str) -> set[str]:
    """Return the names of the directory roles that somebody holds now, through role-assignable groups as well."""
    holders = {who, *tenant.all_groups(who)}
    definitions = tenant.table("roleDefinitions")
    return {
        str(definitions[row["roleDefinitionId"]]["displayName"])
        for row in tenant.table("roleAssignments").values()
        if row["principalId"] in holders
    }


def held_roles(tenant: Tenant, who: str) -> list[Thing]:
    """Return the roles that somebody holds directly and everywhere, in the older form that memberships show."""
    definitions = tenant.table("roleDefinitions")
    held = [
        definitions[row["roleDefinitionId"]]
        for row in tenant.table("roleAssignments").values()
        if row["principalId"] == who and row["directoryScopeId"] == "/"
    ]
    return [
        {
            "@odata.type": "#microsoft.graph.directoryRole", "id": str(uuid.uuid5(uuid.NAMESPACE_OID, role["id"])),
            "displayName": role["displayName"], "roleTemplateId": role["templateId"], "description": None,
        } for role in held
    ]  # fmt: skip


def check_reach(ask: Ask, who: Thing) -> None:
    """Let the app touch somebody: a privileged person only when it holds one of the highest roles itself.

    Raises:
        Refused: the person is above it.
    """
    if not ask.quirks.privileged_refused:
        return
    held = roles_of(ask.tenant, who["id"]) - ORDINARY
    guarded = any(
        ask.tenant.things[group].get("isAssignableToRole")
        for link in ("members", "owners")
        for group in ask.tenant.back(link, who["id"])
    )
    if (held or guarded) and not roles_of(ask.tenant, ask.app) & ABOVE_ALL:
        raise denied()
