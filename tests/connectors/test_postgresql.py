"""Sign-in and sessions on a real PostgreSQL server: shut, proved by a refused sign-in, and put back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from offboard.domain.capabilities import Accounts, Directory, Groups
from offboard.domain.holdings import Belongings, Reach, SignInSessions, Twins
from offboard.errors import Denied, NotFound, Rejected
from tests.connectors.postgresql_office import SHUT, quoted

if TYPE_CHECKING:
    from tests.connectors.postgresql_office import Cellar

ODD = ("o'Brien", "Ünï-x", "a b", 'back\\slash "quoted"', "select", "percent %s {}", "名前;--")


def probe(cellar: Cellar) -> str:
    """Return the random password that is sealed."""
    (record,) = (json.loads(value) for key, value in cellar.vault.kept.items() if "account" in key)
    return str(record["probe"])


def test_it_has_the_capabilities(cellar: Cellar):
    connection = cellar.connect()
    for capability in (Directory, Accounts, Groups, SignInSessions, Belongings, Twins, Reach):
        assert isinstance(connection, capability)


def test_shut_is_proved_by_a_refused_sign_in_and_undone_byte_for_byte(cellar: Cellar):
    ann, before = cellar.role(), cellar.stored()
    connection = cellar.connect()
    state = connection.account(ann)
    assert cellar.vault.writes == 0
    assert cellar.server.refusal("ann", "annpw") == ""
    connection.set_account(ann, SHUT)
    assert "not permitted to log in" in cellar.server.refusal("ann", probe(cellar)), "the password is ours, and refused"
    assert "password authentication failed" in cellar.server.refusal("ann", "annpw")
    assert connection.account(ann) == SHUT
    assert cellar.connect().account(ann) == SHUT, "a fresh process sees the same"
    connection.set_account(ann, SHUT)
    connection.set_account(ann, state)
    assert cellar.stored() == before
    assert connection.account(ann) == state
    assert cellar.server.refusal("ann", "annpw") == ""


def test_what_was_sealed_before_costs_no_write_of_its_own(cellar: Cellar):
    ann, connection = cellar.role(), cellar.connect()
    connection.seal_account(ann)
    connection.set_account(ann, SHUT)
    assert cellar.vault.writes == 0
    assert connection.account(ann) == SHUT


@pytest.mark.parametrize("name", ODD)
def test_any_name_is_just_a_name(cellar: Cellar, name: str):
    someone, group = cellar.role(name), cellar.role(f"{name} group", "NOLOGIN")
    cellar.server.run(f"GRANT {quoted(f'{name} group')} TO {quoted(name)}")
    before = cellar.stored(name)
    connection = cellar.connect()
    state, (held,) = connection.account(someone), connection.memberships(someone).values()
    assert held.label == f"{name} group"
    connection.set_account(someone, SHUT)
    connection.set_membership(someone, group, None)
    assert connection.account(someone) == SHUT
    assert connection.membership(someone, group) is None
    assert cellar.server.refusal(name, "annpw") != ""
    connection.set_membership(someone, group, held.state)
    connection.set_account(someone, state)
    assert cellar.stored(name) == before
    assert connection.membership(someone, group) == held.state
    assert cellar.server.refusal(name, "annpw") == ""


@pytest.mark.parametrize(
    "password",
    ["PASSWORD NULL", "PASSWORD 'md5a94a8fe5ccb19ba61c4c0873d391e987'", "PASSWORD 'x' VALID UNTIL '2099-01-01'"],
    ids=["none", "md5", "with an end"],
)
def test_whatever_password_there_was_comes_back(cellar: Cellar, password: str):
    ann = cellar.role(more=f"LOGIN {password}")
    before = cellar.stored()
    connection = cellar.connect()
    state = connection.account(ann)
    assert ("valid_until" in state) == ("UNTIL" in password)
    connection.set_account(ann, SHUT)
    assert connection.account(ann) == SHUT
    connection.set_account(ann, state)
    assert cellar.stored() == before


def test_a_password_changed_meanwhile_is_what_an_undo_puts_back(cellar: Cellar):
    ann = cellar.role()
    connection = cellar.connect()
    state = connection.account(ann)
    cellar.server.run("ALTER ROLE ann PASSWORD 'newpw'")
    connection.set_account(ann, SHUT)
    connection.set_account(ann, state)
    assert cellar.server.refusal("ann", "newpw") == ""


def test_login_given_back_by_hand_is_seen(cellar: Cellar):
    ann = cellar.role()
    connection = cellar.connect()
    connection.set_account(ann, SHUT)
    cellar.server.run("ALTER ROLE ann LOGIN")
    assert connection.account(ann)["sign_in"] == "open"
    connection.set_account(ann, SHUT)
    assert connection.account(ann) == SHUT


def test_something_before_the_server_that_still_lets_them_in_is_seen(cellar: Cellar, monkeypatch: pytest.MonkeyPatch):
    ann, connection = cellar.role(), cellar.connect()
    connection.set_account(ann, SHUT)
    # A pooler that remembers roles, say.
    monkeypatch.setattr(
        connection._parts.link, "accepts", lambda role, password: (role, password) == ("ann", probe(cellar))
    )
    assert connection.account(ann)["sign_in"] == "open"


def test_a_role_that_never_could_sign_in_is_shut_already(cellar: Cellar):
    assert cellar.connect().account(cellar.role(more="NOLOGIN")) == SHUT


def test_a_role_without_superuser_shuts_and_says_that_the_password_is_lost(cellar: Cellar):
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret'")
    ann = cellar.role()
    connection = cellar.connect(username="keeper")
    state = connection.account(ann)
    assert state == {"sign_in": "open", "password": "unreadable"}
    connection.set_account(ann, SHUT)
    assert connection.account(ann) == SHUT
    assert "not permitted to log in" in cellar.server.refusal("ann", probe(cellar))
    connection.set_account(ann, state)
    assert connection.account(ann) == state
    assert cellar.server.refusal("ann", "annpw") != ""


def test_without_the_right_nothing_is_changed(cellar: Cellar):
    cellar.role("reader", "LOGIN PASSWORD 'secret'")
    ann, before = cellar.role(), cellar.stored()
    connection = cellar.connect(username="reader")
    with pytest.raises(Denied, match="role ann"):
        connection.set_account(ann, SHUT)
    assert cellar.stored() == before
    assert connection.account(ann)["sign_in"] == "open"


def test_a_role_that_is_gone_renamed_or_another_one(cellar: Cellar):
    ann = cellar.role()
    connection = cellar.connect()
    cellar.server.run("ALTER ROLE ann RENAME TO other")
    assert connection.account(ann) is None
    with pytest.raises(NotFound, match="no role"):
        connection.set_account(ann, SHUT)
    cellar.role()
    assert connection.account(ann) is None, "the name is somebody else's now"
    assert connection.account("nonsense") is None
    with pytest.raises(Rejected, match="cannot be brought"):
        connection.set_account(cellar.id_of("ann"), {"sign_in": "unproved"})


def test_a_password_that_is_not_in_the_vault_is_not_invented(cellar: Cellar):
    ann = cellar.role()
    connection = cellar.connect()
    state = connection.account(ann)
    connection.set_account(ann, SHUT)
    cellar.vault.kept.clear()
    with pytest.raises(Rejected, match="not in the vault"):
        connection.set_account(ann, state)
    assert connection.account(ann) == SHUT


def test_open_sessions_are_counted_and_ended(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN PASSWORD 'joepw'")
    cellar.server.run("CREATE DATABASE shop")
    sessions = [cellar.server.connect("ann", "annpw", name) for name in ("postgres", "shop")]
    other = cellar.server.connect("joe", "joepw")
    connection = cellar.connect()
    assert connection.sign_in_sessions(ann) == {"open": 2}
    connection.set_account(ann, SHUT)
    assert sessions[0].execute("SELECT 1").fetchall() == [(1,)], "a session outlives the end of LOGIN"
    connection.end_sign_in_sessions(ann)
    assert connection.sign_in_sessions(ann) == {"open": 0}
    for session in sessions:
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        session.close()
    assert other.execute("SELECT 1").fetchall() == [(1,)]
    assert connection.sign_in_sessions(joe) == {"open": 1}
    other.close()


def test_sessions_that_our_role_may_not_end_are_denied(cellar: Cellar):
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret'")
    ann = cellar.role()
    with cellar.server.connect("ann", "annpw"):
        connection = cellar.connect(username="keeper")
        assert connection.sign_in_sessions(ann) == {"open": 1}
        with pytest.raises(Denied, match="sessions of ann"):
            connection.end_sign_in_sessions(ann)
        cellar.server.run("GRANT pg_signal_backend TO keeper")
        connection.end_sign_in_sessions(ann)
        assert connection.sign_in_sessions(ann) == {"open": 0}
