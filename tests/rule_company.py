"""A company whose mailboxes Exchange's endpoint shows, or Microsoft Graph alone; its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.connectors.exchange_office import Office
from tests.servers.workplace import Workplace, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.storage.scans import Scan
    from offboard.wiring import Firm
    from tests.servers.smtp import SmtpSink


class Company:
    """An organisation whose mailboxes Exchange's endpoint shows, and a second one with Microsoft Graph alone."""

    def __init__(self, place: Workplace, office: Office, smtp: SmtpSink) -> None:
        self.place, self.office, self.smtp = place, office, smtp
        self.graph = office.graph
        common = {
            "tenant": self.graph.tenant,
            "client_id": self.graph.client_id,
            "client_secret": {"env": "EXCHANGE_SECRET"},
            "authority": self.graph.url,
            "ca_file": str(self.graph.ca_file),
        }
        self.systems = {
            "entra": {"kind": "entra", "url": f"{self.graph.url}/v1.0", **common},
            "mailboxes": {"kind": "exchange", "url": office.standin.url, "graph_url": self.graph.url, **common},
            "seen": {"kind": "graph_rules", "url": f"{self.graph.url}/v1.0", **common},
            "outbox": smtp.settings(),
        }
        self.use("entra", "mailboxes", "outbox")

    def use(self, *names: str) -> None:
        self.place.settings = settings_of(**{name: self.systems[name] for name in names})
        self.place.settings["company"]["domains"] = ["acme.example"]
        self.place.write()

    def use_one_at_a_time(self) -> None:
        self.systems["mailboxes"]["calls_at_once"] = 1
        self.use("entra", "mailboxes", "outbox")

    def people(self, number: int, name: str = "Person") -> list[dict[str, Any]]:
        standin = self.office.standin
        return [standin.add_mailbox(self.graph.add_person(f"{name} N{one}")) for one in range(number)]

    def scan(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.place.json("rules", "scan", *words, code=code)
        return found

    def error(self, *words: str) -> str:
        self.place.run(*words, code=2)
        return self.place.last_error

    def diff(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.place.json("rules", "diff", *words, code=code)
        return found


@pytest.fixture
def company(
    empty_workplace: Workplace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    smtp_sink: SmtpSink,
) -> Iterator[Company]:
    office = Office(tmp_path / "graph", monkeypatch)
    office.graph.start()
    yield Company(empty_workplace, office, smtp_sink)
    office.close()


def last(firm: Firm) -> Scan:
    """Return the last scan that ended."""
    found = firm.store.scans.last()
    assert found is not None
    return found
