"""Checks the rows of one file of an import, value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from offboard.connectors import _register_values as values
from offboard.connectors._register_columns import REQUIRED, Map, place
from offboard.connectors._register_csv import Table, fold_name, read_table
from offboard.domain.clients import ItemKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

Check: TypeAlias = "Callable[[str], str | int | bool]"

CHECKS: dict[str, dict[str, Check]] = {
    "clients": {
        "id": values.identifier,
        "name": values.line_of_text(500),
        "responsible": values.line_of_text(320),
        "contact_name": values.line_of_text(500),
        "contact_title": values.line_of_text(500),
        "contact_email": values.address,
        "salutation": values.line_of_text(200),
        "phone": values.line_of_text(100),
        "address": values.paragraphs(2_000),
        "postcode": values.line_of_text(50),
        "city": values.line_of_text(200),
        "country": values.country,
        "language": values.language,
        "channel": values.channel,
        "value": values.whole_amount,
        "notes": values.paragraphs(50_000),
        "region": values.line_of_text(200),
        "sector": values.line_of_text(200),
        "tier": values.line_of_text(50),
        "signed": values.yes_or_no,
        "satisfaction": values.satisfaction,
        "account_plan": values.one_of("draft", "approved"),
        "do_not_contact": values.yes_or_no,
    },
    "contacts": {
        "client": values.identifier,
        "name": values.line_of_text(500),
        "title": values.line_of_text(500),
        "email": values.address,
        "phone": values.line_of_text(100),
        "role": values.roles,
        "owner": values.line_of_text(320),
        "do_not_contact": values.yes_or_no,
        "salutation": values.line_of_text(200),
    },
    "items": {
        "id": values.identifier,
        "client": values.identifier,
        "kind": values.one_of(*ItemKind),
        "title": values.line_of_text(500),
        "owner": values.line_of_text(320),
        "due": values.day,
        "tellable": values.yes_or_no,
        "closed": values.yes_or_no,
    },
    "interactions": {
        "client": values.identifier,
        "person": values.line_of_text(320),
        "at": values.moment,
        "kind": values.line_of_text(200),
        "value": values.amount,
    },
}

REMEMBERED = 2_000
"""So many values of a column are checked once only: countries, days and people come again and again."""


@dataclass(slots=True)
class Sheet:
    """One file, checked: our columns that it has, and each row's line with its values."""

    kind: str
    table: Table
    columns: Collection[str] = ()
    ignored: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    nulls: int = 0


def read_sheet(path: Path, kind: str, mapping: Map) -> Sheet:
    """Read one file; every fault is in the table's ``faults``, and an empty value is ``None``."""
    table = read_table(path, {fold_name(mapping.theirs(kind, ours)) for ours in REQUIRED[kind]})
    sheet = Sheet(kind, table)
    if not table.columns:
        return sheet
    places = place(table, kind, mapping)
    sheet.columns, sheet.ignored = places.at.keys(), places.ignored
    plan = [(ours, at, _remembering(CHECKS[kind][ours]), ours in REQUIRED[kind]) for ours, at in places.at.items()]
    for row in table.rows:
        found: dict[str, Any] = {}
        for ours, at, check, required in plan:
            cell = row.cells[at].strip()
            if cell == "NULL":
                sheet.nulls += 1
                cell = ""
            if not cell:
                found[ours] = None
                if required:
                    table.fault(row.line, f"{table.columns[at]} is empty")
                continue
            try:
                found[ours] = check(cell)
            except ValueError as error:
                table.fault(row.line, f"{table.columns[at]}: {error}")
                found[ours] = None if ours != "id" else cell
        sheet.rows.append((row.line, found))
    return sheet


def _remembering(check: Check) -> Check:
    """Return the check, which remembers what it found good."""
    known: dict[str, str | int | bool] = {}

    def remembered(cell: str) -> str | int | bool:
        found = known.get(cell)
        if found is None:
            found = check(cell)
            if len(known) < REMEMBERED:
                known[cell] = found
        return found

    return remembered


def refuse_duplicates(sheet: Sheet) -> None:
    """Note each id that an earlier row has already."""
    first: dict[str, int] = {}
    for line, row in sheet.rows:
        client = row.get("id")
        if client is None:
            continue
        if client in first:
            sheet.table.fault(line, f"id {client!r} is there already, in line {first[client]}")
        else:
            first[client] = line
