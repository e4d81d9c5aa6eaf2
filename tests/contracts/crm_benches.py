"""The benches of the CRMs that are services: a stand-in of each maker's own, behind the proxy."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from offboard.connectors import hubspot, salesforce
from offboard.domain.clients import ItemKind
from offboard.practice.hubspot import HubSpotStandIn
from offboard.practice.salesforce import SalesforceStandIn
from tests.connectors.crm_office import found_hubspot, found_salesforce, moment
from tests.contracts.register_bench import RegisterBench
from tests.servers.faulty_http import HttpProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from tests.servers.authority import Authority
    from tests.servers.slapd import Slapd

ITEMS = {
    "cellar": ("Alder", ItemKind.OPPORTUNITY),
    "pallet": ("Cedar", ItemKind.CASE),
    "call": ("Buchen", ItemKind.TASK),
    "visit": ("Alder", ItemKind.MEETING),
}


class Ground:
    """One stand-in with its company, as it was founded; every test begins with that."""

    def __init__(self, crm: Any, ids: dict[str, str], state: tuple[str, ...]) -> None:
        self.crm, self.ids = crm, ids
        self._founded = {name: copy.deepcopy(getattr(crm, name)) for name in state}

    def fresh(self) -> None:
        """Forget whatever a test did."""
        for name, value in self._founded.items():
            setattr(self.crm, name, copy.deepcopy(value))


class CrmBench(RegisterBench):
    """A stand-in behind the proxy; ``objects`` says where the contract's records are kept."""

    connector: ClassVar[Any]
    objects: ClassVar[Mapping[str, str]]
    owner: ClassVar[str]
    second: ClassVar[tuple[str, str]]
    items = ITEMS

    def __init__(self, ground: Ground, slapd: Slapd, proxy: HttpProxy, trusted: Path) -> None:
        super().__init__(slapd)
        ground.fresh()
        self.crm, self._known, self.proxy, self._trusted = ground.crm, ground.ids, proxy, trusted
        self.url = f"https://127.0.0.1:{proxy.port}"
        # What it says of its own address leads through the proxy as well.
        self.proxy.answers = lambda _request, body: body.replace(self.crm.url.encode(), self.url.encode())
        kind, field = self.second
        self.ids = {
            thing: f"{self.objects[thing]}/{one}" if self.is_item(thing) else one
            for thing, one in ground.ids.items()
            if thing in self.objects
        } | {"Cedar/second": f"{kind}/{ground.ids['Cedar']}/{field}"}

    def is_item(self, thing: str) -> bool:
        """Say whether a record is an item: those are named by their kind as well."""
        return thing in ITEMS or thing in self.closed

    def login_of(self, user: str | None) -> str:
        """Return who has an id, as the contract calls them."""
        return next((login for login, one in self._known.items() if one == user), "")

    def add_namesake(self, login: str) -> None:
        self.crm.add_user(f"Other {login}", f"{login}@corp.test")

    def refuse(self, thing: str) -> None:
        self.crm.quirks.refused[self._known[thing]] = "A region is missing"

    def lie(self) -> None:
        self.crm.quirks.writes_work = False

    def calm(self) -> None:
        super().calm()
        self.crm.quirks.writes_work = True

    def owners(self) -> dict[str, str]:
        kind, field = self.second
        rows = {thing: self.crm.records[self.objects[thing]][self._known[thing]] for thing in self.objects}
        found = {thing: self.login_of(row[self.owner]) for thing, row in rows.items()}
        return found | {"Cedar/second": self.login_of(self.crm.records[kind][self._known["Cedar"]][field])}

    def rest(self) -> Any:
        hidden = {self.owner, self.second[1]}
        return {
            kind: {one: {name: row[name] for name in row if name not in hidden} for one, row in rows.items()}
            for kind, rows in self.crm.records.items()
        }

    def give_by_hand(self, thing: str, login: str) -> None:
        if thing == "Cedar/second":
            self.crm.change(self.second[0], self._known["Cedar"], **{self.second[1]: self._known[login]})
        else:
            self.crm.change(self.objects[thing], self._known[thing], **{self.owner: self._known[login]})


