"""A connection to a tenant of the stand-in, and what the tests of it ask for again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.connectors import entra
from offboard.connectors._entra_rights import NEEDED
from offboard.practice.graph import GraphStandIn, check_against_facts
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.practice.graph import Call

SHUT = {"sign_in": "shut"}


class Office:
    """A tenant with Ruth, who leaves, and Sam, who takes over."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.standin = GraphStandIn(folder)
        self._monkeypatch = monkeypatch
        self._open: list[entra.Connection] = []
        self.ruth = self.standin.add_person("Ruth Castellan", employeeId="1007", jobTitle="Broker")
        self.sam = self.standin.add_person("Sam Okafor", employeeId="1008")

    def settings(self, **other: object) -> entra.Settings:
        """Return settings for the stand-in, by client secret unless told otherwise."""
        table: dict[str, object] = {
            "tenant": self.standin.tenant,
            "client_id": self.standin.client_id,
            "url": f"{self.standin.url}/v1.0",
            "authority": self.standin.url,
            "ca_file": self.standin.ca_file,
            "timeout": 3,
        }
        if not other.keys() & {"certificate", "managed_identity"}:
            self._monkeypatch.setenv("ENTRA_SECRET", self.standin.client_secret)
            table["client_secret"] = {"env": "ENTRA_SECRET"}
        return entra.Settings.model_validate(table | other)

    def connect(self, **other: object) -> entra.Connection:
        """Open a connection; it is closed when the test ends."""
        connection = entra.connect("office", self.settings(**other), MemoryVault())
        self._open.append(connection)
        return connection

    def grant(self, *rights: str) -> None:
        """Let our app have these rights alone, from the next token on."""
        self.standin.permissions = set(rights)
        self.standin.refuse_tokens()

    def lack(self, *rights: str) -> None:
        """Take rights away from our app, from the next token on."""
        self.grant(*(self.standin.permissions - set(rights)))

    def strange_calls(self) -> list[str]:
        """Return what Microsoft's own description says against any call that was made."""
        return [
            f"{call.method} {call.path}: {fault}"
            for call in self.standin.calls
            if call.path != "/$batch" and not _planted(call)
            for fault in [*check_against_facts(call), *_untold(call)]
        ]

    def close(self) -> None:
        for connection in self._open:
            connection.close()
        self.standin.stop()


def _untold(call: Call) -> list[str]:
    """Return why a call is none that the table of rights knows."""
    return [] if not call.known or call.known in NEEDED else ["no right is named for it"]


def _planted(call: Call) -> bool:
    """Say whether a call failed since the test or the token service wanted it, before anybody looked at it."""
    if call.status == 0:
        return True
    error = (call.reply or {}).get("error", {})
    return not call.known and (call.status == 401 or "asked for" in str(error.get("message")))


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Ends with Microsoft's own description having no objection to any request or reply."""
    made = Office(tmp_path / "graph", monkeypatch)
    made.standin.start()
    try:
        yield made
        assert made.strange_calls() == []
    finally:
        made.close()
