"""Whom a role is, whom our own may not touch, and what doctor says, on a real PostgreSQL server."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from offboard.connectors import postgresql
from offboard.domain.people import same_person
from offboard.errors import BadSettings, Denied, NotFound, Throttled, Unreachable, Untrusted
from tests.connectors.postgresql_office import ANN, SHUT, Cellar
from tests.servers.authority import make_authority
from tests.servers.needed import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgresql import PostgreSQL


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Ann Lee <ann@corp.test> #1001", ("Ann Lee", "ann@corp.test", "1001")),
        ("Ann Lee <ann@corp.test>", ("Ann Lee", "ann@corp.test", "")),
        ("<ann@corp.test>", ("", "ann@corp.test", "")),
        ("ann@corp.test", ("", "ann@corp.test", "")),
        ("ann@corp.test #1001", ("", "ann@corp.test", "1001")),
        ("reads reports for ann@corp.test", ("", "", "")),
        ("the web shop", ("", "", "")),
    ],
)
@pytest.mark.parametrize("place", ["comment", "settings"])
def test_what_is_said_of_a_role_tells_whose_it_is(cellar: Cellar, said: str, known: tuple[str, ...], place: str):
    cellar.role()
    if place == "comment":
        cellar.server.run(f"COMMENT ON ROLE ann IS '{said}'")
    else:
        cellar.server.run("COMMENT ON ROLE ann IS 'Joe Fox <joe@corp.test>'")
    connection = cellar.connect(people={"ann": said} if place == "settings" else {})
    (person,) = connection.recognise(ANN)
    assert (person.login, person.name, person.mail, person.employee_number) == ("ann", *known)
    assert same_person(person, ANN) == bool(known[1])
    assert [one.id for one in connection.find("ANN")] == ([person.id] if known[1] else [])
    assert [one.login for one in connection.near("anne")] == ["ann"]


def test_a_name_alone_is_enough_only_where_the_settings_say_so(cellar: Cellar):
    cellar.role()
    cellar.role("joe")
    cellar.server.run("COMMENT ON ROLE joe IS 'Joe Fox <joe@corp.test>'")
    strict, lax = cellar.connect(), cellar.connect(login_is_enough=True)
    assert [same_person(one, ANN) for one in strict.recognise(ANN)] == [False]
    assert [same_person(one, ANN) for one in lax.recognise(ANN)] == [True]
    other_joe = replace(ANN, login="joe", name="Joe Other", mail="joe.other@corp.test", employee_number="7")
    assert [same_person(one, other_joe) for one in lax.recognise(other_joe)] == [False], "what is said counts more"
    assert lax.find("ann") == [], "nobody is found by a name alone"


def test_who_was_shut_is_still_recognised_and_groups_are_nobody(cellar: Cellar):
    ann = cellar.role()
    cellar.role("group", "NOLOGIN")
    connection = cellar.connect(login_is_enough=True)
    assert connection.staff() == 2, "the superuser and ann"
    connection.set_account(ann, SHUT)
    assert [one.id for one in connection.recognise(ANN)] == [ann]
    assert connection.recognise(replace(ANN, login="group", mail="", employee_number="")) == []
    assert connection.staff() == 1


def test_second_roles_of_the_same_person_are_twins_and_block_nothing(cellar: Cellar):
    ids = {name: cellar.role(name) for name in ("ann", "adm_ann", "ann-test", "reports", "nr", "joanne", "annabel")}
    cellar.server.run(
        "COMMENT ON ROLE ann IS 'Ann Lee <ann@corp.test>'",
        "COMMENT ON ROLE reports IS '<ann@corp.test>'",
        "COMMENT ON ROLE nr IS 'x@corp.test #1001'",
    )
    connection = cellar.connect()
    (person,) = connection.recognise(ANN)
    assert person.id == ids["ann"]
    kin = connection.twins(ANN)
    assert {one.person.login for one in kin} == {"adm_ann", "ann-test", "reports", "nr"}
    assert all(one.person.login in one.why for one in kin)


@pytest.mark.parametrize(
    ("ours", "theirs", "reasons"),
    [
        ("SUPERUSER", "", []),
        ("CREATEROLE IN ROLE pg_signal_backend", "", []),
        ("CREATEROLE", "", ["pg_signal_backend"]),
        ("CREATEROLE IN ROLE pg_signal_backend", "SUPERUSER", ["a superuser"]),
        ("IN ROLE pg_signal_backend", "", ["lacks CREATEROLE"]),
    ],
)
def test_whom_our_role_may_not_touch_is_known_before(cellar: Cellar, ours: str, theirs: str, reasons: list[str]):
    keeper = cellar.role("keeper", f"LOGIN PASSWORD 'secret' {ours}")
    ann = cellar.role(more=f"LOGIN {theirs}")
    connection = cellar.connect(username="keeper")
    found = connection.out_of_reach(ann)
    assert len(found) == len(reasons)
    assert all(part in sentence for part, sentence in zip(reasons, found, strict=True))
    if "a superuser" in "".join(reasons) or "CREATEROLE" in "".join(reasons):
        with pytest.raises(Denied):
            connection.set_account(ann, SHUT)
    assert "itself signs in with" in connection.out_of_reach(keeper)[0]
    assert connection.out_of_reach("1:gone") == []


def test_the_only_superuser_is_not_taken_away(cellar: Cellar):
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret' IN ROLE pg_signal_backend")
    found = cellar.connect(username="keeper").out_of_reach("10:postgres")
    assert any("only superuser" in reason for reason in found)


def test_health_says_which_rights_are_held_and_which_are_missing(cellar: Cellar):
    health = cellar.connect().health()
    assert (health.reachable, health.tls, health.rights_missing, health.cannot) == (True, "verify-full", (), ())
    assert len(health.rights_held) == 4
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret'")
    health = cellar.connect(username="keeper").health()
    assert health.rights_held == ("CREATEROLE",)
    assert len(health.rights_missing) == 3
    assert "put a former password back" in health.cannot[0]


def test_a_server_that_is_down_is_unreachable_and_comes_back(cellar: Cellar, postgresql: PostgreSQL):
    ann = cellar.role()
    connection = cellar.connect()
    postgresql.stop()
    for call in (lambda: connection.account(ann), lambda: connection.set_account(ann, SHUT), cellar.connect):
        with pytest.raises(Unreachable):
            call()
    health = connection.health()
    assert not health.reachable
    postgresql.start()
    assert connection.account(ann)["sign_in"] == "open"
    postgresql.stop()
    postgresql.start()
    assert connection.account(ann)["sign_in"] == "open", "a stale session is opened again"


def test_a_certificate_that_we_do_not_trust(cellar: Cellar, tmp_path: Path):
    other = make_authority(tmp_path)
    with pytest.raises(Untrusted, match="certificate"):
        cellar.connect(ca_file=str(other.ca_file))
    with pytest.raises(Untrusted, match="certificate"):
        cellar.connect(ca_file="/nowhere")
    assert cellar.connect(ca_file=None).health().tls == "none (loopback)"


def test_the_machines_own_variables_do_not_matter(cellar: Cellar, monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "PGHOST": "nowhere.test", "PGHOSTADDR": "127.0.0.9", "PGPORT": "1", "PGSSLMODE": "disable", "PGUSER": "x",
        "PGOPTIONS": "-c search_path=public", "PGDATABASE": "nowhere", "PGSSLROOTCERT": "/nowhere",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    tls = cellar.connect().health().tls
    # The server's own end of this test asks libpq too.
    monkeypatch.undo()
    assert tls == "verify-full"


def test_sign_in_that_is_refused_or_crowded(cellar: Cellar, monkeypatch: pytest.MonkeyPatch):
    cellar.role("keeper", "LOGIN PASSWORD 'secret' CONNECTION LIMIT 1")
    first = cellar.connect(username="keeper")
    with pytest.raises(Throttled, match="too many connections"):
        cellar.connect(username="keeper")
    first.close()
    with pytest.raises(Unreachable, match="refused"):
        cellar.connect(url=f"postgresql://127.0.0.1:{free_port()}")
    with pytest.raises(Denied, match="does not exist"):
        cellar.connect(url=f"{cellar.server.url}/nowhere")
    cellar.role("barred")
    with pytest.raises(Denied, match=r"pg_hba\.conf"):
        cellar.connect(username="barred")
    monkeypatch.setenv("DATABASE_PASSWORD", "wrong")
    with pytest.raises(Denied, match="password authentication failed") as caught:
        cellar.connect()
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv("DATABASE_PASSWORD", "")
    with pytest.raises(BadSettings, match="empty"):
        cellar.connect()


def test_what_waits_too_long_for_a_lock_is_tried_again_later(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe")
    cellar.server.run("CREATE TABLE t ()", "ALTER TABLE t OWNER TO ann")
    connection = cellar.connect(timeout=1)
    (thing,) = connection.belongings(ann, joe)
    with cellar.server.connect() as busy, busy.transaction():
        busy.execute("LOCK TABLE t")
        with pytest.raises(Throttled, match="lock"):
            connection.set_belonging(ann, joe, thing, {"leaver": False, "successor": True})
    with pytest.raises(NotFound):
        connection.set_belonging(ann, "1:gone", thing, {"leaver": False, "successor": True})


def test_without_psycopg_the_hint_says_how_to_get_it(cellar: Cellar, monkeypatch: pytest.MonkeyPatch):
    name = "offboard.connectors._postgresql_parts"
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr(importlib.import_module("offboard.connectors"), "_postgresql_parts")
    with pytest.raises(BadSettings) as caught:
        cellar.connect()
    assert "offboard[postgresql]" in caught.value.hint


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"password": "plain"}, "plain text is refused"),
        ({"url": "mysql://db.corp.test"}, "no address of a server"),
        ({"url": "postgresql://ann:pw@db.corp.test"}, "name or password"),
        ({"url": "postgresql://db.corp.test?sslmode=disable"}, "no address of a server"),
        ({"url": "postgresql://"}, "no address of a server"),
        ({"url": "postgresql://db:99999"}, "no address of a server"),
        ({"username": ""}, "at least 1"),
        ({"databses": ["shop"]}, "Extra inputs"),
        ({"sslmode": "require"}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], fault: str):
    right = {"url": "postgresql://db.corp.test", "username": "offboard", "password": {"env": "P"}}
    assert postgresql.Settings(**right).kind == "postgresql"
    with pytest.raises(ValidationError, match=fault):
        postgresql.Settings(**right | wrong)
