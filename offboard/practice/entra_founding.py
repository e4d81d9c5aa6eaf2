"""The practice company's people in its Entra tenant, and what they hold there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.practice.founding import DATA, DOMAIN, read_ldif
from offboard.practice.graph import GraphStandIn

if TYPE_CHECKING:
    from pathlib import Path

_LEAVER: Final = "martin.thorne"
_SUCCESSOR: Final = "sophie.adeyemi"
_ENDS_SOON: Final = 14
"""Days that the secret of the leaver's app is still valid for."""


def found_tenant(folder: Path, company: str) -> GraphStandIn:
    """Return the tenant with the people of the directory; its certificates lie in ``folder``, and nothing runs yet."""
    standin = GraphStandIn(folder, name=company, domain=DOMAIN, seed=DOMAIN)
    ids: dict[str, str] = {}
    managers: dict[str, str] = {}
    departments: dict[str, str] = {}
    for _, attributes in read_ldif((DATA / "people.ldif").read_text(encoding="utf-8")):
        if "mail" not in attributes:
            continue
        known = {name: values[0].decode() for name, values in attributes.items()}
        login = known["uid"]
        ids[login] = standin.add_person(known["cn"], **_properties(known))
        managers[login] = known.get("manager", "").removeprefix("uid=").partition(",")[0]
        departments[login] = known.get("departmentNumber", "")
    for login, manager in managers.items():
        if manager:
            standin.set_manager(ids[login], ids[manager])
    standin.assign_role(ids["tomasz.lis"], "Global Administrator")
    sales = [ids[login] for login, department in departments.items() if department == "Sales"]
    _found_groups(standin, ids, sales)
    _endow(standin, ids[_LEAVER])
    return standin


def _properties(known: dict[str, str]) -> dict[str, Any]:
    mail = known["mail"]
    return {
        "givenName": known["givenName"],
        "surname": known["sn"],
        "userPrincipalName": mail,
        "mail": mail,
        "mailNickname": known["uid"],
        "proxyAddresses": [f"SMTP:{mail}"],
        "employeeId": known["employeeNumber"],
        "jobTitle": known.get("title"),
        "department": known.get("departmentNumber"),
        "businessPhones": [known["telephoneNumber"]],
    }


def _found_groups(standin: GraphStandIn, ids: dict[str, str], sales: list[str]) -> None:
    leaver, successor = ids[_LEAVER], ids[_SUCCESSOR]
    standin.add_group("Price approvals", members=[leaver, ids["graham.pell"]])
    standin.add_group("Everybody in sales", members=sales, rule='user.department -eq "Sales"')
    office = standin.add_sku("SPE_E3")
    standin.add_group("Office licences", members=ids.values(), licences=[office])
    standin.add_group("Tenders", members=[leaver, successor, ids["ines.falk"]], owners=[leaver], unified=True)


def _endow(standin: GraphStandIn, leaver: str) -> None:
    _, portal = standin.add_app("Supplier portal", registered=False)
    standin.give_app_role(leaver, portal)
    _, planner = standin.add_app("Visit planner", registered=False)
    standin.add_consent(planner, "Calendars.ReadWrite Mail.Read", who=leaver)
    standin.add_app("Price list sync", owners=[leaver], secrets=1, days=_ENDS_SOON)
    standin.add_method(leaver, "phone", phoneNumber="+44 7700900107")
    standin.add_device("HARCOMBE-L107", owner=leaver)
    standin.give_licence(leaver, standin.add_sku("VISIOCLIENT"))
    drive = standin.add_drive(leaver)
    standin.share(standin.add_file(drive, "Offer 2291.xlsx"), link="anonymous")
