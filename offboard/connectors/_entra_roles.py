"""Roles of the directory (held for good, for a time, or ready to be taken up) and roles in apps.

Facts: https://learn.microsoft.com/graph/api/resources/privilegedidentitymanagementv3-overview. Tenants that have not
bought Entra ID P2 answer its calls with a refusal that says so; they have assignments for good alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._entra_accounts import GLOBAL_ADMINISTRATOR
from offboard.connectors._graph_faults import ALREADY_THERE, NO_SUCH_ASSIGNMENT, PREMIUM
from offboard.connectors._graph_paths import at, guid, opaque, text_literal
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

_DIRECTORY: Final = at("roleManagement", "directory")
_LISTS: Final = {
    "eligible": _DIRECTORY / "roleEligibilityScheduleInstances",
    "active": _DIRECTORY / "roleAssignmentScheduleInstances",
    "assigned": _DIRECTORY / "roleAssignments",
}
_REQUESTS: Final = {
    "eligible": _DIRECTORY / "roleEligibilityScheduleRequests",
    "active": _DIRECTORY / "roleAssignmentScheduleRequests",
}
_ROLES: Final = "roles"
_BY_GROUP: Final = "it comes with a group, and leaves with the membership."
_TAKEN_UP: Final = "It was taken up for a time: whoever may take it up again does so by themselves."
_LAST: Final = (
    "nobody else is assigned this role directly, and Entra keeps its last one: give it to somebody else first."
)
_WHY: Final = "Set by offboard: this person leaves, or their departure is undone."


class RoleLists:
    """The roles of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the roles in the order in which they must be taken away: eligible, active, in apps."""
        rows, managed = self._rows(account_id)
        last = any(_role(row) == GLOBAL_ADMINISTRATOR for row in rows["active"]) and self._last_global(account_id)
        found: dict[str, Membership] = {}
        seen: dict[str, dict[str, Any]] = {}
        for kind in ("eligible", "active"):
            for row in rows[kind]:
                key = f"{kind}{_scope(row)}:{_role(row)}"
                seen[key] = row
                found[key] = _membership(kind, row, managed=managed, last=last)
        for row in rows["app"]:
            key = f"app:{row.get('resourceId')}:{row.get('appRoleId')}"
            seen[key] = row
            state: dict[str, Json] = {"kind": "app", "app": row.get("resourceId"), "role": row.get("appRoleId")}
            label = f"app {row.get('resourceDisplayName') or row.get('resourceId')}"
            group = row.get("principalType") == "Group"
            found[key] = Membership(label, state, beyond=_BY_GROUP if group else "")
        self._graph.seen.keep(_ROLES, account_id, seen)
        return found

    def bring(self, account_id: str, role_id: str, state: Json) -> None:
        """Give a role as ``state`` says, or take it away."""
        if state is not None:
            self._give(account_id, cast("dict[str, Json]", state))
            return
        if role_id not in self._graph.seen.last(_ROLES, account_id):
            self.all(account_id)
        row = self._graph.seen.last(_ROLES, account_id).pop(role_id, None)
        if row is None:
            return
        kind = role_id.partition(":")[0].partition("/")[0]
        if kind == "app":
            path = at("users", guid(account_id), "appRoleAssignments", opaque(str(row.get("id"))))
            self._graph.take_away(Ask("DELETE", path, "take a role in an app away"))
        elif not _timed(row):
            path = _LISTS["assigned"] / opaque(str(row.get("id")))
            self._graph.take_away(Ask("DELETE", path, "take a role away"))
        else:
            self._request(kind, "adminRemove", account_id, _role(row), _scope(row))

    def _rows(self, account_id: str) -> tuple[dict[str, list[dict[str, Any]]], bool]:
        """Return what is eligible, active and in apps, and whether the tenant manages roles in time (PIM)."""
        query = {"$filter": f"principalId eq {text_literal(guid(account_id).text)}", "$expand": "roleDefinition"}
        asks = {kind: Ask("GET", path, "read the roles", query) for kind, path in _LISTS.items()}
        asks["app"] = Ask("GET", at("users", guid(account_id), "appRoleAssignments"), "read the roles in apps")
        asked = zip(asks.values(), self._graph.batch(list(asks.values())), strict=True)
        answers = dict(zip(asks, asked, strict=True))
        bought = not any(answers[kind][1].says(PREMIUM) for kind in ("eligible", "active"))
        rows = {
            kind: list(self._graph.pages(*answers[kind])) if bought or kind not in _REQUESTS else [] for kind in asks
        }
        known = {(_role(row), _scope(row)) for row in rows["active"]}
        rows["active"] += [row for row in rows.pop("assigned") if (_role(row), _scope(row)) not in known]
        return rows, bought

    def _last_global(self, account_id: str) -> bool:
        holders = self._graph.all(
            _LISTS["assigned"], "read the roles", filter=f"roleDefinitionId eq {text_literal(GLOBAL_ADMINISTRATOR)}"
        )
        return all(str(row.get("principalId", "")).casefold() == guid(account_id).text for row in holders)

    def _give(self, account_id: str, state: dict[str, Json]) -> None:
        kind, role = str(state.get("kind")), str(state.get("role"))
        if kind == "app":
            body = {"principalId": guid(account_id).text, "resourceId": state["app"], "appRoleId": role}
            path = at("users", guid(account_id), "appRoleAssignments")
            self._graph.add(Ask("POST", path, "give a role in an app back", body=body))
        elif kind in _REQUESTS and state.get("timed"):
            self._request(kind, "adminAssign", account_id, role, str(state.get("scope")), until=str(state.get("until")))
        elif kind == "active":
            body = {"principalId": guid(account_id).text, "roleDefinitionId": role, "directoryScopeId": state["scope"]}
            self._graph.add(Ask("POST", _LISTS["assigned"], "give a role back", body=body))
        else:
            raise Rejected(f"{self._graph.system}: no role is of the kind {kind!r}", system=self._graph.system)

    def _request(self, kind: str, action: str, account_id: str, role: str, scope: str, *, until: str = "") -> None:
        body: dict[str, Any] = {
            "action": action,
            "principalId": guid(account_id).text,
            "roleDefinitionId": role,
            "directoryScopeId": scope,
            "justification": _WHY,
        }
        if action == "adminAssign":
            end = {"type": "afterDateTime", "endDateTime": until} if until else {"type": "noExpiration"}
            body["scheduleInfo"] = {"startDateTime": datetime.now(UTC).isoformat(), "expiration": end}
        doing = "take a role away" if action == "adminRemove" else "give a role back"
        ask = Ask("POST", _REQUESTS[kind], doing, body=body)
        answer = self._graph.ask(ask)
        if answer.says(NO_SUCH_ASSIGNMENT if action == "adminRemove" else ALREADY_THERE):
            return
        request = self._graph.good(ask, answer).body
        status = str(request.get("status") or "") if isinstance(request, dict) else ""
        if status in {"Denied", "Failed", "Canceled"}:
            text = f"{self._graph.system}: cannot {ask.doing}: the request ended as {status}"
            raise Rejected(text, system=self._graph.system)


def _membership(kind: str, row: dict[str, Any], *, managed: bool, last: bool) -> Membership:
    name = (row.get("roleDefinition") or {}).get("displayName") or _role(row)
    scope, until = _scope(row), str(row.get("endDateTime") or "")
    where = "" if scope == "/" else f" in {scope}"
    state: dict[str, Json] = {"kind": kind, "role": _role(row), "scope": scope}
    if managed and _timed(row):
        state |= {"timed": True, "until": until}
    note = f"It would end by itself at {until}." if until else ""
    beyond = _BY_GROUP if str(row.get("memberType") or "Direct") == "Group" else ""
    if kind == "active" and last and _role(row) == GLOBAL_ADMINISTRATOR:
        beyond = _LAST
    one_way = _TAKEN_UP if row.get("assignmentType") == "Activated" else None
    label = f"{name}{where}" + (" (may be taken up)" if kind == "eligible" else "")
    return Membership(label, state, note, one_way, beyond)


def _timed(row: dict[str, Any]) -> bool:
    """Say whether a row is an instance of a schedule (PIM), not a plain assignment."""
    return "memberType" in row


def _role(row: dict[str, Any]) -> str:
    return str(row.get("roleDefinitionId") or "")


def _scope(row: dict[str, Any]) -> str:
    return str(row.get("directoryScopeId") or row.get("appScopeId") or "/")
