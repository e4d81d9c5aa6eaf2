"""Connections to the test directory, as wiring would open them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import ldap
from offboard.domain.departure import Departure
from tests.servers.memory_vault import MemoryVault
from tests.servers.slapd import Slapd, start_slapd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

ALICE = "uid=alice,ou=people,dc=corp,dc=test"
GROUPS = "ou=groups,dc=corp,dc=test"
SHUT = {"sign_in": "shut"}

_TRACES = {"entryCSN", "modifyTimestamp", "modifiersName", "pwdChangedTime"}
"""What a server writes down of every change, and nobody can put back."""


class Office:
    """Opens connections to one directory, all with the same vault."""

    def __init__(self, server: Slapd) -> None:
        self.server = server
        self.vault = MemoryVault()
        self.opened: list[ldap.Connection] = []

    def connect(self, service: str = "", **settings: Any) -> ldap.Connection:
        """Open a connection as the directory's root, or as one of ``ou=services``."""
        if service:
            settings["bind_dn"] = f"cn={service},ou=services,dc=corp,dc=test"
        connection = ldap.connect("office", ldap.Settings(**self.server.settings(**settings)), self.vault)
        self.opened.append(connection)
        return connection

    def id_of(self, login: str) -> str:
        """Return somebody's entryUUID."""
        return self.server.search(f"(uid={login})", ["entryUUID"])[0]["entryUUID"][0]

    def group_id(self, name: str) -> str:
        """Return a group's entryUUID."""
        return self.server.search(f"(&(cn={name})(!(uid=*)))", ["entryUUID"])[0]["entryUUID"][0]

    def read(self, login: str = "alice") -> dict[str, list[str]]:
        """Return what the directory holds of somebody's sign-in."""
        wanted = ["userPassword", "pwdAccountLockedTime", "pwdReset"]
        return {k: v for k, v in self.server.search(f"(uid={login})", wanted)[0].items() if k != "dn"}

    def signs_in(self, password: str = "alicepw") -> bool:  # noqa: S107 - a made-up person
        """Say whether Alice can sign in."""
        return self.server.bind(ALICE, password)

    def probe(self) -> str:
        """Return the random password that is sealed for the one account that was shut."""
        (record,) = (json.loads(value) for key, value in self.vault.kept.items() if "account" in key)
        return str(record["probe"])

    def groups(self) -> dict[str, dict[str, list[str]]]:
        """Return every group's lists of members, by the group's name."""
        lists = ["member", "uniqueMember", "memberUid"]
        found = self.server.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["cn", *lists])
        return {group["cn"][0]: {key: sorted(group[key]) for key in lists if key in group} for group in found}

    def entry(self, login: str = "alice") -> dict[str, list[str]]:
        """Return everything that the directory holds of somebody, but for the traces of changes."""
        found = self.server.search(f"(uid={login})", ["*", "+"])[0]
        return {k: sorted(v) for k, v in found.items() if k not in _TRACES}

    def change(self, dn: str, *lines: str) -> None:
        """Change an entry by hand, as an administrator would."""
        self.server.modify("\n".join([f"dn: {dn}", "changetype: modify", *lines]) + "\n")

    @staticmethod
    def departure_of(departure: Departure, **leaver: str) -> Departure:
        """Return a departure whose leaver has the given attributes here, or no account here at all."""
        accounts = {"office": replace(departure.leaver, **leaver)} if leaver else {}
        return replace(departure, accounts=accounts)

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


def members(office: Office, group: str) -> dict[str, list[str]]:
    """Return whom a group's entry lists, by attribute."""
    return office.groups()[group]


def memberof(office: Office, login: str = "alice") -> list[str]:
    """Return the groups that the server itself says somebody is in."""
    return sorted(office.server.search(f"(uid={login})", ["memberOf"])[0].get("memberOf", []))


def leaving_alice(office: Office) -> Departure:
    """Return a departure of Alice, as the directory knows her."""
    (alice,) = office.connect().find("alice")
    moment = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
    return Departure(
        number="D-2026-0001",
        leaver=alice,
        moment=moment,
        timezone="Europe/London",
        playbook="employee",
        requested_by="hr@corp.test",
        requested_at=moment,
        accounts={"office": alice},
    )


@pytest.fixture
def office(slapd: Slapd) -> Iterator[Office]:
    made = Office(slapd)
    yield made
    made.close()


@pytest.fixture
def lenient(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Lend a directory whose policy honours no lock."""
    server = start_slapd(tmp_path / "lenient", authority, lockout=False)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
    made = Office(server)
    yield made
    made.close()
    server.stop()
