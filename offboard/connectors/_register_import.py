"""Imports clients and interactions from CSV files: everything, or nothing and every fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select

from offboard.connectors._register_columns import near, read_map
from offboard.connectors._register_parts import refuse_twins, write_contacts, write_items
from offboard.connectors._register_sheet import CHECKS, Sheet, read_sheet, refuse_duplicates
from offboard.connectors._register_tables import clients, contacts, handovers, interactions
from offboard.connectors._register_writing import each, updating
from offboard.domain.departure import instant
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection as Transaction

    from offboard.connectors.register import Connection

NAMED = 10
"""So many clients are named in a note, no more."""

CONTACT = {"contact_name": "name", "contact_title": "title", "contact_email": "email", "phone": "phone",
           "salutation": "salutation"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the rows of each file, how many clients are new and how many of the known ones differ.

    ``ignored_columns`` are foreign columns that nothing took; ``notes`` are sentences for the person who imports.
    """

    clients: int
    interactions: int
    new: int
    updated: int
    contacts: int = 0
    items: int = 0
    ignored_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def import_clients(
    connection: Connection,
    clients_file: Path,
    *,
    map_file: Path | None = None,
    interactions_file: Path | None = None,
    contacts_file: Path | None = None,
    items_file: Path | None = None,
) -> Imported:
    """Import clients, their further contacts, what is open with them and who dealt with them, in one transaction.

    A client that is known already is updated in the columns that the file has; one that the file lacks stays. An
    interaction that is known already is not counted twice. Where nobody is named as responsible, the person of the
    latest interaction is (of several at the same moment, the one further down in the file), as long as no import and
    no handover has named somebody. An amount of an interaction may have four decimals; where the file gives a client
    no value, the register shows the sum of the client's interactions.

    Raises:
        BadInput: any row is wrong; ``faults`` holds every fault with its line, and nothing was imported.
        SystemFault: the register cannot be written.
    """
    mapping = read_map(map_file)
    files = (("clients", clients_file), ("contacts", contacts_file), ("items", items_file),
             ("interactions", interactions_file))  # fmt: skip
    sheets = [read_sheet(file, kind, mapping) for kind, file in files if file is not None]
    for sheet in sheets:
        refuse_duplicates(sheet)
        if sheet.kind == "contacts":
            refuse_twins(sheet)
    with connection.database.writing() as transaction:
        known = {row.id: row._asdict() for row in transaction.execute(select(clients))}
        _refuse_strangers(sheets, known)
        faults = [*mapping.faults, *(fault for sheet in sheets for fault in sheet.table.faults)]
        if faults:
            count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            names = " and ".join(sheet.table.file for sheet in sheets)
            raise BadInput(f"{names}: {count}; nothing was imported", faults=faults)
        return _write(transaction, sheets, known)


def _refuse_strangers(sheets: list[Sheet], known: Collection[str]) -> None:
    """Note each row about a client that is neither in the file nor known."""
    if "id" not in sheets[0].columns:
        return
    ids = {row["id"] for _, row in sheets[0].rows} | set(known) | sheets[0].table.lost
    for sheet in sheets[1:]:
        for line, row in sheet.rows:
            if row.get("client") is not None and row["client"] not in ids:
                sheet.table.fault(line, f"there is no client {row['client']!r}")


def _write(transaction: Transaction, sheets: list[Sheet], known: dict[str, dict[str, Any]]) -> Imported:
    now = instant(datetime.now(UTC))
    moves: list[dict[str, str]] = []
    new, updated = _write_clients(transaction, sheets[0], known, moves, now)
    rows, repeated = dict.fromkeys(CHECKS, 0), 0
    for sheet in sheets:
        rows[sheet.kind] = len(sheet.rows)
        if sheet.kind == "contacts":
            updated |= write_contacts(transaction, sheet) & known.keys()
        elif sheet.kind == "items":
            updated |= write_items(transaction, sheet) & known.keys()
        elif sheet.kind == "interactions":
            repeated = _write_interactions(transaction, sheet)
    updated |= _infer(transaction, moves, now) & known.keys()
    # The first naming of a client hands nothing over.
    each(transaction, insert(handovers), [move for move in moves if move["before"]])
    return Imported(
        clients=rows["clients"],
        interactions=rows["interactions"],
        new=new,
        updated=len(updated),
        contacts=rows["contacts"],
        items=rows["items"],
        ignored_columns=tuple(dict.fromkeys(name for sheet in sheets for name in sheet.ignored)),
        notes=tuple(_notes(transaction, sheets, len(known) + new - len(sheets[0].rows), repeated)),
    )


