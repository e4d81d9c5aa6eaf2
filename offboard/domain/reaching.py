"""Whether a client may be written to, and whom there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.people import fold

if TYPE_CHECKING:
    from offboard.domain.clients import Client, Contact
    from offboard.domain.letter import Letter

NOT_WRITTEN_TO = "none"
"""The channel of a client who does not want to be written to."""

GONE = "the register does not know this client any more"
NO_LETTERS = "by the register, this client does not want to be written to any more"
NOT_THIS_ONE = "by the register, {contact} does not want to be written to any more"


def reached(client: Client) -> Client | None:
    """Return the client with the contact who is written to as the first one, or ``None``: nobody may be.

    A contact who does not want to be contacted is passed over; where that leaves none, the client gets no letter.
    """
    if client.do_not_contact or client.channel.strip().lower() == NOT_WRITTEN_TO:
        return None
    if not client.contact.do_not_contact:
        return client
    others = [contact for contact in client.others if not contact.do_not_contact]
    return replace(client, contact=others[0], others=tuple(others[1:])) if others else None


def no_longer_written_to(letter: Letter, client: Client | None) -> str:
    """Say why a letter that was written earlier must not go to this client now; empty when it may."""
    if client is None:
        return GONE
    if reached(client) is None:
        return NO_LETTERS
    refusing = next(
        (contact for contact in client.contacts if contact.do_not_contact and _is_to(letter, contact)), None
    )
    return NOT_THIS_ONE.format(contact=refusing.name or refusing.email) if refusing else ""


def _is_to(letter: Letter, contact: Contact) -> bool:
    """Say whether this contact is who the letter goes to: by the mail address where it goes by mail, else by name."""
    if letter.recipient:
        return fold(contact.email) == fold(letter.recipient)
    return bool(letter.contact) and fold(contact.name) == fold(letter.contact)
