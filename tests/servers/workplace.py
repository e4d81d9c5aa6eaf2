"""A company on the real servers: its settings, its register, and the ``offboard`` command as people use it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w

from offboard.cli import main
from offboard.wiring import Firm, open_firm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink

CLIENTS = """\
id,name,responsible,contact_name,contact_email,address,postcode,city,country,language,value
C1,Alder & Co,alice,Ida Alder,ida@alder.example,1 Elm Road,BS1 4DJ,Bristol,GB,,12000
C2,Buchen GmbH,alice,Uwe Buchen,uwe@buchen.example,Hauptstr. 1,72070,Tübingen,DE,,8000
C3,Cedar Ltd,alice,,,3 Oak Lane,M1 1AE,Manchester,GB,,500
C4,Douglas Ltd,bob,Eve Douglas,eve@douglas.example,4 Ash Way,EH1 1YZ,Edinburgh,GB,,900
"""

SCRIPT = (
    'require ["copy", "fileinto", "imap4flags"];\r\n'
    "# Grüße\r\n"
    'if address :domain "from" "alder.example" { addflag "\\\\Flagged"; }\r\n'
    'redirect :copy "alice.archer@freemail.invalid";\r\n'
)


@dataclass
class Workplace:
    """The company; ``run`` is the command line."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self) -> None:
        """Write the settings file."""
        (self.folder / "offboard.toml").write_text(tomli_w.dumps(self.settings), encoding="utf-8")

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command, expect its exit code and return what it printed; a hint must come with every error."""
        self.capture.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["offboard", *words])
        try:
            main()
            ended = 0
        except SystemExit as end:
            ended = int(end.code or 0)
        out, err = self.capture.readouterr()
        assert ended == code, f"offboard {' '.join(words)} ended with {ended}, not {code}:\n{out}\n{err}"
        self.last_error = err
        return out

    def json(self, *words: str, code: int = 0) -> Any:
        """Run a command with --json and return the data."""
        return json.loads(self.run(*words, "--json", code=code))

    def firm(self) -> Firm:
        """Open the company as flows do."""
        return open_firm(self.folder / "offboard.toml")


def settings_of(**systems: dict[str, Any]) -> dict[str, Any]:
    """Return settings with these systems."""
    return {
        "company": {
            "name": "Corp Ltd",
            "domains": ["corp.test"],
            "timezone": "Europe/London",
            "languages": ["en", "de"],
            "owner_name": "Olivia Owens",
            "owner_title": "Managing Director",
            "owner_phone": "+44 117 496 0100",
        },
        "store": {"url": "sqlite:///offboard.db"},
        "people": {
            "hr": ["erin@corp.test"],
            "it": ["dave@corp.test", "dora@corp.test"],
            "owner": ["owner@corp.test"],
            "auditor": ["audit@example.org"],
        },
        "guards": {"protected": ["administrator"], "max_share_of_staff": 1.0},
        "systems": systems,
    }


@pytest.fixture
def empty_workplace(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A company without any system."""
    folder = tmp_path / "workplace"
    folder.mkdir()
    monkeypatch.setenv("OFFBOARD_CONFIG", str(folder / "offboard.toml"))
    monkeypatch.delenv("OFFBOARD_AS", raising=False)
    place = Workplace(folder, capfd, monkeypatch, settings_of())
    place.write()
    return place


@pytest.fixture
def workplace(empty_workplace: Workplace, slapd: Slapd, dovecot: Dovecot, smtp_sink: SmtpSink) -> Iterator[Workplace]:
    """A company with a directory, mail, a client register and a mail server; alice forwards her mail."""
    place = empty_workplace
    place.settings = settings_of(
        office=slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test"),
        mail=dovecot.settings(),
        clients={"kind": "register", "url": "sqlite:///clients.db"},
        outbox=smtp_sink.settings(),
    )
    place.write()
    (place.folder / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    place.run("clients", "import", str(place.folder / "clients.csv"))
    dovecot.put_script("alice", "holiday", SCRIPT)
    return place
