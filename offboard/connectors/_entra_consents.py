"""What one person allowed apps to do in their name; never what an administrator allowed for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._graph_paths import at, guid, opaque
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

_CONSENTS: Final = "consents"
_GRANTS: Final = at("oauth2PermissionGrants")


class ConsentLists:
    """The delegated consents of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return what this one person agreed to: one consent for each app and what it acts on."""
        grants = self._own(account_id)
        clients = sorted({str(grant["clientId"]) for grant in grants})
        select = {"$select": "id,displayName"}
        asks = [Ask("GET", at("servicePrincipals", guid(one)), "read an app's name", select) for one in clients]
        named = {one: found for one, found in zip(clients, self._graph.each(asks), strict=True) if found}
        found = {}
        for grant in grants:
            client, scope = str(grant["clientId"]), str(grant.get("scope") or "").strip()
            name = str(named.get(client, {}).get("displayName") or client)
            state: dict[str, Json] = {"client": client, "resource": str(grant["resourceId"]), "scope": scope}
            found[_key(grant)] = Membership(f"{name}: {scope or 'nothing'}", state)
        return found

    def bring(self, account_id: str, consent_id: str, state: Json) -> None:
        """Take a consent back, or give it again as ``state`` says."""
        if state is None:
            if consent_id not in self._graph.seen.last(_CONSENTS, account_id):
                self._own(account_id)
            grant = self._graph.seen.last(_CONSENTS, account_id).pop(consent_id, None)
            if grant:
                self._graph.take_away(Ask("DELETE", _GRANTS / opaque(str(grant["id"])), "take a consent back"))
            return
        given = cast("dict[str, Json]", state)
        body = {
            "clientId": given["client"],
            "consentType": "Principal",
            "principalId": guid(account_id).text,
            "resourceId": given["resource"],
            "scope": given["scope"],
        }
        self._graph.add(Ask("POST", _GRANTS, "give a consent again", body=body))

    def _own(self, account_id: str) -> list[dict[str, Any]]:
        """Return the grants of this very principal, whatever else the service lists."""
        grants = self._graph.all(at("users", guid(account_id), "oauth2PermissionGrants"), "read the consents")
        own = [
            grant
            for grant in grants
            if grant.get("consentType") == "Principal"
            and str(grant.get("principalId") or "").casefold() == guid(account_id).text
        ]
        self._graph.seen.keep(_CONSENTS, account_id, {_key(grant): grant for grant in own})
        return own


def _key(grant: dict[str, Any]) -> str:
    return f"{grant['clientId']}:{grant['resourceId']}"
