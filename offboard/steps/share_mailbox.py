"""Makes the leaver's mailbox a shared one, which is kept without a licence; the system takes its time for that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.departure import instant
from offboard.domain.mail import MailboxKind
from offboard.steps.base import Options, Step, Waiting, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

PATIENCE = timedelta(days=1)
"""How long a system may take; mostly it is minutes."""


class ShareMailbox(Step[MailboxKind]):
    """The leaver's mailbox is a shared one; until it is, licences stay."""

    needs: ClassVar[tuple[type, ...]] = (MailboxKind,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": ("Exchange.ManageAsApp", "Get-Mailbox", "Set-Mailbox")
    }

    unseen: ClassVar[bool] = True

    def observe(self, departure: Departure, system: MailboxKind) -> Snapshot:
        """Return what kind of mailbox it is by now."""
        mailbox = self.account(departure, system)
        found = system.mailbox_kind(mailbox) if mailbox else None
        return {mailbox: found} if mailbox and found else {}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield that it becomes a shared one, by when it should be."""
        del options
        by = instant(max(departure.moment, departure.requested_at) + PATIENCE)
        for mailbox, found in snapshot.items():
            if _kind(found) == "shared":
                continue
            yield Wish(
                mailbox,
                label=f"mailbox of {departure.leaver.mail or departure.leaver.name}",
                before=found,
                after={"kind": "shared", "by": by},
                why=f"Mail to {departure.leaver.name} goes on arriving, and a shared mailbox needs no licence.",
            )

    def write(self, departure: Departure, system: MailboxKind, target: str, state: State) -> None:
        """Ask for the other kind."""
        del departure
        system.set_mailbox_kind(target, cast("dict[str, str]", state)["kind"])

    def holds(self, found: State, wanted: State) -> bool:
        """Compare the kind alone."""
        return _kind(found) == _kind(wanted)

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """Say until when the system has time to make it so."""
        if self.holds(found, wanted) or found is None or not isinstance(wanted, dict):
            return None
        by = str(wanted.get("by") or "")
        soon = instant(self.house.now() + PATIENCE)
        until = by if by and datetime.fromisoformat(by) > self.house.now() else soon
        return Waiting(until, f"The mailbox is being made a {_kind(wanted)} one.")


def _kind(state: State) -> State:
    return state["kind"] if isinstance(state, dict) else None
