"""Devices, which are disabled and never wiped; and licences, which come directly or with a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._graph_paths import at, guid
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

_LICENCES: Final = "licences"
_SYNCED: Final = "It is synchronised from Active Directory, which may enable it again: disable the computer there too."
_MAILBOX: Final = "A mailbox that loses its licence is deleted after 30 days: keep it first, if anybody needs it."


class DeviceLists:
    """The devices of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the devices that the account owns or registered."""
        query = {"$select": "id,displayName,accountEnabled,operatingSystem,onPremisesSyncEnabled"}
        user = at("users", guid(account_id))
        asks = [Ask("GET", user / word, "read the devices", query) for word in ("registeredDevices", "ownedDevices")]
        found: dict[str, Membership] = {}
        for device in (one for several in self._graph.lists(asks) for one in several):
            if not str(device.get("@odata.type") or ".device").endswith(".device"):
                continue
            system = str(device.get("operatingSystem") or "")
            label = f"{device.get('displayName') or device['id']}{f' ({system})' if system else ''}"
            note = _SYNCED if device.get("onPremisesSyncEnabled") else ""
            state: dict[str, Json] = {"enabled": device.get("accountEnabled") is not False}
            found[str(device["id"]).casefold()] = Membership(label, state, note)
        return found

    def bring(self, device_id: str, state: Json) -> None:
        """Enable or disable a device."""
        enabled = state.get("enabled") if isinstance(state, dict) else None
        if not isinstance(enabled, bool):
            text = f"{self._graph.system}: a device is enabled or disabled, never taken away"
            raise Rejected(text, system=self._graph.system)
        path = at("devices", guid(device_id))
        doing = "enable a device" if enabled else "disable a device"
        self._graph.do(Ask("PATCH", path, doing, body={"accountEnabled": enabled}))


class LicenceLists:
    """The licences of the accounts of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the licences by their id; those of a group are beyond us and leave with it."""
        user = at("users", guid(account_id))
        query = {"$select": "id,licenseAssignmentStates"}
        whole, details = self._graph.batch(
            [
                first := Ask("GET", user, "read the licences", query),
                second := Ask("GET", user / "licenseDetails", "read the names of the licences"),
            ]
        )
        body = self._graph.good(first, whole).body
        names = {str(one.get("skuId")): str(one.get("skuPartNumber")) for one in self._graph.pages(second, details)}
        found: dict[str, Membership] = {}
        seen: dict[str, dict[str, Any]] = {}
        states: list[dict[str, Any]] = body.get("licenseAssignmentStates") or [] if isinstance(body, dict) else []
        for one in states:
            sku, group = str(one.get("skuId")), one.get("assignedByGroup")
            name = names.get(sku) or sku
            without: list[Json] = [*sorted(map(str, one.get("disabledPlans") or ()))]
            state: dict[str, Json] = {"licence": sku, "without": without}
            if group:
                beyond = f"it comes with the group {group}, and leaves with the membership."
                found[f"{sku}:{group}"] = Membership(f"{name} by group", {"licence": sku}, beyond=beyond)
            else:
                found[sku] = Membership(name, state, _MAILBOX)
                seen[sku] = one
        self._graph.seen.keep(_LICENCES, account_id, seen)
        return found

    def bring(self, account_id: str, licence_id: str, state: Json) -> None:
        """Take a licence away, or give it again; a free seat is needed for that."""
        sku = guid(licence_id.partition(":")[0]).text
        body: dict[str, Any] = {"addLicenses": [], "removeLicenses": [sku]}
        if state is not None:
            without = cast("dict[str, Json]", state).get("without") or []
            body = {"addLicenses": [{"skuId": sku, "disabledPlans": without}], "removeLicenses": []}
        elif sku not in self._graph.seen.last(_LICENCES, account_id) and sku not in self.all(account_id):
            return
        path = at("users", guid(account_id), "assignLicense")
        self._graph.seen.last(_LICENCES, account_id).pop(sku, None)
        doing = "take a licence away" if state is None else "give a licence again"
        self._graph.do(Ask("POST", path, doing, body=body))
