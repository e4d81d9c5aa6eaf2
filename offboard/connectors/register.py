"""The built-in client register: clients, contacts, open items, who dealt with whom, and who is responsible."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator
from sqlalchemy import insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from offboard.connectors._register_database import Database
from offboard.connectors._register_import import Imported, import_clients
from offboard.connectors._register_owned import Owned
from offboard.connectors._register_reading import read_clients
from offboard.connectors._register_tables import clients, handovers
from offboard.domain.capabilities import Health
from offboard.domain.departure import instant
from offboard.errors import BadSettings, Denied, NotFound, SystemFault
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault
    from offboard.domain.clients import Client

__all__ = ["Connection", "Handover", "Imported", "Settings", "connect", "import_clients"]


class Settings(Section):
    """``[systems.NAME]`` of kind ``register``; ``url`` is SQLAlchemy's, and holds no password."""

    kind: Literal["register"] = "register"
    url: str
    password: SecretRef | None = None

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError as error:
            raise ValueError("is no address; write sqlite:///clients.db or postgresql+psycopg://…") from error
        if url.password is not None:
            raise ValueError('holds a password; write password = { env = "NAME" } instead')
        if url.get_backend_name() == "sqlite" and (url.database or ":memory:") == ":memory:":
            raise ValueError("names no file: a register in memory keeps nothing")
        return value


@dataclass(frozen=True, slots=True)
class Handover:
    """One change of who is responsible, or, with ``part``, of who owns that part; ``at`` is an instant in UTC."""

    before: str
    after: str
    at: str
    part: str = ""


class Connection(Owned):
    """One register, open; several threads may read, one at a time writes."""

    kind = "register"
    calls_at_once = 1

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self.database = database

    def health(self) -> Health:
        """Say whether the register answers and may be written; writes nothing."""
        held, missing = ["read"], list[str]()
        start = time.monotonic()
        try:
            with self.database.reading() as connection:
                connection.execute(select(clients.c.id).limit(1))
        except SystemFault:
            return Health(self.name, self.kind, reachable=False, tls=self._tls())
        took = round((time.monotonic() - start) * 1000)
        try:
            with self.database.writing() as connection:
                connection.execute(update(clients).where(clients.c.id.is_(None)).values(name=""))
            held.append("write")
        except SystemFault as fault:
            (missing if isinstance(fault, Denied) else held).append("write")
        return Health(
            self.name,
            self.kind,
            reachable=True,
            tls=self._tls(),
            rights_held=tuple(held),
            rights_missing=tuple(missing),
            latency_ms=took,
        )

    def close(self) -> None:
        """Give the connection back."""
        self.database.close()

    def clients(self) -> list[Client]:
        """Return every client, ordered by id.

        ``known_to`` is everybody else who dealt with the client, the latest first. Where no value was given it is the
        sum over the client's interactions, rounded half up to whole units. ``open_items`` counts the open items and
        the interactions of kind ``open``.
        """
        with self.database.reading() as connection:
            return read_clients(connection)

    def client(self, client_id: str) -> Client | None:
        """Return one client as :meth:`clients` does, or ``None``."""
        with self.database.reading() as connection:
            return next(iter(read_clients(connection, client_id)), None)

    def responsible(self, client_id: str) -> str | None:
        """Return who is responsible, as it was imported; ``None`` when there is no such client."""
        with self.database.reading() as connection:
            found: str | None = connection.scalar(select(clients.c.responsible).where(clients.c.id == client_id))
        return found

    def set_responsible(self, client_id: str, responsible: str) -> None:
        """Write who is responsible, and keep who was.

        Raises:
            NotFound: there is no such client.
        """
        with self.database.writing() as connection:
            before = connection.scalar(select(clients.c.responsible).where(clients.c.id == client_id))
            if before is None:
                raise NotFound(f"{self.name}: there is no client {client_id!r}", system=self.name)
            connection.execute(
                update(clients).where(clients.c.id == client_id).values(responsible=responsible, inferred=False)
            )
            if before != responsible:
                now = instant(datetime.now(UTC))
                row = {"client": client_id, "before": before, "after": responsible, "at": now}
                connection.execute(insert(handovers), row)

    def history(self, client_id: str) -> list[Handover]:
        """Return every change of who is responsible for this client, the oldest first."""
        query = select(handovers).where(handovers.c.client == client_id).order_by(handovers.c.id)
        with self.database.reading() as connection:
            return [Handover(row.before, row.after, row.at, row.part) for row in connection.execute(query)]

    def _tls(self) -> str:
        return "local file" if self.database.url.get_backend_name() == "sqlite" else "as the database driver is set"


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open the register and make its tables where there are none.

    Raises:
        BadSettings: the driver for this kind of database is not installed.
        SystemFault: it cannot be opened.
    """
    del vault
    url = make_url(settings.url)
    if settings.password:
        url = url.set(password=settings.password.resolve(f"systems.{name}.password"))
    try:
        return Connection(name, Database(name, url))
    except (NoSuchModuleError, ImportError) as error:
        raise BadSettings(
            f"systems.{name}.url: no driver for {url.drivername}",
            hint="Use sqlite:///FILE, or postgresql+psycopg://… after: pip install 'offboard[postgresql]'",
        ) from error
