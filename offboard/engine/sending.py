"""The sending plan: what the owner approved, letter by letter, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.approval import Approval
from offboard.domain.canonical import digest
from offboard.domain.change import Phase
from offboard.domain.departure import Departure, Status, instant
from offboard.domain.letter import LETTER_SETTLED, LetterState
from offboard.domain.plan import PlanKind
from offboard.engine.planning import make_plan, place_steps
from offboard.engine.running import Run, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.playbook import Entry
    from offboard.engine.office import Office

READY = frozenset({Status.SECURING, Status.HANDING_OVER, Status.INFORMING, Status.ATTENTION})
"""The statuses in which informing may begin, once everything before it is settled."""

TROUBLED = frozenset({LetterState.HELD, LetterState.FAILED})


def texts(office: Office, departure: Departure) -> list[str]:
    """Return the texts that will be published beside the letters (the automatic reply), where a system can."""
    placed, _ = place_steps(office, departure, _entries(office, departure), {})
    words = dict.fromkeys(place.entry.step for place in placed)
    return [text for word in words for text in office.step(word).texts(departure)]


def text_digest(text: str) -> str:
    """SHA-256 (hex) under which a published text is approved."""
    return digest("text", text)


def access_settled(office: Office, departure: Departure) -> bool:
    """Say whether securing and handing over are behind us, which is what informing waits for."""
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    ready = office.store.departures.status(departure.number) in READY
    return ready and kept is not None and not unsettled(office, kept.plan)


@contextmanager
def sending_runs(office: Office, number: str) -> Iterator[Iterator[Run]]:
    """Open the runs that send what is approved by now, none when access is not settled yet.

    A letter that an earlier run was sending when it died becomes *held*: nobody can know whether it went out.
    """
    departure = office.store.departures.get(number)
    if not access_settled(office, departure):
        yield iter(())
        return
    with office.store.leases.hold(departure.number) as lease:
        _hold_interrupted(office, departure)

        def runs() -> Iterator[Run]:
            earlier = office.store.plans.in_force(departure.number, PlanKind.SENDING)
            if earlier and _untold(office, earlier.plan):
                yield Run(office, lease, departure, earlier)
            if _freeze(office, departure):
                now = office.store.plans.in_force(departure.number, PlanKind.SENDING)
                if now:
                    yield Run(office, lease, departure, now)

        yield runs()
        finish(office, departure)


def finish(office: Office, departure: Departure) -> None:
    """Set the status that the letters and the automatic reply leave the departure in."""
    states = {letter.state for letter in office.store.letters.letters(departure.number)}
    unapproved = [text for text in texts(office, departure) if not _approvers(office, text)]
    kept = office.store.plans.in_force(departure.number, PlanKind.SENDING)
    letters = {letter.id for letter in office.store.letters.letters(departure.number)}
    # What became of a letter is told by its own state, which the owner may have changed since.
    failing = [c for c in (unsettled(office, kept.plan) if kept else []) if c.target not in letters]
    if failing or states & TROUBLED:
        office.store.departures.set_status(departure.number, Status.ATTENTION)
    elif states - LETTER_SETTLED or unapproved:
        office.store.departures.set_status(departure.number, Status.INFORMING)
    else:
        office.store.departures.set_status(departure.number, Status.CLOSED, stamp="closed")


def _untold(office: Office, plan: Plan) -> bool:
    """Say whether a run died before it recorded what came of every change; the rest is planned anew where needed."""
    return bool({change.id for change in plan.changes} - office.store.outcomes.of(plan.digest).keys())


def _freeze(office: Office, departure: Departure) -> bool:
    """Freeze the plan of what is approved and not yet done, with the approvals it rests on; ``False``: nothing is."""
    entries = [
        entry
        for entry in _entries(office, departure)
        if all(_approvers(office, text) for text in office.step(entry.step).texts(departure))
    ]
    plan = make_plan(office, departure, PlanKind.SENDING, entries)
    if not plan.changes:
        return False
    earlier = [kept.plan for kept in office.store.plans.every(departure.number) if kept.plan.kind is PlanKind.SENDING]
    # The ids go on counting over the sending plans: "c003" means one change only within a departure's letters.
    first = sum(len(before.changes) for before in earlier)
    plan = replace(plan, changes=tuple(replace(c, id=f"s{first + i + 1:03d}") for i, c in enumerate(plan.changes)))
    office.store.plans.add(plan, asked_by="", guards=[], told={"person": "", "os_user": office.os_user, "guards": []})
    for_texts = {person for text in texts(office, departure) for person in _approvers(office, text)}
    for person in sorted(for_texts | set(office.store.letters.approvers(departure.number))):
        office.store.plans.approve(
            Approval(
                departure=departure.number,
                digest=plan.digest,
                person=person,
                os_user=office.os_user,
                at=instant(office.now()),
                phases=(Phase.INFORM,),
            )
        )
    return True


def _entries(office: Office, departure: Departure) -> list[Entry]:
    playbook = office.playbook(departure.playbook)
    return [e for e in playbook.entries if e.phase is Phase.INFORM and not office.step(e.step).prepares]


def _approvers(office: Office, text: str) -> list[str]:
    return [approval.person for approval in office.store.plans.approvals(text_digest(text))]


def _hold_interrupted(office: Office, departure: Departure) -> None:
    for letter in office.store.letters.letters(departure.number):
        if letter.state is LetterState.SENDING:
            office.store.letters.move(
                letter.id,
                to=LetterState.HELD,
                expect=[LetterState.SENDING],
                reason="The run was interrupted while this letter was being sent; it may or may not have arrived.",
            )
