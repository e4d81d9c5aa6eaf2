"""Everything in a register that names one of us: clients, contacts and open items, each under a target of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from offboard.domain.register import ClientContacts, OpenItems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.domain.register import ClientRegister


class PartKind(StrEnum):
    """What sort of thing somebody is responsible for."""

    CLIENT = "client"
    CONTACT = "contact"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a register that somebody of us is responsible for.

    ``client`` is the id of the client that it belongs to, empty for none; ``kept_by`` is who is responsible for that
    client. ``beyond`` says why the register cannot pass it on.
    """

    system: str
    kind: PartKind
    id: str
    client: str
    name: str
    owner: str
    kept_by: str = ""
    value: int = 0
    beyond: str = ""

    @property
    def target(self) -> str:
        """What the part is called in plans: a client by its id, the others by their kind and id."""
        if self.kind is PartKind.CLIENT and not self.id.startswith("/"):
            return self.id
        return f"/{self.kind.value}/{self.id}"

    @property
    def label(self) -> str:
        """What people read: the name, and the id where it is a client's."""
        return f"{self.name} ({self.id})" if self.kind is PartKind.CLIENT else self.name

    def successor(self, departure: Departure) -> Person | None:
        """Return who takes over: whoever was chosen for this client, else who takes over in general."""
        return departure.successor_of(self.client)

    def placed(self, departure: Departure) -> bool:
        """Say whether it passes to somebody: a successor, or whoever keeps the client and stays."""
        stays = self.kind is not PartKind.CLIENT and self.kept_by and not departure.leaver.answers_to(self.kept_by)
        return not self.beyond and (self.successor(departure) is not None or bool(stays))

    def to_json(self) -> dict[str, Json]:
        """Return the part as data."""
        return {
            "system": self.system,
            "target": self.target,
            "kind": self.kind.value,
            "client": self.client,
            "label": self.label,
            "value": self.value,
            "beyond": self.beyond,
        }


def kind_and_id(target: str) -> tuple[PartKind, str]:
    """Return what a target stands for."""
    if not target.startswith("/"):
        return PartKind.CLIENT, target
    kind, _, part_id = target[1:].partition("/")
    return PartKind(kind), part_id


def parts_of(register: ClientRegister) -> Iterator[Part]:
    """Yield every client of a register, then every contact and every open item that has an owner of its own."""
    clients = {client.id: client for client in register.clients()}
    keeps = {client.id: client.responsible for client in clients.values()}
    named = {client.id: client.name for client in clients.values()}
    name = register.name
    for client in clients.values():
        yield Part(name, PartKind.CLIENT, client.id, client.id, client.name, client.responsible, value=client.value)
    if isinstance(register, ClientContacts):
        for one in register.contacts():
            if one.owner:
                label = _at(f"contact {one.name or one.email}", named.get(one.client, ""))
                yield Part(name, PartKind.CONTACT, one.id, one.client, label, one.owner, keeps.get(one.client, ""))
    if isinstance(register, OpenItems):
        for item in register.items():
            if item.owner:
                label = _at(f"{item.kind.value} {item.title}", named.get(item.client, ""))
                kept_by = keeps.get(item.client, "")
                yield Part(name, PartKind.ITEM, item.id, item.client, label, item.owner, kept_by, beyond=item.beyond)


def left_alone(parts: Iterable[Part], departure: Departure) -> list[Part]:
    """Return what is still the leaver's and that nobody decided to leave so."""
    return [part for part in parts if departure.leaver.answers_to(part.owner) and part.target not in departure.skips]


def _at(label: str, client: str) -> str:
    return f"{label} at {client}" if client else label