class SalesforceBench(CrmBench):
    """Salesforce."""

    objects: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("Alder", "Buchen", "Cedar"), "Account"),
        **dict.fromkeys(("Ida", "Uwe", "Cy"), "Contact"),
        **dict.fromkeys(("cellar", "won"), "Opportunity"),
        **dict.fromkeys(("pallet", "solved"), "Case"),
        **dict.fromkeys(("call", "called"), "Task"),
        **dict.fromkeys(("visit", "visited"), "Event"),
    }
    owner, second = "OwnerId", ("Account", "Second_Owner__c")
    wrong_ids = (*RegisterBench.wrong_ids, "Account", "Opportunity/a' OR Id != '", "001xx0000000000AAA")

    def connect(self) -> Any:
        settings = salesforce.Settings(
            url=self.url,
            client_id=self.crm.client_id,
            client_secret={"env": "SALESFORCE_SECRET"},
            ca_file=self._trusted,
            timeout=self.patience,
            connect_timeout=self.patience,
            owner_fields={"Account": ["Second_Owner__c"]},
        )
        return salesforce.connect(self.name, settings, self.vault)

    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        by = {"AccountId": self._known[client], "OwnerId": self._known[login], "Subject": kind}
        if kind == "call":
            self.crm.add("Task", **by, IsClosed=True, TaskSubtype="Call", CompletedDateTime=at.isoformat())
        else:
            self.crm.add("Event", **by, StartDateTime=at.isoformat())

    def refuse(self, thing: str) -> None:
        self.crm.quirks.refused[self._known[thing]] = ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A region is missing")

    def close_by_hand(self, thing: str) -> None:
        self.crm.change(self.objects[thing], self._known[thing], IsClosed=True)


class HubSpotBench(CrmBench):
    """HubSpot, without scheduling pages, which nobody can pass on."""

    objects: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("Alder", "Buchen", "Cedar"), "companies"),
        **dict.fromkeys(("Ida", "Uwe", "Cy"), "contacts"),
        **dict.fromkeys(("cellar", "won"), "deals"),
        **dict.fromkeys(("pallet", "solved"), "tickets"),
        **dict.fromkeys(("call", "called"), "tasks"),
        **dict.fromkeys(("visit", "visited"), "meetings"),
    }
    owner, second = "hubspot_owner_id", ("companies", "second_owner")
    wrong_ids = (*RegisterBench.wrong_ids, "deals/", "4999999", "deals/4999999")

    def connect(self) -> Any:
        settings = hubspot.Settings(
            url=self.url,
            token={"env": "HUBSPOT_TOKEN"},
            ca_file=self._trusted,
            timeout=self.patience,
            connect_timeout=self.patience,
            owner_properties={"companies": ["second_owner"]},
            scheduling_pages=False,
        )
        return hubspot.connect(self.name, settings, self.vault)

    def add_namesake(self, login: str) -> None:
        self.crm.add_owner(f"Other {login}", f"{login}@corp.test")

    def close_by_hand(self, thing: str) -> None:
        self.crm.change(self.objects[thing], self._known[thing], hs_is_closed="true")

    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        when = {"hs_timestamp": moment(at)} | ({"hs_meeting_end_time": moment(at)} if kind == "meeting" else {})
        self.crm.add(f"{kind}s", company=self._known[client], hubspot_owner_id=self._known[login], **when)


@pytest.fixture(scope="session")
def salesforce_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with SalesforceStandIn(tmp_path_factory.mktemp("salesforce")) as crm:
        yield Ground(crm, found_salesforce(crm), ("records", "quirks", "calls"))


@pytest.fixture(scope="session")
def hubspot_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with HubSpotStandIn(tmp_path_factory.mktemp("hubspot")) as crm:
        crm.quirks.calls = 10_000  # what takes days elsewhere takes a second here
        yield Ground(crm, found_hubspot(crm), ("records", "owners", "companies_of", "quirks", "calls"))


def behind(
    make: type[CrmBench],
    ground: Ground,
    slapd: Slapd,
    authorities: tuple[Authority, Authority],
    folder: Path,
    is_write: Callable[[str, str, bytes], bool],
) -> Iterator[Any]:
    both = folder / "both.pem"
    both.write_bytes(ground.crm.ca_file.read_bytes() + authorities[0].ca_file.read_bytes())
    place = urlsplit(ground.crm.url)
    upstream = (str(place.hostname), int(place.port or 0))
    with HttpProxy(upstream, *authorities, is_write=is_write) as proxy:
        proxy.retry_after = "0"
        yield make(ground, slapd, proxy, both)


@pytest.fixture
def authorities(authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("offboard.connectors._graph_wire._FIRST_WAIT", 0.01)
    return authority, stranger


@pytest.fixture
def salesforce_bench(
    salesforce_ground: Ground, slapd: Slapd, authorities: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SalesforceBench]:
    monkeypatch.setenv("SALESFORCE_SECRET", salesforce_ground.crm.client_secret)
    yield from behind(
        SalesforceBench, salesforce_ground, slapd, authorities, tmp_path,
        lambda _method, path, _body: path.endswith("/composite/sobjects"),
    )  # fmt: skip


@pytest.fixture
def hubspot_bench(
    hubspot_ground: Ground, slapd: Slapd, authorities: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubSpotBench]:
    monkeypatch.setenv("HUBSPOT_TOKEN", hubspot_ground.crm.token)
    yield from behind(
        HubSpotBench, hubspot_ground, slapd, authorities, tmp_path,
        lambda method, path, _body: method == "PATCH" or path.endswith("/batch/update"),
    )  # fmt: skip
