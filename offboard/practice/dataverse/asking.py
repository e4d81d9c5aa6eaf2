"""What the Web API shows of rows: columns, filters, expanded lookups, and pages ("Query data using the Web API")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from offboard.practice.dataverse.organisation import etag, gone, unknown
from offboard.practice.dataverse.schema import ACTIVITIES, ACTIVITY
from offboard.practice.graph.calls import Refused
from offboard.practice.graph.filtering import tests

if TYPE_CHECKING:
    from offboard.practice.dataverse.organisation import Organisation, Row
    from offboard.practice.dataverse.schema import Table
    from offboard.practice.graph.calls import Call

LARGEST_PAGE: Final = 5000
_GUID: Final = re.compile(r"(?<!')\b([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b(?!')")
_PAGE: Final = re.compile(r"odata\.maxpagesize=(\d+)")
_EXPAND: Final = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?(?:,|$)")
_LOOKUP: Final = "Microsoft.Dynamics.CRM.lookuplogicalname"
_FORMATTED: Final = "OData.Community.Display.V1.FormattedValue"
_FILTERED: Final = re.compile(r"\b(_?[A-Za-z][A-Za-z0-9_]*) (?:eq|ne|ge|gt|le|lt) ")


def several(org: Organisation, table: Table, call: Call, root: str) -> Row:
    """Return one page of a table's rows."""
    text = call.query.get("$filter", "")
    for name in _FILTERED.findall(text):
        _known(table, name)
    fits = tests(_GUID.sub(r"'\1'", text)) if text else None
    hidden = dict.fromkeys([*table.columns, *(f"_{name}_value" for name in table.lookups)])
    rows = [row for row in _rows(org, table) if fits is None or fits(hidden | row)]
    rows = rows[: int(call.query["$top"])] if "$top" in call.query else rows
    found = _PAGE.search(call.headers.get("prefer", ""))
    size = min(int(found[1]), LARGEST_PAGE) if found else LARGEST_PAGE
    start = int(call.query.get("$skiptoken", "0") or 0)
    body: Row = {
        "@odata.context": f"{root}/$metadata#{table.set}",
        "value": [shown(org, table, row, call) for row in rows[start : start + size]],
    }
    if start + size < len(rows):
        query = {key: value for key, value in call.query.items() if key != "$skiptoken"}
        body["@odata.nextLink"] = f"{root}/{table.set}?{urlencode(query | {'$skiptoken': str(start + size)})}"
    return body


def _rows(org: Organisation, table: Table) -> list[Row]:
    """Return a table's rows in the order of their ids; an activity is a row of the table of its kind."""
    if table.name != ACTIVITY:
        return [row for _, row in sorted(org.rows[table.name].items())]
    kinds = [name for name in ACTIVITIES if name in org.rows]
    found = {one: row | {"activitytypecode": name} for name in kinds for one, row in org.rows[name].items()}
    return [row for _, row in sorted(found.items())]


def one(org: Organisation, table: Table, row_id: str, call: Call) -> Row:
    """Return one row."""
    row = org.rows[table.name].get(row_id)
    if row is None:
        raise gone(table.name, row_id)
    return shown(org, table, row, call)


def shown(org: Organisation, table: Table, row: Row, call: Call) -> Row:
    """Return a row as it leaves: the chosen columns, with the annotations that were asked for."""
    names = [name for name in call.query.get("$select", "").split(",") if name]
    for name in names:
        _known(table, name)
    names = names or [*sorted(table.columns), *(f"_{name}_value" for name in sorted(table.lookups))]
    prefer = call.headers.get("prefer", "")
    out: Row = {"@odata.etag": etag(row), table.key: row[table.key]}
    for name in names:
        column = name.removeprefix("_").removesuffix("_value") if name not in table.columns else ""
        column = column or name
        value = row.get(f"_{column}_value") if column in table.lookups else row.get(name)
        out[f"_{column}_value" if column in table.lookups else name] = value
        if value is not None and column in table.lookups and (_LOOKUP in prefer or "=*" in prefer):
            out[f"_{column}_value@{_LOOKUP}"] = row[f"_{column}_type"]
        if name == "industrycode" and value is not None and _FORMATTED in prefer:
            out[f"{name}@{_FORMATTED}"] = {7: "Consulting", 33: "Wholesale"}.get(value, str(value))
    for navigation, chosen in _EXPAND.findall(call.query.get("$expand", "")):
        way = table.navigation(navigation)
        if way is None:
            raise unknown(navigation, table.name)
        out[navigation] = _behind(org, row, way, chosen)
    return out


def _behind(org: Organisation, row: Row, way: tuple[str, str], chosen: str) -> Row | None:
    column, target = way
    there = org.rows[target].get(row.get(f"_{column}_value", "")) if row.get(f"_{column}_type") == target else None
    if there is None:
        return None
    known = org.tables[target]
    names = chosen.split(",") if chosen else [known.title]
    return {name: there.get(name) for name in (known.key, *names)}


def _known(table: Table, name: str) -> None:
    lookup = name.removeprefix("_").removesuffix("_value")
    if name in table.columns or name == table.key or (name == f"_{lookup}_value" and lookup in table.lookups):
        return
    raise unknown(name, table.name)


def definitions(org: Organisation) -> list[dict[str, Any]]:
    """Return what ``EntityDefinitions`` says of each table."""
    return [
        {"LogicalName": table.name, "EntitySetName": table.set, "PrimaryIdAttribute": table.key,
         "PrimaryNameAttribute": table.title, "ObjectTypeCode": table.code,
         "OwnershipType": "UserOwned" if table.owned else "BusinessOwned"}
        for table in org.tables.values()
    ]  # fmt: skip


def relationships(org: Organisation, name: str, which: str) -> list[dict[str, Any]]:
    """Return a table's relationships: those in which it has many, or those in which it is one of many."""
    if name not in org.tables:
        raise Refused(404, "0x80060888", f"Could not find an entity with the name '{name}'.")
    side = "referenced" if which == "OneToManyRelationships" else "referencing"
    found = []
    for relation in org.relations:
        if getattr(relation, side) == name:
            ways = org.tables[relation.referencing].lookups[relation.column]
            named = next(way for way, to in ways.items() if to == relation.referenced)
            found.append({
                "SchemaName": relation.schema, "ReferencedEntity": relation.referenced,
                "ReferencingEntity": relation.referencing, "ReferencingAttribute": relation.column,
                "ReferencingEntityNavigationPropertyName": named,
                "IsCustomRelationship": relation.custom,
                "CascadeConfiguration": {"Assign": relation.assign, "Delete": "RemoveLink"},
            })  # fmt: skip
    return found
