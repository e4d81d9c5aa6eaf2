"""What every CRM's connector does alike: parts have places, and owners are written many at a time, told one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from offboard.connectors._crm_wire import missing
from offboard.domain.parts import PartKind, kind_and_id
from offboard.errors import NotFound, Rejected, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from offboard.connectors._crm_people import Users
    from offboard.domain.clients import Client, Contact, OpenItem


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where one owner is written: the kind of record, its id, and the field; ``str`` is the id of an open item."""

    object: str
    id: str
    field: str

    @classmethod
    def of_item(cls, item_id: str, owner_field: str) -> Place | None:
        """Return the place that an item's id stands for (``Object/ID`` or ``Object/ID/field``), or ``None``."""
        parts = item_id.split("/")
        if len(parts) not in (2, 3) or not all(parts):
            return None
        return cls(parts[0], parts[1], parts[2] if len(parts) == 3 else owner_field)  # noqa: PLR2004 - with a field

    def item_id(self, owner_field: str) -> str:
        """Return the id of the item that is owned here."""
        end = "" if self.field == owner_field else f"/{self.field}"
        return f"{self.object}/{self.id}{end}"


class CrmRegister(ABC):
    """A CRM as ``ClientRegister``, ``ClientContacts``, ``OpenItems`` and ``OwnersTogether``."""

    client_object: ClassVar[str]
    contact_object: ClassVar[str]
    owner_field: ClassVar[str]
    together: ClassVar[int]
    """How many owners one call of this CRM takes."""

    name: str
    users: Users

    @abstractmethod
    def clients(self) -> list[Client]:
        """Return every client, ordered by id, with its contacts and open items."""

    @abstractmethod
    def client(self, client_id: str) -> Client | None:
        """Return one client, or ``None``."""

    @abstractmethod
    def contacts(self) -> list[Contact]:
        """Return every contact."""

    @abstractmethod
    def items(self) -> list[OpenItem]:
        """Return everything that is open, what only people can pass on too."""

    @abstractmethod
    def item(self, item_id: str) -> OpenItem | None:
        """Return one item, a closed one too, or ``None``."""

    @abstractmethod
    def owner_at(self, place: Place) -> str | None:
        """Return the id of who is written there, empty for nobody, ``None`` when there is no such record."""

    @abstractmethod
    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""

    @abstractmethod
    def write_owners(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        """Write users' ids in as few calls as it takes; return what was refused, each with its reason.

        Raises:
            SystemFault: nothing of a call was taken.
        """

    def responsible(self, client_id: str) -> str | None:
        """Return the mail address of who owns a client; ``None`` when there is no such client."""
        return self._address(Place(self.client_object, client_id, self.owner_field))

    def set_responsible(self, client_id: str, responsible: str) -> None:
        """Write who owns a client, and nothing else: what hangs on it keeps its owners."""
        self._one(PartKind.CLIENT, client_id, responsible)

    def contact_owner(self, contact_id: str) -> str | None:
        """Return the mail address of who owns a contact; ``None`` when there is no such contact."""
        return self._address(Place(self.contact_object, contact_id, self.owner_field))

    def set_contact_owner(self, contact_id: str, owner: str) -> None:
        """Write who owns a contact."""
        self._one(PartKind.CONTACT, contact_id, owner)

    def set_item_owner(self, item_id: str, owner: str) -> None:
        """Write who owns an open item."""
        self._one(PartKind.ITEM, item_id, owner)

    def set_owners(self, owners: Mapping[str, str]) -> dict[str, SystemFault]:
        """Write many owners (target → mail address); return the refused ones, each with its reason.

        Raises:
            SystemFault: a call was lost or refused as a whole; what it did is not known.
        """
        refused: dict[str, SystemFault] = {}
        wanted: dict[Place, str] = {}
        targets: dict[Place, str] = {}
        for target, owner in owners.items():
            try:
                place = self._place(*kind_and_id(target))
                wanted[place] = self.users.id_of(owner)
            except (NotFound, Rejected) as fault:
                refused[target] = fault
            else:
                targets[place] = target
        for place in self.closed_among(wanted):
            del wanted[place]
            refused[targets[place]] = Rejected(
                f"{self.name}: {place.item_id(self.owner_field)} is closed",
                system=self.name,
                hint="What is closed keeps its owner; nothing is left to do for it.",
            )
        refused |= {targets[place]: fault for place, fault in self.write_owners(wanted).items()}
        return refused

    def beyond_us(self, item_id: str) -> str:  # noqa: ARG002 - most items can be passed on
        """Return why nobody can pass an item on through the CRM's interface, empty when we can."""
        return ""

    def _one(self, kind: PartKind, part_id: str, owner: str) -> None:
        for fault in self.set_owners({f"/{kind.value}/{part_id}": owner}).values():
            raise fault

    def _place(self, kind: PartKind, part_id: str) -> Place:
        if kind is PartKind.ITEM:
            place = Place.of_item(part_id, self.owner_field)
            if place is None:
                raise missing(self.name, "item", part_id)
            if why := self.beyond_us(part_id):
                raise Rejected(f"{self.name}: {part_id} cannot be passed on", system=self.name, hint=why)
            return place
        return Place(self.client_object if kind is PartKind.CLIENT else self.contact_object, part_id, self.owner_field)

    def _address(self, place: Place) -> str | None:
        owner = self.owner_at(place)
        return None if owner is None else self.users.address(owner)


def chunks(places: Iterable[Place], size: int) -> Iterator[list[Place]]:
    """Yield the places in lots of one kind of record each, at most ``size`` to a lot."""
    ordered = sorted(places)
    lot: list[Place] = []
    for place in ordered:
        if lot and (len(lot) == size or place.object != lot[0].object):
            yield lot
            lot = []
        lot.append(place)
    if lot:
        yield lot
