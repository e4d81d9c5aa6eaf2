"""Answers about what people have: devices and licences; and about the tenant itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Reply, answers, bad, missing
from offboard.practice.graph.directory import person, thing_of
from offboard.practice.graph.listing import many, one, shown
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

INHERITED = "User license is inherited from a group membership and it cannot be removed directly from the user."
NOT_HELD = "User does not have a corresponding license."
NO_PLACE = "License assignment cannot be done for user with invalid usage location."
READ_ONLY = {"id", "deviceId", "onPremisesSyncEnabled", "trustType"}


@answers("GET /users/{id}/registeredDevices")
def list_registered(ask: Ask, who: str) -> Reply:
    """Return the devices that somebody is registered on."""
    return _devices(ask, "registeredUsers", who)


@answers("GET /users/{id}/ownedDevices")
def list_owned(ask: Ask, who: str) -> Reply:
    """Return the devices that somebody owns."""
    return _devices(ask, "registeredOwners", who)


@answers("GET /devices")
def list_devices(ask: Ask) -> Reply:
    """Return devices."""
    return many(ask, ask.tenant.of_type("device"), "device", "devices")


@answers("GET /devices/{id}")
def read_device(ask: Ask, device: str) -> Reply:
    """Return one device by its ``id``, which is not its ``deviceId``."""
    return one(ask, thing_of(ask, "device", device), "device", "devices")


@answers("PATCH /devices/{id}")
def change_device(ask: Ask, device: str) -> Reply:
    """Write a device."""
    if READ_ONLY & set(ask.call.body):
        raise bad("Property is read-only and cannot be set.")
    thing_of(ask, "device", device).update(ask.call.body)
    return Reply(204)


@answers("GET /users/{id}/licenseDetails")
def list_licences(ask: Ask, who: str) -> Reply:
    """Return what somebody is licensed for, however it came."""
    names = {row["skuId"]: row["skuPartNumber"] for row in ask.tenant.table("subscribedSkus").values()}
    found = {
        each["skuId"]: {
            "id": each["skuId"], "skuId": each["skuId"], "skuPartNumber": names.get(each["skuId"]), "servicePlans": [],
        } for each in person(ask, who).get("licenseAssignmentStates", [])
    }  # fmt: skip
    return many(ask, found.values(), "licenseDetails", "licenseDetails")


@answers("POST /users/{id}/assignLicense")
def assign_licences(ask: Ask, who: str) -> Reply:
    """Give and take direct licences; what a group gave cannot be taken here, and then nothing is done."""
    found, body = person(ask, who), {name.casefold(): value for name, value in ask.call.body.items()}
    if not isinstance(body.get("addlicenses"), list) or not isinstance(body.get("removelicenses"), list):
        raise bad("addLicenses and removeLicenses are both needed, be they empty.")
    states = list(found.get("licenseAssignmentStates", []))
    for sku in body["removelicenses"]:
        direct = [each for each in states if each["skuId"] == sku and each["assignedByGroup"] is None]
        if not direct and any(each["skuId"] == sku for each in states):
            if ask.quirks.inherited_licence_refused:
                raise bad(INHERITED)
            direct = [each for each in states if each["skuId"] == sku]
        if not direct:
            raise bad(NOT_HELD)
        states = [each for each in states if each not in direct]
    for licence in body["addlicenses"]:
        if not found.get("usageLocation"):
            raise bad(NO_PLACE)
        if licence["skuId"] not in {row["skuId"] for row in ask.tenant.table("subscribedSkus").values()}:
            raise bad(f"License {licence['skuId']} does not correspond to a valid company License.")
        plans = licence.get("disabledPlans") or []
        states = [each for each in states if each["skuId"] != licence["skuId"] or each["assignedByGroup"]]
        states.append({
            "skuId": licence["skuId"], "disabledPlans": plans, "assignedByGroup": None, "state": "Active",
            "error": "None",
        })  # fmt: skip
    found["licenseAssignmentStates"] = states
    settle_licences(found)
    return one(ask, found, "user", "users")


@answers("POST /users/{id}/reprocessLicenseAssignment")
def reprocess(ask: Ask, who: str) -> Reply:
    """Work out the licences that groups give anew."""
    found = person(ask, who)
    settle_licences(found)
    return one(ask, found, "user", "users")


def settle_licences(found: Thing) -> None:
    """Let ``assignedLicenses`` be what the states say."""
    held = {each["skuId"]: each["disabledPlans"] for each in found.get("licenseAssignmentStates", [])}
    found["assignedLicenses"] = [{"skuId": sku, "disabledPlans": plans} for sku, plans in held.items()]


@answers("GET /subscribedSkus")
def list_skus(ask: Ask) -> Reply:
    """Return what the tenant pays for."""
    return many(ask, ask.tenant.table("subscribedSkus").values(), "subscribedSku", "subscribedSkus")


@answers("GET /organization", "GET /domains")
def read_tenant(ask: Ask) -> Reply:
    """Return the tenant, or its domains."""
    table = ask.call.path.strip("/").casefold()
    return many(ask, ask.tenant.table(table).values(), table.removesuffix("s"), table)


@answers("GET /directoryObjects/{id}")
def read_thing(ask: Ask, thing: str) -> Reply:
    """Return a directory object of whatever type."""
    found = ask.tenant.things.get(thing)
    if found is None:
        raise missing(thing)
    return one(ask, found, type_of(found), "directoryObjects", mixed=True)


@answers("POST /directoryObjects/getByIds")
def read_things(ask: Ask) -> Reply:
    """Return those of the named directory objects that there are."""
    body = {name.casefold(): value for name, value in ask.call.body.items()}
    kinds = {kind.casefold() for kind in body.get("types") or []}
    found = [ask.tenant.things[each] for each in body.get("ids") or [] if each in ask.tenant.things]
    found = [each for each in found if not kinds or type_of(each).casefold() in kinds]
    value = [shown(ask, each, type_of(each), mixed=True) for each in found]
    return Reply(200, {"@odata.context": f"{ask.base}/$metadata#directoryObjects", "value": value})


def _devices(ask: Ask, link: str, who: str) -> Reply:
    found = ask.tenant.back(link, person(ask, who)["id"])
    return many(ask, [ask.tenant.things[each] for each in found], "", "directoryObjects")
