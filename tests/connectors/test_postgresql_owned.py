"""What people own in the databases of a real PostgreSQL server, handed over and handed back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import Denied, Drifted, NotFound, Rejected
from tests.connectors.postgresql_office import quoted

if TYPE_CHECKING:
    from tests.connectors.postgresql_office import Cellar

OVER = {"leaver": False, "successor": True}
BACK = {"leaver": True, "successor": False}

EVERYTHING = """
CREATE SCHEMA "a b";
CREATE SEQUENCE "a b".free;
CREATE TABLE "a b"."Ünï-x" (id serial PRIMARY KEY, "o'Brien" text, g int GENERATED ALWAYS AS IDENTITY);
CREATE INDEX ON "a b"."Ünï-x" ("o'Brien");
CREATE VIEW "a b"."select" AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW "a b".mv AS SELECT 1 AS one;
CREATE TYPE "a b"."mood %s" AS ENUM ('ok');
CREATE TYPE "a b".pair AS (a int, b int);
CREATE DOMAIN "a b".positive AS int CHECK (VALUE > 0);
CREATE FUNCTION "a b"."f;--"(x int, y "a b"."mood %s", VARIADIC z text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION "a b".f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE "a b".p(IN a int, INOUT b int) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE "a b".total(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION "a b".same(text, text) RETURNS bool LANGUAGE sql AS 'SELECT $1 = $2';
CREATE OPERATOR "a b".=~= (LEFTARG = text, RIGHTARG = text, FUNCTION = "a b".same);
CREATE FUNCTION "a b".neg(text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR "a b".!! (RIGHTARG = text, FUNCTION = "a b".neg);
CREATE OPERATOR FAMILY "a b".fam USING btree;
CREATE OPERATOR CLASS "a b".cls FOR TYPE int USING btree FAMILY "a b".fam AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE COLLATION "a b".plain (locale = 'C');
CREATE CONVERSION "a b".conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE STATISTICS "a b".stats ON id, "o'Brien" FROM "a b"."Ünï-x";
CREATE TEXT SEARCH CONFIGURATION "a b".conf (COPY = simple);
CREATE TEXT SEARCH DICTIONARY "a b".dict (TEMPLATE = simple);
CREATE FOREIGN DATA WRAPPER "wrap x";
CREATE SERVER "srv x" FOREIGN DATA WRAPPER "wrap x";
CREATE FOREIGN TABLE "a b".ft (a int) SERVER "srv x";
CREATE USER MAPPING FOR "o'Brien" SERVER "srv x";
CREATE PUBLICATION pub;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
SELECT lo_create(4242);
"""


def owners(cellar: Cellar, database: str) -> list[tuple[Any, ...]]:
    """Return everything that somebody of the test owns there, and every list of grants."""
    query = """\
SELECT d.classid::regclass::text, d.objid, d.refobjid::regrole::text FROM pg_shdepend d WHERE d.deptype = 'o'
    AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) ORDER BY 1, 2"""
    lists = " UNION ALL ".join(
        f"SELECT '{catalog}', {key}::bigint, {column}::text[]::text FROM {catalog} WHERE {key} >= 4242"  # noqa: S608 - ours
        for catalog, key, column in (
            ("pg_class", "oid", "relacl"), ("pg_proc", "oid", "proacl"), ("pg_namespace", "oid", "nspacl"),
            ("pg_attribute", "attrelid", "attacl"), ("pg_type", "oid", "typacl"), ("pg_database", "oid", "datacl"),
        )
    )  # fmt: skip
    return cellar.server.run(query, database=database) + cellar.server.run(
        f"{lists} ORDER BY 1, 2, 3", database=database
    )


def test_everything_that_can_be_owned_goes_to_the_successor_and_comes_back(cellar: Cellar):
    leaver = cellar.role("o'Brien", "SUPERUSER LOGIN PASSWORD 'pw'")
    joe = cellar.role("joe Ünï", "SUPERUSER LOGIN")
    cellar.server.run(f"CREATE DATABASE {quoted('shop/x y')} OWNER {quoted(chr(111) + chr(39) + 'Brien')}")
    with cellar.server.connect("o'Brien", "pw", "shop/x y") as session:
        session.execute(EVERYTHING.encode())
    before = owners(cellar, "shop/x y")
    connection = cellar.connect()
    found = connection.belongings(leaver, joe)
    kinds = sorted(m.label.split(" in shop")[0] for m in found.values())
    assert len(kinds) == 29, kinds
    assert all(m.state == BACK and not m.beyond for m in found.values())
    assert 'table "a b"."Ünï-x"' in kinds
    assert 'database "shop/x y"' in kinds
    for thing in found:
        for _ in range(2):
            connection.set_belonging(leaver, joe, thing, OVER)
    after = connection.belongings(leaver, joe)
    assert after.keys() == found.keys()
    assert all(m.state == OVER for m in after.values())
    assert [row for row in owners(cellar, "shop/x y") if row[2] == '"o\'Brien"' and row[0] not in SAYINGS] == []
    for thing in reversed(found):
        for _ in range(2):
            connection.set_belonging(leaver, joe, thing, BACK)
    assert owners(cellar, "shop/x y") == before


SAYINGS = {"pg_default_acl", "pg_user_mapping"}


def test_grants_that_a_change_of_owner_melts_together_come_back(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN PASSWORD 'joepw'")
    cellar.role("eve", "LOGIN")
    cellar.server.run(
        "CREATE TABLE public.t (a int, b int)",
        "CREATE SEQUENCE public.s",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA deep",
        *(f"ALTER {thing} OWNER TO ann" for thing in ("TABLE t", "SEQUENCE s", "FUNCTION f()", "SCHEMA deep")),
        "GRANT SELECT ON t TO joe WITH GRANT OPTION",
        "GRANT UPDATE (b) ON t TO joe",
        "GRANT INSERT ON t TO PUBLIC",
        "REVOKE DELETE ON t FROM ann",
        "SET ROLE joe",
        "GRANT SELECT ON t TO eve",
        "RESET ROLE",
        "GRANT USAGE ON s TO joe",
        "GRANT EXECUTE ON FUNCTION f() TO joe WITH GRANT OPTION",
        "GRANT USAGE ON SCHEMA deep TO joe",
    )
    before = granted(cellar)
    connection = cellar.connect()
    found = connection.belongings(ann, joe)
    assert len(found) == 4
    for thing in found:
        connection.set_belonging(ann, joe, thing, OVER)
    assert granted(cellar) != before
    for thing in found:
        connection.set_belonging(ann, joe, thing, BACK)
    assert granted(cellar) == before
    cellar.server.run("DROP TABLE t", "DROP SEQUENCE s", "DROP FUNCTION f()", "DROP SCHEMA deep")


def granted(cellar: Cellar) -> set[tuple[Any, ...]]:
    """Return every single grant of the main database's own objects."""
    lists = " UNION ALL ".join(
        f"SELECT {name}::text AS name, {column} AS acl FROM {catalog} WHERE {key} >= 16384"  # noqa: S608 - ours
        for catalog, key, name, column in (
            ("pg_class", "oid", "relname", "relacl"), ("pg_proc", "oid", "proname", "proacl"),
            ("pg_namespace", "oid", "nspname", "nspacl"), ("pg_attribute", "attrelid", "attname", "attacl"),
        )
    )  # fmt: skip
    return set(cellar.server.run(f"SELECT x.name, g.* FROM ({lists}) x, aclexplode(x.acl) g"))  # noqa: S608 - ours


def test_every_database_is_looked_into_or_said_to_be_left_out(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN")
    for name in ("shop", "archive"):
        cellar.server.run(f"CREATE DATABASE {name}")
        cellar.server.run("CREATE TABLE t ()", "ALTER TABLE t OWNER TO ann", database=name)
    assert {m.label for m in cellar.connect().belongings(ann, joe).values()} == {
        "table public.t in archive",
        "table public.t in shop",
    }
    found = {m.label: m.beyond for m in cellar.connect(databases=["shop"]).belongings(ann, joe).values()}
    assert found["table public.t in shop"] == ""
    assert "not among the databases" in found["1 objects in the database archive"]
    cellar.server.run("ALTER DATABASE archive ALLOW_CONNECTIONS false")
    found = {m.label: m.beyond for m in cellar.connect().belongings(ann, joe).values()}
    assert "archive" in found["1 objects in the database archive"]
    assert cellar.connect().belongings(joe, "") == {}


def test_what_the_successor_owned_before_is_told_apart(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN")
    cellar.server.run("CREATE SCHEMA hers AUTHORIZATION ann", "CREATE SCHEMA his AUTHORIZATION joe")
    found = cellar.connect().belongings(ann, joe)
    assert {m.label: m.state for m in found.values()} == {
        "schema hers in postgres": BACK,
        "schema his in postgres": OVER,
    }
    assert [m.state for m in cellar.connect().belongings(ann, ann).values()] == [BACK]


def test_parts_of_an_extension_stay_with_it_and_the_extension_is_beyond_us(cellar: Cellar):
    ann, joe = cellar.role(more="SUPERUSER LOGIN PASSWORD 'annpw'"), cellar.role("joe", "LOGIN")
    cellar.server.run("CREATE DATABASE shop")
    with cellar.server.connect("ann", "annpw", "shop") as session:
        session.execute("DROP EXTENSION plpgsql")
        session.execute("CREATE EXTENSION plpgsql")
    (held,) = cellar.connect().belongings(ann, joe).values()
    assert held.label == "extension plpgsql in shop"
    assert "REASSIGN OWNED" in held.beyond


def test_what_only_a_superuser_may_own_is_beyond_another_successor(cellar: Cellar):
    ann, joe = cellar.role(more="SUPERUSER LOGIN PASSWORD 'annpw'"), cellar.role("joe", "LOGIN")
    with cellar.server.connect("ann", "annpw") as session:
        session.execute("CREATE FOREIGN DATA WRAPPER w")
    (held,) = cellar.connect().belongings(ann, joe).values()
    assert "only a superuser" in held.beyond


def test_the_clusters_first_role_is_no_successor(cellar: Cellar):
    ann = cellar.role()
    cellar.server.run("CREATE SCHEMA hers AUTHORIZATION ann")
    (held,) = cellar.connect().belongings(ann, "10:postgres").values()
    assert "another successor" in held.beyond


def test_what_somebody_else_took_meanwhile_is_left_alone(cellar: Cellar):
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN")
    cellar.role("eve", "LOGIN")
    cellar.server.run("CREATE SCHEMA hers AUTHORIZATION ann")
    connection = cellar.connect()
    (thing,) = connection.belongings(ann, joe)
    cellar.server.run("ALTER SCHEMA hers OWNER TO eve")
    with pytest.raises(Drifted, match="somebody else's"):
        connection.set_belonging(ann, joe, thing, OVER)
    cellar.server.run("DROP SCHEMA hers")
    with pytest.raises(Drifted, match="gone"):
        connection.set_belonging(ann, joe, thing, OVER)
    for both in ({"leaver": True, "successor": True}, {"leaver": False, "successor": False}):
        with pytest.raises(Rejected, match="exactly one owner"):
            connection.set_belonging(ann, joe, thing, both)
    with pytest.raises(NotFound):
        connection.set_belonging(ann, joe, "99999999/pg_class/1", OVER)
    with pytest.raises(NotFound):
        connection.belongings("1:gone", joe)


def test_denied_half_way_leaves_the_rest_as_it_was_and_can_be_carried_on(cellar: Cellar):
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret'")
    ann, joe = cellar.role(), cellar.role("joe", "LOGIN")
    cellar.server.run("GRANT ann, joe TO keeper", "CREATE DATABASE shop")
    cellar.server.run("CREATE SCHEMA one AUTHORIZATION ann", "CREATE SCHEMA two AUTHORIZATION ann", database="shop")
    cellar.server.run("GRANT CREATE ON DATABASE shop TO ann, joe")
    connection = cellar.connect(username="keeper")
    first, second = connection.belongings(ann, joe)
    connection.set_belonging(ann, joe, first, OVER)
    cellar.server.run("REVOKE joe FROM keeper")
    with pytest.raises(Denied, match="joe the owner"):
        connection.set_belonging(ann, joe, second, OVER)
    assert [m.state for m in connection.belongings(ann, joe).values()] == [OVER, BACK]
    cellar.server.run("GRANT joe TO keeper")
    connection.set_belonging(ann, joe, second, OVER)
    for thing in (second, first):
        connection.set_belonging(ann, joe, thing, BACK)
    assert [m.state for m in connection.belongings(ann, joe).values()] == [BACK, BACK]
