"""The bench of the connector ``bottlecrm``: the real server, behind the proxy, which speaks TLS for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from offboard.connectors import bottlecrm
from offboard.domain.clients import ItemKind
from tests.contracts.register_bench import RegisterBench
from tests.servers.faulty import Trouble
from tests.servers.faulty_http import HttpProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.servers.authority import Authority
    from tests.servers.bottlecrm import BottleCrm
    from tests.servers.slapd import Slapd

LISTS = {
    "accounts": ("active_accounts", "open_accounts"), "contacts": ("results",), "opportunities": ("opportunities",),
    "cases": ("cases",), "tasks": ("tasks",),
}  # fmt: skip
CLIENTS = {"Alder": "alice", "Buchen": "alice", "Cedar": "bob"}
CONTACTS = {"Ida": "Alder", "Uwe": "Buchen", "Cy": "Cedar"}
SAID = ("name", "title", "email", "status", "stage", "priority", "city", "amount", "is_active", "account")


def rows(server: BottleCrm, path: str) -> list[dict[str, Any]]:
    """Return every record of a kind, asked for past the connector."""
    told = server.ask("GET", f"{path}/?limit=500").json()
    for key in LISTS[path]:
        told = told[key]
    return list(told)


def found(server: BottleCrm) -> dict[str, str]:
    """Make the small company of the contracts; return where each record is: ``kind/ID``."""
    who = {name: [person["profile"]] for name, person in server.people.items()}
    ids = {
        name: server.made("accounts", name=f"{name} & Co", city="Bristol", assigned_to=who[owner])
        for name, owner in CLIENTS.items()
    }
    made = {name: f"accounts/{one}" for name, one in ids.items()}
    for name, client in CONTACTS.items():
        mail = f"{name.lower()}@{client.lower()}.example"
        about = {"first_name": name, "last_name": "Person", "email": mail, "account": ids[client]}
        made[name] = f"contacts/{server.made('contacts', **about, assigned_to=who['alice'])}"
    for name, stage in (("cellar", "PROSPECTING"), ("won", "CLOSED_WON")):
        server.made("opportunities", name=name, stage=stage, account=ids["Alder"], assigned_to=who["alice"],
                    amount="10.00", closed_on="2026-01-02", probability=10)  # fmt: skip
    server.made("cases", name="pallet", status="New", priority="Low", account=ids["Cedar"], assigned_to=who["alice"])
    for title, status in (("call", "New"), ("called", "Completed")):
        body = {"title": title, "status": status, "priority": "Low", "account": ids["Buchen"]}
        assert server.ask("POST", "tasks/", body | {"assigned_to": who["alice"]}).status_code == HTTPStatus.OK
    for path in ("opportunities", "cases", "tasks"):
        made |= {str(row.get("name") or row["title"]): f"{path}/{row['id']}" for row in rows(server, path)}
    return made


def remove_all(server: BottleCrm) -> None:
    """Leave the server as empty as it was."""
    for path in reversed(LISTS):
        for row in rows(server, path):
            server.ask("DELETE", f"{path}/{row['id']}/")


class BottleCrmBench(RegisterBench):
    """BottleCRM, which has no meetings, and assigns one record to a call."""

    items: ClassVar[dict[str, tuple[str, ItemKind]]] = {
        "cellar": ("Alder", ItemKind.OPPORTUNITY),
        "pallet": ("Cedar", ItemKind.CASE),
        "call": ("Buchen", ItemKind.TASK),
    }
    closed = ("won", "called")
    patience, impatience = 30.0, 5.0
    namesakes = False
    untold: ClassVar[dict[Trouble, str]] = {Trouble.STALE: "its interface knows no versions"}

    def __init__(self, server: BottleCrm, slapd: Slapd, proxy: HttpProxy, trusted: Path) -> None:
        super().__init__(slapd)
        self.server, self.proxy, self._trusted = server, proxy, trusted
        self._places = found(server)
        named = {**self.items, **dict.fromkeys(self.closed)}
        self.ids = {one: place if one in named else place.partition("/")[2] for one, place in self._places.items()}

    def connect(self) -> Any:
        settings = bottlecrm.Settings(
            url=f"https://127.0.0.1:{self.proxy.port}",
            token={"env": "CRM_TOKEN"},
            ca_file=self._trusted,
            timeout=self.patience,
            connect_timeout=self.patience,
        )
        return bottlecrm.connect(self.name, settings, self.vault)

    def owners(self) -> dict[str, str]:
        names = {person["profile"]: name for name, person in self.server.people.items()}
        things = {place: thing for thing, place in self._places.items()}
        return {
            things[f"{path}/{row['id']}"]: " ".join(sorted(names[one["id"]] for one in row["assigned_to"]))
            for path in LISTS
            for row in rows(self.server, path)
        }

    def rest(self) -> Any:
        return {
            path: sorted(str({name: row.get(name) for name in SAID}) for row in rows(self.server, path))
            for path in LISTS
        }

    def give_by_hand(self, thing: str, login: str) -> None:
        self._patch(thing, {"assigned_to": [self.server.people[login]["profile"]]})

    def close_by_hand(self, thing: str) -> None:
        self._patch(thing, {"stage": "CLOSED_WON"})

    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        raise NotImplementedError

    def add_namesake(self, login: str) -> None:
        raise NotImplementedError(login)

    def refuse(self, thing: str) -> None:
        self.proxy.trouble(Trouble.CONFLICT, writes=True, about=self.ids[thing])

    def lie(self) -> None:
        self.proxy.trouble(Trouble.LYING, writes=True)

    def _patch(self, thing: str, body: dict[str, Any]) -> None:
        self.server.ask("PATCH", f"{self._places[thing]}/", body).raise_for_status()


@pytest.fixture
def bottlecrm_bench(
    bottlecrm_server: BottleCrm,
    slapd: Slapd,
    authority: Authority,
    stranger: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BottleCrmBench]:
    monkeypatch.setattr("offboard.connectors._graph_wire._FIRST_WAIT", 0.01)
    monkeypatch.setenv("CRM_TOKEN", bottlecrm_server.people["admin"]["token"])
    place = urlsplit(bottlecrm_server.url)
    upstream = (str(place.hostname), int(place.port or 0))
    with HttpProxy(upstream, authority, stranger, plain=True) as proxy:
        proxy.retry_after = "0"
        yield BottleCrmBench(bottlecrm_server, slapd, proxy, authority.ca_file)
        remove_all(bottlecrm_server)
