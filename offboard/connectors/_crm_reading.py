"""The CRMs whose records are read in one place and written in lots of one kind: what their connections do alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from offboard.connectors._crm_people import Users
from offboard.connectors._crm_register import CrmRegister, Place, chunks
from offboard.connectors._crm_wire import missing
from offboard.domain.dealing import summed
from offboard.errors import RETRIED, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from offboard.connectors._crm_people import User
    from offboard.domain.clients import Client, Contact, Interaction, OpenItem
    from offboard.domain.dealing import Dealing


class Reading(Protocol):
    """Reads one CRM; ``users`` turns its ids into mail addresses."""

    def users(self) -> Iterable[User]:
        """Return everybody who has or had a user."""

    def clients(self, users: Users) -> list[Client]:
        """Return every client, ordered by id."""

    def client(self, client_id: str, users: Users) -> Client | None:
        """Return one client, or ``None``."""

    def contacts(self, users: Users) -> list[Contact]:
        """Return every contact, those of no client too."""

    def items(self, users: Users) -> list[OpenItem]:
        """Return everything that is open, ordered by id."""

    def item(self, place: Place, users: Users) -> OpenItem | None:
        """Return one item, a closed one too, or ``None``."""

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""


class Diary(Protocol):
    """Reads what was done with the clients of one CRM."""

    def dealt(self, users: Users, *only: str) -> Iterator[Interaction]:
        """Yield every time that one of us dealt with a client, or with these, as far back as the settings say."""


class ReadRegister(CrmRegister):
    """A CRM that is read by a :class:`Reading` and a :class:`Diary`, which makes it ``ClientDealings``."""

    def __init__(self, name: str, maker: str, reading: Reading, diary: Diary) -> None:
        self.name = name
        self._read, self._diary = reading, diary
        self.users = Users(name, maker, reading.users)

    def clients(self) -> list[Client]:
        """Return every client, ordered by id, with its contacts and what is open."""
        return self._read.clients(self.users)

    def client(self, client_id: str) -> Client | None:
        """Return one client, or ``None``."""
        return self._read.client(client_id, self.users)

    def contacts(self) -> list[Contact]:
        """Return every contact, those of no client too."""
        return self._read.contacts(self.users)

    def items(self) -> list[OpenItem]:
        """Return everything that is open, further fields that name one of us among it."""
        return self._read.items(self.users)

    def item(self, item_id: str) -> OpenItem | None:
        """Return one item (``Object/ID`` or ``Object/ID/field``), a closed one too, or ``None``."""
        place = Place.of_item(item_id, self.owner_field)
        return self._read.item(place, self.users) if place else None

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""
        return self._read.closed_among(places)

    def dealings(self) -> list[Dealing]:
        """Return who dealt with which client, one row for each pair, ordered by client and then the latest first."""
        return summed(self._diary.dealt(self.users))

    def interactions(self, client_id: str) -> list[Interaction]:
        """Return every interaction with one client, the latest first."""
        return sorted(self._diary.dealt(self.users, client_id), key=lambda one: one.at, reverse=True)


class LotRegister(ReadRegister):
    """A CRM that takes a lot of records of one kind in one call."""

    @abstractmethod
    def knows(self, place: Place) -> bool:
        """Say whether an owner may stand there, as far as the settings say."""

    @abstractmethod
    def write_lot(self, kind: str, records: Mapping[str, Mapping[str, str]]) -> Mapping[str, SystemFault]:
        """Write fields of records of one kind (id → field → value); return the refused ones, each with its reason."""

    def write_owners(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        """Write users' ids, a lot of records of one kind to a call; a lot that is refused as a whole stops no other."""
        refused: dict[Place, SystemFault] = {
            place: missing(self.name, place.object, place.id) for place in owners if not self.knows(place)
        }
        for lot in chunks([place for place in owners if place not in refused], self.together):
            records: dict[str, dict[str, str]] = {}
            for place in lot:
                records.setdefault(place.id, {})[place.field] = owners[place]
            try:
                faults = self.write_lot(lot[0].object, records)
            except RETRIED:
                # What was taken of this lot is not known: whoever looks at the whole knows what is left.
                raise
            except SystemFault as fault:
                faults = dict.fromkeys(records, fault)
            refused |= {place: faults[place.id] for place in lot if place.id in faults}
        return refused
