"""An environment of Dataverse with a small company in it, connections to it, and a client of its own kind beside it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.connectors import dataverse
from offboard.practice.dataverse import DataverseStandIn
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALICE, BOB = "alice@corp.test", "bob@corp.test"
PEOPLE = {"alice": "Alice Archer", "bob": "Bob Baker", "carol": "Carol Clark"}


def moment(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Dynamics:
    """Alice has Alder and Buchen, bob has Cedar; ``ids`` says what got which id."""

    def __init__(self, folder: Path) -> None:
        self.crm = DataverseStandIn(folder)
        self.settings: dict[str, Any] = {
            "kind": "dataverse", "url": self.crm.url, "tenant": self.crm.tenant, "client_id": self.crm.client_id,
            "client_secret": {"env": "DATAVERSE_SECRET"}, "authority": self.crm.url, "ca_file": str(self.crm.ca_file),
            "timeout": 5, "fields": {"value": "revenue"},
        }  # fmt: skip
        self.opened: list[dataverse.Connection] = []
        self.ids = self._found()

    def _found(self) -> dict[str, str]:
        crm = self.crm
        ids = {login: crm.add_user(name, f"{login}@corp.test") for login, name in PEOPLE.items()}
        alice, bob, carol = ids["alice"], ids["bob"], ids["carol"]
        ids["team"] = crm.add_team("Key accounts")
        crm.add_user_column("account", "new_SecondOwner", "Second owner")
        for name, owner, value in (("Alder", alice, 12_000.4), ("Buchen", alice, 8000), ("Cedar", bob, 500)):
            ids[name] = crm.add("account", owner, name=f"{name} & Co", revenue=value, address1_country="GB",
                                industrycode=33)  # fmt: skip
        crm.patch(crm.tables["account"], ids["Cedar"], {"new_SecondOwner@odata.bind": f"/systemusers({alice})"}, "*")
        for name, client, owner in (("Ida", "Alder", alice), ("Uwe", "Buchen", alice), ("Cy", "Cedar", alice),
                                    ("Al", "Alder", carol), ("Tim", "Alder", ids["team"])):  # fmt: skip
            ids[name] = crm.add("contact", owner, fullname=f"{name} Person", emailaddress1=f"{name.lower()}@c.example",
                                parentcustomerid=("account", ids[client]))  # fmt: skip
        to = {name: ("account", ids[name]) for name in ("Alder", "Buchen", "Cedar")}
        ids["cellar"] = crm.add("opportunity", alice, name="Cellar", estimatedclosedate="2027-01-05",
                                parentaccountid=to["Alder"], customerid=to["Alder"])  # fmt: skip
        ids["won"] = crm.add("opportunity", alice, name="Won", statecode=1, parentaccountid=to["Alder"],
                             customerid=to["Alder"])  # fmt: skip
        ids["carols"] = crm.add("opportunity", carol, name="Carol's", customerid=to["Alder"])
        ids["pallet"] = crm.add("incident", alice, title="Broken pallet", customerid=("contact", ids["Cy"]))
        ids["solved"] = crm.add("incident", alice, title="Solved", statecode=1, customerid=to["Cedar"])
        ids["call"] = crm.add("task", alice, subject="Call back", scheduledend="2027-01-09T09:00:00Z",
                              regardingobjectid=to["Buchen"])  # fmt: skip
        ids["called"] = crm.add("task", alice, subject="Called", statecode=1, regardingobjectid=to["Buchen"])
        ids["after"] = crm.add(
            "phonecall", alice, subject="After the sale", regardingobjectid=("opportunity", ids["won"])
        )
        ids["visit"] = crm.add("appointment", alice, subject="Visit", statecode=3, scheduledend=moment(30),
                               regardingobjectid=to["Alder"])  # fmt: skip
        ids["visited"] = crm.add("appointment", alice, subject="Past", scheduledend=moment(-30),
                                 regardingobjectid=to["Alder"])  # fmt: skip
        crm.calls.clear()
        return ids

    def connect(self, **settings: Any) -> dataverse.Connection:
        made = dataverse.connect("crm", dataverse.Settings.model_validate(self.settings | settings), MemoryVault())
        self.opened.append(made)
        return made

    def plain(self) -> httpx.Client:
        """Return a client that knows nothing of ours: a token by form, then OData."""
        crm = self.crm
        form = {"grant_type": "client_credentials", "client_id": crm.client_id, "client_secret": crm.client_secret,
                "scope": f"{crm.url}/.default"}  # fmt: skip
        trust = ssl.create_default_context(cafile=str(crm.ca_file))
        with httpx.Client(verify=trust, trust_env=False) as door:
            token = door.post(f"{crm.url}/{crm.tenant}/oauth2/v2.0/token", data=form).json()["access_token"]
        return httpx.Client(base_url=f"{crm.url}/api/data/v9.2", verify=trust, trust_env=False,
                            headers={"Authorization": f"Bearer {token}"})  # fmt: skip

    def close(self) -> None:
        for connection in self.opened:
            connection.close()
        self.crm.stop()


def moved(dynamics: Dynamics, before: dict[str, str]) -> dict[str, str]:
    """Return what has another owner than before: what the test calls it, with the column, → the new one's login."""
    names = {one: name for name, one in dynamics.ids.items()}
    after = dynamics.crm.owners()
    assert set(after) == set(before), "no row came or went"
    return {
        "/".join([names[place.split("/")[1]], *place.split("/")[2:]]): names[after[place]]
        for place in before
        if after[place] != before[place]
    }


def key_of(dynamics: Dynamics, item_id: str) -> str:
    names = {one: name for name, one in dynamics.ids.items()}
    return "/".join([names[item_id.split("/")[1]], *item_id.split("/")[2:]])


@pytest.fixture
def dynamics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dynamics]:
    made = Dynamics(tmp_path / "dataverse")
    monkeypatch.setenv("DATAVERSE_SECRET", made.crm.client_secret)
    made.crm.start()
    yield made
    made.close()
