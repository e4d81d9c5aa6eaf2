"""The tables of Dataverse that a register of clients needs: names, columns, lookups, and who is assigned with whom.

Sources: https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/account and the pages beside
it; the relationships' behaviour when assigning is the one that Microsoft ships (parental: the whole tree below).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ACTIVITIES: Final = ("task", "phonecall", "appointment")
ACTIVITY: Final = "activitypointer"
"""What shows the rows of all of them, each with the name of its own table."""


@dataclass
class Table:
    """One table; ``lookups``: column → navigation property → the table that it leads to."""

    name: str
    set: str
    key: str
    title: str
    privilege: str
    code: int
    columns: frozenset[str]
    lookups: dict[str, dict[str, str]] = field(default_factory=dict)
    owned: bool = True
    labels: dict[str, str] = field(default_factory=dict)

    def navigation(self, name: str) -> tuple[str, str] | None:
        """Return the column and the table behind a navigation property (its case counts), or ``None``."""
        for column, ways in self.lookups.items():
            if name in ways:
                return column, ways[name]
        return None


@dataclass
class Relation:
    """One row of ``referenced`` has many of ``referencing``; ``assign``: what happens to those when it is assigned."""

    schema: str
    referenced: str
    referencing: str
    column: str
    assign: str = "Cascade"
    custom: bool = False


_ADDRESS: Final = (
    "address1_line1 address1_line2 address1_postalcode address1_city address1_country address1_stateorprovince"
)
_BLOCKS: Final = "donotemail donotpostalmail donotphone preferredcontactmethodcode"
_STATE: Final = "statecode statuscode createdon modifiedon versionnumber"
_ACTIVITY: Final = f"subject description scheduledend actualend {_STATE}"


def _table(name: str, set_: str, title: str, code: int, columns: str, *, key: str = "", privilege: str = "") -> Table:
    key = key or f"{name}id"
    known = frozenset({key, title, *columns.split()})
    return Table(name, set_, key, title, privilege or name.capitalize(), code, known)


def tables() -> dict[str, Table]:
    """Return every table as a fresh environment has it."""
    made = [
        _table("systemuser", "systemusers", "fullname", 8, "internalemailaddress domainname isdisabled accessmode "
               "applicationid azureactivedirectoryobjectid", privilege="User"),
        _table("team", "teams", "name", 9, ""),
        _table("account", "accounts", "name", 1, f"accountnumber revenue industrycode emailaddress1 telephone1 "
               f"description {_ADDRESS} {_BLOCKS} {_STATE}"),
        _table("contact", "contacts", "fullname", 2, f"jobtitle emailaddress1 telephone1 mobilephone accountrolecode "
               f"{_BLOCKS} {_STATE}"),
        _table("lead", "leads", "subject", 4, f"fullname estimatedclosedate {_STATE}"),
        _table("opportunity", "opportunities", "name", 3, f"estimatedclosedate estimatedvalue {_STATE}"),
        _table("incident", "incidents", "title", 112, f"ticketnumber followupby {_STATE}"),
        _table("task", "tasks", "subject", 4212, _ACTIVITY, key="activityid", privilege="Activity"),
        _table("phonecall", "phonecalls", "subject", 4210, _ACTIVITY, key="activityid", privilege="Activity"),
        _table("appointment", "appointments", "subject", 4201, f"{_ACTIVITY} scheduledstart globalobjectid",
               key="activityid", privilege="Activity"),
    ]  # fmt: skip
    made.append(_table(ACTIVITY, "activitypointers", "subject", 4200, f"{_ACTIVITY} activitytypecode", key="activityid",
                       privilege="Activity"))  # fmt: skip
    found = {table.name: table for table in made}
    for name in ("systemuser", "team"):
        found[name].owned = False
    for table in found.values():
        if table.owned:
            table.lookups["ownerid"] = {"owninguser": "systemuser", "owningteam": "team"}
    found["account"].lookups |= {
        "primarycontactid": {"primarycontactid": "contact"},
        "parentaccountid": {"parentaccountid": "account"},
        "preferredsystemuserid": {"preferredsystemuserid": "systemuser"},
    }
    found["contact"].lookups["parentcustomerid"] = _ways("parentcustomerid", "account", "contact")
    for name in ("lead", "opportunity"):
        found[name].lookups |= {
            "parentaccountid": {"parentaccountid": "account"}, "parentcontactid": {"parentcontactid": "contact"},
            "customerid": _ways("customerid", "account", "contact"),
        }  # fmt: skip
    found["incident"].lookups["customerid"] = _ways("customerid", "account", "contact")
    for name in (*ACTIVITIES, ACTIVITY):
        regarding = ("account", "contact", "lead", "opportunity", "incident")
        found[name].lookups["regardingobjectid"] = {f"regardingobjectid_{to}_{name}": to for to in regarding}
    return found


def relations() -> list[Relation]:
    """Return how the tables hang together, as Microsoft ships it."""
    made = [
        Relation("contact_customer_accounts", "account", "contact", "parentcustomerid"),
        Relation("account_parent_account", "account", "account", "parentaccountid"),
        Relation("opportunity_parent_account", "account", "opportunity", "parentaccountid"),
        Relation("opportunity_customer_accounts", "account", "opportunity", "customerid"),
        Relation("incident_customer_accounts", "account", "incident", "customerid"),
        Relation("lead_parent_account", "account", "lead", "parentaccountid", "NoCascade"),
        Relation("account_primary_contact", "contact", "account", "primarycontactid", "NoCascade"),
        Relation("opportunity_customer_contacts", "contact", "opportunity", "customerid"),
        Relation("incident_customer_contacts", "contact", "incident", "customerid"),
        Relation("system_user_accounts", "systemuser", "account", "preferredsystemuserid", "NoCascade"),
    ]
    for parent in ("account", "contact", "lead", "opportunity", "incident"):
        made += [Relation(f"{parent}_{child}s", parent, child, "regardingobjectid") for child in ACTIVITIES]
    return made


def _ways(column: str, *targets: str) -> dict[str, str]:
    return {f"{column}_{target}": target for target in targets}
