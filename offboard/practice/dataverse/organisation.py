"""The rows of one environment and what happens to them: who owns what, and who is assigned along with whom.

An assignment goes down every relationship whose ``Assign`` cascades, closed rows and other people's too: "Configure
table relationship cascading behavior". A ``PATCH`` of a row that is not there makes it, unless ``If-Match`` is given:
"Perform conditional operations using the Web API".
"""

from __future__ import annotations

import copy
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.practice.dataverse.schema import Relation, Table, relations, tables
from offboard.practice.graph.calls import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
_IDS = uuid.UUID("0d6e2b0f-6a3c-5c57-9d0f-5b1c2f4a7e11")


class Organisation:
    """One environment; ids come in the order of founding."""

    def __init__(self) -> None:
        self.tables = tables()
        self.relations = relations()
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in self.tables}
        self.closed_keeps_owner = False
        """Whether a row that is closed refuses another owner, as some kinds of closed rows do."""
        self.disabled_owner_refused = True
        """Whether nothing may be given to somebody who is disabled."""
        self.writes_work = True
        """Whether what is accepted is written."""
        self.lock = threading.RLock()
        self._given = 0

    def add_user(self, name: str, mail: str, **columns: Any) -> str:
        """Let a user in and return the id."""
        row = {"fullname": name, "internalemailaddress": mail, "domainname": mail, "isdisabled": False, "accessmode": 0}
        return self._keep("systemuser", row | columns)

    def add_team(self, name: str) -> str:
        """Found a team that can own rows, and return its id."""
        return self._keep("team", {"name": name})

    def add(self, table: str, owner: str, **columns: Any) -> str:
        """Make a row and return its id; a lookup is given as ``(table, id)``."""
        row: Row = {"statecode": 0, "statuscode": 1}
        for name, value in columns.items():
            if name in self.tables[table].lookups:
                row |= {f"_{name}_value": value[1], f"_{name}_type": value[0]}
            elif name in self.tables[table].columns:
                row[name] = value
            else:
                raise KeyError(f"{table} has no column {name}")
        return self._keep(table, row | self._owned_by(owner))

    def add_user_column(self, table: str, schema: str, label: str) -> None:
        """Add a lookup of the company's own that names a user; its logical name is the schema's in lower case."""
        column = schema.casefold()
        self.tables[table].lookups[column] = {schema: "systemuser"}
        self.tables[table].labels[column] = label
        name = f"new_systemuser_{table}_{schema}"
        self.relations.append(Relation(name, "systemuser", table, column, "NoCascade", custom=True))

    def cascade(self, schema: str, assign: str) -> None:
        """Set what a relationship does when its parent is assigned."""
        next(relation for relation in self.relations if relation.schema == schema).assign = assign

    def row(self, table: str, row_id: str) -> Row:
        """Return a row as it is now."""
        return dict(self.rows[table][row_id])

    def change(self, table: str, row_id: str, **columns: Any) -> None:
        """Change a row as somebody does in the app."""
        self._touch(self.rows[table][row_id], columns)

    def owners(self) -> dict[str, str]:
        """Return who owns each row there is: ``table/id`` → the owner's id, of lookups of the company's own too."""
        found = {}
        for name, rows in self.rows.items():
            own = ["ownerid", *self.tables[name].labels] if self.tables[name].owned else []
            for row_id, row in rows.items():
                for column in own:
                    found[f"{name}/{row_id}" + ("" if column == "ownerid" else f"/{column}")] = row.get(
                        f"_{column}_value", ""
                    )
        return found

    def patch(self, table: Table, row_id: str, body: Row, match: str) -> None:
        """Change a row; only at this version where ``match`` names one.

        Raises:
            Refused: it is not there, changed meanwhile, or may not be changed so.
        """
        row = self.rows[table.name].get(row_id)
        if row is None:
            if match:
                raise gone(table.name, row_id)
            self.rows[table.name][row_id] = row = {table.key: row_id, "statecode": 0, "versionnumber": 0}
        elif match not in ("", "*") and match != etag(row):
            text = "The version of the existing record doesn't match the RowVersion property provided."
            raise Refused(412, "0x80060882", text)
        changes: Row = {}
        for name, value in body.items():
            navigation, bound, _ = name.partition("@odata.bind")
            if not bound:
                if name not in table.columns:
                    raise unknown(name, table.name)
                changes[name] = value
            elif navigation == "ownerid":
                self.assign(table.name, row_id, self._bound(value, {"systemuser", "team"}))
            else:
                way = table.navigation(navigation)
                if way is None:
                    raise unknown(navigation, table.name)
                target = self._bound(value, {way[1]})
                changes |= {f"_{way[0]}_value": target, f"_{way[0]}_type": way[1]}
        if changes:
            self._touch(row, changes)

    def assign(self, table: str, row_id: str, owner: str) -> None:
        """Give a row to somebody, and with it whatever its relationships hand on."""
        if self.disabled_owner_refused and self.rows["systemuser"].get(owner, {}).get("isdisabled"):
            raise Refused(400, "0x80041d23", "Cannot assign a record to a user who is disabled.")
        self._hand_on(table, row_id, owner, set())

    def reassign_everything(self, user: str, owner: str) -> None:
        """Give all that a user owns to somebody, closed or not: ``ReassignObjectsSystemUser``."""
        for name, rows in self.rows.items():
            for row in rows.values():
                if self.tables[name].owned and row["_ownerid_value"] == user:
                    self._touch(row, self._owned_by(owner))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Do everything or nothing of what happens within."""
        with self.lock:
            before = copy.deepcopy(self.rows)
            try:
                yield
            except Refused:
                self.rows = before
                raise

    def _hand_on(self, table: str, row_id: str, owner: str, done: set[tuple[str, str]]) -> None:
        if (table, row_id) in done:
            return
        done.add((table, row_id))
        row = self.rows[table][row_id]
        former = row.get("_ownerid_value")
        if self.closed_keeps_owner and row.get("statecode") not in (0, 3) and len(done) == 1 and former != owner:
            raise Refused(400, "0x80045002", "This record is closed and cannot be updated.")
        self._touch(row, self._owned_by(owner))
        for relation in self.relations:
            if relation.referenced == table:
                for child_id, child in list(self.rows[relation.referencing].items()):
                    column = relation.column
                    if child.get(f"_{column}_value") == row_id and child.get(f"_{column}_type") == table:
                        follows = {
                            "Cascade": True, "Active": child.get("statecode") == 0,
                            "UserOwned": child["_ownerid_value"] == former,
                        }.get(relation.assign, False)  # fmt: skip
                        if follows:
                            self._hand_on(relation.referencing, child_id, owner, done)

    def _owned_by(self, owner: str) -> Row:
        kind = "team" if owner in self.rows["team"] else "systemuser"
        if owner not in self.rows[kind]:
            raise gone("systemuser", owner)
        return {"_ownerid_value": owner, "_ownerid_type": kind}

    def _bound(self, value: Any, kinds: set[str]) -> str:
        set_, _, key = str(value).rpartition("/")[2].removesuffix(")").partition("(")
        kind = next((table.name for table in self.tables.values() if table.set == set_ and table.name in kinds), "")
        if not kind:
            raise Refused(400, "0x80060888", f"The value {value!r} is no reference to {' or '.join(sorted(kinds))}.")
        if key not in self.rows[kind]:
            raise gone(kind, key)
        return key

    def _keep(self, table: str, row: Row) -> str:
        self._given += 1
        row_id = str(uuid.uuid5(_IDS, f"{table} {self._given}"))
        self.rows[table][row_id] = kept = {self.tables[table].key: row_id, "versionnumber": 0}
        self._touch(kept, row)
        return row_id

    def _touch(self, row: Row, changes: Row) -> None:
        self._given += 1
        row |= changes | {"versionnumber": self._given, "modifiedon": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def etag(row: Row) -> str:
    """Return the version of a row as ``If-Match`` names it."""
    return f'W/"{row["versionnumber"]}"'


def gone(table: str, row_id: str) -> Refused:
    """Return the answer for a row that is not there."""
    return Refused(404, "0x80040217", f"{table} With Id = {row_id} Does Not Exist")


def unknown(name: str, table: str) -> Refused:
    """Return the answer for a column that a table has not."""
    text = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."
    return Refused(400, "0x80060888", text)
