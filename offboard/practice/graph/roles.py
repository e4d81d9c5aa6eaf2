"""Answers about directory roles: held for good, held for a time, and ready to be taken up (PIM)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.practice.graph.calls import Ask, Refused, Reply, answers, bad, denied, missing
from offboard.practice.graph.listing import many, one
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

ROOT = "roleManagement/directory"
NO_PREMIUM = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
CONFLICT = "A conflicting object with one or more of the specified property values is present in the directory."
LAST_ADMIN = "Removing self or the last member of this role is not allowed: somebody must remain Global Administrator."
KINDS = {"assignment": "Assignment", "eligibility": "Eligibility"}


@answers("GET /roleManagement/directory/roleDefinitions")
def list_roles(ask: Ask) -> Reply:
    """Return the roles that there are."""
    found = ask.tenant.table("roleDefinitions").values()
    return many(ask, found, "unifiedRoleDefinition", f"{ROOT}/roleDefinitions")


@answers("GET /roleManagement/directory/roleDefinitions/{id}")
def read_role(ask: Ask, role: str) -> Reply:
    """Return one role."""
    return one(ask, _row(ask, "roleDefinitions", role), "unifiedRoleDefinition", f"{ROOT}/roleDefinitions")


@answers("GET /roleManagement/directory/roleAssignments")
def list_assignments(ask: Ask) -> Reply:
    """Return who holds which role now."""
    found = ask.tenant.table("roleAssignments").values()
    return many(ask, found, "unifiedRoleAssignment", f"{ROOT}/roleAssignments", expand=_expander(ask))


@answers("GET /roleManagement/directory/roleAssignments/{id}")
def read_assignment(ask: Ask, assignment: str) -> Reply:
    """Return one assignment."""
    return one(ask, _row(ask, "roleAssignments", assignment), "unifiedRoleAssignment", f"{ROOT}/roleAssignments")


@answers("POST /roleManagement/directory/roleAssignments")
def assign(ask: Ask) -> Reply:
    """Give a role for good."""
    body = ask.call.body
    for name in ("principalId", "roleDefinitionId", "directoryScopeId"):
        if not body.get(name):
            raise bad(f"A value is required for property '{name}'.")
    if body["principalId"] not in ask.tenant.things:
        raise missing(body["principalId"])
    _row(ask, "roleDefinitions", body["roleDefinitionId"])
    if _held(ask, "roleAssignments", body):
        raise bad(CONFLICT)
    made = _give(ask, body, "Assigned", _now(), None)
    return one(ask, made, "unifiedRoleAssignment", f"{ROOT}/roleAssignments", status=201)


@answers("DELETE /roleManagement/directory/roleAssignments/{id}")
def remove_assignment(ask: Ask, assignment: str) -> Reply:
    """Take a role away; that it can be taken up again is another thing, and stays."""
    _take(ask, _row(ask, "roleAssignments", assignment))
    return Reply(204)


@answers(
    "GET /roleManagement/directory/roleEligibilitySchedules",
    "GET /roleManagement/directory/roleAssignmentSchedules",
    "GET /roleManagement/directory/roleEligibilityScheduleRequests",
    "GET /roleManagement/directory/roleAssignmentScheduleRequests",
)
def list_schedules(ask: Ask) -> Reply:
    """Return who can take up which role, or holds it, by schedule; or what was asked for."""
    _check_premium(ask)
    table = next(name for name in _TABLES if name.casefold() == ask.call.path.rpartition("/")[2].casefold())
    found = ask.tenant.table(table).values()
    return many(ask, found, f"unifiedR{table[1:-1]}", f"{ROOT}/{table}", expand=_expander(ask))


@answers("GET /roleManagement/directory/roleEligibilityScheduleInstances")
def list_eligible(ask: Ask) -> Reply:
    """Return who can take up which role at this moment."""
    _check_premium(ask)
    found = [_instance(row) | {"roleEligibilityScheduleId": row["id"]} for row in _schedules(ask, "Eligibility")]
    kind = "unifiedRoleEligibilityScheduleInstance"
    return many(ask, found, kind, f"{ROOT}/roleEligibilityScheduleInstances", expand=_expander(ask))


@answers("GET /roleManagement/directory/roleAssignmentScheduleInstances")
def list_active(ask: Ask) -> Reply:
    """Return who holds which role at this moment, and whether it was taken up or given."""
    _check_premium(ask)
    found = [
        _instance(row) | {
            "roleAssignmentScheduleId": row["id"], "roleAssignmentOriginId": row["_assignment"],
            "assignmentType": row["assignmentType"],
        } for row in _schedules(ask, "Assignment")
    ]  # fmt: skip
    kind = "unifiedRoleAssignmentScheduleInstance"
    return many(ask, found, kind, f"{ROOT}/roleAssignmentScheduleInstances", expand=_expander(ask))


@answers("POST /roleManagement/directory/roleEligibilityScheduleRequests")
def ask_for_eligibility(ask: Ask) -> Reply:
    """Let somebody take up a role, or no longer."""
    body = _asked(ask)
    held = _held(ask, "roleEligibilitySchedules", body)
    if body["action"] == "adminRemove":
        if not held:
            raise Refused(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
        del ask.tenant.table("roleEligibilitySchedules")[held["id"]]
        return _noted(ask, "roleEligibilityScheduleRequests", "Revoked")
    if held:
        raise Refused(400, "RoleAssignmentExists", "The Role assignment already exists.")
    made = _target(body) | {"id": str(uuid.uuid4()), "status": "Provisioned", "memberType": "Direct"}
    ask.tenant.table("roleEligibilitySchedules")[made["id"]] = made | {"scheduleInfo": body.get("scheduleInfo")}
    return _noted(ask, "roleEligibilityScheduleRequests", "Provisioned")


@answers("POST /roleManagement/directory/roleAssignmentScheduleRequests")
def ask_for_assignment(ask: Ask) -> Reply:
    """Give somebody a role, or take it away."""
    body = _asked(ask)
    only_removing = not any(
        right.startswith(("RoleAssignmentSchedule.ReadWrite", "RoleManagement")) for right in ask.rights
    )
    if only_removing and body["action"] != "adminRemove" and ask.quirks.rights_checked:
        raise denied()
    held = _held(ask, "roleAssignments", body)
    if body["action"] == "adminRemove":
        if not held:
            raise Refused(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
        _take(ask, held)
        return _noted(ask, "roleAssignmentScheduleRequests", "Revoked")
    if held:
        raise Refused(400, "RoleAssignmentExists", "The Role assignment already exists.")
    info = body.get("scheduleInfo") or {}
    ends = (info.get("expiration") or {}).get("endDateTime")
    _give(ask, body, "Assigned", info.get("startDateTime") or _now(), ends)
    return _noted(ask, "roleAssignmentScheduleRequests", "Provisioned")


_TABLES = (
    "roleEligibilitySchedules", "roleAssignmentSchedules", "roleEligibilityScheduleRequests",
    "roleAssignmentScheduleRequests",
)  # fmt: skip


def _asked(ask: Ask) -> dict[str, Any]:
    _check_premium(ask)
    body: dict[str, Any] = ask.call.body
    for name in ("action", "principalId", "roleDefinitionId", "directoryScopeId"):
        if not body.get(name):
            raise Refused(400, "InvalidRoleAssignmentRequest", f"The request lacks '{name}'.")
    if body["action"] not in {"adminRemove", "adminAssign"}:
        raise Refused(400, "InvalidRoleAssignmentRequest", f"The action '{body['action']}' is not for an app.")
    return body


def _noted(ask: Ask, table: str, status: str) -> Reply:
    made = dict(ask.call.body) | {"id": str(uuid.uuid4()), "status": status, "createdDateTime": _now()}
    ask.tenant.table(table)[made["id"]] = made
    return one(ask, made, f"unifiedR{table[1:-1]}", f"{ROOT}/{table}", status=201)


def _target(body: Thing) -> Thing:
    return {name: body[name] for name in ("principalId", "roleDefinitionId", "directoryScopeId")}


def _held(ask: Ask, table: str, body: Thing) -> Thing | None:
    wanted = _target(body).items()
    return next((row for row in ask.tenant.table(table).values() if wanted <= _target(row).items()), None)


def _give(ask: Ask, body: Thing, kind: str, start: str, end: str | None) -> Thing:
    made = _target(body) | {"id": str(uuid.uuid4())}
    ask.tenant.table("roleAssignments")[made["id"]] = made
    schedule = made | {
        "id": str(uuid.uuid4()), "assignmentType": kind, "memberType": "Direct", "status": "Provisioned",
        "_assignment": made["id"], "scheduleInfo": {
            "startDateTime": start,
            "expiration": {"type": "afterDateTime" if end else "noExpiration", "endDateTime": end},
        },
    }  # fmt: skip
    ask.tenant.table("roleAssignmentSchedules")[schedule["id"]] = schedule
    return made


def _take(ask: Ask, row: Thing) -> None:
    held = ask.tenant.table("roleAssignments")
    role = _row(ask, "roleDefinitions", row["roleDefinitionId"])
    people = {
        each["principalId"] for each in held.values() if each["roleDefinitionId"] == role["id"]
        and type_of(ask.tenant.things.get(each["principalId"], {})) == "user"
    }  # fmt: skip
    if role["displayName"] == "Global Administrator" and people == {row["principalId"]}:
        raise bad(LAST_ADMIN)
    del held[row["id"]]
    schedules = ask.tenant.table("roleAssignmentSchedules")
    for name in [name for name, each in schedules.items() if each["_assignment"] == row["id"]]:
        del schedules[name]


def _schedules(ask: Ask, kind: str) -> list[Thing]:
    return list(ask.tenant.table(f"role{kind}Schedules").values())


def _instance(row: Thing) -> Thing:
    info = row.get("scheduleInfo") or {}
    expiration = info.get("expiration") or {}
    times = {"startDateTime": info.get("startDateTime"), "endDateTime": expiration.get("endDateTime")}
    return _target(row) | {"id": f"{row['id']}-now", "memberType": row["memberType"]} | times


def _expander(ask: Ask) -> Any:
    def expand(row: Thing, name: str) -> Any:
        if name == "roleDefinition":
            return dict(ask.tenant.table("roleDefinitions")[row["roleDefinitionId"]])
        if name == "principal":
            thing = ask.tenant.things[row["principalId"]]
            return {key: thing[key] for key in ("@odata.type", "id", "displayName")}
        raise Refused(400, "BadRequest", f"Parsing OData Select and Expand failed: '{name}' cannot be expanded.")

    return expand


def _row(ask: Ask, table: str, identity: str) -> Thing:
    found = ask.tenant.table(table).get(identity)
    if found is None:
        raise missing(identity)
    return found


def _check_premium(ask: Ask) -> None:
    if not ask.quirks.has_pim:
        raise Refused(400, "AadPremiumLicenseRequired", NO_PREMIUM)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
