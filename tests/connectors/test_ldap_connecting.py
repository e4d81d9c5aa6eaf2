"""Connecting: TLS that is verified or refused, our own account, servers that are down or dumb, and doctor's view."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from offboard.connectors import ldap
from offboard.connectors._ldap_door import Address
from offboard.connectors._ldap_faults import fault_of_result
from offboard.errors import BadSettings, Denied, Rejected, SystemFault, Throttled, Unreachable, Untrusted
from tests.connectors.ldap_office import Office
from tests.servers.authority import make_authority
from tests.servers.memory_vault import MemoryVault
from tests.servers.needed import free_port
from tests.servers.slapd import start_slapd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.authority import Authority
    from tests.servers.slapd import Slapd


def test_ldaps_and_starttls_and_loopback(office: Office):
    for address, ca_file, tls in (
        (office.server.url, str(office.server.ca_file), "ldaps"),
        (office.server.plain_url, str(office.server.ca_file), "starttls"),
        (office.server.plain_url, None, "none (loopback)"),
    ):
        connection = office.connect(url=address, ca_file=ca_file)
        assert connection.health().tls == tls
        assert connection.find("alice")


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_certificate_of_another_authority_is_refused(office: Office, tmp_path: Path, scheme: str):
    address = office.server.url if scheme == "ldaps" else office.server.plain_url
    with pytest.raises(Untrusted, match=r"certificate|local issuer") as caught:
        office.connect(url=address, ca_file=str(make_authority(tmp_path).ca_file))
    assert "ca_file" in caught.value.hint


def test_variables_of_the_machine_do_not_make_a_certificate_trusted(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(office.server.ca_file))
    with pytest.raises(Untrusted):
        office.connect(ca_file=str(make_authority(tmp_path).ca_file))


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    server = start_slapd(tmp_path / "slapd", make_authority(tmp_path, "elsewhere.corp.test"))
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
    try:
        for address in (server.url, server.plain_url):
            with pytest.raises(Untrusted, match=r"not valid for '127\.0\.0\.1'"):
                Office(server).connect(url=address)
    finally:
        server.stop()


def test_tls_is_never_given_up_when_the_server_offers_none(office: Office):
    office.server.stop()
    config = office.server.folder / "slapd.conf"
    lines = [line for line in config.read_text().splitlines() if not line.startswith("TLS")]
    config.write_text("\n".join(lines) + "\n")
    office.server.start()
    with pytest.raises(Untrusted, match="StartTLS is not offered"):
        office.connect(url=office.server.plain_url)


@pytest.mark.parametrize("host", ["ldap.corp.test", "192.0.2.1", "[2001:db8::1]"])
def test_beyond_loopback_plain_ldap_is_always_upgraded(host: str):
    address = Address("office", f"ldap://{host}", None, 1, 1)
    assert address.tls == "starttls"


@pytest.mark.parametrize(
    ("host", "port"),
    [("ldap://localhost", 389), ("ldap://127.0.0.9:1", 1), ("ldap://[::1]", 389), ("ldaps://[::1]", 636)],
)
def test_the_addresses_of_loopback(host: str, port: int):
    address = Address("office", host, None, 1, 1)
    assert address.loopback
    assert address.port == port


def test_a_wrong_password_is_denied(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", "wrong-one")
    with pytest.raises(Denied, match="cn=admin") as caught:
        office.connect()
    assert "wrong-one" not in str(caught.value)
    assert "bind_dn" in caught.value.hint


@pytest.mark.parametrize("value", [None, ""], ids=["not set", "empty"])
def test_a_password_that_is_missing_is_a_matter_of_settings(
    office: Office, monkeypatch: pytest.MonkeyPatch, value: str | None
):
    monkeypatch.delenv("OFFICE_LDAP_PASSWORD")
    if value is not None:
        monkeypatch.setenv("OFFICE_LDAP_PASSWORD", value)
    with pytest.raises(BadSettings, match=r"systems\.office\.password"):
        office.connect()


def test_a_ca_file_that_is_missing_is_a_matter_of_settings(office: Office):
    with pytest.raises(BadSettings, match=r"systems\.office\.ca_file"):
        office.connect(ca_file="/nowhere/ca.pem")


def test_a_server_that_is_down_is_unreachable_at_once(office: Office):
    with pytest.raises(Unreachable, match="refused"):
        office.connect(url=f"ldaps://127.0.0.1:{free_port()}")


class Dumb:
    """A server that takes connections and answers with ``says``, or not at all."""

    def __init__(self, says: bytes) -> None:
        self.says = says
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.kept: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.kept.append(connection)
            if self.says:
                connection.recv(4096)
                connection.sendall(self.says)

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.kept:
            connection.close()


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
@pytest.mark.parametrize(
    "says",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x80\x00", b"\x00" * 64],
    ids=["nothing", "http", "half a message", "zeros"],
)
def test_a_server_that_speaks_nothing_or_nonsense_is_no_success(
    says: bytes, scheme: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("P", "secret")
    dumb = Dumb(says)
    settings = ldap.Settings(
        url=f"{scheme}://127.0.0.1:{dumb.port}", base="dc=corp,dc=test", bind_dn="cn=admin", password={"env": "P"},
        ca_file=authority.ca_file if scheme == "ldaps" else None, timeout=1, connect_timeout=1,
    )  # fmt: skip
    try:
        with pytest.raises(SystemFault) as caught:
            ldap.connect("office", settings, MemoryVault())
    finally:
        dumb.stop()
    assert isinstance(caught.value, (Unreachable, Untrusted))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"password": "plain"}, "plain text is refused"),
        ({"url": "http://ldap.corp.test"}, "no address of a directory"),
        ({"url": "ldaps://"}, "no address of a directory"),
        ({"url": "ldaps://host:99999"}, "no address of a directory"),
        ({"url": "ldaps://host/dc=test"}, "no address of a directory"),
        ({"password": None}, "belong together"),
        ({"bind_dn": ""}, "belong together"),
        ({"login": "uid)(a=*"}, "pattern"),
        ({"logn": "uid"}, "Extra inputs"),
        ({"timeout": 0}, "greater than"),
        ({"base": ""}, "at least 1"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], fault: str):
    right = {"url": "ldaps://ldap.corp.test", "base": "dc=test", "bind_dn": "cn=a", "password": {"env": "P"}}
    assert ldap.Settings(**right).kind == "ldap"
    with pytest.raises(ValidationError, match=fault):
        ldap.Settings(**right | wrong)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (3, Unreachable), (4, Rejected), (8, Untrusted), (10, Rejected), (13, Untrusted), (34, Rejected), (49, Denied),
        (50, Denied), (51, Throttled), (52, Throttled), (53, Rejected), (65, Rejected), (80, Rejected),
    ],
)  # fmt: skip
def test_result_codes_become_our_errors(code: int, kind: type[SystemFault]):
    fault = fault_of_result({"result": code, "description": "word", "message": "why"}, "office", "do it")
    assert type(fault) is kind
    assert str(fault) == "office: cannot do it (word: why)"
    assert fault.system == "office"


def test_health_of_a_whole_connection(office: Office):
    health = office.connect("offboard").health()
    assert (health.system, health.kind, health.reachable, health.tls) == ("office", "ldap", True, "ldaps")
    assert health.rights_held == (
        "read people",
        "read groups",
        "read userPassword",
        "write userPassword",
        "write pwdAccountLockedTime",
        "write pwdReset",
        "write member, uniqueMember and memberUid of groups",
    )
    assert health.rights_missing == ()
    assert health.cannot == ()
    assert health.latency_ms < 1000


def test_health_says_what_cannot_be_done(office: Office):
    office.change("cn=default,ou=policies,dc=corp,dc=test", "replace: pwdLockout", "pwdLockout: FALSE")
    health = office.connect("reader").health()
    assert health.rights_missing == (
        "read userPassword",
        "write userPassword",
        "write pwdAccountLockedTime",
        "write pwdReset",
        "write member, uniqueMember and memberUid of groups",
    )
    assert "pwdLockout TRUE" in health.cannot[0]
    assert "put a former password back" in health.cannot[1]
    office.change("cn=default,ou=policies,dc=corp,dc=test", "replace: pwdCheckQuality", "pwdCheckQuality: 2")
    assert any("pwdCheckQuality 2" in limit for limit in office.connect("offboard").health().cannot)


def test_health_changes_nothing_and_raises_nothing(office: Office, slapd: Slapd):
    before = slapd.search("(objectClass=*)", ["*", "+"])
    connection = office.connect()
    connection.health()
    assert slapd.search("(objectClass=*)", ["*", "+"]) == before
    slapd.stop()
    health = connection.health()
    assert not health.reachable
    assert health.cannot[0].startswith("office:")


def test_a_connection_may_be_closed_twice_and_opens_again(office: Office):
    connection = office.connect()
    connection.close()
    connection.close()
    assert connection.find("alice")


def test_people_can_be_read_without_an_account(office: Office):
    connection = office.connect(bind_dn="", password=None)
    assert connection.find("alice")[0].name == "Alice Archer"
    assert connection.account(office.id_of("alice"))["password"] == "unreadable"


def test_a_referral_is_never_followed(office: Office):
    trap = Dumb(b"")
    office.server.add(
        "dn: ou=elsewhere,dc=corp,dc=test\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n"
        f"ref: ldap://127.0.0.1:{trap.port}/ou=elsewhere,dc=corp,dc=test\n"
    )
    try:
        connection = office.connect()
        assert connection.find("alice")
        with pytest.raises(Rejected, match="referral"):
            office.connect(people_base="ou=elsewhere,dc=corp,dc=test").find("alice")
        assert trap.kept == []
    finally:
        trap.stop()
