"""What there is to do now: for the resident process, which looks every moment, and for the sweep."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from offboard.domain.approval import Agreed
from offboard.domain.departure import Status
from offboard.domain.letter_sending import going
from offboard.domain.plan import PlanKind
from offboard.domain.question import questions_of
from offboard.engine import clientele
from offboard.engine.drafts import draft_to_take_away
from offboard.engine.running import consent
from offboard.engine.status import (
    access_settled,
    approvers_of,
    blocking,
    status_to_be,
    texts_by_step,
    undo_under_way,
    unsettled,
)
from offboard.errors import Guarded
from offboard.storage import outcomes

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
    """Return the departures with letters to send or a reply to set, as approved, or with a draft to take away."""
    if office.store.leases.stopped():
        return []
    return [
        departure.number
        for departure, status in office.store.departures.every(having={Status.INFORMING, Status.ATTENTION})
        if (
            _letters_to_send(office, departure)
            or draft_to_take_away(office, departure.number)
            or (status is Status.INFORMING and _text_to_set(office, departure))
        )
        and access_settled(office, departure)
    ]


def to_try_again(office: Office) -> list[str]:
    """Return the departures with changes that a run would try, or look at, again, and whose time for that has come."""
    if office.store.leases.stopped():
        return []
    now = office.now()
    found: list[str] = []
    for number, digest in office.store.outcomes.due_again(now):
        departure = office.store.departures.get(number)
        undo = undo_under_way(office, departure)
        kinds = (PlanKind.ACCESS, PlanKind.SENDING) if access_settled(office, departure) else (PlanKind.ACCESS,)
        in_force = [undo] if undo else [office.store.plans.in_force(number, kind) for kind in kinds]
        kept = next((kept for kept in in_force if kept and kept.plan.digest == digest), None)
        if kept is None or number in found or not _agreed(office, kept).phases:
            continue
        resting = office.store.outcomes.not_yet(digest, now)
        known = office.store.outcomes.of(digest)
        if any(change.id in known and change.id not in resting for change in unsettled(office, kept.plan)):
            found.append(number)
    return found


def look_soon(office: Office, number: str) -> None:
    """Make a departure due whose changes wait for somebody: something happened that may be what they wait for."""
    now = office.now()
    office.store.database.write(lambda connection: outcomes.look_soon(connection, number, now))


def _letters_to_send(office: Office, departure: Departure) -> bool:
    """Say whether a letter may go out now that was not refused for now a moment ago."""
    kept = office.store.plans.in_force(departure.number, PlanKind.SENDING)
    not_yet = office.store.outcomes.not_yet(kept.plan.digest, office.now()) if kept else set()
    resting = {change.target for change in kept.plan.changes if change.id in not_yet} if kept else set()
    box, number = office.store.letters, departure.number
    found = going(box.letters(number), box.marks(number), office.sending, box.gate(number), office.now())
    return bool(set(found.ready) - resting)


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
    blocked = {change.phase for change in blocking(office, kept.plan) if change.id in tried}
    for phase, _ in kept.plan.phases():
        if phase not in agreed.phases:
            return False
        if any(c.phase is phase and agreed.covers(c) and c.id not in tried for c in kept.plan.changes):
            return True
        if phase in blocked:
            return False
    status = office.store.departures.status(departure.number)
    if status is Status.UNDOING:
        # All was tried: what is left of the undo waits for somebody.
        return undo is None
    settled_but_untold = {Status.APPROVED, Status.SCHEDULED, Status.SECURING, Status.HANDING_OVER}
    return (
        status in settled_but_untold
        or _closed_by_people(office, departure, kept)
        or _may_be_taken_over(office, departure)
    )


def _may_be_taken_over(office: Office, departure: Departure) -> bool:
    """Say whether it is time to look again at the clients that alone keep a departure open."""
    return (
        bool(clientele.keeps_open(office, departure))
        and not clientele.rests(office, departure)
        and access_settled(office, departure)
        and status_to_be(office, departure) is Status.CLOSED
    )


def _closed_by_people(office: Office, departure: Departure, kept: Kept) -> bool:
    """Say whether a person settled, or answered, the last thing that kept a departure open: nobody else will tell."""
    return (
        bool(questions_of(kept.plan) or office.store.outcomes.settled_by_people(kept.plan.digest))
        and access_settled(office, departure)
        and status_to_be(office, departure) is Status.CLOSED
        and not _text_to_set(office, departure)
        and not clientele.rests(office, departure)
    )
