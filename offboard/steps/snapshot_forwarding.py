"""Keeps a copy of every mail rule before anybody touches one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

from offboard.domain.mail import ForwardingRules
from offboard.steps._ours import ours
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

READING = (
    "Get-Mailbox", "Get-Recipient", "Get-InboxRule", "Get-SweepRule", "Get-TransportRule",
    "Get-MailboxAutoReplyConfiguration", "Get-MailboxPermission", "Get-RecipientPermission", "Get-CalendarProcessing",
)  # fmt: skip
"""The cmdlets that everything is read with that can pass mail on."""

KEPT: State = {"kept": True}
NOT_KEPT: State = {"kept": False}


class SnapshotForwarding(Step[ForwardingRules]):
    """Every script and rule that is in the mailbox now is also with us, byte for byte."""

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dovecot": ("sieveList", "sieveGet"),
        "exchange": ("Exchange.ManageAsApp", *READING),
        "graph_rules": ("User.Read.All", "MailboxSettings.Read"),
    }
    standing: ClassVar[bool] = True
    harmless: ClassVar[bool] = True

    def observe(self, departure: Departure, system: ForwardingRules) -> Snapshot:
        """Return whether each script that the mailbox holds now has its copy, but for what we made ourselves."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        scripts = system.scripts(mailbox)
        # An automatic reply is kept by the step that replaces it.
        made = ours(departure, system, mailbox, scripts) | {one.name for one in scripts if one.part == "reply"}
        digests = [hashlib.sha256(script.content).hexdigest() for script in scripts if script.name not in made]
        kept = all(self.house.keeper.kept(system.name, mailbox, digest) is not None for digest in digests)
        return {mailbox: KEPT if kept else NOT_KEPT}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the copying, even where all is copied today: until the last moment rules can change."""
        del options
        for mailbox in snapshot:
            yield Wish(
                mailbox,
                label=f"copy of all mail rules of {mailbox}",
                before=NOT_KEPT,
                after=KEPT,
                why=f"Where mail of {departure.leaver.name} went must be known later, and every rule can be put back.",
                one_way="The copy is kept as evidence.",
            )

    def write(self, departure: Departure, system: ForwardingRules, target: str, state: State) -> None:
        """Keep a copy of each script; copies are never given up."""
        del departure
        if state == KEPT:
            for script in system.scripts(target):
                self.house.keeper.keep(system.name, target, script)
