"""Which way a letter goes, and what is doubtful about its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.letter import Channel
from offboard.domain.reaching import NOT_WRITTEN_TO
from offboard.letters.addresses import MOST_LINES, has_postal_address, mail_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.domain.clients import Client


def route(client: Client, address: tuple[str, ...], own_domains: Sequence[str]) -> tuple[Channel, str, list[str]]:
    """Return the channel, the mail address (empty for post) and what the owner should know about them.

    The client's own wish comes first; without one it is mail where there is an address, else post.
    """
    mail = mail_address(client.contact.email)
    wish = client.channel.strip().lower()
    if not mail or wish == Channel.POST:
        channel = Channel.POST
    elif wish == Channel.BOTH and has_postal_address(client):
        channel = Channel.BOTH
    else:
        channel = Channel.MAIL
    doubts = [*_mail_doubts(client, mail, wish, channel, own_domains), *_post_doubts(client, mail, channel, address)]
    return channel, mail if channel is not Channel.POST else "", doubts


def _mail_doubts(client: Client, mail: str, wish: str, channel: Channel, own_domains: Sequence[str]) -> Iterator[str]:
    if wish == NOT_WRITTEN_TO:
        yield "this client wants no letters"
    given = client.contact.email.strip()
    if given and not mail:
        yield f"{given!r} is no mail address"
    if wish in {Channel.MAIL, Channel.BOTH} and not mail:
        yield f"asked for {wish}, but no mail address is known: goes by post"
    domain = mail.rpartition("@")[2].lower()
    own = (domain == one or domain.endswith(f".{one}") for one in map(str.lower, own_domains))
    if channel is not Channel.POST and any(own):
        yield f"{mail} is an address of our own company"


def _post_doubts(client: Client, mail: str, channel: Channel, address: tuple[str, ...]) -> Iterator[str]:
    posted = has_postal_address(client)
    if client.channel.strip().lower() == Channel.BOTH and channel is Channel.MAIL:
        yield "asked for both, but no postal address is known: goes by mail alone"
    if channel is Channel.POST and not posted:
        yield "no postal address is known" if mail else "neither a mail nor a postal address is known"
    if channel is not Channel.MAIL and len(address) > MOST_LINES:
        yield f"the address has {len(address)} lines; an envelope's window shows {MOST_LINES}"
