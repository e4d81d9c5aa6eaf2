"""Answers about groups, their members and their owners, with everything that Graph refuses there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.graph.belongings import settle_licences
from offboard.practice.graph.calls import Ask, Reply, answers, bad, denied, missing
from offboard.practice.graph.directory import SYNCED, check_reach, held_roles, person, referred, thing_of
from offboard.practice.graph.listing import many, one
from offboard.practice.graph.people import _bin
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

MAIL_ENABLED = "Cannot Update a mail-enabled security groups and or distribution list."
DYNAMIC = "Insufficient privileges to complete the operation: the membership of a dynamic group follows its rule."
THERE = "One or more added object references already exist for the following modified properties: '{}'."
LAST_OWNER = "The group must have at least one owner, hence this owner cannot be removed."


@answers("GET /groups")
def list_groups(ask: Ask) -> Reply:
    """Return groups."""
    return many(ask, ask.tenant.of_type("group"), "group", "groups")


@answers("GET /groups/{id}")
def read_group(ask: Ask, group: str) -> Reply:
    """Return one group."""
    return one(ask, thing_of(ask, "group", group), "group", "groups")


@answers("GET /users/{id}/memberOf")
def list_groups_of(ask: Ask, who: str) -> Reply:
    """Return the groups, roles and units that somebody is in directly."""
    found = [ask.tenant.things[each] for each in ask.tenant.back("members", person(ask, who)["id"])]
    return many(ask, found + held_roles(ask.tenant, person(ask, who)["id"]), "", "directoryObjects")


@answers("GET /users/{id}/memberOf/microsoft.graph.group")
def list_groups_only(ask: Ask, who: str) -> Reply:
    """Return the groups alone: an advanced query."""
    if not ask.eventual or ask.option("count") != "true":
        raise bad("The OData cast of a link needs the header ConsistencyLevel: eventual and $count=true.")
    found = [ask.tenant.things[each] for each in ask.tenant.back("members", person(ask, who)["id"])]
    return many(ask, [each for each in found if type_of(each) == "group"], "group", "groups")


@answers("GET /users/{id}/transitiveMemberOf")
def list_all_groups_of(ask: Ask, who: str) -> Reply:
    """Return the groups, roles and units that somebody is in, through others as well."""
    found = ask.tenant.all_groups(person(ask, who)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


@answers("GET /groups/{id}/members")
def list_members(ask: Ask, group: str) -> Reply:
    """Return who is in a group."""
    found = ask.tenant.to("members", thing_of(ask, "group", group)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


@answers("POST /groups/{id}/members/$ref")
def add_member(ask: Ask, group: str) -> Reply:
    """Put somebody into a group."""
    into, who = thing_of(ask, "group", group), referred(ask)
    _check_membership(ask, into)
    if ask.tenant.linked("members", into["id"], who["id"]):
        raise bad(THERE.format("members"))
    ask.tenant.link("members", into["id"], who["id"])
    for licence in into.get("assignedLicenses", []):
        given = licence | {"assignedByGroup": into["id"], "state": "Active", "error": "None"}
        who.setdefault("licenseAssignmentStates", []).append(given)
        settle_licences(who)
    return Reply(204)


@answers("DELETE /groups/{id}/members/{id}/$ref")
def remove_member(ask: Ask, group: str, who: str) -> Reply:
    """Take somebody out of a group."""
    out_of = thing_of(ask, "group", group)
    if not ask.tenant.linked("members", out_of["id"], who.casefold()):
        raise missing(who)
    _check_membership(ask, out_of)
    ask.tenant.unlink("members", out_of["id"], who.casefold())
    if out_of.get("assignedLicenses"):
        _take_licences(ask.tenant.things[who.casefold()], out_of["id"])
    return Reply(204)


@answers("DELETE /groups/{id}/members/{id}")
def delete_member(ask: Ask, group: str, who: str) -> Reply:
    """Delete the person: without ``/$ref`` the path means them and no longer their membership (the page says so)."""
    out_of = thing_of(ask, "group", group)
    if not ask.tenant.linked("members", out_of["id"], who.casefold()):
        raise missing(who)
    if not ask.quirks.bare_member_delete_deletes_person:
        ask.tenant.unlink("members", out_of["id"], who.casefold())
        return Reply(204)
    if ask.quirks.rights_checked and not ask.rights & {"User.ReadWrite.All", "User.DeleteRestore.All"}:
        raise denied()
    found = person(ask, who)
    check_reach(ask, found)
    _bin(ask, found)
    return Reply(204)


@answers("GET /groups/{id}/owners")
def list_owners(ask: Ask, group: str) -> Reply:
    """Return who owns a group."""
    found = ask.tenant.to("owners", thing_of(ask, "group", group)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


@answers("POST /groups/{id}/owners/$ref")
def add_owner(ask: Ask, group: str) -> Reply:
    """Make somebody an owner; of a team they become a member too."""
    owned, who = thing_of(ask, "group", group), referred(ask)
    _check_writable(ask, owned)
    if ask.tenant.linked("owners", owned["id"], who["id"]):
        raise bad(THERE.format("owners"))
    ask.tenant.link("owners", owned["id"], who["id"])
    return Reply(204)


@answers("DELETE /groups/{id}/owners/{id}/$ref")
def remove_owner(ask: Ask, group: str, who: str) -> Reply:
    """Let somebody own a group no longer; the last owner stays, and a team's loses the membership too."""
    owned = thing_of(ask, "group", group)
    if not ask.tenant.linked("owners", owned["id"], who.casefold()):
        raise missing(who)
    _check_writable(ask, owned)
    if ask.quirks.last_owner_refused and len(ask.tenant.to("owners", owned["id"])) == 1:
        raise bad(LAST_OWNER)
    ask.tenant.unlink("owners", owned["id"], who.casefold())
    is_team = "Team" in owned.get("resourceProvisioningOptions", [])
    if is_team and ask.tenant.linked("members", owned["id"], who.casefold()):
        ask.tenant.unlink("members", owned["id"], who.casefold())
    return Reply(204)


@answers("GET /users/{id}/joinedTeams")
def list_teams(ask: Ask, who: str) -> Reply:
    """Return the teams that somebody is in: groups with a team behind them."""
    found = [ask.tenant.things[each] for each in ask.tenant.back("members", person(ask, who)["id"])]
    teams = [
        {name: each.get(name) for name in ("id", "displayName", "description")}
        for each in found
        if "Team" in each.get("resourceProvisioningOptions", [])
    ]
    return many(ask, teams, "team", "teams")


def _take_licences(who: Thing, group: str) -> None:
    states = who.get("licenseAssignmentStates", [])
    who["licenseAssignmentStates"] = [each for each in states if each["assignedByGroup"] != group]
    settle_licences(who)


def _check_membership(ask: Ask, group: Thing) -> None:
    if ask.quirks.dynamic_refused and "DynamicMembership" in group.get("groupTypes", []):
        raise bad(DYNAMIC)
    _check_writable(ask, group)


def _check_writable(ask: Ask, group: Thing) -> None:
    if ask.quirks.synced_refused and group.get("onPremisesSyncEnabled"):
        raise bad(SYNCED)
    if ask.quirks.mail_enabled_refused and group.get("mailEnabled") and "Unified" not in group.get("groupTypes", []):
        raise bad(MAIL_ENABLED)
    guarded = ask.quirks.role_assignable_guarded and group.get("isAssignableToRole")
    if guarded and "RoleManagement.ReadWrite.Directory" not in ask.rights:
        raise denied()
