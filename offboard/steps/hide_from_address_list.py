"""Takes the leaver out of the address list, so that nobody picks them by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.mail import AddressList
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State
    from offboard.domain.options import Accepts

HIDDEN: State = {"listed": False}


class HideFromAddressList(Taking[AddressList]):
    """The address list does not offer the leaver any more; mail to them still arrives."""

    needs: ClassVar[tuple[type, ...]] = (AddressList,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": ("Exchange.ManageAsApp", "Get-Mailbox", "Set-Mailbox")
    }
    options: ClassVar[Mapping[str, str]] = {}
    accepts: ClassVar[Mapping[str, Accepts]] = {}
    because: ClassVar[str] = "the address list would go on offering them."

    def held(self, system: AddressList, account_id: str) -> dict[str, Membership]:
        """Return the mailbox, and whether it is listed."""
        return system.listed(account_id)

    def taken(self, found: dict[str, State]) -> State:
        """Return the same mailbox, not listed."""
        return {**found, "held": HIDDEN}

    def bring(self, system: AddressList, account_id: str, thing_id: str, state: State) -> None:
        """Hide the mailbox, or list it again."""
        del thing_id
        system.set_listed(account_id, state)
