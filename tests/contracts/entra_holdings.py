"""What people hold in Entra besides groups: how each is given, told, taken and seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.domain.holdings import (
    Consents,
    Devices,
    Drives,
    Licences,
    Reports,
    Roles,
    SharedFiles,
    SignInMethods,
)
from tests.contracts.holding import Holding
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from tests.contracts.entra_bench import EntraBench

WHOSE = ("alice", "carol")
UNTIL = "2026-12-31T17:00:00.000Z"
"""Thirty days after the moment of the departures here."""


GONE_ALREADY = {Trouble.MISSING: "Graph's 404 to a DELETE says that it is gone already; reading back tells"}
NO_DRIVE = {Trouble.MISSING: "Graph says 404 of the drive of somebody who never opened theirs"}
DEFAULT_LAST = "the default method can be removed after all others only, so that one that stays keeps it"


def _rows(bench: EntraBench, table: str, login: str, *keys: str) -> list[tuple[Any, ...]]:
    """Return somebody's rows of a table, without the numbers that Graph gives anew."""
    return sorted(tuple(row[key] for key in keys) for row in bench.standin.rows(table, principalId=bench.ids[login]))


def _give_roles(bench: EntraBench) -> None:
    _, principal = bench.standin.add_app("Payroll")
    for login in WHOSE:
        bench.standin.assign_role(bench.ids[login], "Reports Reader")
        bench.standin.make_eligible(bench.ids[login], "Exchange Administrator")
        bench.standin.give_app_role(bench.ids[login], principal)


def _see_roles(bench: EntraBench, login: str) -> Any:
    where = ("roleDefinitionId", "directoryScopeId")
    return [
        _rows(bench, "roleAssignments", login, *where),
        _rows(bench, "roleEligibilitySchedules", login, *where),
        _rows(bench, "appRoleAssignments", login, "resourceId", "appRoleId"),
    ]


def _give_consents(bench: EntraBench) -> None:
    apps = [bench.standin.add_app(name)[1] for name in ("Mailer", "Notes")]
    bench.standin.add_consent(apps[0], "User.Read")
    for login in WHOSE:
        for app in apps:
            bench.standin.add_consent(app, "Mail.Read offline_access", who=bench.ids[login])


def _widen_a_consent(bench: EntraBench) -> None:
    row = bench.standin.rows("oauth2PermissionGrants", principalId=bench.ids["alice"])[0]
    with bench.standin.store.writing() as tenant:
        tenant.table("oauth2PermissionGrants")[row["id"]]["scope"] = "Mail.ReadWrite"


def _give_methods(bench: EntraBench) -> None:
    for login in WHOSE:
        bench.standin.add_method(bench.ids[login], "phone", default=True)
        bench.standin.add_method(bench.ids[login], "email")


def _see_methods(bench: EntraBench, login: str) -> Any:
    rows = bench.standin.rows("methods", _user=bench.ids[login])
    return sorted((row["@odata.type"], row.get("phoneNumber", ""), row.get("emailAddress", "")) for row in rows)


def _renumber_a_phone(bench: EntraBench) -> None:
    (row,) = (row for row in bench.standin.rows("methods", _user=bench.ids["alice"]) if "phoneNumber" in row)
    with bench.standin.store.writing() as tenant:
        tenant.table("methods")[f"{bench.ids['alice']}/{row['id']}"]["phoneNumber"] = "+44 2079460999"


def _give_devices(bench: EntraBench) -> None:
    for login in WHOSE:
        for name in ("laptop", "phone"):
            bench.standin.add_device(f"{login}-{name}", owner=bench.ids[login])


def _see_devices(bench: EntraBench, login: str) -> Any:
    things = bench.standin.store.now.things.values()
    return sorted(
        (one["displayName"], one["accountEnabled"])
        for one in things
        if one["@odata.type"].endswith("device") and one["displayName"].startswith(f"{login}-")
    )


def _give_licences(bench: EntraBench) -> None:
    for name in ("SPE_E5", "POWER_BI_PRO"):
        sku = bench.standin.add_sku(name)
        for login in WHOSE:
            bench.standin.give_licence(bench.ids[login], sku)


def _see_licences(bench: EntraBench, login: str) -> Any:
    states = bench.standin.look(bench.ids[login])["licenseAssignmentStates"]
    return sorted((one["skuId"], tuple(one["disabledPlans"]), one["assignedByGroup"]) for one in states)


def _trim_a_licence(bench: EntraBench) -> None:
    with bench.standin.store.writing() as tenant:
        tenant.things[bench.ids["alice"]]["licenseAssignmentStates"][0]["disabledPlans"] = [bench.ids["bob"]]


def _give_reports(bench: EntraBench) -> None:
    for login, above in (("dave", "alice"), ("erin", "alice"), ("bob", "carol")):
        bench.standin.set_manager(bench.ids[login], bench.ids[above])


