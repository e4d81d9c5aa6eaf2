"""One person through a directory and a database server, on the real ones, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from tests.servers.postgresql import PostgreSQL
    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

PLAYBOOK = """\
playbook: databases
title: Access to databases
secure:
  - disable_account: {on: all}
  - end_sign_in_sessions: {on: all}
  - leave_groups: {on: databases}
hand_over:
  - hand_over_belongings: {on: all}
"""
HELD = """\
SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname IN ('alice', 'bob') ORDER BY 1"""
OWNED = """\
SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname IN ('hers', 'his') ORDER BY 1"""
MEMBERS = (
    "SELECT roleid::regrole::text, member::regrole::text, grantor::regrole::text, admin_option FROM pg_auth_members"
)


def test_somebody_with_a_database_leaves_and_comes_back(
    empty_workplace: Workplace,
    slapd: Slapd,
    postgresql: PostgreSQL,
):
    postgresql.run(
        "CREATE ROLE alice LOGIN PASSWORD 'alicepw'",
        "CREATE ROLE bob LOGIN PASSWORD 'bobpw'",
        "CREATE ROLE sales NOLOGIN",
        "GRANT sales TO alice WITH ADMIN OPTION",
        "COMMENT ON ROLE alice IS 'Alice Archer <alice@corp.test>'",
        "COMMENT ON ROLE bob IS 'Bob Baker <bob@corp.test>'",
        "CREATE SCHEMA hers AUTHORIZATION alice",
        "GRANT USAGE ON SCHEMA hers TO bob",
        "CREATE SCHEMA his AUTHORIZATION bob",
    )
    before = [postgresql.run(query) for query in (HELD, OWNED, MEMBERS)]
    place = empty_workplace
    place.settings = settings_of(office=slapd.settings(), databases=postgresql.settings())
    place.settings["company"]["playbooks"] = "playbooks"
    (place.folder / "playbooks").mkdir()
    (place.folder / "playbooks" / "databases.yaml").write_text(PLAYBOOK, encoding="utf-8")
    place.write()
    session = postgresql.connect("alice", "alicepw")

    plan = place.json(
        "start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--successor", "bob",
        "--playbook", "databases", "--as", "erin@corp.test",
    )  # fmt: skip
    number = plan["departure"]
    assert [(c["step"], c["system"]) for c in plan["changes"]] == [
        ("disable_account", "office"),
        ("disable_account", "databases"),
        ("end_sign_in_sessions", "databases"),
        ("leave_groups", "databases"),
        ("hand_over_belongings", "databases"),
    ]
    place.run("approve", number, "--as", "dave@corp.test")
    shown = place.json("apply", number)
    assert {c["outcome"] for c in shown["changes"]} == {"done"}
    assert {c["effect"] for c in shown["changes"]} == {"effective"}
    assert place.json("verify", number) == {"departure": number, "holds": True, "left": [], "residual": []}
    assert postgresql.refusal("alice", "alicepw") != ""
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()
    assert [row[1] for row in postgresql.run(OWNED)] == ["bob", "bob"]
    assert postgresql.run(MEMBERS) != before[2]

    place.run("undo", number, "--as", "dave@corp.test")
    place.run("approve", number, "--as", "owner@corp.test")
    assert place.json("apply", number)["status"] == "undone"
    assert [postgresql.run(query) for query in (HELD, OWNED, MEMBERS)] == before
    assert postgresql.refusal("alice", "alicepw") == ""
    assert {health["system"]: health["rights_missing"] for health in place.json("doctor")} == {
        "office": [],
        "databases": [],
    }
