"""Objects that have an owner, named in SQL from typed parts alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import sql

from offboard.connectors._postgresql_link import name_of
from offboard.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS: Final[dict[str, LiteralString]] = {
    "table": "TABLE",
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "sequence": "SEQUENCE",
    "foreign table": "FOREIGN TABLE",
    "schema": "SCHEMA",
    "type": "TYPE",
    "function": "ROUTINE",
    "procedure": "ROUTINE",
    "aggregate": "ROUTINE",
    "database": "DATABASE",
    "tablespace": "TABLESPACE",
    "language": "LANGUAGE",
    "collation": "COLLATION",
    "conversion": "CONVERSION",
    "operator": "OPERATOR",
    "operator class": "OPERATOR CLASS",
    "operator family": "OPERATOR FAMILY",
    "statistics object": "STATISTICS",
    "text search configuration": "TEXT SEARCH CONFIGURATION",
    "text search dictionary": "TEXT SEARCH DICTIONARY",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
    "server": "SERVER",
    "event trigger": "EVENT TRIGGER",
    "publication": "PUBLICATION",
    "subscription": "SUBSCRIPTION",
    "large object": "LARGE OBJECT",
}
"""What ``pg_identify_object`` calls a kind of object → what ``ALTER … OWNER TO`` calls it."""

SUPERUSERS_ONLY: Final = frozenset({"foreign-data wrapper", "event trigger", "subscription"})
"""Kinds that PostgreSQL lets nobody else own."""

NOBODYS: Final = frozenset({"default acl", "user mapping"})
"""Kinds that are nobody's property, though PostgreSQL lists them as such: they say what goes for one role."""

OWNED: Final = """\
SELECT d.classid::regclass::text, d.objid::bigint, d.refobjid::bigint, i.type, i.identity, d.dbid <> 0
FROM pg_shdepend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND {which}
    AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend p
        WHERE p.classid = d.classid AND p.objid = d.objid
            AND (p.deptype = 'e' OR (p.deptype IN ('a', 'i') AND p.refobjsubid > 0 AND i.type = 'sequence'))
    )
ORDER BY i.type, i.identity"""
"""What is owned: parts of an extension, and sequences that belong to a table's column, go with their whole."""

ELSEWHERE: Final = """\
SELECT b.datname, b.oid::bigint, count(*) FROM pg_shdepend d JOIN pg_database b ON b.oid = d.dbid
WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND d.refobjid = ANY(%s)
GROUP BY b.datname, b.oid ORDER BY b.datname"""

_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_BY_ARGUMENTS = frozenset({"function", "procedure", "aggregate"})
_BY_METHOD = frozenset({"operator class", "operator family"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One owned object as it was just read; ``owner`` is its number, ``local`` says whether a database holds it."""

    catalog: str
    oid: int
    owner: int
    kind: str
    identity: str
    local: bool


def named(thing: Thing, run: Callable[..., list[Any]]) -> sql.Composable:
    """Return the object's name, as ``ALTER`` and ``GRANT`` want it, read in the transaction that will use it."""
    if thing.kind == "large object":
        return sql.Literal(thing.oid)
    if thing.kind == "type":
        query = (
            "SELECT n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = %s"
        )
        return name_of(*run(query, (thing.oid,))[0])
    query = "SELECT object_names FROM pg_identify_object_as_address(%s::text::regclass, %s::bigint::oid, 0)"
    names = run(query, (thing.catalog, thing.oid))[0][0]
    if thing.kind in _BY_ARGUMENTS:
        return name_of(*names) + sql.SQL("({})").format(sql.SQL(", ").join(_arguments(thing, run)))
    if thing.kind in _BY_METHOD:
        return name_of(*names[1:]) + sql.SQL(" USING {}").format(name_of(names[0]))
    if thing.kind == "operator":
        return _operator(thing, names, run)
    return name_of(*names)


def _arguments(thing: Thing, run: Callable[..., list[Any]]) -> list[sql.Composable]:
    query = """\
SELECT n.nspname, t.typname FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY AS a(oid, place)
    JOIN pg_type t ON t.oid = a.oid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE p.oid = %s ORDER BY a.place"""
    return [name_of(*row) for row in run(query, (thing.oid,))]


def _operator(thing: Thing, names: list[str], run: Callable[..., list[Any]]) -> sql.Composable:
    query = """\
SELECT n.nspname, t.typname FROM pg_operator o, unnest(ARRAY[o.oprleft, o.oprright]) WITH ORDINALITY AS a(oid, place)
    LEFT JOIN pg_type t ON t.oid = a.oid LEFT JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE o.oid = %s ORDER BY a.place"""
    sides = [name_of(*row) if row[0] else sql.SQL("NONE") for row in run(query, (thing.oid,))]
    if not _OPERATOR.fullmatch(names[1]):
        raise Rejected(f"{thing.identity} is called by what is no operator")
    sign = sql.SQL(names[1])
    return sql.SQL("{}.{} ({}, {})").format(name_of(names[0]), sign, *sides)
