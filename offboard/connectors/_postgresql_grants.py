"""What was granted on an object: a change of owner melts grants together, so they are kept and made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import sql

from offboard.connectors._postgresql_link import name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.connectors._postgresql_objects import Thing

_LISTS: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    "pg_class": ("relacl", "TABLE"),
    "pg_proc": ("proacl", "ROUTINE"),
    "pg_namespace": ("nspacl", "SCHEMA"),
    "pg_database": ("datacl", "DATABASE"),
    "pg_type": ("typacl", "TYPE"),
    "pg_language": ("lanacl", "LANGUAGE"),
    "pg_foreign_data_wrapper": ("fdwacl", "FOREIGN DATA WRAPPER"),
    "pg_foreign_server": ("srvacl", "FOREIGN SERVER"),
    "pg_tablespace": ("spcacl", "TABLESPACE"),
    "pg_largeobject_metadata": ("lomacl", "LARGE OBJECT"),
}
"""Catalog → the column that holds the grants, and the word for ``GRANT … ON``."""

_PRIVILEGES: Final[dict[str, LiteralString]] = {
    "SELECT": "SELECT",
    "INSERT": "INSERT",
    "UPDATE": "UPDATE",
    "DELETE": "DELETE",
    "TRUNCATE": "TRUNCATE",
    "REFERENCES": "REFERENCES",
    "TRIGGER": "TRIGGER",
    "MAINTAIN": "MAINTAIN",
    "USAGE": "USAGE",
    "CREATE": "CREATE",
    "CONNECT": "CONNECT",
    "TEMPORARY": "TEMPORARY",
    "EXECUTE": "EXECUTE",
}

Grant = tuple[str, str, str, bool, str]
"""Who granted it, to whom (empty: everybody), the privilege, whether they may grant it on, and the column, if one."""

_EACH: Final = """\
SELECT f.rolname, coalesce(t.rolname, ''), g.privilege_type, g.is_grantable, {column}
FROM {catalog} o, aclexplode(o.{list}) g JOIN pg_roles f ON f.oid = g.grantor
    LEFT JOIN pg_roles t ON t.oid = g.grantee
WHERE {key} = %s AND (g.grantee = 0 OR t.oid IS NOT NULL)"""


def grants(thing: Thing, run: Callable[..., list[Any]]) -> list[Grant]:
    """Return what is granted on an object, and on its columns."""
    if thing.catalog not in _LISTS:
        return []
    column, _ = _LISTS[thing.catalog]
    query = _EACH.format(column="''", catalog=thing.catalog, list=column, key="o.oid")
    found = run(query, (thing.oid,))
    if thing.catalog == "pg_class":
        query = _EACH.format(column="o.attname", catalog="pg_attribute", list="attacl", key="o.attrelid")
        found += run(query, (thing.oid,))
    return sorted(tuple(row) for row in found)


def make_again(
    thing: Thing, name: sql.Composable, wanted: list[Grant], owner: str, run: Callable[..., list[Any]]
) -> None:
    """Bring what is granted on an object of ``owner`` back to what it was, each grant by whoever had made it."""
    found = grants(thing, run)
    for grant in found:
        if grant not in wanted:
            _say(thing, name, grant, "REVOKE {} ON {} {} FROM {} CASCADE", run)
    found = grants(thing, run)
    for grant in sorted(wanted, key=lambda one: (one[0] != owner, not one[3])):
        if grant not in found:
            end = " WITH GRANT OPTION" if grant[3] else ""
            _say(thing, name, grant, "GRANT {} ON {} {} TO {}" + end, run)
    run("RESET ROLE")


def _say(thing: Thing, name: sql.Composable, grant: Grant, form: LiteralString, run: Callable[..., list[Any]]) -> None:
    by, to, privilege, _, column = grant
    what: sql.Composable = sql.SQL(_PRIVILEGES[privilege])
    if column:
        what += sql.SQL(" ({})").format(name_of(column))
    run("RESET ROLE")
    run(sql.SQL("SET LOCAL ROLE {}").format(name_of(by)))
    whom = name_of(to) if to else sql.SQL("PUBLIC")
    word = sql.SQL("SEQUENCE" if thing.kind == "sequence" else _LISTS[thing.catalog][1])
    run(sql.SQL(form).format(what, word, name, whom))
