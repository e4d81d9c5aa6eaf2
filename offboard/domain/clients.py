"""Clients: who they are, whom they deal with, what is open with them, how they like to be reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from offboard.domain.canonical import Json


class ContactRole(StrEnum):
    """What a contact does at a client."""

    DECIDES = "decides"
    PAYS = "pays"
    USES = "uses"
    REFERS = "refers"


class ItemKind(StrEnum):
    """What sort of thing is open with a client; ``OTHER`` is whatever else names one of us as its owner."""

    OPPORTUNITY = "opportunity"
    CASE = "case"
    TASK = "task"
    MEETING = "meeting"
    OTHER = "other"


class Standing(StrEnum):
    """What a client answered, or what the owner decided about them; unknown until somebody asked."""

    UNKNOWN = ""
    FINE = "fine"
    SOMEONE_ELSE = "someone_else"
    OWNER = "owner"
    LEAVING = "leaving"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a client; an empty field is unknown, never guessed.

    ``salutation`` is how letters to them begin ("Dear Maria"), in their language, where the register says so.
    ``id`` is unique in its register and never given twice. ``owner`` is who on our side looks after this contact,
    written as ``Client.responsible`` is; empty: whoever is responsible for the client.
    """

    name: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""
    roles: tuple[ContactRole, ...] = ()
    id: str = ""
    client: str = ""
    owner: str = ""
    do_not_contact: bool = False
    salutation: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the contact as data."""
        return cast("dict[str, Json]", asdict(self)) | {"roles": [role.value for role in self.roles]}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that is open with a client, and who on our side owns it, written as ``Client.responsible`` is.

    ``client`` is empty where it belongs to none. ``due`` is an ISO date or empty; ``tellable`` says that the client may
    read the title in a letter. ``beyond`` says why nobody can pass it on through the register, and who can.
    """

    id: str
    client: str
    kind: ItemKind
    title: str
    owner: str = ""
    due: str = ""
    tellable: bool = False
    closed: bool = False
    beyond: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the item as data."""
        return cast("dict[str, Json]", asdict(self)) | {"kind": self.kind.value}


@dataclass(frozen=True, slots=True)
class Interaction:
    """One time that one of us dealt with a client; ``at`` is an ISO date, or a date with a time, in UTC."""

    client: str
    person: str
    at: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client as the register knows it.

    ``responsible`` is printed as it was imported. ``contact`` is the first one, ``others`` are the further ones.
    ``channel`` is ``mail``, ``post``, ``both``, ``none`` or empty (mail where there is an address, else post).
    ``language`` is ISO 639-1 or empty, ``country`` as it was imported. ``value`` is a whole amount in the company's
    currency, per year. ``known_to`` names others on our side who dealt with them; ``last_contact`` is an ISO date.
    ``open_items`` counts everything open, ``items`` are those of them that the register can name. ``signed``: the
    contract is (not) signed; ``satisfaction`` is 0 to 10; ``account_plan`` is ``draft``, ``approved`` or empty.
    ``tier`` is a name of the settings' ``[company.tiers]``. ``None`` and empty: unknown.
    """

    id: str
    name: str
    responsible: str = ""
    contact: Contact = Contact()
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    channel: str = ""
    value: int = 0
    notes: str = ""
    open_items: int = 0
    known_to: tuple[str, ...] = ()
    last_contact: str = ""
    others: tuple[Contact, ...] = ()
    items: tuple[OpenItem, ...] = ()
    region: str = ""
    sector: str = ""
    tier: str = ""
    signed: bool | None = None
    satisfaction: int | None = None
    account_plan: str = ""
    do_not_contact: bool = False
    standing: Standing = Standing.UNKNOWN

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Every contact of whom something is known, the first one first."""
        first = (self.contact,) if self.contact.name or self.contact.email or self.contact.phone else ()
        return (*first, *self.others)

    def to_json(self) -> dict[str, Json]:
        """Return the client as data."""
        return cast("dict[str, Json]", asdict(self)) | {
            "contact": self.contact.to_json(),
            "known_to": list(self.known_to),
            "others": [contact.to_json() for contact in self.others],
            "items": [item.to_json() for item in self.items],
            "standing": self.standing.value,
        }
