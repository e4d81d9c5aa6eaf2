"""An organisation at the stand-in for Exchange's admin endpoint: Ruth, who leaves, and Sam, who takes over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from offboard.connectors import exchange
from offboard.domain.departure import Departure
from offboard.domain.people import Person
from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.graph import GraphStandIn
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
PRIVATE = "ruth@privatepost.example"
DOMAINS = ("acme.example",)


class Office:
    """``standin`` with ``ruth`` and ``sam``, whose mailboxes they are; connections end with the test."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.graph = GraphStandIn(folder)
        self.standin = ExchangeStandIn(self.graph)
        self.ruth = self.standin.add_mailbox(self.graph.add_person("Ruth Castellan"))
        self.sam = self.standin.add_mailbox(self.graph.add_person("Sam Okafor"))
        self._open: list[exchange.Connection] = []
        monkeypatch.setenv("EXCHANGE_SECRET", self.graph.client_secret)

    def settings(self, **other: object) -> exchange.Settings:
        """Return settings for the stand-in."""
        table: dict[str, object] = {
            "tenant": self.graph.tenant,
            "client_id": self.graph.client_id,
            "client_secret": {"env": "EXCHANGE_SECRET"},
            "url": self.standin.url,
            "graph_url": self.graph.url,
            "authority": self.graph.url,
            "ca_file": self.graph.ca_file,
            "timeout": 3,
        }
        return exchange.Settings.model_validate(table | other)

    def connect(self, **other: object) -> exchange.Connection:
        """Open a connection."""
        connection = exchange.connect("mail", self.settings(**other), MemoryVault())
        self._open.append(connection)
        return connection

    def person(self, box: dict[str, object], system: str = "ldap") -> Person:
        """Return whose mailbox it is, as another system knows them."""
        mail = str(box["PrimarySmtpAddress"])
        found = system == "mail"
        return Person(
            id=str(box["Guid"]) if found else f"uuid-{mail}",
            system=system,
            login=mail if found else mail.partition("@")[0],
            name=str(box["DisplayName"]),
            mail=mail,
        )

    def leaving(self) -> Departure:
        """Return a departure of Ruth, whom Sam follows."""
        return Departure(
            number="D-2026-0001",
            leaver=self.person(self.ruth),
            moment=NOW,
            timezone="Europe/London",
            playbook="employee",
            requested_by="hr@corp.test",
            requested_at=NOW,
            successor=self.person(self.sam),
            accounts={"mail": self.person(self.ruth, "mail")},
        )

    def close(self) -> None:
        for connection in self._open:
            connection.close()
        self.graph.stop()


@pytest.fixture
def exchange_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Never is a phone wiped."""
    made = Office(tmp_path / "graph", monkeypatch)
    made.graph.start()
    try:
        yield made
        assert not any(command.name == "Clear-MobileDevice" for command in made.standin.commands)
    finally:
        made.close()
