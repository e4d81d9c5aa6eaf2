"""Other ways of locking accounts: POSIX and shadow accounts, and nsAccountLock, which only 389 Directory Server obeys.

No 389 Directory Server is at hand: slapd with that attribute in its schema shows what is written, read and put back,
and a stand-in for the refused bind shows what follows from it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import ldap
from offboard.connectors._ldap_dialects import read_dialect
from offboard.errors import Denied
from tests.connectors.ldap_office import ALICE, SHUT, Office
from tests.servers.slapd import start_slapd
from tests.servers.slapd_dialects import LIKE_389, POLICY_FREE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

LOCKABLE = ["add: objectClass", "objectClass: lockableLike389"]
MACHINES = [
    "add: objectClass",
    "objectClass: posixAccount",
    "objectClass: shadowAccount",
    "-",
    "add: uidNumber",
    "uidNumber: 5001",
    "-",
    "add: gidNumber",
    "gidNumber: 5001",
    "-",
    "add: homeDirectory",
    "homeDirectory: /home/alice",
]


@pytest.fixture
def other(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lend a function that starts a directory with another configuration."""

    @contextmanager
    def running(config: str) -> Iterator[Office]:
        server = start_slapd(tmp_path / "other", authority, lockout=False, config=config)
        monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
        made = Office(server)
        try:
            yield made
        finally:
            made.close()
            server.stop()

    return running


@pytest.mark.parametrize(
    "more",
    [[], ["-", "add: loginShell", "loginShell: /bin/bash"], ["-", "add: shadowExpire", "shadowExpire: 20000"]],
    ids=["neither", "a shell", "an end"],
)
def test_posix_accounts_are_shut_on_machines_and_put_back_exactly(office: Office, more: list[str]):
    office.change(ALICE, *MACHINES, *more)
    alice, before = office.id_of("alice"), office.entry()
    connection = office.connect()
    state = connection.account(alice)
    assert {"shell", "expires"} & state.keys() == (
        {"shell"} if "loginShell" in str(more) else {"expires"} if more else set()
    )
    connection.set_account(alice, SHUT)
    after = office.entry()
    assert (after["loginShell"], after["shadowExpire"]) == (["/usr/sbin/nologin"], ["1"])
    assert connection.account(alice) == SHUT
    assert not office.signs_in()
    connection.set_account(alice, SHUT)
    connection.set_account(alice, state)
    assert office.entry() == before
    assert office.signs_in()


@pytest.mark.parametrize("line", ["loginShell: /bin/sh", "shadowExpire: -1"])
def test_a_shell_or_end_changed_by_hand_is_seen(office: Office, line: str):
    office.change(ALICE, *MACHINES)
    alice, connection = office.id_of("alice"), office.connect()
    connection.set_account(alice, SHUT)
    office.change(ALICE, f"replace: {line.partition(':')[0]}", line)
    assert connection.account(alice)["sign_in"] == "open"
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT


def test_people_who_are_no_posix_accounts_get_no_shell(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    connection.set_account(alice, SHUT)
    assert "loginShell" not in office.entry()
    assert connection.account(alice) == SHUT


def test_settings_may_leave_machines_alone(office: Office):
    office.change(ALICE, *MACHINES, "-", "add: loginShell", "loginShell: /bin/bash")
    alice, connection = office.id_of("alice"), office.connect(dialect="openldap")
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    assert office.entry()["loginShell"] == ["/bin/bash"]


def test_without_the_right_to_the_shell_the_door_is_locked_all_the_same(office: Office):
    office.change(ALICE, *MACHINES)
    alice, connection = office.id_of("alice"), office.connect("offboard")
    assert [s.split(" of ")[0] for s in connection.out_of_reach(alice)] == [
        "Our account lacks the right to write loginShell",
        "Our account lacks the right to write shadowExpire",
    ]
    assert "write loginShell" in connection.health().rights_missing
    with pytest.raises(Denied, match="uid=alice"):
        connection.set_account(alice, SHUT)
    assert not office.signs_in()
    assert connection.account(alice)["sign_in"] == "open", "on machines"


def test_a_directory_without_any_lock_forgets_the_password(other: Any):
    with other(POLICY_FREE) as office:
        office.change(ALICE, *MACHINES)
        alice, before, connection = office.id_of("alice"), office.entry(), office.connect()
        assert read_dialect(connection._link, "auto").word == "posix"
        state = connection.account(alice)
        connection.set_account(alice, SHUT)
        assert connection.account(alice) == SHUT
        assert office.probe() == "", "nobody knows it any more"
        assert not office.signs_in()
        connection.set_account(alice, state)
        assert office.entry() == before
        assert "this directory has none" in connection.health().cannot[0]


@pytest.mark.parametrize("former", [[], ["nsAccountLock: false"], ["nsAccountLock: true"]], ids=["no", "off", "on"])
def test_ns_account_lock_is_written_and_put_back(other: Any, former: list[str], monkeypatch: pytest.MonkeyPatch):
    with other(LIKE_389) as office:
        office.change(ALICE, *LOCKABLE, *(["-", "add: nsAccountLock", *former] if former else []))
        alice, before, connection = office.id_of("alice"), office.entry(), office.connect()
        assert read_dialect(connection._link, "auto").word == "389ds"
        state = connection.account(alice)
        assert state["sign_in"] == "open"
        # What 389 Directory Server answers to a locked account: unwillingToPerform, which is no sign-in.
        obeyed = connection._link.accepts
        monkeypatch.setattr(
            connection._link, "accepts", lambda dn, pw: not office.entry().get("nsAccountLock") and obeyed(dn, pw)
        )
        connection.set_account(alice, SHUT)
        assert office.entry()["nsAccountLock"] == ["true"]
        assert connection.account(alice) == SHUT
        assert office.probe() != ""
        office.change(ALICE, "delete: nsAccountLock")
        assert connection.account(alice)["sign_in"] == "open"
        connection.set_account(alice, SHUT)
        connection.set_account(alice, state)
        assert office.entry() == before
        assert connection.account(alice) == state


def test_a_lock_that_nobody_obeys_leaves_a_password_that_nobody_knows(other: Any):
    with other(LIKE_389) as office:
        office.change(ALICE, *LOCKABLE)
        alice, before, connection = office.id_of("alice"), office.entry(), office.connect()
        state = connection.account(alice)
        connection.set_account(alice, SHUT)
        assert connection.account(alice) == SHUT
        assert office.probe() == ""
        connection.set_account(alice, state)
        assert office.entry() == before


@pytest.mark.parametrize(
    ("word", "lock", "machines"),
    [
        ("auto", "pwdAccountLockedTime", True), ("openldap", "pwdAccountLockedTime", False),
        ("389ds", "nsAccountLock", False), ("posix", "", True),
    ],
)  # fmt: skip
def test_settings_go_before_what_the_schema_shows(office: Office, word: Any, lock: str, machines: bool):
    dialect = read_dialect(office.connect()._link, word)
    assert (dialect.lock, dialect.machines) == (lock, machines)


def test_an_unknown_dialect_is_refused():
    with pytest.raises(ValueError, match="openldap"):
        ldap.Settings(url="ldaps://ldap.corp.test", base="dc=test", dialect="novell")