def _write_clients(
    transaction: Transaction, sheet: Sheet, known: Mapping[str, dict[str, Any]], moves: list[dict[str, str]], now: str
) -> tuple[int, set[str]]:
    """Write what is new and what differs; return how many clients are new, and the known ones that differ."""
    met = {row.client: row._asdict() for row in transaction.execute(select(contacts).where(contacts.c.place == 0))}
    new: list[dict[str, Any]] = []
    new_people: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    changed_people: list[dict[str, Any]] = []
    touched: set[str] = set()
    for _, row in sheet.rows:
        client = row["id"]
        own = {ours: _kept(ours, cell) for ours, cell in row.items() if ours in clients.c}
        person = {theirs: row[ours] or "" for ours, theirs in CONTACT.items() if ours in row}
        if client not in known:
            new.append(_BLANK | own)
            new_people.append(_BLANK_CONTACT | person | {"client": client})
            continue
        before = known[client]
        after = before | own | _named(before, own.get("responsible", ""))
        if after["responsible"] != before["responsible"]:
            moves.append(_move(client, before["responsible"], after["responsible"], now))
        if after != before:
            changed.append(after)
            touched.add(client)
        if met[client] | person != met[client]:
            changed_people.append(met[client] | person)
            touched.add(client)
    each(transaction, insert(clients), new)
    each(transaction, insert(contacts), new_people)
    each(transaction, *updating(clients, ("id",), changed))
    each(transaction, *updating(contacts, ("client", "place"), changed_people))
    return len(new), touched


_BLANK: dict[str, Any] = {column.name: "" for column in clients.c} | {
    "inferred": False, "value": None, "signed": None, "satisfaction": None, "do_not_contact": False,
}  # fmt: skip
_BLANK_CONTACT: dict[str, Any] = {column.name: "" for column in contacts.c} | {"place": 0, "do_not_contact": False}


def _kept(ours: str, cell: Any) -> Any:
    return _BLANK[ours] if cell is None else cell


def _named(before: Mapping[str, Any], responsible: str) -> dict[str, Any]:
    """Return who is responsible after an import that names ``responsible``, or nobody."""
    if responsible:
        return {"responsible": responsible, "inferred": False}
    return {"responsible": before["responsible"], "inferred": before["inferred"]}


def _move(client: str, before: str, after: str, now: str) -> dict[str, str]:
    return {"client": client, "before": before, "after": after, "at": now}


def _write_interactions(transaction: Transaction, sheet: Sheet) -> int:
    """Write the interactions that are not known yet; return how many were known."""
    columns = [interactions.c[name] for name in CHECKS["interactions"]]
    known = Counter(tuple(row) for row in transaction.execute(select(*columns)))
    fresh: list[dict[str, Any]] = []
    for _, row in sheet.rows:
        full = {"kind": "", "value": 0} | {ours: cell for ours, cell in row.items() if cell is not None}
        key = tuple(full[column.name] for column in columns)
        if known[key] > 0:
            known[key] -= 1
        else:
            fresh.append(full)
    each(transaction, insert(interactions), fresh)
    return len(sheet.rows) - len(fresh)


def _infer(transaction: Transaction, moves: list[dict[str, str]], now: str) -> set[str]:
    """Make the person of the latest interaction responsible where nobody was named; return these clients."""
    place = func.row_number().over(
        partition_by=interactions.c.client, order_by=(interactions.c.at.desc(), interactions.c.id.desc())
    )
    latest = select(interactions.c.client, interactions.c.person, place.label("place")).subquery()
    query = (
        select(clients.c.id, clients.c.responsible, latest.c.person)
        .join(latest, and_(latest.c.client == clients.c.id, latest.c.place == 1))
        .where(or_(clients.c.responsible == "", clients.c.inferred), clients.c.responsible != latest.c.person)
    )
    found = transaction.execute(query).all()
    moves.extend(_move(row.id, row.responsible, row.person, now) for row in found)
    rows = [{"id": row.id, "responsible": row.person, "inferred": True} for row in found]
    each(transaction, *updating(clients, ("id",), rows))
    return {row.id for row in found}


def _notes(transaction: Transaction, sheets: list[Sheet], left: int, repeated: int) -> Iterator[str]:
    for sheet in sheets:
        file = sheet.table.file
        for name in sheet.ignored:
            if meant := near(name, [ours for ours in CHECKS[sheet.kind] if ours not in sheet.columns]):
                yield f"{file}: column {name!r} is ignored; was {meant!r} meant?"
        if sheet.nulls:
            yield f"{file}: NULL was taken as empty (fields: {sheet.nulls})"
        if sheet.table.empty_rows:
            yield f"{file}: rows without any content were left out (rows: {sheet.table.empty_rows})"
        for line in sheet.table.doubtful:
            yield f"{file} line {line}: stands within quotes but looks like a row of its own; look whether one is lost"
    if left:
        yield f"{sheets[0].table.file}: clients of the register that are not in it stay as they are (clients: {left})"
    if repeated:
        file = sheets[-1].table.file
        yield f"{file}: interactions known from an earlier import are not counted twice (rows: {repeated})"
    nobody = transaction.scalars(select(clients.c.id).where(clients.c.responsible == "").order_by(clients.c.id)).all()
    if nobody:
        more = f" and {len(nobody) - NAMED} more" if len(nobody) > NAMED else ""
        yield f"nobody is responsible for {', '.join(nobody[:NAMED])}{more}"
