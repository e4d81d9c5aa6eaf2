"""What there is to do now: for the resident process, which looks every moment, and for the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.departure import Status
from offboard.domain.letter import Channel, LetterState
from offboard.domain.plan import PlanKind
from offboard.engine.running import consent
from offboard.engine.status import access_settled, undo_under_way, unsettled
from offboard.errors import Guarded

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office

WAITING = frozenset(
    {
        Status.PLANNED,
        Status.APPROVED,
        Status.SCHEDULED,
        Status.SECURING,
        Status.HANDING_OVER,
        Status.UNDOING,
        Status.CLOSED,
        Status.INFORMING,
        Status.ATTENTION,
    }
)


def to_carry_out(office: Office) -> list[str]:
    """Return the departures that are approved and due and have changes that nobody has tried yet."""
    if office.store.leases.stopped():
        return []
    return [d.number for d, status in office.store.departures.every() if status in WAITING and _untried(office, d)]


def to_deliver(office: Office) -> list[str]:
    """Return the departures that have letters to send which the owner has approved."""
    if office.store.leases.stopped():
        return []
    return [
        departure.number
        for departure, status in office.store.departures.every()
        if status in {Status.INFORMING, Status.ATTENTION}
        and any(
            letter.state is LetterState.APPROVED and letter.channel is Channel.MAIL
            for letter in office.store.letters.letters(departure.number)
        )
        and access_settled(office, departure)
    ]


def to_try_again(office: Office) -> list[str]:
    """Return the departures with failed or parked changes whose next try has come."""
    return [] if office.store.leases.stopped() else office.store.outcomes.due_again(office.now())


def _untried(office: Office, departure: Departure) -> bool:
    undo = undo_under_way(office, departure)
    kept = undo or office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    if kept is None or (undo is None and departure.moment > office.now()):
        return False
    try:
        agreed = consent(office, kept)
    except Guarded:
        return False
    if not agreed.phases:
        return False
    tried = office.store.outcomes.of(kept.plan.digest)
    blocked = {change.phase for change in unsettled(office, kept.plan) if change.id in tried}
    for phase, _ in kept.plan.phases():
        if phase not in agreed.phases:
            return False
        if any(c.phase is phase and agreed.covers(c) and c.id not in tried for c in kept.plan.changes):
            return True
        if phase in blocked:
            return False
    settled_but_untold = {Status.APPROVED, Status.SCHEDULED, Status.SECURING, Status.HANDING_OVER, Status.UNDOING}
    return office.store.departures.status(departure.number) in settled_but_untold
