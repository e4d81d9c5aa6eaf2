"""The bench of the connector ``scim``: scim2-server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import scim
from tests.contracts.bench import Bench
from tests.servers.faulty_http import HttpProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.scim import Saas


class ScimBench(Bench):
    """scim2-server behind the proxy."""

    def __init__(self, saas: Saas, proxy: HttpProxy) -> None:
        super().__init__()
        self.saas, self.proxy = saas, proxy

    def connect(self) -> Any:
        settings = self.saas.settings(
            url=f"https://127.0.0.1:{self.proxy.port}/v2", timeout=self.patience, connect_timeout=self.patience
        )
        return scim.connect(self.name, scim.Settings(**settings), self.vault)

    def id_of(self, login: str) -> str:
        return self.saas.ids[login]

    def group_id(self, name: str) -> str:
        return self.saas.groups[name]

    def person(self, login: str) -> Any:
        return self.saas.user(login)

    def groups(self) -> dict[str, list[str]]:
        return {name: sorted(str(sorted(one.items())) for one in self.saas.members(name)) for name in self.saas.groups}

    def groups_of(self, login: str) -> set[str]:
        return {name for name, members in self.groups().items() if any(self.means(one, login) for one in members)}

    def means(self, listed: str, login: str) -> bool:
        return self.saas.ids[login] in listed

    def signs_in(self, login: str) -> bool:
        return bool(self.saas.user(login)["active"])

    def leave_by_hand(self, login: str, group: str) -> None:
        path = f'members[value eq "{self.id_of(login)}"]'
        self.saas.change(f"Groups/{self.group_id(group)}", {"op": "remove", "path": path})

    def relist_by_hand(self, login: str) -> str:
        self.leave_by_hand(login, "staff")
        member = {"value": self.id_of(login), "type": "User", "display": "somebody"}
        self.saas.change(f"Groups/{self.group_id('staff')}", {"op": "add", "path": "members", "value": [member]})
        return "staff"

    def about(self, group: str) -> str:
        return self.group_id(group)

    def raise_above_us(self, login: str) -> str:
        del login
        return "a SCIM server lets us write everybody or nobody; the latter is tried with one that offers no writing"

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        self.saas.add(login, name, number, emails=[{"value": mail, "primary": True}])


@pytest.fixture
def scim_bench(saas: Saas, authority: Authority, stranger: Authority) -> Iterator[ScimBench]:
    port = int(saas.server.server_address[1])
    with HttpProxy(("127.0.0.1", port), authority, stranger) as proxy:
        yield ScimBench(saas, proxy)
