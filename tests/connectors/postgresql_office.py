"""Connections to the test's PostgreSQL, as wiring would open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import postgresql
from offboard.domain.people import Person
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgresql import PostgreSQL

SHUT = {"sign_in": "shut"}
ANN = Person("uuid-ann", "office", "ann", "Ann Lee", "ann@corp.test", "1001")


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


class Cellar:
    """Opens connections to one server, all with the same vault."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.vault = MemoryVault()
        self.opened: list[postgresql.Connection] = []

    def connect(self, **settings: Any) -> postgresql.Connection:
        """Open a connection as the superuser, or as the ``username`` of the settings (password ``secret``)."""
        table = self.server.settings(**settings)
        connection = postgresql.connect("cellar", postgresql.Settings(**table), self.vault)
        self.opened.append(connection)
        return connection

    def role(self, name: str = "ann", more: str = "LOGIN PASSWORD 'annpw'") -> str:
        """Make a role and return its id."""
        self.server.run(f"CREATE ROLE {quoted(name)} {more}")
        return self.id_of(name)

    def id_of(self, name: str) -> str:
        """Return a role's id."""
        with self.server.connect() as session:
            ((oid,),) = session.execute("SELECT oid::bigint FROM pg_roles WHERE rolname = %s", (name,)).fetchall()
        return f"{oid}:{name}"

    def stored(self, name: str = "ann") -> list[tuple[Any, ...]]:
        """Return everything that the server holds of a role."""
        with self.server.connect() as session:
            return session.execute("SELECT * FROM pg_authid WHERE rolname = %s", (name,)).fetchall()

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


@pytest.fixture
def cellar(postgresql: PostgreSQL) -> Iterator[Cellar]:
    made = Cellar(postgresql)
    yield made
    made.close()
