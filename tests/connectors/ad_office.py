"""Connections to the test domain, as wiring would open them, and people who come new for each test."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from offboard.connectors import active_directory
from tests.servers.memory_vault import MemoryVault
from tests.servers.samba_seed import (
    ADMIN_PASSWORD,
    PASSWORD,
    SERVICE,
    SERVICE_PASSWORD,
    add_group,
    add_person,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.samba import Controller, Domain

SHUT = {"sign_in": "shut"}
BY_CODE = {"sign_in": "shut", "refused": "533"}
SIGN_IN = ["userAccountControl", "accountExpires", "logonHours"]

_numbers = itertools.count(1)


class AdOffice:
    """Opens connections to one domain, all with the same vault."""

    def __init__(self, lent: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
        self.domain = lent
        self.first: Controller = lent.first
        self.second: Controller = lent.second
        self.vault = MemoryVault()
        self.opened: list[active_directory.Connection] = []
        self._env = monkeypatch

    def connect(self, *, delegated: bool = False, **settings: Any) -> active_directory.Connection:
        """Open a connection as the domain's administrator, or as the service account with delegated rights."""
        self._env.setenv("OFFICE_AD_PASSWORD", SERVICE_PASSWORD if delegated else ADMIN_PASSWORD)
        if delegated:
            settings["bind_dn"] = SERVICE
        # Tests of tickets say how long one lives; for all the others there are none.
        made = active_directory.Settings(**self.domain.settings(**{"ticket_hours": 0} | settings))
        connection = active_directory.connect("ad", made, self.vault)
        self.opened.append(connection)
        return connection

    def hire(self, name: str = "Alice A", **more: Any) -> str:
        """Add somebody new and return the name of the entry; ``login`` makes theirs."""
        number = next(_numbers)
        login = more.pop("login", f"p{number}x")
        rdn = more.pop("rdn", f"CN={name} {number}")
        return add_person(self.first.admin(), login, name, rdn=rdn, **more)

    def group(self, name: str, *members: str, **more: Any) -> str:
        """Add a group and return the name of the entry."""
        return add_group(self.first.admin(), f"{name} {next(_numbers)}", list(members), **more)

    def id_of(self, entry: str) -> str:
        """Return an object's objectGUID as text."""
        return str(UUID(bytes_le=self.first.read(entry, ["objectGUID"])["objectGUID"][0]))

    def name_of(self, entry_id: str) -> str:
        """Return what an object is called now."""
        return self.first.text(f"<GUID={entry_id}>", "distinguishedName")

    def signs_in(self, entry: str, password: str = PASSWORD) -> str:
        """Return ``in`` or the code of the refusal."""
        return self.first.bind(entry, password)

    def sealed(self, entry_id: str) -> dict[str, Any]:
        """Return what is sealed for one account."""
        return dict(json.loads(self.vault.kept[f"ad/account/{entry_id}"]))

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


@pytest.fixture
def ad(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdOffice]:
    made = AdOffice(domain, monkeypatch)
    yield made
    made.close()
