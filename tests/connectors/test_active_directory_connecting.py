"""Connecting to a real domain controller: only over verified TLS, no referral followed, every refusal in words."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from offboard.connectors import active_directory
from offboard.connectors._ad_faults import fault_of_change, in_words, refusal
from offboard.domain.capabilities import Accounts, Directory, Groups
from offboard.domain.holdings import Placement, Reach, Twins
from offboard.errors import BadSettings, Denied, NotFound, Rejected, Unreachable, Untrusted
from tests.servers.authority import make_authority
from tests.servers.samba_seed import ADMIN, BASE, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.connectors.ad_office import AdOffice


def test_it_has_the_capabilities_that_the_steps_ask_for(ad: AdOffice):
    connection = ad.connect()
    for capability in (Directory, Accounts, Groups, Placement, Twins, Reach):
        assert isinstance(connection, capability)


@pytest.mark.parametrize("name", [ADMIN, f"CN=Administrator,{USERS}", "CORP\\Administrator"])
def test_our_account_may_be_named_in_each_form(ad: AdOffice, name: str):
    assert ad.connect(bind_dn=name).find("administrator")


def test_starttls_is_used_where_the_address_says_ldap(ad: AdOffice):
    connection = ad.connect(url=ad.first.plain_url)
    assert connection.health().tls == "starttls"
    assert connection.find("administrator")


def test_without_tls_nothing_is_done(ad: AdOffice):
    with pytest.raises(Untrusted, match="strong"):
        ad.connect(url=ad.first.plain_url, ca_file=None)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_certificate_of_somebody_else_is_refused(ad: AdOffice, tmp_path: Path, scheme: str):
    other = make_authority(tmp_path)
    with pytest.raises(Untrusted, match="unable to get local issuer"):
        ad.connect(url=f"{scheme}://{ad.first.address}", ca_file=str(other.ca_file))


def test_a_certificate_for_another_name_is_refused(ad: AdOffice, monkeypatch: pytest.MonkeyPatch):
    resolve = socket.getaddrinfo

    def elsewhere(host: str, *more: object, **named: object) -> object:
        return resolve(ad.first.address if host == "dc9.corp.test" else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", elsewhere)
    with pytest.raises(Untrusted, match=r"not valid for 'dc9\.corp\.test'"):
        ad.connect(url="ldaps://dc9.corp.test")


def test_a_wrong_password_of_ours_is_said_in_words(ad: AdOffice, monkeypatch: pytest.MonkeyPatch):
    connection = ad.connect()
    connection.close()
    monkeypatch.setenv("OFFICE_AD_PASSWORD", "wrong")
    with pytest.raises(Denied, match="52e: the password is not the one in force") as caught:
        connection.find("administrator")
    assert "wrong" not in str(caught.value)
    assert connection.health().cannot == (str(caught.value),)
    monkeypatch.setenv("OFFICE_AD_PASSWORD", "")
    with pytest.raises(BadSettings, match="it is empty"):
        connection.find("administrator")


def test_what_is_outside_the_base_is_not_chased(ad: AdOffice):
    with pytest.raises((NotFound, Rejected)):
        ad.connect(base="DC=other,DC=test").find("administrator")
    assert len(ad.connect(base=BASE).find("administrator")) == 1, "the domain's references are passed over"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"url": "http://dc1.corp.test"}, "url"),
        ({"url": "ldaps://dc1.corp.test/path"}, "url"),
        ({"controllers": ["dc2.corp.test"]}, "controllers"),
        ({"base": ""}, "base"),
        ({"bind_dn": ""}, "bind_dn"),
        ({"password": "plain"}, "password"),
        ({"employee_number": "a)(b"}, "employee_number"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_settings_are_checked(settings: dict[str, object], named: str):
    fine = {"url": "ldaps://dc1.corp.test", "base": BASE, "bind_dn": ADMIN, "password": {"env": "X"}}
    assert active_directory.Settings(**fine)  # type: ignore[arg-type]  # pydantic reads them
    with pytest.raises(ValidationError) as caught:
        active_directory.Settings(**fine | settings)  # type: ignore[arg-type]  # they are wrong on purpose
    assert caught.value.errors()[0]["loc"][0] == named


@pytest.fixture
def mute() -> Iterator[int]:
    """Lend a port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        held: list[socket.socket] = []
        ended = threading.Event()

        def take() -> None:
            while not ended.is_set():
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        with socket.create_connection(server.getsockname()):
            thread.join()
        for connection in held:
            connection.close()


def test_a_controller_that_says_nothing_is_unreachable(ad: AdOffice, mute: int):
    with pytest.raises(Unreachable):
        ad.connect(url=f"ldaps://127.0.0.1:{mute}", connect_timeout=1, timeout=1)


def test_a_kept_connection_that_broke_is_opened_again(ad: AdOffice):
    connection = ad.connect()
    guid = ad.id_of(ad.hire())
    assert connection.account(guid)
    ad.first.stop()
    ad.first.start()
    assert connection.account(guid)


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1", "52e", "in force"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 525, v1db1", "525", "no such"),
        ("80090308: LdapErr: DSID-0C0903AA, comment: AcceptSecurityContext error, data 530, v1772", "530", "this hour"),
        ("80090308: LdapErr: DSID-0C0903AA, comment: AcceptSecurityContext error, data 531, v1772", "531", "computer"),
        ("80090308: LdapErr: DSID-0C0903AA, comment: AcceptSecurityContext error, data 532, v1772", "532", "expired"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v2580", "533", "disabled"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 701, v2580", "701", "expired"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 773, v2580", "773", "changed"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v2580", "775", "locked"),
        ("something else", "invalidCredentials", "invalidCredentials"),
    ],
)
def test_each_refusal_is_read_and_said_in_words(message: str, code: str, words: str):
    found = refusal({"result": 49, "description": "invalidCredentials", "message": message})
    assert found == code
    assert words in in_words(found)


@pytest.mark.parametrize(
    ("result", "description", "message", "kind"),
    [
        (19, "constraintViolation", "0000052D: AtrErr: DSID-03191083, #1: unicodePwd", Rejected),
        (50, "insufficientAccessRights", "00002098: SecErr: DSID-03150BB9, problem 4003", Denied),
        (50, "insufficientAccessRights", "00000005: SecErr: DSID-031A1190, problem 4003", Denied),
        (68, "entryAlreadyExists", "00002071: UpdErr: DSID-0305038D, problem 6005", Rejected),
        (32, "noSuchObject", "0000208D: NameErr: DSID-03100241, problem 2001", NotFound),
        (10, "referral", "0000202B: RefErr: DSID-031007F9, data 0, 1 access points", Rejected),
        (51, "busy", "", type(fault_of_change({"result": 52, "description": ""}, "ad", ""))),
        (53, "unwillingToPerform", "0000001F: SvcErr: DSID-031A12D2, problem 5003", Rejected),
    ],
)
def test_each_refused_change_becomes_our_error(result: int, description: str, message: str, kind: type[Exception]):
    fault = fault_of_change({"result": result, "description": description, "message": message}, "ad", "do it")
    assert type(fault) is kind
    assert str(fault).startswith(f"ad: cannot do it ({description}")
