"""Answers about people: found, read, changed, signed out, deleted and restored; who reports to whom."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Reply, answers, bad, missing
from offboard.practice.graph.directory import SYNCED, check_reach, person, referred
from offboard.practice.graph.listing import many, one
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

SENSITIVE = {
    "accountEnabled", "passwordProfile", "businessPhones", "mobilePhone", "otherMails", "userPrincipalName",
    "onPremisesImmutableId",
}  # fmt: skip
"""What only a higher administrator may change of a privileged person."""

CLOUD_OWNED = {"usageLocation", "otherMails", "businessPhones"}
"""What may be written of a synchronized person."""

_ENOUGH = 8


@answers("GET /users")
def list_people(ask: Ask) -> Reply:
    """Return people."""
    return many(ask, ask.tenant.of_type("user"), "user", "users")


@answers("GET /users/{id}")
def read_person(ask: Ask, who: str) -> Reply:
    """Return one person."""
    return one(ask, person(ask, who), "user", "users")


@answers("POST /users")
def create_person(ask: Ask) -> Reply:
    """Create somebody, as a new account has it."""
    body = ask.call.body
    absent = {"accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"} - set(body)
    if absent:
        raise bad(f"A value is required for property '{min(absent)}' of resource 'User'.")
    taken = {str(each.get("userPrincipalName")).casefold() for each in ask.tenant.of_type("user")}
    if body["userPrincipalName"].casefold() in taken:
        raise bad("Another object with the same value for property userPrincipalName already exists.")
    made: Thing = {"@odata.type": "#microsoft.graph.user", "id": str(uuid.uuid4()), "userType": "Member"} | dict(body)
    made["_password"] = made.pop("passwordProfile")["password"]
    ask.tenant.things[made["id"]] = made
    return one(ask, made, "user", "users", status=201)


@answers("PATCH /users/{id}")
def change_person(ask: Ask, who: str) -> Reply:
    """Write properties; a password is taken and never shown."""
    found, body = person(ask, who), dict(ask.call.body)
    if SENSITIVE & set(body):
        check_reach(ask, found)
    if found.get("onPremisesSyncEnabled") and ask.quirks.synced_refused and set(body) - CLOUD_OWNED:
        raise bad(SYNCED)
    if body.keys() & {"id", "signInSessionsValidFromDateTime", "onPremisesSyncEnabled"}:
        raise bad("Property is read-only and cannot be set.")
    profile = body.pop("passwordProfile", None)
    if profile is not None:
        _set_password(found, profile)
    found.update(body)
    return Reply(204)


def _set_password(found: Thing, profile: Thing) -> None:
    password = str(profile.get("password") or "")
    kinds = [r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d]"]
    if len(password) < _ENOUGH or sum(bool(re.search(kind, password)) for kind in kinds) < 3:  # noqa: PLR2004 - the rule
        raise bad("The specified password does not comply with password complexity requirements.")
    found["_password"] = password
    found["_passwords_set"] = found.get("_passwords_set", 0) + 1
    found["lastPasswordChangeDateTime"] = _now()
    found["_force_change"] = bool(profile.get("forceChangePasswordNextSignIn"))


@answers("DELETE /users/{id}")
def delete_person(ask: Ask, who: str) -> Reply:
    """Put somebody into the bin, from where they can be fetched for thirty days."""
    found = person(ask, who)
    check_reach(ask, found)
    _bin(ask, found)
    return Reply(204)


def _bin(ask: Ask, found: Thing) -> None:
    ask.tenant.table("deletedItems")[found["id"]] = found | {"deletedDateTime": _now()}
    del ask.tenant.things[found["id"]]
    for link, pairs in ask.tenant.links.items():
        ask.tenant.links[link] = [pair for pair in pairs if found["id"] not in pair]


@answers("POST /directory/deletedItems/{id}/restore")
def restore(ask: Ask, who: str) -> Reply:
    """Fetch something back out of the bin."""
    found = ask.tenant.table("deletedItems").pop(who, None)
    if found is None:
        raise missing(who)
    found.pop("deletedDateTime")
    ask.tenant.things[who] = found
    return one(ask, found, type_of(found), "directoryObjects", mixed=True)


@answers("POST /users/{id}/revokeSignInSessions")
def revoke(ask: Ask, who: str) -> Reply:
    """Let what was handed out for going on without signing in be worth nothing; a guest's is their own tenant's."""
    found = person(ask, who)
    if ask.quirks.revoking_works and found.get("userType") != "Guest":
        found["signInSessionsValidFromDateTime"] = _now()
    return Reply(200, {"@odata.context": f"{ask.base}/$metadata#Edm.Boolean", "value": True})


@answers("GET /users/{id}/manager")
def read_manager(ask: Ask, who: str) -> Reply:
    """Return who somebody reports to."""
    above = ask.tenant.to("manager", person(ask, who)["id"])
    if not above:
        raise missing("manager")
    return one(ask, ask.tenant.things[above[0]], "user", "directoryObjects", mixed=True)


@answers("PUT /users/{id}/manager/$ref")
def write_manager(ask: Ask, who: str) -> Reply:
    """Write who somebody reports to."""
    found, above = person(ask, who), referred(ask)
    if found.get("onPremisesSyncEnabled") and ask.quirks.synced_refused:
        raise bad(SYNCED)
    for former in ask.tenant.to("manager", found["id"]):
        ask.tenant.unlink("manager", found["id"], former)
    ask.tenant.link("manager", found["id"], above["id"])
    return Reply(204)


@answers("DELETE /users/{id}/manager/$ref")
def remove_manager(ask: Ask, who: str) -> Reply:
    """Let somebody report to nobody."""
    found = person(ask, who)
    above = ask.tenant.to("manager", found["id"])
    if not above:
        raise missing("manager")
    ask.tenant.unlink("manager", found["id"], above[0])
    return Reply(204)


@answers("GET /users/{id}/directReports")
def list_reports(ask: Ask, who: str) -> Reply:
    """Return who reports to somebody."""
    below = ask.tenant.back("manager", person(ask, who)["id"])
    return many(ask, [ask.tenant.things[each] for each in below], "", "directoryObjects")


@answers("GET /users/{id}/sponsors")
def list_sponsors(ask: Ask, who: str) -> Reply:
    """Return who answers for a guest."""
    found = ask.tenant.to("sponsors", person(ask, who)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


@answers("GET /users/{id}/sponsorOf")
def list_sponsored(ask: Ask, who: str) -> Reply:
    """Return the guests, and the accounts of agents, that somebody answers for."""
    found = ask.tenant.back("sponsors", person(ask, who)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
