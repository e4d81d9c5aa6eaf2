"""The sending plan: what the owner approved, letter by letter, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.approval import Approval
from offboard.domain.change import Phase
from offboard.domain.departure import Departure, instant
from offboard.domain.letter import LetterState
from offboard.domain.plan import PlanKind
from offboard.engine.planning import make_plan
from offboard.engine.running import Run
from offboard.engine.status import access_settled, approvers_of, informing_entries, settle_status, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.plan import Plan
    from offboard.engine.office import Office


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
        settle_status(office, departure)


def _untold(office: Office, plan: Plan) -> bool:
    """Say whether a run died before it recorded what came of every change; the rest is planned anew where needed."""
    return bool({change.id for change in plan.changes} - office.store.outcomes.of(plan.digest).keys())


def _freeze(office: Office, departure: Departure) -> bool:
    """Freeze the plan of what is approved and not yet done, with the approvals it rests on; ``False``: nothing is."""
    entries = [
        entry
        for entry in informing_entries(office, departure)
        if all(approvers_of(office, text) for text in office.step(entry.step).texts(departure))
    ]
    plan = make_plan(office, departure, PlanKind.SENDING, entries)
    if not plan.changes:
        return False
    earlier = [kept.plan for kept in office.store.plans.every(departure.number) if kept.plan.kind is PlanKind.SENDING]
    # The ids go on counting over the sending plans: "c003" means one change only within a departure's letters.
    first = sum(len(before.changes) for before in earlier)
    plan = replace(plan, changes=tuple(replace(c, id=f"s{first + i + 1:03d}") for i, c in enumerate(plan.changes)))
    office.store.plans.add(plan, asked_by="", guards=[], told={"person": "", "os_user": office.os_user, "guards": []})
    for_texts = {person for text in texts(office, departure) for person in approvers_of(office, text)}
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


def _hold_interrupted(office: Office, departure: Departure) -> None:
    for letter in office.store.letters.letters(departure.number):
        if letter.state is LetterState.SENDING:
            office.store.letters.move(
                letter.id,
                to=LetterState.HELD,
                expect=[LetterState.SENDING],
                reason="The run was interrupted while this letter was being sent; it may or may not have arrived.",
            )
