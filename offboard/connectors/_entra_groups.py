"""Direct memberships: each group is classified before anything is asked of it.

What can be changed where: https://learn.microsoft.com/graph/api/group-delete-members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._entra_rights import WRITE_ROLES
from offboard.connectors._graph_paths import at, guid, link, links
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

SELECT: Final = (
    "id,displayName,groupTypes,mailEnabled,membershipRule,isAssignableToRole,onPremisesSyncEnabled,assignedLicenses,"
    "resourceProvisioningOptions,isManagementRestricted"
)
_GROUPS: Final = "groups"
_MEMBER: Final[dict[str, Json]] = {"as": "member"}


class GroupLists:
    """The groups of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the direct memberships by the group's id; what pays for a licence comes last.

        Directory roles are none of these, nor are administrative units: being in one gives nobody anything.
        """
        found = self._graph.all(at("users", guid(account_id), "memberOf"), "read the groups", select=SELECT)
        groups = {str(one["id"]).casefold(): one for one in found if str(one.get("@odata.type", "")).endswith(".group")}
        self._graph.seen.keep(_GROUPS, account_id, groups)
        ordered = sorted(groups.items(), key=lambda item: bool(item[1].get("assignedLicenses")))
        return {group_id: self._membership(group) for group_id, group in ordered}

    def one(self, account_id: str, group_id: str) -> dict[str, Json] | None:
        """Return the state of one membership, ``None`` when the account is no member."""
        return dict(_MEMBER) if group_id in self.all(account_id) else None

    def bring(self, account_id: str, group_id: str, state: Json) -> None:
        """Add the account to the group, or take it out; a group that is beyond us is not asked."""
        path = at("groups", guid(group_id))
        seen = self._graph.seen.last(_GROUPS, account_id)
        group = seen.get(group_id) or self._graph.get(path, "read the group", select=SELECT)
        beyond = self._membership(group).beyond
        if beyond:
            text = f"{self._graph.system}: {group.get('displayName') or group_id}: {beyond}"
            raise Rejected(text, system=self._graph.system)
        right = WRITE_ROLES if group.get("isAssignableToRole") else ""
        members = path / "members"
        if state is None:
            ask = Ask("DELETE", link(members, account_id), "take the account out of the group", right=right)
            self._graph.take_away(ask)
            return
        whom = {"@odata.id": f"{self._graph.wire.url}/directoryObjects/{guid(account_id).text}"}
        ask = Ask("POST", links(members), "add the account to the group", body=whom, right=right)
        self._graph.add(ask)

    def _membership(self, group: dict[str, Any]) -> Membership:
        name = str(group.get("displayName") or group.get("id"))
        return Membership(name, dict(_MEMBER), note=_note(group), beyond=self._beyond(group))

    def _beyond(self, group: dict[str, Any]) -> str:
        rule = group.get("membershipRule")
        if "DynamicMembership" in (group.get("groupTypes") or ()) or rule:
            return f"its members follow the rule {rule or '(unknown)'}: change what the rule looks at, or the rule."
        if group.get("onPremisesSyncEnabled"):
            return "it is synchronised from Active Directory: take the account out there."
        if group.get("mailEnabled") and "Unified" not in (group.get("groupTypes") or ()):
            return "it is a distribution list or mail-enabled security group: an Exchange administrator can."
        if group.get("isAssignableToRole") and not self._graph.holds(WRITE_ROLES):
            return (
                f"it may hold roles, and our app lacks {WRITE_ROLES}: grant it, or a Privileged Role Administrator can."
            )
        if group.get("isManagementRestricted"):
            return "it is in a restricted administrative unit: an administrator of that unit can."
        if not group.get("displayName"):
            return "our app may not read it: grant Group.Read.All, or an administrator can."
        return ""


def _note(group: dict[str, Any]) -> str:
    notes = []
    if group.get("assignedLicenses"):
        notes.append("It gives licences, which leave with it: a mailbox without licence is deleted after 30 days.")
    if group.get("isAssignableToRole"):
        notes.append("It may hold administrator roles.")
    if "Team" in (group.get("resourceProvisioningOptions") or ()):
        notes.append("It is a team in Microsoft Teams.")
    return " ".join(notes)
