"""Reads clients, contacts and what is open from Dataverse, all of them or those of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_register import Place
from offboard.connectors._dataverse_link import LOOKUP
from offboard.connectors._dataverse_reading import (
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    DEFAULT_FIELDS,
    USERS_SELECT,
    client_behind,
    client_of,
    columns_of,
    contact_of,
    is_closed,
    item_of,
    now,
    user_of,
    with_items,
)
from offboard.connectors._dataverse_tables import ACCOUNT, CONTACT, KINDS, OWNER, leads_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from offboard.connectors._crm_people import User, Users
    from offboard.connectors._dataverse_link import Link
    from offboard.connectors._dataverse_tables import Tables
    from offboard.domain.clients import Client, Contact, OpenItem

Row = dict[str, Any]
ACTIVE: Final = "statecode eq 0"
_AT_ONCE: Final = 40
"""Ids in one filter: an address may not be longer than some thousand characters."""


class Lists:
    """The lists of one environment; ``fields`` says what column of an account holds what we know of a client."""

    def __init__(self, link: Link, tables: Tables, fields: Mapping[str, str]) -> None:
        self._link, self._tables, self._fields = link, tables, fields

    def users(self) -> list[User]:
        """Return everybody who has or had a user, deactivated ones too."""
        return [user_of(row) for row in self._link.rows("systemusers", "read who is a user", select=USERS_SELECT)]

    def clients(self, users: Users) -> list[Client]:
        """Return every active account, ordered by id, with its contacts and what is open."""
        columns = self._columns()
        rows = self._link.rows("accounts", "read the accounts", select=columns, filter=ACTIVE)
        contacts = self._contact_rows("")
        items = self._items(users, contacts, self._open_rows(self._tables.kinds()))
        return self._joined(rows, contacts, items, users)

    def client(self, client_id: str, users: Users) -> Client | None:
        """Return one account, ``None`` when there is none that is active."""
        row = self._link.one("accounts", client_id, "read one account", select=self._columns())
        if row is None or row.get("statecode") != 0:
            return None
        contacts = self._contact_rows(f" and _parentcustomerid_value eq {row['accountid']}")
        items = self._items(users, contacts, self._hanging_on(row["accountid"], contacts))
        return next(iter(self._joined([row], contacts, items, users)))

    def contacts(self, users: Users) -> list[Contact]:
        """Return every active contact, ordered by client."""
        found = [contact_of(row, users) for row in self._contact_rows("")]
        return sorted(found, key=lambda contact: (contact.client, contact.id))

    def items(self, users: Users) -> list[OpenItem]:
        """Return everything that is open, ordered by id."""
        return self._items(users, self._contact_rows(""), self._open_rows(self._tables.kinds()), everywhere=True)

    def item(self, place: Place, users: Users) -> OpenItem | None:
        """Return one item, a closed one too; ``None`` where there is no such row or column."""
        extra = self._extra(place.object)
        if place.object not in (ACCOUNT, CONTACT, *self._tables.kinds()):
            return None
        if place.field not in ({OWNER, *extra} if place.object in KINDS else extra):
            return None
        set_ = self._tables.get(place.object).set
        row = self._link.one(set_, place.id, "read one open item", select=columns_of(place.object, extra))
        if row is None:
            return None
        client = client_behind(place.object, row, self.behind([(place.object, row)]))
        return item_of(place, row, self._tables.get(place.object).title, users, client)

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return the items whose row is closed by now."""
        asked = [place for place in places if place.object in self._tables.kinds()]
        asks = []
        for place in asked:
            known = self._tables.get(place.object)
            query = {"select": f"statecode,{KINDS[place.object].due}", "filter": f"{known.key} eq {place.id}"}
            asks.append((known.set, query))
        found = self._link.tables(asks, "read what is closed") if asks else []
        return {place for place, rows in zip(asked, found, strict=True) if rows and is_closed(place.object, rows[0])}

    def behind(self, rows: list[tuple[str, Row]]) -> dict[tuple[str, str], str]:
        """Return which client everything belongs to that these rows hang on: table and id → the client's id."""
        known: dict[tuple[str, str], str] = {}
        self._resolve(rows, known)
        return known

    def _joined(self, rows: list[Row], contacts: list[Row], items: list[OpenItem], users: Users) -> list[Client]:
        people = [contact_of(row, users) for row in contacts]
        own: dict[str, list[Contact]] = {}
        for contact in people:
            own.setdefault(contact.client, []).append(contact)
        open_: dict[str, list[OpenItem]] = {}
        for item in items:
            open_.setdefault(item.client, []).append(item)
        made = [
            with_items(
                client_of(row, self._fields, users, own.get(row["accountid"], [])), open_.get(row["accountid"], [])
            )
            for row in rows
        ]
        return sorted(made, key=lambda client: client.id)

    def _items(
        self, users: Users, contacts: list[Row], rows: list[tuple[str, Row]], *, everywhere: bool = False
    ) -> list[OpenItem]:
        known = {(CONTACT, str(row["contactid"])): client_behind(CONTACT, row, {}) for row in contacts}
        self._resolve(rows, known)
        rows = [*rows, *(self._named_elsewhere() if everywhere else [])]
        found = []
        for table, row in rows:
            own = [OWNER] if table in KINDS else []
            for column in [*own, *(one for one in self._extra(table) if row.get(f"_{one}_value"))]:
                known_as = self._tables.get(table)
                place = Place(table, str(row[known_as.key]), column)
                client = client_behind(table, row, known)
                found.append(item_of(place, row, known_as.title, users, client))
        return sorted((item for item in found if not item.closed), key=lambda item: item.id)

    def _named_elsewhere(self) -> list[tuple[str, Row]]:
        """Return the accounts and contacts with further columns that name one of us."""
        found = []
        for table in (ACCOUNT, CONTACT):
            extra = self._extra(table)
            if extra:
                set_ = self._tables.get(table).set
                somebody = " or ".join(f"_{column}_value ne null" for column in extra)
                query = {"select": columns_of(table, extra), "filter": f"{ACTIVE} and ({somebody})"}
                found += [(table, row) for row in self._link.rows(set_, "read who else is named", **query)]
        return found

    def _open_rows(self, kinds: Mapping[str, Any], within: str = "") -> list[tuple[str, Row]]:
        asks, names = [], []
        for name in kinds:
            states = " or ".join(f"statecode eq {state}" for state in KINDS[name].open)
            ahead = f" and ({KINDS[name].due} ge {now()} or {KINDS[name].due} eq null)" if KINDS[name].ahead else ""
            query = {"select": columns_of(name, self._extra(name)), "filter": f"({states}){ahead}{within}"}
            asks.append((self._tables.get(name).set, query))
            names.append(name)
        found = self._link.tables(asks, "read what is open") if asks else []
        return [(name, row) for name, rows in zip(names, found, strict=True) for row in rows]

    def _hanging_on(self, client_id: str, contacts: list[Row]) -> list[tuple[str, Row]]:
        """Return what is open with one client: its own, its contacts', and what hangs on its deals and cases."""
        ids = [client_id, *(str(row["contactid"]) for row in contacts)]
        deals = {name: kind for name, kind in self._tables.kinds().items() if kind.to != ("regardingobjectid",)}
        rows: list[tuple[str, Row]] = []
        for name, kind in deals.items():
            for part in _parts(ids):
                rows += self._open_rows({name: kind}, f" and ({_any(kind.to, part)})")
                closed = {"select": self._tables.get(name).key, "filter": _any(kind.to, part)}
                told = self._link.rows(self._tables.get(name).set, "read a client's deals and cases", **closed)
                ids += [str(row[self._tables.get(name).key]) for row in told]
        rest = {name: kind for name, kind in self._tables.kinds().items() if name not in deals}
        for part in _parts(ids):
            rows += self._open_rows(rest, f" and ({_any(('regardingobjectid',), part)})")
        return list({(name, str(row[self._tables.get(name).key])): (name, row) for name, row in rows}.values())

    def _resolve(self, rows: list[tuple[str, Row]], known: dict[tuple[str, str], str]) -> None:
        """Learn which client everything belongs to that these rows hang on, however many steps away."""
        wanted: set[tuple[str, str]] = set()
        for table, row in rows:
            for column in leads_by(table):
                key = (str(row.get(f"_{column}_value@{LOOKUP}")), str(row.get(f"_{column}_value")))
                wanted |= {key} if key not in known and key[0] in (CONTACT, *self._tables.kinds()) else set()
        if not wanted:
            return
        ordered = sorted(wanted)
        asks = [(self._tables.get(name).set, self._upwards(name, at)) for name, at in ordered]
        found = self._link.tables(asks, "read which client things belong to")
        # What is not there (any more), or hangs on itself in the end, belongs to none.
        known |= dict.fromkeys(ordered, "")
        above = [(name, told[0]) for (name, _), told in zip(ordered, found, strict=True) if told]
        self._resolve(above, known)
        for name, row in above:
            known[name, str(row[self._tables.get(name).key])] = client_behind(name, row, known)

    def _upwards(self, table: str, row_id: str) -> dict[str, str]:
        columns = KINDS[table].to if table in KINDS else ("parentcustomerid",)
        select = ",".join(f"_{column}_value" for column in columns)
        return {"select": select, "filter": f"{self._tables.get(table).key} eq {row_id}"}

    def _contact_rows(self, within: str) -> list[Row]:
        select, doing = ",".join(CONTACT_COLUMNS), "read the contacts"
        return self._link.rows("contacts", doing, select=select, filter=ACTIVE + within)

    def _extra(self, table: str) -> dict[str, str]:
        return self._tables.user_columns(table) if table in self._tables.all() else {}

    def _columns(self) -> str:
        named = (DEFAULT_FIELDS | dict(self._fields)).values()
        return ",".join(dict.fromkeys([*CLIENT_COLUMNS, *named]))


def _any(columns: tuple[str, ...], ids: list[str]) -> str:
    return " or ".join(f"_{column}_value eq {at}" for column in columns for at in ids)


def _parts(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
