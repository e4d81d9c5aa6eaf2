"""New mail of one mailbox delivered to another one as well, by the mailbox's own forwarding within the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.errors import Drifted

if TYPE_CHECKING:
    from offboard.connectors._exchange_link import Exchange
    from offboard.domain.canonical import Json

NAMES: Final = (
    "Guid", "ExchangeGuid", "ExternalDirectoryObjectId", "Identity", "Name", "Alias", "UserPrincipalName",
    "PrimarySmtpAddress", "DistinguishedName", "LegacyExchangeDN",
)  # fmt: skip
"""Properties of a recipient, each of which names no other one."""


class Delivery:
    """The forwarding of the organisation's mailboxes.

    A mailbox forwards to one place only; of its two attributes ``ForwardingAddress`` wins, and
    ``ForwardingSmtpAddress`` is ignored meanwhile: it would come to life when the other one is cleared. So nothing is
    set over either of them.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def state(self, mailbox: str, heir: str) -> Json:
        """Return whether ``heir`` gets a copy of what arrives, or who gets it instead."""
        return self._state(self._exchange.mailbox(mailbox), self._exchange.mailbox(heir))

    def bring(self, mailbox: str, heir: str, state: Json) -> None:
        """Deliver to ``heir`` too, or to nobody else any more.

        Raises:
            Drifted: it is forwarded to somebody else already.
        """
        box, to = self._exchange.mailbox(mailbox), self._exchange.mailbox(heir)
        found, given = self._state(box, to), cast("dict[str, bool]", state)["given"]
        if given and found["other"]:
            raise Drifted(
                f"{self._exchange.system}: {box['PrimarySmtpAddress']} is forwarded to {found['other']} already",
                system=self._exchange.system,
                hint="A mailbox forwards to one place only: stop that forwarding first, or decline this change.",
            )
        if found["given"] == given:
            return
        self._exchange.run(
            "Set-Mailbox",
            "write to whom new mail is delivered",
            mailbox=mailbox,
            Identity=mailbox,
            ForwardingAddress=to["PrimarySmtpAddress"] if given else None,
            DeliverToMailboxAndForward=given,
            Confirm=False,
        )

    def _state(self, box: dict[str, Any], to: dict[str, Any]) -> dict[str, Any]:
        by_book, by_address = (
            str(box.get(name) or "").strip() for name in ("ForwardingAddress", "ForwardingSmtpAddress")
        )
        own = {str(to.get(name) or "").casefold() for name in NAMES} - {""}
        keeps = bool(box.get("DeliverToMailboxAndForward"))
        if by_book and by_book.casefold() in own and keeps:
            return {"given": True, "other": ""}
        other = self._exchange.recipient(by_book) or by_book if by_book else by_address.removeprefix("smtp:")
        return {"given": False, "other": other if keeps or not other else f"{other} (and not kept)"}
