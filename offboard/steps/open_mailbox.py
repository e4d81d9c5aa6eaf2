"""Lets the successor into the leaver's mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, cast

from offboard.domain.capabilities import Mailboxes
from offboard.domain.mail import MailboxAccess
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure


class Shared(MailboxAccess, Mailboxes, Protocol):
    """Knows mailboxes, and who else gets into each."""


class OpenMailbox(Step[Shared]):
    """The successor reads the leaver's mail and answers under their address; Outlook does not open it unasked."""

    needs: ClassVar[tuple[type, ...]] = (MailboxAccess, Mailboxes)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": (
            "Exchange.ManageAsApp", "Get-Mailbox", "Get-MailboxPermission", "Get-RecipientPermission",
            "Add-MailboxPermission", "Remove-MailboxPermission", "Add-RecipientPermission",
            "Remove-RecipientPermission",
        )
    }  # fmt: skip

    def observe(self, departure: Departure, system: Shared) -> Snapshot:
        """Return what the successor may do in the leaver's mailbox, by ``mailbox/access``."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        heir = system.mailbox(departure.successor) if departure.successor else None
        if heir is None:
            return {mailbox: {"given": False, "to": ""}}
        return {
            f"{mailbox}/{access}": {**cast("dict[str, State]", thing.state), "to": heir.id, "name": heir.name}
            for access, thing in system.mailbox_access(mailbox, heir.id).items()
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield full access and sending as the leaver."""
        del options
        for target, found in snapshot.items():
            state = cast("dict[str, State]", found)
            if state["to"] and not state["given"]:
                yield Wish(
                    target,
                    label=f"{target.partition('/')[2]} of {state['name']} to the mailbox of {departure.leaver.name}",
                    before=found,
                    after={**state, "given": True},
                    why=f"Clients go on writing to {departure.leaver.name}; {state['name']} takes over from them.",
                )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield that nobody can be let in."""
        del options
        if any(not cast("dict[str, State]", found)["to"] for found in snapshot.values()):
            who = departure.successor.name if departure.successor else ""
            lacks = f"{who} has no mailbox there" if who else "nobody takes over from the leaver"
            yield f"{lacks}; IT lets somebody in by hand, or name a successor and plan again"

    def write(self, departure: Departure, system: Shared, target: str, state: State) -> None:
        """Let the successor in, or no longer."""
        del departure
        mailbox, _, access = target.partition("/")
        wanted = cast("dict[str, State]", state)
        system.set_mailbox_access(mailbox, str(wanted["to"]), access, {"given": wanted["given"]})