def _see_reports(bench: EntraBench, login: str) -> Any:
    now = bench.standin.store.now
    return sorted(name for name, number in bench.ids.items() if bench.ids[login] in now.to("manager", number))


def _report_to_carol(bench: EntraBench) -> None:
    with bench.standin.store.writing() as tenant:
        tenant.unlink("manager", bench.ids["dave"], bench.ids["alice"])
        tenant.link("manager", bench.ids["dave"], bench.ids["carol"])


def _give_drives(bench: EntraBench) -> None:
    for login in WHOSE:
        bench.standin.add_drive(bench.ids[login])


def _permissions(bench: EntraBench, login: str) -> list[dict[str, Any]]:
    (drive,) = bench.standin.rows("drives", _user=bench.ids[login]) or [{"id": ""}]
    items = {item["id"] for item in bench.standin.rows("driveItems", _drive=drive["id"])}
    return [one for one in bench.standin.rows("permissions") if one["_item"] in items]


def _see_access(bench: EntraBench, login: str) -> Any:
    return sorted(
        (str(one.get("grantedToV2", {}).get("user", {}).get("id")), *one["roles"], str(one.get("expirationDateTime")))
        for one in _permissions(bench, login)
    )


def _let_bob_read(bench: EntraBench) -> None:
    drive = bench.standin.rows("drives", _user=bench.ids["alice"])[0]
    bench.standin.share(bench.standin.root_of(drive["id"]), people=[bench.ids["bob"]])


def _give_shares(bench: EntraBench) -> None:
    for login in WHOSE:
        drive = bench.standin.add_drive(bench.ids[login])
        bench.standin.share(bench.standin.add_file(drive, "offer.txt"), link="anonymous")
        bench.standin.share(bench.standin.add_file(drive, "list.txt"), outsiders=["pat@elsewhere.example"])


EVERY = [
    Holding(
        Roles, "roles", 3, _give_roles,
        lambda there, _bench, who: there.roles(who),
        lambda there, bench, thing, state: there.set_role(bench.ids["alice"], thing, state),
        _see_roles,
    ),
    Holding(
        Consents, "consents", 2, _give_consents,
        lambda there, _bench, who: there.consents(who),
        lambda there, bench, thing, state: there.set_consent(bench.ids["alice"], thing, state),
        lambda bench, login: _rows(bench, "oauth2PermissionGrants", login, "clientId", "resourceId", "scope"),
        meddle=_widen_a_consent,
        writing=GONE_ALREADY,
    ),
    Holding(
        SignInMethods, "methods", 2, _give_methods,
        lambda there, _bench, who: there.sign_in_methods(who),
        lambda there, bench, thing, state: there.set_sign_in_method(bench.ids["alice"], thing, state),
        _see_methods,
        meddle=_renumber_a_phone,
        writing=GONE_ALREADY,
        in_turn=DEFAULT_LAST,
    ),
    Holding(
        Devices, "devices", 2, _give_devices,
        lambda there, _bench, who: there.devices(who),
        lambda there, bench, thing, state: there.set_device(bench.ids["alice"], thing, state),
        _see_devices,
        taken=lambda _state, _bench: {"enabled": False},
    ),
    Holding(
        Licences, "licences", 2, _give_licences,
        lambda there, _bench, who: there.licences(who),
        lambda there, bench, thing, state: there.set_licence(bench.ids["alice"], thing, state),
        _see_licences,
        apart=False,
        meddle=_trim_a_licence,
    ),
    Holding(
        Reports, "reports", 2, _give_reports,
        lambda there, bench, who: there.reports(who, bench.ids["bob"]),
        lambda there, _bench, thing, state: there.set_manager(thing, state["manager"]),
        lambda bench, login: _see_reports(bench, login) if login == "alice" else [],
        taken=lambda _state, bench: {"manager": bench.ids["bob"]},
        meddle=_report_to_carol,
        kept=lambda now, _then: now == [],
    ),
    Holding(
        Drives, "drives", 1, _give_drives,
        lambda there, bench, who: there.drive_access(who, bench.ids["bob"]),
        lambda there, bench, thing, state: there.set_drive_access(bench.ids["alice"], bench.ids["bob"], thing, state),
        _see_access,
        taken=lambda _state, _bench: {"access": "write", "until": UNTIL},
        meddle=_let_bob_read,
        kept=lambda now, then: now == then,
        reading=NO_DRIVE,
    ),
    Holding(
        SharedFiles, "shares", 2, _give_shares,
        lambda there, _bench, who: there.shares(who),
        lambda there, bench, thing, _state: there.end_share(bench.ids["alice"], thing),
        lambda bench, login: sorted(one["id"] for one in _permissions(bench, login)),
        comes_back=False,
        reading=NO_DRIVE,
        writing=GONE_ALREADY,
    ),
]  # fmt: skip
"""Every capability of this kind that the connector has."""
