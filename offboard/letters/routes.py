"""Which way a letter goes, and what is doubtful about its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.letter import Channel
from offboard.letters.addresses import MOST_LINES, has_postal_address, mail_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.clients import Client


def route(client: Client, address: tuple[str, ...], own_domains: Sequence[str]) -> tuple[Channel, str, list[str]]:
    """Return the channel, the mail address (empty for post) and what the owner should know about them.

    The client's own wish comes first; without one it is mail where there is an address, else post.
    """
    given = client.contact.email.strip()
    mail = mail_address(given)
    doubts = [f"{given!r} is no mail address"] if given and not mail else []
    wish = client.channel.strip().lower()
    if wish == "none":
        doubts.append("this client wants no letters")
    if wish == Channel.MAIL and not mail:
        doubts.append("asked for mail, but no mail address is known: goes by post")
    channel = Channel.MAIL if mail and wish != Channel.POST else Channel.POST
    if channel is Channel.POST and not has_postal_address(client):
        doubts.append("no postal address is known" if mail else "neither a mail nor a postal address is known")
    if channel is Channel.POST and len(address) > MOST_LINES:
        doubts.append(f"the address has {len(address)} lines; an envelope's window shows {MOST_LINES}")
    domain = mail.rpartition("@")[2].lower()
    if channel is Channel.MAIL and any(
        domain == own or domain.endswith(f".{own}") for own in map(str.lower, own_domains)
    ):
        doubts.append(f"{mail} is an address of our own company")
    return channel, mail if channel is Channel.MAIL else "", doubts
