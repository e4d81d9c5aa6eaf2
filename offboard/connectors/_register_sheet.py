"""Checks the rows of one file of an import, value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offboard.connectors import _register_values as values
from offboard.connectors._register_columns import REQUIRED, Map, place
from offboard.connectors._register_csv import Table, fold_name, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

CHECKS: dict[str, dict[str, Callable[[str], str | int]]] = {
    "clients": {
        "id": values.identifier,
        "name": values.line_of_text(500),
        "responsible": values.line_of_text(320),
        "contact_name": values.line_of_text(500),
        "contact_title": values.line_of_text(500),
        "contact_email": values.address,
        "phone": values.line_of_text(100),
        "address": values.paragraphs(2_000),
        "postcode": values.line_of_text(50),
        "city": values.line_of_text(200),
        "country": values.country,
        "language": values.language,
        "channel": values.channel,
        "value": values.whole_amount,
        "notes": values.paragraphs(50_000),
    },
    "interactions": {
        "client": values.identifier,
        "person": values.line_of_text(320),
        "at": values.moment,
        "kind": values.line_of_text(200),
        "value": values.amount,
    },
}


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
    plan = [(ours, at, CHECKS[kind][ours], ours in REQUIRED[kind]) for ours, at in places.at.items()]
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
