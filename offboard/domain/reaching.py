"""Whether a client may be written to, and whom there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offboard.domain.clients import Client

NOT_WRITTEN_TO = "none"
"""The channel of a client who does not want to be written to."""


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
