"""The built-in client register: clients, their contacts, who dealt with whom, and who is responsible for each."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator
from sqlalchemy import case, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from offboard.connectors._register_database import Database, clients, contacts, handovers, interactions
from offboard.connectors._register_import import Imported, import_clients
from offboard.domain.capabilities import Health
from offboard.domain.clients import Client, Contact
from offboard.domain.dealing import Dealing
from offboard.domain.departure import instant
from offboard.domain.people import fold
from offboard.errors import BadSettings, Denied, NotFound, SystemFault
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault

__all__ = ["Connection", "Handover", "Imported", "Settings", "connect", "import_clients"]

OPEN = "open"
"""An interaction of this kind is an open item: something the client waits for."""


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
    """One change of who is responsible; ``at`` is an instant in UTC."""

    before: str
    after: str
    at: str


class Connection:
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
        sum over the client's interactions, rounded half up to whole units. ``open_items`` counts the interactions of
        kind ``open``.
        """
        return self._clients()

    def client(self, client_id: str) -> Client | None:
        """Return one client as :meth:`clients` does, or ``None``."""
        return next(iter(self._clients(client_id)), None)

    def dealings(self) -> list[Dealing]:
        """Return who dealt with which client, one row for each pair, ordered by client and then the latest first."""
        with self.database.reading() as connection:
            rows = connection.execute(_DEALT).all()
        return [Dealing(row.client, row.person, row.times, row.last[:10]) for row in rows]

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
            return [Handover(row.before, row.after, row.at) for row in connection.execute(query)]

    def _clients(self, *only: str) -> list[Client]:
        wanted, met, dealt = (
            select(clients).order_by(clients.c.id),
            select(contacts).where(contacts.c.place == 0),
            _DEALT,
        )
        if only:
            wanted = wanted.where(clients.c.id.in_(only))
            met = met.where(contacts.c.client.in_(only))
            dealt = dealt.where(interactions.c.client.in_(only))
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
            people = {row.client: Contact(row.name, row.title, row.email, row.phone) for row in connection.execute(met)}
            dealings: defaultdict[str, list[Any]] = defaultdict(list)
            for dealing in connection.execute(dealt):
                dealings[dealing.client].append(dealing)
        return [_client(row, people.get(row.id, Contact()), dealings.get(row.id, [])) for row in rows]

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


_DEALT = (
    select(
        interactions.c.client,
        interactions.c.person,
        func.count().label("times"),
        func.max(interactions.c.at).label("last"),
        func.sum(interactions.c.value).label("value"),
        func.sum(case((func.lower(interactions.c.kind) == OPEN, 1), else_=0)).label("open"),
    )
    .group_by(interactions.c.client, interactions.c.person)
    .order_by(interactions.c.client, func.max(interactions.c.at).desc(), func.max(interactions.c.id).desc())
)


def _client(row: Any, contact: Contact, dealt: list[Any]) -> Client:
    given = row.value
    return Client(
        id=row.id,
        name=row.name,
        responsible=row.responsible,
        contact=contact,
        address=row.address,
        postcode=row.postcode,
        city=row.city,
        country=row.country,
        language=row.language,
        channel=row.channel,
        value=whole_units(sum(each.value for each in dealt)) if given is None else given,
        notes=row.notes,
        open_items=sum(each.open for each in dealt),
        known_to=tuple(each.person for each in dealt if fold(each.person) != fold(row.responsible)),
        last_contact=dealt[0].last[:10] if dealt else "",
    )


def whole_units(ten_thousandths: int) -> int:
    """Return an amount in whole units, half a unit rounded away from zero."""
    units = (abs(int(ten_thousandths)) + 5_000) // 10_000
    return units if ten_thousandths >= 0 else -units
