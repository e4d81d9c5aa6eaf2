"""Each step on each system that can do it: what is there, what should differ, and what is beyond us."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Accounts, Groups, Mailboxes, MailRules
from offboard.domain.change import Change
from offboard.domain.holdings import (
    Belongings,
    Consents,
    Devices,
    Drives,
    Licences,
    Placement,
    Reports,
    Roles,
    SharedFiles,
    SignInMethods,
    SignInSessions,
    SshKeys,
)
from offboard.domain.mail import (
    AddressList,
    AutoReplies,
    ForwardingRules,
    MailboxAccess,
    MailboxDelivery,
    MailboxKind,
    MailDevices,
    MailProtocols,
    MailSessions,
    Meetings,
    OtherMailboxes,
)
from offboard.domain.plan import NotCovered
from offboard.domain.playbook import ALL
from offboard.engine.breadth import side_by_side
from offboard.errors import SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.domain.departure import Departure
    from offboard.domain.playbook import Entry
    from offboard.engine.office import Office
    from offboard.engine.resolving import Missing
    from offboard.steps.base import Wish

PERSONAL = (
    Accounts, Groups, Mailboxes, MailRules,
    SignInSessions, Roles, Consents, SignInMethods, Devices, Licences,
    Belongings, Reports, SharedFiles, Drives, Placement, SshKeys,
    AddressList, AutoReplies, ForwardingRules, MailboxAccess, MailboxKind, MailDevices, MailProtocols, MailSessions,
    MailboxDelivery, Meetings, OtherMailboxes,
)  # fmt: skip
"""Capabilities that concern the leaver's own account: without an account there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One step of the playbook on one system."""

    entry: Entry
    system: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What one step found to do on one system, and what it found that it cannot change."""

    placed: Placed
    wishes: tuple[Wish, ...] = ()
    beyond: tuple[str, ...] = ()
    fault: SystemFault | None = None

    def gaps(self) -> list[NotCovered]:
        """Return what this look leaves uncovered, one entry for each thing."""
        word, system = self.placed.entry.step, self.placed.system
        if self.fault:
            return [NotCovered(word, system, str(self.fault), unread=True)]
        return [NotCovered(word, system, reason) for reason in dict.fromkeys(self.beyond)]

    def change(self, change_id: str, wish: Wish) -> Change:
        """Return a wish as a change of this step on this system."""
        return Change(
            id=change_id,
            phase=self.placed.entry.phase,
            step=self.placed.entry.step,
            system=self.placed.system,
            target=wish.target,
            label=wish.label,
            before=wish.before,
            after=wish.after,
            why=wish.why,
            one_way=wish.one_way,
            asks=wish.asks,
        )


def place_steps(
    office: Office, departure: Departure, entries: Iterable[Entry], missing: Missing
) -> tuple[list[Placed], list[NotCovered]]:
    """Return each step with each system that will do it, and what no system can do."""
    placed: list[Placed] = []
    uncovered: list[NotCovered] = []
    for entry in entries:
        step = office.step(entry.step)
        needs = step.needs
        able = [name for name in office.systems.having(*needs) if step.fits(partial(_has, office, name))]
        wanted = able if entry.on == ALL else [name for name in able if name == entry.on]
        if not wanted:
            reason = (
                "no configured system can do this"
                if entry.on == ALL
                else f"the settings have no system {entry.on!r} that can do this"
            )
            uncovered.append(NotCovered(entry.step, None if entry.on == ALL else entry.on, reason))
        for name in wanted:
            if any(need in PERSONAL for need in needs) and departure.account(name) is None:
                reason, unread = missing.get(name, ("no account there", False))
                uncovered.append(NotCovered(entry.step, name, reason, unread=unread))
            else:
                placed.append(Placed(entry, name))
    return placed, uncovered


def _has(office: Office, name: str, need: type) -> bool:
    return name in office.systems.having(need)


def look_everywhere(office: Office, departure: Departure, placed: Sequence[Placed]) -> list[Looked]:
    """Look with every step at its system, side by side; nothing is changed."""
    return side_by_side(office, [(place.system, place) for place in placed], lambda _, p: _look(office, departure, p))


def _look(office: Office, departure: Departure, place: Placed) -> Looked:
    step, options = office.step(place.entry.step), place.entry.options
    try:
        with office.looking(step, place.system) as system:
            snapshot = step.observe(departure, system)
    except SystemFault as fault:
        return Looked(place, fault=fault)
    wishes = tuple(
        wish
        for wish in step.plan(departure, snapshot, options)
        if step.standing or not step.holds(snapshot.get(wish.target), wish.after)
    )
    return Looked(place, wishes, tuple(step.beyond(departure, snapshot, options)))
