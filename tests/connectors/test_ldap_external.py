"""Signing in to a directory by a certificate of our own (SASL EXTERNAL), over LDAPS and StartTLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trustme
from pydantic import ValidationError

from offboard.connectors import ldap
from offboard.errors import BadSettings, Denied, SystemFault
from tests.connectors.ldap_office import SHUT, Office
from tests.servers.authority import Authority
from tests.servers.slapd import start_slapd
from tests.servers.slapd_dialects import BY_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTERNAL: dict[str, Any] = {"sign_in": "external", "bind_dn": "", "password": None}


def issue(ca: trustme.CA, folder: Path, name: str) -> dict[str, Any]:
    """Write a certificate for ``name`` with its key in one file, and return the settings that use it."""
    file = folder / f"{name}.pem"
    ca.issue_cert(f"{name}.corp.test", common_name=name).private_key_and_cert_chain_pem.write_to_path(str(file))
    return EXTERNAL | {"certificate_file": file}


@pytest.fixture
def lodge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Office, trustme.CA]]:
    """Lend a directory that takes certificates, with the authority that it trusts."""
    ca = trustme.CA()
    server = ca.issue_cert("localhost", "127.0.0.1")
    made = Authority(tmp_path / "ca.pem", tmp_path / "server.pem", tmp_path / "server.key")
    ca.cert_pem.write_to_path(str(made.ca_file))
    server.cert_chain_pems[0].write_to_path(str(made.cert_file))
    server.private_key_pem.write_to_path(str(made.key_file))
    directory = start_slapd(tmp_path / "slapd", made, config=BY_CERTIFICATE)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", directory.password)
    office = Office(directory)
    yield office, ca
    office.close()
    directory.stop()


@pytest.mark.parametrize("way", ["ldaps", "starttls"])
def test_whom_the_certificate_names_may_what_that_account_may(
    lodge: tuple[Office, trustme.CA], tmp_path: Path, way: str
):
    office, ca = lodge
    url = {"url": office.server.plain_url} if way == "starttls" else {}
    alice, before = office.id_of("alice"), office.read()
    connection = office.connect(**issue(ca, tmp_path, "offboard"), **url)
    assert connection.health().tls == way
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT, "the trial of the password goes by the password, not by our certificate"
    assert not office.signs_in()
    connection.set_account(alice, state)
    assert office.read() == before
    reader = office.connect(**issue(ca, tmp_path, "reader"), **url)
    with pytest.raises(Denied):
        reader.set_account(alice, SHUT)
    assert "write userPassword" in reader.health().rights_missing


def test_a_certificate_of_somebody_else_is_refused(lodge: tuple[Office, trustme.CA], tmp_path: Path):
    office, _ = lodge
    with pytest.raises(SystemFault):
        office.connect(**issue(trustme.CA(), tmp_path, "offboard"))


def test_a_certificate_that_cannot_be_read_is_a_matter_of_settings(lodge: tuple[Office, trustme.CA], tmp_path: Path):
    office, _ = lodge
    for file in (tmp_path / "nothing.pem", tmp_path / "ca.pem"):
        with pytest.raises(BadSettings, match=r"systems\.office\.certificate_file"):
            office.connect(**EXTERNAL, certificate_file=file)


@pytest.mark.parametrize(
    "more", [{}, {"certificate_file": "c.pem", "bind_dn": "cn=a", "password": {"env": "P"}}], ids=["none", "both"]
)
def test_a_certificate_and_nothing_else_is_needed(more: dict[str, Any]):
    with pytest.raises(ValidationError, match="certificate_file"):
        ldap.Settings(url="ldaps://ldap.corp.test", base="dc=test", sign_in="external", **more)
