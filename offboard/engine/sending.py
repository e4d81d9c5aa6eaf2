"""The sending plan: what the owner approved, letter by letter, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.approval import Approval
from offboard.domain.change import Phase, Result
from offboard.domain.departure import Departure, Status, instant
from offboard.domain.letter import LetterState
from offboard.domain.plan import PlanKind
from offboard.engine.drafts import look_at_drafts
from offboard.engine.following_up import ask_follow_ups
from offboard.engine.planning import make_plan
from offboard.engine.running import Run
from offboard.engine.sparing import spare
from offboard.engine.status import (
    access_settled,
    approvers_of,
    informing_entries,
    settle_status,
    texts,
    unsettled,
    waiting,
)
from offboard.errors import SystemFault, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.change import Change
    from offboard.domain.plan import NotCovered, Plan
    from offboard.engine.office import Office
    from offboard.storage.leases import Lease


@contextmanager
def sending_runs(office: Office, number: str, lease: Lease | None = None) -> Iterator[Iterator[Run]]:
    """Open the runs that send what is approved by now, none when access is not settled yet.

    A letter that an earlier run was sending when it died becomes *held*: nobody can know whether it went out.
    ``lease`` is the departure's, where the caller holds it.

    Raises:
        Unreachable: a system could not be read, so that what is to be done there could not even be planned.
        Busy: another run is carrying this departure out.
    """
    departure = office.store.departures.get(number)
    if not access_settled(office, departure):
        yield iter(())
        return
    with nullcontext(lease) if lease else office.store.leases.hold(departure.number) as held:
        if _hold_interrupted(office, departure):
            look_at_drafts(office, departure)
            with suppress(SystemFault):
                # Without an answer nothing is known here: the step asks again before each letter, and waits for one.
                spare(office, departure)
        unread: list[NotCovered] = []

        def runs() -> Iterator[Run]:
            earlier = office.store.plans.in_force(departure.number, PlanKind.SENDING)
            if earlier and _to_go_on_with(office, earlier.plan):
                yield Run(office, held, departure, earlier)
            waits = waiting(office, earlier.plan) if earlier else []
            tried = [x for x in _failed(office, earlier.plan) if x not in waits] if earlier else []
            plan = _plan_the_rest(office, departure, tried, waits)
            unread.extend(gap for gap in plan.not_covered if gap.unread)
            if plan.changes:
                _freeze(office, departure, plan)
                now = office.store.plans.in_force(departure.number, PlanKind.SENDING)
                if now:
                    yield Run(office, held, departure, now)

        yield runs()
        if unread:
            office.store.departures.set_status(departure.number, Status.ATTENTION)
            named = "; ".join(f"{gap.step} on {gap.system}: {gap.reason}" for gap in unread)
            raise Unreachable(f"{departure.number}: not all could be planned: {named}", system=unread[0].system or "")
        settle_status(office, departure)
        ask_follow_ups(office, departure)


def _to_go_on_with(office: Office, plan: Plan) -> bool:
    """Say whether a run died before it recorded what came of every change, or something did not answer or show then."""
    known = office.store.outcomes.of(plan.digest)
    return any(
        change.id not in known or known[change.id].unreachable or known[change.id].waits
        for change in unsettled(office, plan)
    )


def _failed(office: Office, plan: Plan) -> list[Change]:
    """Return what is unsettled, but for what somebody changed meanwhile: as it is now, that may be planned anew."""
    standing = office.store.outcomes.standing(plan.digest)
    known, _ = standing
    drifted = {change for change, outcome in known.items() if outcome.result is Result.DRIFTED}
    return [change for change in unsettled(office, plan, standing) if change.id not in drifted]


def _plan_the_rest(office: Office, departure: Departure, tried: Sequence[Change], waits: Sequence[Change]) -> Plan:
    """Plan what is approved and not yet done; what was tried a moment ago, and failed, stays where it is.

    So does what waits; planned anew it is only beside something else, since the newer plan takes the older one's place.
    """
    entries = [
        entry
        for entry in informing_entries(office, departure)
        if all(approvers_of(office, departure, text) for text in office.step(entry.step).texts(departure))
    ]
    plan = make_plan(office, departure, PlanKind.SENDING, entries)
    if not plan.changes:
        return plan
    known = {(change.step, change.system, change.target): change.before for change in tried}

    def again(change: Change) -> bool:
        place = (change.step, change.system, change.target)
        return place in known and known[place] == change.before

    changes = tuple(change for change in plan.changes if not again(change))
    places = {(change.step, change.system, change.target) for change in waits}
    anew = any((change.step, change.system, change.target) not in places for change in changes)
    return replace(plan, changes=changes if anew else ())


def _freeze(office: Office, departure: Departure, plan: Plan) -> None:
    """Freeze a sending plan with the approvals that it rests on."""
    earlier = [kept.plan for kept in office.store.plans.every(departure.number) if kept.plan.kind is PlanKind.SENDING]
    # The ids go on counting over the sending plans: "c003" means one change only within a departure's letters.
    first = sum(len(before.changes) for before in earlier)
    plan = replace(plan, changes=tuple(replace(c, id=f"s{first + i + 1:03d}") for i, c in enumerate(plan.changes)))
    for_texts = {person for text in texts(office, departure) for person in approvers_of(office, departure, text)}
    approvals = [
        Approval(
            departure=departure.number,
            digest=plan.digest,
            person=person,
            os_user=office.os_user,
            at=instant(office.now()),
            phases=(Phase.INFORM,),
        )
        for person in sorted(for_texts | set(office.store.letters.approvers(departure.number)))
    ]
    told: dict[str, Json] = {"person": "", "os_user": office.os_user, "guards": []}
    office.store.plans.add(plan, asked_by="", guards=[], told=told, approvals=approvals)


def _hold_interrupted(office: Office, departure: Departure) -> bool:
    """Hold every letter that was being sent, and say whether there are any letters at all."""
    letters = office.store.letters.letters(departure.number)
    for letter in letters:
        if letter.state is LetterState.SENDING:
            office.store.letters.move(
                letter.id,
                to=LetterState.HELD,
                expect=[LetterState.SENDING],
                reason="The run was interrupted while this letter was being sent; it may or may not have arrived.",
            )
    return bool(letters)
