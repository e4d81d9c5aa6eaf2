"""Any script that the parser takes is copied and put back unchanged, byte for byte, whatever happened in between."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.connectors.dovecot import Connection, Settings, connect
from offboard.domain.capabilities import Script
from offboard.forwarding.sieve_grammar import parse_sieve
from offboard.practice.directory import Directory
from offboard.practice.doveadm import DoveadmServer
from offboard.practice.doveadm_commands import Commands
from offboard.practice.founding import read_ldif
from offboard.practice.mailboxes import Mailboxes
from offboard.settings import StoreSection
from offboard.steps.stop_forwarding import bring_to
from offboard.storage.store import Store
from tests.conftest import NOW
from tests.forwarding.scripts_made import scripts
from tests.servers.dovecot import API_KEY, running_dovecot
from tests.servers.needed import free_port
from tests.servers.slapd import start_slapd
from tests.servers.slapd_seed import PEOPLE
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

BASE = "dc=corp,dc=test"
USER = "alice"
BETWEEN = st.sampled_from(["nothing", "changed", "removed", "another in use"])


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(StoreSection(url="sqlite:///offboard.db"), tmp_path_factory.mktemp("copies"), lambda: NOW)
    yield store
    store.close()


@pytest.fixture(scope="module")
def _key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVEADM_API_KEY", API_KEY)
        yield


@pytest.fixture(scope="module")
def practised(_key: None) -> Iterator[Connection]:
    directory = Directory(BASE, f"cn=admin,{BASE}", "secret", frozenset(), f"cn=default,ou=policies,{BASE}")
    for name, attributes in read_ldif(PEOPLE):
        directory.load(name, attributes)
    mailboxes = Mailboxes(directory, f"ou=people,{BASE}", "corp.test")
    mailboxes.add(USER)
    server = DoveadmServer(Commands(mailboxes), API_KEY)
    server.start()
    url = f"http://127.0.0.1:{int(server.server_address[1])}/doveadm/v1"
    connection = connect("mail", Settings(kind="dovecot", url=url, api_key={"env": "DOVEADM_API_KEY"}), vault=None)
    yield connection
    connection.close()
    server.stop()


@pytest.fixture(scope="module")
def real(_key: None, tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Connection]:
    slapd = start_slapd(tmp_path_factory.mktemp("round") / "slapd", authority)
    try:
        with running_dovecot(authority, slapd, submission_port=free_port()) as dovecot:
            connection = connect("mail", Settings(**dovecot.settings()), vault=None)
            yield connection
            connection.close()
    finally:
        slapd.stop()


def there_and_back(mail: Connection, store: Store, content: bytes, between: str) -> None:
    """Let a script be in use, put it out of service with its copy taken, disturb it, and put it back."""
    parse_sieve(content)
    for script in mail.scripts(USER):
        mail.put_script(USER, script.name, None)
    mail.put_script(USER, "mine", content)
    mail.activate(USER, "mine")
    (found,) = mail.scripts(USER)
    state = {"sha256": hashlib.sha256(found.content).hexdigest()}
    bring_to(mail, store.rules, USER, "mine", {"active": False, **state})
    if between == "changed":
        mail.put_script(USER, "mine", b"discard;")
    elif between == "removed":
        mail.put_script(USER, "mine", None)
    elif between == "another in use":
        mail.put_script(USER, "other", b"keep;")
    assert not any(script.active for script in mail.scripts(USER))
    bring_to(mail, store.rules, USER, "mine", {"active": True, **state})
    assert Script("mine", active=True, content=content) in mail.scripts(USER)
    assert store.rules.kept("mail", USER, state["sha256"]) == content


@given(scripts(), BETWEEN)
@tried(60)
def test_in_the_practice_company(practised: Connection, keeper: Store, content: bytes, between: str):
    there_and_back(practised, keeper, content, between)


@given(scripts(), BETWEEN)
@tried(10)
def test_on_a_real_server(real: Connection, keeper: Store, content: bytes, between: str):
    there_and_back(real, keeper, content, between)
