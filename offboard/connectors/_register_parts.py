"""Writes what an import brings beside the clients: their further contacts, and what is open with them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from offboard.connectors._register_tables import contacts, items
from offboard.connectors._register_writing import each, updating
from offboard.domain.people import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection as Transaction

    from offboard.connectors._register_sheet import Sheet

KNOWN_BY = (("name", "email"), ("name",), ("email",))
"""What makes a row a contact that is known already, the surest first."""

BLANK = {"title": "", "email": "", "phone": "", "roles": "", "owner": "", "do_not_contact": False, "salutation": ""}
CALLED = {"role": "roles"}


def refuse_twins(sheet: Sheet) -> None:
    """Note each contact that an earlier row has already."""
    first: dict[tuple[str, str, str], int] = {}
    for line, row in sheet.rows:
        if row.get("client") and row.get("name"):
            key = (row["client"], fold(row["name"]), fold(row.get("email") or ""))
            if key in first:
                sheet.table.fault(line, f"contact {row['name']!r} is there already, in line {first[key]}")
            first.setdefault(key, line)


def write_contacts(transaction: Transaction, sheet: Sheet) -> set[str]:
    """Write new contacts and what differs of known ones; return the clients that are concerned.

    A contact is known by name and address, else by name, else by address; the client's first contact stays the first.
    """
    there: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for found in transaction.execute(select(contacts).order_by(contacts.c.client, contacts.c.place)):
        there[found.client].append(found._asdict())
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    taken: set[tuple[str, int]] = set()
    for _, row in sheet.rows:
        given: dict[str, Any] = {CALLED.get(ours, ours): BLANK.get(CALLED.get(ours, ours), "") if cell is None else cell
                 for ours, cell in row.items()}  # fmt: skip
        mine = there[given["client"]]
        before = _known(given, [one for one in mine if (one["client"], one["place"]) not in taken])
        place = before["place"] if before else max((one["place"] for one in mine), default=0) + 1
        taken.add((given["client"], place))
        if before is None:
            mine.append(BLANK | given | {"place": place})
            new.append(mine[-1])
        elif before | given != before:
            changed.append(before | given)
    each(transaction, insert(contacts), new)
    each(transaction, *updating(contacts, ("client", "place"), changed))
    return {row["client"] for row in (*new, *changed)}


def write_items(transaction: Transaction, sheet: Sheet) -> set[str]:
    """Write new items and what differs of known ones; return the clients that are concerned."""
    known = {row.id: row._asdict() for row in transaction.execute(select(items))}
    blank = {"client": None, "owner": "", "due": "", "tellable": False, "closed": False}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for _, row in sheet.rows:
        given = {ours: blank.get(ours) if cell is None else cell for ours, cell in row.items()}
        before = known.get(row["id"])
        if before is None:
            new.append(blank | given)
        elif before | given != before:
            changed.append(before | given)
    each(transaction, insert(items), new)
    each(transaction, *updating(items, ("id",), changed))
    return {row["client"] for row in (*new, *changed) if row["client"]}


def _known(given: dict[str, Any], mine: list[dict[str, Any]]) -> dict[str, Any] | None:
    for keys in KNOWN_BY:
        wanted = [fold(given.get(key) or "") for key in keys]
        if all(wanted):
            for one in mine:
                if [fold(one[key]) for key in keys] == wanted:
                    return one
    return None
