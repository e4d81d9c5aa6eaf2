"""The bench of the connector ``register``: the built-in one, on a real PostgreSQL behind the proxy.

What goes wrong with a register in a file is in ``tests/connectors/test_register.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
import pytest
from psycopg import sql

from offboard.connectors import register
from tests.contracts.crm_benches import ITEMS
from tests.contracts.register_bench import CLIENTS, RegisterBench, address
from tests.servers.faulty import Trouble
from tests.servers.faulty_postgresql import PostgresqlProxy
from tests.servers.postgresql import PASSWORD, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import LiteralString

    from tests.servers.authority import Authority
    from tests.servers.postgresql import PostgreSQL
    from tests.servers.slapd import Slapd

OWNED = {
    **{name: ("clients", "responsible", name) for name in CLIENTS},
    "Ida": ("contacts", "owner", "Alder"),
    "Uwe": ("contacts", "owner", "Buchen"),
    "Cy": ("contacts", "owner", "Cedar"),
    **{name: ("items", "owner", name) for name in (*ITEMS, *RegisterBench.closed)},
}
"""What the contract calls a record → its table, the column of its owner, and the key."""

CONTACTS_CSV = "client,name,email,owner\n" + "".join(
    f"{client},{name} Person,{name.lower()}@client.example,{address('alice')}\n"
    for name, (table, _, client) in OWNED.items()
    if table == "contacts"
)
CLOSED = {"won": "opportunity", "solved": "case", "called": "task", "visited": "meeting"}


class BuiltInBench(RegisterBench):
    """The register of our own, in which an owner is whatever is written there."""

    items = ITEMS
    knows_people = False
    writes_each = 2
    untold: ClassVar[dict[Trouble, str]] = {
        Trouble.STALE: "whoever writes waits for whoever wrote first, so that no change is overtaken",
        Trouble.MISSING: "its tables are made when it is opened",
    }

    def __init__(self, server: PostgreSQL, slapd: Slapd, proxy: PostgresqlProxy, folder: Path) -> None:
        super().__init__(slapd)
        self.server, self.proxy = server, proxy
        server.run("CREATE DATABASE register")
        self._root = psycopg.connect(
            host="127.0.0.1", port=server.port, user=ROOT, password=PASSWORD, dbname="register", autocommit=True
        )
        self.ids = {thing: f"{key}/1" if table == "contacts" else key for thing, (table, _, key) in OWNED.items()}
        with self.connected() as connection:
            files = self._files(folder)
            register.import_clients(connection, files.pop("clients_file"), **files)
        proxy.calm()

    def connect(self) -> Any:
        url = f"postgresql+psycopg://{ROOT}@127.0.0.1:{self.proxy.port}/register"
        trust = f"?sslmode=verify-full&sslrootcert={self.server.ca_file}"
        settings = register.Settings(url=url + trust, password={"env": "DATABASE_PASSWORD"})
        return register.connect(self.name, settings, self.vault)

    def owners(self) -> dict[str, str]:
        return {
            thing: str(self._run("SELECT {column} FROM {table} WHERE {this}", thing)[0][0]).partition("@")[0]
            for thing in OWNED
        }

    def rest(self) -> Any:
        query = "SELECT to_jsonb({table}) - {name} - 'inferred' FROM {table} ORDER BY 1"
        return [self._run(query, one_of_each) for one_of_each in ("Alder", "Ida", "cellar")]

    def give_by_hand(self, thing: str, login: str) -> None:
        self._run("UPDATE {table} SET {column} = {value} WHERE {this}", thing, address(login))

    def close_by_hand(self, thing: str) -> None:
        self._run("UPDATE {table} SET closed = true WHERE {this}", thing)

    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        query = (
            "INSERT INTO interactions (client, person, at, kind, value) SELECT id, {value}, "
            "{when}, {what}, 0 FROM {table} WHERE {this}"
        )
        self._run(query, client, address(login), when=f"{at:%Y-%m-%dT%H:%M:%SZ}", what=kind)

    def add_namesake(self, login: str) -> None:
        raise NotImplementedError(login)

    def refuse(self, thing: str) -> None:
        raise NotImplementedError(thing)

    def lie(self) -> None:
        self.proxy.trouble(Trouble.LYING, writes=True)

    def close(self) -> None:
        """End our own session."""
        self._root.close()

    def _run(self, text: LiteralString, thing: str, value: str = "", **more: str) -> list[Any]:
        table, column, key = OWNED[thing]
        row: LiteralString = "client = {} AND place = 1" if table == "contacts" else "id = {}"
        statement = sql.SQL(text).format(
            table=sql.Identifier(table),
            column=sql.Identifier(column),
            name=sql.Literal(column),
            this=sql.SQL(row).format(key),
            value=value,
            **more,
        )
        done = self._root.execute(statement)
        return done.fetchall() if done.description else []

    def _files(self, folder: Path) -> dict[str, Path]:
        owners = {"Cedar": "bob"}
        clients = "".join(f"{name},{name} & Co,{address(owners.get(name, 'alice'))}\n" for name in CLIENTS)
        open_ = "".join(f"{name},{client},{kind.value},{name},no\n" for name, (client, kind) in ITEMS.items())
        closed = "".join(f"{name},Alder,{kind},{name},yes\n" for name, kind in CLOSED.items())
        owned = "".join(f"{line},{address('alice')}\n" for line in (open_ + closed).splitlines())
        texts = {
            "clients_file": "id,name,responsible\n" + clients,
            "contacts_file": CONTACTS_CSV,
            "items_file": "id,client,kind,title,closed,owner\n" + owned,
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return {name: folder / name for name in texts}


@pytest.fixture
def built_in_bench(
    postgresql: PostgreSQL,
    slapd: Slapd,
    authority: Authority,
    stranger: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BuiltInBench]:
    with PostgresqlProxy(("127.0.0.1", postgresql.port), authority, stranger) as proxy:
        made = BuiltInBench(postgresql, slapd, proxy, tmp_path)
        monkeypatch.setattr("offboard.connectors._register_postgresql.SILENCE", 0.5)
        yield made
        made.close()
