"""What there is to do now: for the resident process, which looks every moment, and for the sweep."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from offboard.domain.approval import Agreed
from offboard.domain.departure import Status
from offboard.domain.letter import Channel, LetterState
from offboard.domain.plan import PlanKind
from offboard.engine.running import consent
from offboard.engine.status import access_settled, approvers_of, texts_by_step, undo_under_way, unsettled
from offboard.errors import Guarded

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept

WAITING = frozenset(
    {
        Status.PLANNED,
        Status.APPROVED,
        Status.SCHEDULED,
        Status.SECURING,
        Status.HANDING_OVER,
        Status.UNDOING,
        Status.INFORMING,
        Status.ATTENTION,
    }
)


def to_carry_out(office: Office) -> list[str]:
    """Return the departures that are approved and due and have changes that nobody has tried yet."""
    if office.store.leases.stopped():
        return []
    now, being_undone = office.now(), office.store.plans.being_undone()
    closed = [number for number in being_undone if office.store.departures.status(number) is Status.CLOSED]
    waiting = [departure for departure, _ in office.store.departures.every(having=WAITING)]
    return [
        departure.number
        for departure in (*waiting, *map(office.store.departures.get, closed))
        # What is still to come is not worth reading its plan, four times a second.
        if (departure.moment <= now or departure.number in being_undone) and _untried(office, departure)
    ]


def within(office: Office, seconds: float) -> bool:
    """Say whether the moment of an approved departure comes within so many seconds."""
    now = office.now()
    return any(
        now < departure.moment <= now + timedelta(seconds=seconds)
        for departure, _ in office.store.departures.every(having={Status.SCHEDULED})
    )


def to_deliver(office: Office) -> list[str]:
    """Return the departures that have letters to send, or a reply to set, which the owner has approved."""
    if office.store.leases.stopped():
        return []
    return [
        departure.number
        for departure, status in office.store.departures.every(having={Status.INFORMING, Status.ATTENTION})
        if (_letters_to_send(office, departure) or (status is Status.INFORMING and _text_to_set(office, departure)))
        and access_settled(office, departure)
    ]


def to_try_again(office: Office) -> list[str]:
    """Return the departures with failed or parked changes whose next try has come, and that would be tried by a run."""
    if office.store.leases.stopped():
        return []
    found = []
    for number, digest in office.store.outcomes.due_again(office.now()):
        departure = office.store.departures.get(number)
        kind = PlanKind.SENDING if access_settled(office, departure) else PlanKind.ACCESS
        kept = undo_under_way(office, departure) or office.store.plans.in_force(number, kind)
        if kept and kept.plan.digest == digest and _agreed(office, kept).phases:
            found.append(number)
    return found


def _letters_to_send(office: Office, departure: Departure) -> bool:
    """Say whether a letter waits to be sent that was not refused for now a moment ago."""
    kept = office.store.plans.in_force(departure.number, PlanKind.SENDING)
    not_yet = office.store.outcomes.not_yet(kept.plan.digest, office.now()) if kept else set()
    resting = {change.target for change in kept.plan.changes if change.id in not_yet} if kept else set()
    return any(
        letter.state is LetterState.APPROVED and letter.channel is Channel.MAIL and letter.id not in resting
        for letter in office.store.letters.letters(departure.number)
    )


def _text_to_set(office: Office, departure: Departure) -> bool:
    """Say whether a text was approved that no plan has set yet."""
    planned = {
        change.step
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is PlanKind.SENDING
        for change in kept.plan.changes
    }
    return any(
        published and word not in planned and all(approvers_of(office, departure, text) for text in published)
        for word, published in texts_by_step(office, departure).items()
    )


def _agreed(office: Office, kept: Kept) -> Agreed:
    try:
        return consent(office, kept)
    except Guarded:
        return Agreed(frozenset(), frozenset(), frozenset())


def _untried(office: Office, departure: Departure) -> bool:
    undo = undo_under_way(office, departure)
    kept = undo or office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    if kept is None or (undo is None and departure.moment > office.now()):
        return False
    agreed = _agreed(office, kept)
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
