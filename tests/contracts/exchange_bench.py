"""The bench of the connector ``exchange``: the stand-in for Exchange's admin endpoint, and Entra ID beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from offboard.connectors import entra, exchange
from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.graph import GraphStandIn
from tests.contracts.bench import Bench
from tests.servers.faulty_http import HttpProxy
from tests.servers.scim import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.servers.authority import Authority


class ExchangeBench(Bench):
    """The admin endpoint behind the proxy; everybody has a mailbox. Entra, past the proxy, knows the people."""

    name = "mail"

    def __init__(self, graph: GraphStandIn, proxy: HttpProxy, ca_file: Path) -> None:
        super().__init__()
        self.graph, self.proxy, self._ca_file = graph, proxy, ca_file
        self.standin = ExchangeStandIn(graph)
        self.boxes: dict[str, dict[str, Any]] = {}
        for login, (name, number, _) in PEOPLE.items():
            address = f"{login}@corp.test"
            known = {"userPrincipalName": address, "mail": address, "employeeId": number, "mailNickname": login}
            self.boxes[login] = self.standin.add_mailbox(graph.add_person(name, **known))

    def connect(self) -> Any:
        settings = exchange.Settings(**self._common(), url=f"https://127.0.0.1:{self.proxy.port}")
        # Settings take whole seconds, and each silence is waited for twice.
        quick = settings.model_copy(update={"timeout": self.patience / 2})
        return exchange.connect(self.name, quick, self.vault)

    def settle(self) -> None:
        self.standin.settle()

    def beside(self) -> Mapping[str, Callable[[], Any]]:
        return {"people": self._people}

    def _people(self) -> Any:
        settings = entra.Settings(**self._common(), url=f"{self.graph.url}/v1.0")
        return entra.connect("people", settings, self.vault)

    def _common(self) -> dict[str, Any]:
        return {
            "tenant": self.graph.tenant,
            "client_id": self.graph.client_id,
            "client_secret": {"env": "EXCHANGE_SECRET"},
            "authority": self.graph.url,
            "ca_file": self._ca_file,
            "connect_timeout": int(self.patience),
            "timeout": int(self.patience),
        }

    def login(self, name: str) -> str:
        return f"{name}@corp.test"

    def id_of(self, login: str) -> str:
        return str(self.boxes[login]["Guid"])

    def group_id(self, name: str) -> str:
        raise NotImplementedError(name)

    def person(self, login: str) -> Any:
        return self.graph.look(str(self.boxes[login]["ExternalDirectoryObjectId"]))

    def groups(self) -> dict[str, list[str]]:
        return {}

    def groups_of(self, login: str) -> set[str]:
        del login
        return set()

    def signs_in(self, login: str) -> bool:
        return bool(self.person(login)["accountEnabled"])

    def leave_by_hand(self, login: str, group: str) -> None:
        raise NotImplementedError

    def relist_by_hand(self, login: str) -> str:
        del login
        return ""

    def about(self, group: str) -> str:
        return group

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        raise NotImplementedError

    def means(self, listed: str, login: str) -> bool:
        return listed == self.login(login)


def _is_write(_method: str, path: str, body: bytes) -> bool:
    """Say whether a cmdlet changes something."""
    return path.partition("?")[0].endswith("InvokeCommand") and not _cmdlet(body).startswith("Get-")


def _cmdlet(body: bytes) -> str:
    return str(json.loads(body)["CmdletInput"]["CmdletName"])


@pytest.fixture
def exchange_bench(
    tmp_path: Path, authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExchangeBench]:
    with GraphStandIn(tmp_path / "graph") as graph:
        monkeypatch.setenv("EXCHANGE_SECRET", graph.client_secret)
        both = tmp_path / "both.pem"
        both.write_bytes(graph.ca_file.read_bytes() + authority.ca_file.read_bytes())
        place = urlsplit(graph.url)
        upstream = (str(place.hostname), int(place.port or 0))
        with HttpProxy(upstream, authority, stranger, is_write=_is_write) as proxy:
            proxy.retry_after = "0"
            yield ExchangeBench(graph, proxy, both)
