"""Two CRMs that stand in for the makers' own, with the same small company in each, and connections to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import hubspot, salesforce
from offboard.practice.hubspot import HubSpotStandIn
from offboard.practice.salesforce import SalesforceStandIn
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.practice.crm import CrmStandIn

PEOPLE = {"alice": "Alice Archer", "bob": "Bob Baker", "carol": "Carol Clark"}
AHEAD = datetime.now(UTC) + timedelta(days=30)
AGO = datetime.now(UTC) - timedelta(days=30)


@dataclass
class Office:
    """One CRM: alice has Alder and Buchen, bob has Cedar; ``ids`` says what got which id."""

    crm: Any
    settings: dict[str, Any]
    connector: Any
    ids: dict[str, str] = field(default_factory=dict)
    opened: list[Any] = field(default_factory=list)

    def connect(self, **settings: Any) -> Any:
        table = self.settings | settings
        made = self.connector.connect("crm", self.connector.Settings(**table), MemoryVault())
        self.opened.append(made)
        return made

    def close(self) -> None:
        for connection in self.opened:
            connection.close()
        crm: CrmStandIn = self.crm
        crm.stop()


def found_salesforce(crm: SalesforceStandIn) -> dict[str, str]:
    ids = {login: crm.add_user(name, f"{login}@corp.test") for login, name in PEOPLE.items()}
    alice, bob = ids["alice"], ids["bob"]
    crm.add_field("Account", "Second_Owner__c")
    crm.add_field("Account", "Yearly__c")
    for name, owner in (("Alder", alice), ("Buchen", alice), ("Cedar", bob)):
        ids[name] = crm.add("Account", Name=f"{name} & Co", OwnerId=owner, BillingCountry="GB", Industry="Wine")
    crm.change("Account", ids["Alder"], Yearly__c=12_000.4)
    crm.change("Account", ids["Cedar"], Second_Owner__c=alice)
    for name, client, owner in (("Ida", "Alder", alice), ("Uwe", "Buchen", alice), ("Cy", "Cedar", alice)):
        ids[name] = crm.add(
            "Contact", Name=f"{name} Person", Email=f"{name.casefold()}@{client.casefold()}.example",
            AccountId=ids[client], OwnerId=owner,
        )  # fmt: skip
    ids["cellar"] = crm.add("Opportunity", Name="Cellar", AccountId=ids["Alder"], OwnerId=alice, CloseDate="2027-01-05")
    ids["won"] = crm.add("Opportunity", Name="Won", AccountId=ids["Alder"], OwnerId=alice, IsClosed=True)
    ids["pallet"] = crm.add("Case", Subject="Broken pallet", AccountId=ids["Cedar"], OwnerId=alice)
    ids["solved"] = crm.add("Case", Subject="Solved", AccountId=ids["Cedar"], OwnerId=alice, IsClosed=True)
    ids["call"] = crm.add(
        "Task", Subject="Call back", AccountId=ids["Buchen"], OwnerId=alice, ActivityDate="2027-01-09"
    )
    ids["called"] = crm.add("Task", Subject="Called", AccountId=ids["Buchen"], OwnerId=alice, IsClosed=True)
    ids["visit"] = crm.add(
        "Event", Subject="Visit", AccountId=ids["Alder"], OwnerId=alice, StartDateTime=AHEAD.isoformat()
    )
    ids["visited"] = crm.add(
        "Event", Subject="Past", AccountId=ids["Alder"], OwnerId=alice, StartDateTime=AGO.isoformat()
    )
    return ids


def found_hubspot(crm: HubSpotStandIn) -> dict[str, str]:
    ids = {login: crm.add_owner(name, f"{login}@corp.test") for login, name in PEOPLE.items()}
    alice, bob = ids["alice"], ids["bob"]
    for name, owner in (("Alder", alice), ("Buchen", alice), ("Cedar", bob)):
        ids[name] = crm.add("companies", name=f"{name} & Co", hubspot_owner_id=owner, country="GB", industry="Wine")
    crm.change("companies", ids["Alder"], yearly="12000.4")
    crm.change("companies", ids["Cedar"], second_owner=alice)
    for name, client, owner in (("Ida", "Alder", alice), ("Uwe", "Buchen", alice), ("Cy", "Cedar", alice)):
        ids[name] = crm.add(
            "contacts", firstname=name, lastname="Person", email=f"{name.casefold()}@{client.casefold()}.example",
            hubspot_owner_id=owner, company=ids[client],
        )  # fmt: skip

    def add(key: str, kind: str, client: str, **properties: str) -> None:
        ids[key] = crm.add(kind, hubspot_owner_id=alice, company=ids[client], **properties)

    add("cellar", "deals", "Alder", dealname="Cellar", closedate="2027-01-05T00:00:00Z", hs_is_closed="false")
    add("won", "deals", "Alder", dealname="Won", hs_is_closed="true")
    add("pallet", "tickets", "Cedar", subject="Broken pallet", hs_pipeline_stage="1")
    add("solved", "tickets", "Cedar", subject="Solved", hs_pipeline_stage="4")
    add(
        "call",
        "tasks",
        "Buchen",
        hs_task_subject="Call back",
        hs_timestamp="2027-01-09T09:00:00Z",
        hs_task_status="WAITING",
    )
    add("called", "tasks", "Buchen", hs_task_subject="Called", hs_task_status="COMPLETED")
    add(
        "visit",
        "meetings",
        "Alder",
        hs_meeting_title="Visit",
        hs_meeting_start_time=moment(AHEAD),
        hs_meeting_end_time=moment(AHEAD),
    )
    add("visited", "meetings", "Alder", hs_meeting_title="Past", hs_meeting_end_time=moment(AGO))
    ids["page"] = crm.add_link("Talk to Alice", alice)
    return ids


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def sales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    crm = SalesforceStandIn(tmp_path / "salesforce").start()
    monkeypatch.setenv("SALESFORCE_SECRET", crm.client_secret)
    settings = {
        "url": crm.url, "client_id": crm.client_id, "client_secret": {"env": "SALESFORCE_SECRET"},
        "ca_file": str(crm.ca_file), "timeout": 5, "owner_fields": {"Account": ["Second_Owner__c"]},
        "fields": {"value": "Yearly__c"},
    }  # fmt: skip
    office = Office(crm, settings, salesforce)
    office.ids = found_salesforce(crm)
    yield office
    office.close()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    crm = HubSpotStandIn(tmp_path / "hubspot").start()
    monkeypatch.setenv("HUBSPOT_TOKEN", crm.token)
    settings = {
        "url": crm.url, "token": {"env": "HUBSPOT_TOKEN"}, "ca_file": str(crm.ca_file), "timeout": 5,
        "owner_properties": {"companies": ["second_owner"]}, "fields": {"value": "yearly"},
    }  # fmt: skip
    office = Office(crm, settings, hubspot)
    office.ids = found_hubspot(crm)
    yield office
    office.close()
