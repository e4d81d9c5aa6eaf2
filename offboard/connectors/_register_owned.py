"""What the register knows beside the clients themselves: contacts, open items, dealings, and how it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, insert, select, update

from offboard.connectors._register_reading import DEALT, contact_of, has_something, item_of
from offboard.connectors._register_tables import clients, contacts, handovers, interactions, items
from offboard.connectors._register_values import moment
from offboard.domain.clients import Interaction, Standing
from offboard.domain.dealing import Dealing
from offboard.domain.departure import instant
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy import Connection as Transaction

    from offboard.connectors._register_database import Database
    from offboard.domain.clients import Contact, OpenItem


class Owned:
    """Fulfils ``ClientContacts``, ``OpenItems``, ``ClientDealings``, ``RecordsDealings``, ``ClientStandings``."""

    name: str
    database: Database

    def contacts(self) -> list[Contact]:
        """Return every contact, ordered by client."""
        with self.database.reading() as transaction:
            rows = transaction.execute(select(contacts).order_by(contacts.c.client, contacts.c.place)).all()
        return [contact_of(row) for row in rows if has_something(row)]

    def contact_owner(self, contact_id: str) -> str | None:
        """Return who looks after a contact, empty where it is whoever is responsible for the client."""
        with self.database.reading() as transaction:
            found: str | None = transaction.scalar(select(contacts.c.owner).where(_contact(contact_id)))
        return found

    def set_contact_owner(self, contact_id: str, owner: str) -> None:
        """Write who looks after a contact, and keep who did."""
        with self.database.writing() as transaction:
            row = transaction.execute(select(contacts).where(_contact(contact_id))).first()
            if row is None:
                raise NotFound(f"{self.name}: there is no contact {contact_id!r}", system=self.name)
            transaction.execute(update(contacts).where(_contact(contact_id)).values(owner=owner))
            _keep(transaction, row.client, row.owner, owner, f"contact {contact_id}")

    def items(self) -> list[OpenItem]:
        """Return everything that is open, ordered by id."""
        with self.database.reading() as transaction:
            rows = transaction.execute(select(items).where(items.c.closed.is_(False)).order_by(items.c.id)).all()
        return [item_of(row) for row in rows]

    def item(self, item_id: str) -> OpenItem | None:
        """Return one item, a closed one too, or ``None``."""
        with self.database.reading() as transaction:
            row = transaction.execute(select(items).where(items.c.id == item_id)).first()
        return item_of(row) if row else None

    def set_item_owner(self, item_id: str, owner: str) -> None:
        """Write who owns an open item, and keep who did."""
        with self.database.writing() as transaction:
            row = transaction.execute(select(items).where(items.c.id == item_id)).first()
            if row is None:
                raise NotFound(f"{self.name}: there is no item {item_id!r}", system=self.name)
            if row.closed:
                raise Rejected(
                    f"{self.name}: item {item_id!r} is closed",
                    system=self.name,
                    hint="What is closed keeps its owner; nothing is left to do for it.",
                )
            transaction.execute(update(items).where(items.c.id == item_id).values(owner=owner))
            _keep(transaction, row.client, row.owner, owner, f"item {item_id}")

    def dealings(self) -> list[Dealing]:
        """Return who dealt with which client, one row for each pair, ordered by client and then the latest first."""
        with self.database.reading() as transaction:
            rows = transaction.execute(DEALT).all()
        return [Dealing(row.client, row.person, row.times, row.last[:10]) for row in rows]

    def interactions(self, client_id: str) -> list[Interaction]:
        """Return every interaction with one client, the latest first."""
        query = (
            select(interactions)
            .where(interactions.c.client == client_id)
            .order_by(interactions.c.at.desc(), interactions.c.id.desc())
        )
        with self.database.reading() as transaction:
            return [Interaction(row.client, row.person, row.at, row.kind) for row in transaction.execute(query)]

    def record(self, interaction: Interaction) -> None:
        """Record that somebody dealt with a client, once."""
        row = {
            "client": interaction.client,
            "person": interaction.person,
            "at": moment(interaction.at),
            "kind": interaction.kind,
            "value": 0,
        }
        with self.database.writing() as transaction:
            self._check(transaction, interaction.client)
            if transaction.execute(select(interactions.c.id).filter_by(**row)).first() is None:
                transaction.execute(insert(interactions), row)

    def standing(self, client_id: str) -> Standing | None:
        """Return how it stands with one client, or ``None``."""
        with self.database.reading() as transaction:
            found = transaction.scalar(select(clients.c.standing).where(clients.c.id == client_id))
        return None if found is None else Standing(found)

    def set_standing(self, client_id: str, standing: Standing) -> None:
        """Write how it stands with a client."""
        with self.database.writing() as transaction:
            self._check(transaction, client_id)
            transaction.execute(update(clients).where(clients.c.id == client_id).values(standing=standing.value))

    def _check(self, transaction: Transaction, client_id: str) -> None:
        if transaction.scalar(select(clients.c.id).where(clients.c.id == client_id)) is None:
            raise NotFound(f"{self.name}: there is no client {client_id!r}", system=self.name)


def _contact(contact_id: str) -> ColumnElement[bool]:
    client, _, place = contact_id.rpartition("/")
    return and_(contacts.c.client == client, contacts.c.place == (int(place) if place.isdecimal() else -1))


def _keep(transaction: Transaction, client: str | None, before: str, after: str, part: str) -> None:
    """Keep who it was; what belongs to no client is told by its own row alone."""
    if client and before != after:
        row: dict[str, Any] = {"client": client, "before": before, "after": after, "part": part}
        transaction.execute(insert(handovers), row | {"at": instant(datetime.now(UTC))})
