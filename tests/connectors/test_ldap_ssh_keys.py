"""SSH keys listed in a directory, taken off the list and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.connectors._ldap_ssh_keys import NO_TEXT, fingerprint
from offboard.domain.holdings import SshKeys
from offboard.errors import Denied, NotFound, Rejected
from tests.connectors.ldap_office import ALICE, Office
from tests.servers.slapd import start_slapd
from tests.servers.slapd_dialects import WITH_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

# Made for this test alone; the private halves were never kept.
ED = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
ED_PRINT = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
SK = "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo="


@pytest.fixture
def keys(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    server = start_slapd(tmp_path / "keys", authority, config=WITH_KEYS)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
    made = Office(server)
    yield made
    made.close()
    server.stop()


def listed(*lines: str) -> list[str]:
    return ["add: objectClass", "objectClass: ldapPublicKey", "-", "add: sshPublicKey", *lines]


@pytest.mark.parametrize(
    "lines",
    [
        [f"sshPublicKey: ssh-ed25519 {ED} alice@laptop"],
        [f"sshPublicKey: ssh-ed25519 {ED} alice@laptop", f"sshPublicKey: sk-ssh-ed25519@openssh.com {SK} key"],
        [f"sshPublicKey: ssh-ed25519 {ED} one", f'sshPublicKey: from="10.0.0.1",no-pty ssh-ed25519 {ED} two words'],
        ["sshPublicKey: no key at all", "sshPublicKey: ssh-rsa !!!"],
        [f"sshPublicKey: ssh-ed25519 {ED}"],
    ],
    ids=["one", "two", "one key twice", "no keys", "no comment"],
)
def test_keys_go_and_come_back_byte_for_byte(keys: Office, lines: list[str]):
    keys.change(ALICE, *listed(*lines))
    alice, before, connection = keys.id_of("alice"), keys.entry(), keys.connect()
    assert isinstance(connection, SshKeys)
    found = connection.ssh_keys(alice)
    for key_id in found:
        for _ in range(2):
            connection.set_ssh_key(alice, key_id, None)
    assert connection.ssh_keys(alice) == {}
    assert "sshPublicKey" not in keys.entry()
    for key_id, held in reversed(found.items()):
        for _ in range(2):
            connection.set_ssh_key(alice, key_id, held.state)
    assert keys.entry() == before
    assert connection.ssh_keys(alice) == found


def test_fingerprints_are_those_that_openssh_prints():
    assert fingerprint(f"ssh-ed25519 {ED} alice".encode()) == ED_PRINT
    assert fingerprint(f'command="x ssh-y" ssh-ed25519 {ED}'.encode()) == ED_PRINT


def test_what_is_no_text_is_beyond_us(keys: Office):
    keys.change(ALICE, *listed("sshPublicKey:: gP/+AA=="))
    (held,) = keys.connect().ssh_keys(keys.id_of("alice")).values()
    assert held.beyond == NO_TEXT


def test_rights_for_keys_are_known_before(keys: Office):
    keys.change(ALICE, *listed(f"sshPublicKey: ssh-ed25519 {ED} alice"))
    alice, connection = keys.id_of("alice"), keys.connect("offboard")
    assert "write sshPublicKey" in connection.health().rights_missing
    assert "sshPublicKey" in connection.out_of_reach(alice)[0]
    (key_id,) = connection.ssh_keys(alice)
    with pytest.raises(Denied):
        connection.set_ssh_key(alice, key_id, None)
    assert keys.connect().out_of_reach(alice) == []


def test_a_directory_without_keys_has_none(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    assert connection.ssh_keys(alice) == {}
    with pytest.raises(Rejected, match="has no sshPublicKey"):
        connection.set_ssh_key(alice, "SHA256:x", {"key": "ssh-ed25519 AAAA"})
    with pytest.raises(NotFound):
        connection.set_ssh_key("00000000-0000-0000-0000-000000000000", "SHA256:x", None)
