"""Clients: who they are, whom they deal with, how they like to be reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from offboard.domain.canonical import Json


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a client; an empty field is unknown, never guessed."""

    name: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client as the register knows it.

    ``responsible`` is printed as it was imported. ``channel`` is ``mail``, ``post``, ``none`` or empty (mail where
    there is an address, else post). ``language`` is ISO 639-1 or empty, ``country`` as it was imported. ``value`` is a
    whole amount in the company's currency, per year. ``known_to`` names others on our side who dealt with them;
    ``last_contact`` is an ISO date.
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

    def to_json(self) -> dict[str, Json]:
        """Return the client as data."""
        return cast("dict[str, Json]", asdict(self)) | {"known_to": list(self.known_to)}
