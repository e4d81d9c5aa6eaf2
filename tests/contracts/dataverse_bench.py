"""The bench of the connector ``dataverse``: its stand-in behind the proxy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from offboard.connectors import dataverse
from tests.connectors.crm_office import moment
from tests.connectors.dataverse_office import Dynamics
from tests.contracts.crm_benches import CrmBench, Ground, behind
from tests.contracts.register_bench import RegisterBench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.servers.slapd import Slapd
NOBODYS = "00000000-0000-4000-8000-000000000000"


class _Behind(dataverse.Settings):
    """Settings for an environment that is reached through the proxy; its tokens are for the environment."""

    audience: str

    def account(self, system: str) -> Any:
        return replace(super().account(system), audience=self.audience)


class DataverseBench(CrmBench):
    """Dataverse, which assigns along what hangs on an account, closed rows and other people's too."""

    objects: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("Alder", "Buchen", "Cedar"), "account"),
        **dict.fromkeys(("Ida", "Uwe", "Cy", "Al", "Tim"), "contact"),
        **dict.fromkeys(("cellar", "won", "carols"), "opportunity"),
        **dict.fromkeys(("pallet", "solved"), "incident"),
        **dict.fromkeys(("call", "called"), "task"),
        **dict.fromkeys(("visit", "visited"), "appointment"),
        "after": "phonecall",
    }
    owner, second = "_ownerid_value", ("account", "new_secondowner")
    wrong_ids = (*RegisterBench.wrong_ids, NOBODYS, f"task/{NOBODYS}", f"nothing/{NOBODYS}", f"account/{NOBODYS}/name")

    def is_item(self, thing: str) -> bool:
        return super().is_item(thing) or thing in {"carols", "after"}

    def connect(self) -> Any:
        settings = _Behind(
            url=self.url,
            audience=self.crm.url,
            tenant=self.crm.tenant,
            client_id=self.crm.client_id,
            client_secret={"env": "DATAVERSE_SECRET"},
            authority=self.crm.url,
            ca_file=self._trusted,
        )
        quick = settings.model_copy(update={"timeout": self.patience, "connect_timeout": self.patience})
        return dataverse.connect(self.name, quick, self.vault)

    def owners(self) -> dict[str, str]:
        names = {f"{self.objects[thing]}/{self._known[thing]}": thing for thing in self.objects}
        names[self.ids["Cedar/second"]] = "Cedar/second"
        return {names[place]: self.login_of(user) for place, user in self.crm.owners().items() if user}

    def rest(self) -> Any:
        hidden = {"_ownerid_value", "_ownerid_type", "_new_secondowner_value", "versionnumber", "modifiedon"}
        return {
            table: {one: {name: row[name] for name in row if name not in hidden} for one, row in rows.items()}
            for table, rows in self.crm.rows.items()
        }

    def give_by_hand(self, thing: str, login: str) -> None:
        if thing == "Cedar/second":
            self.crm.change("account", self._known["Cedar"], _new_secondowner_value=self._known[login])
        else:
            self.crm.change(self.objects[thing], self._known[thing], _ownerid_value=self._known[login])

    def close_by_hand(self, thing: str) -> None:
        self.crm.change(self.objects[thing], self._known[thing], statecode=1)

    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        # A meeting with Alder is about a deal of theirs, and not about the client itself.
        about = ("opportunity", self._known["won"]) if kind == "meeting" else ("account", self._known[client])
        table = {"call": "phonecall", "meeting": "appointment"}[kind]
        ended = {"subject": kind, "statecode": 1, "actualend": moment(at), "regardingobjectid": about}
        self.crm.add(table, self._known[login], **ended)

    def refuse(self, thing: str) -> None:
        self.crm.fail(400, match=f"PATCH /accounts({self._known[thing]})", next=99)

    def deny(self, k: int) -> None:
        # All changes go in one call, in which each may be refused by itself.
        denied = self._known[("Alder", "Ida", "pallet")[k - 1]]
        self.crm.fail(403, match=f"PATCH *({denied})", next=99)

    def lie(self) -> None:
        self.crm.writes_work = False

    def calm(self) -> None:
        self.proxy.calm()
        self.crm.heal()
        self.crm.writes_work = True


@pytest.fixture(scope="session")
def dataverse_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Dynamics(tmp_path_factory.mktemp("dataverse"))
    with made.crm:
        yield Ground(made.crm, made.ids, ("rows", "relations", "calls", "writes_work"))


@pytest.fixture
def dataverse_bench(
    dataverse_ground: Ground, slapd: Slapd, authorities: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataverseBench]:
    monkeypatch.setenv("DATAVERSE_SECRET", dataverse_ground.crm.client_secret)
    dataverse_ground.crm.heal()
    yield from behind(
        DataverseBench, dataverse_ground, slapd, authorities, tmp_path,
        lambda _method, path, body: path.endswith("$batch") and b"PATCH " in body,
    )  # fmt: skip
