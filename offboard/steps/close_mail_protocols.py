"""Closes the ways by which phones and mail programs fetch the leaver's mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.mail import MailProtocols
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State

CLOSED: State = {"open": "no"}


class CloseMailProtocols(Taking[MailProtocols]):
    """No phone and no mail program fetches the leaver's mail or sends as them; the successor's way in stays open."""

    needs: ClassVar[tuple[type, ...]] = (MailProtocols,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": ("Exchange.ManageAsApp", "Get-Mailbox", "Get-CASMailbox", "Set-CASMailbox")
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "protocols that stay open: ActiveSync, IMAP, POP, SMTP AUTH"}
    because: ClassVar[str] = "a password or token that a program still has would open the mailbox this way."

    def held(self, system: MailProtocols, account_id: str) -> dict[str, Membership]:
        """Return the protocols, and of each whether it is open."""
        return system.protocols(account_id)

    def taken(self, found: dict[str, State]) -> State:
        """Return the same protocol, closed."""
        return {**found, "held": CLOSED}

    def bring(self, system: MailProtocols, account_id: str, thing_id: str, state: State) -> None:
        """Close the protocol, or leave it as it was."""
        system.set_protocol(account_id, thing_id, state)
