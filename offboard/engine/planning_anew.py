"""Planning a departure anew because something was decided that its plan does not have yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from offboard.domain.departure import ENDED
from offboard.domain.plan import PlanKind
from offboard.engine.starting import Started, plan_again
from offboard.errors import Busy, OffboardError

if TYPE_CHECKING:
    from offboard.engine.office import Office

LEASE = "plan anew "
"""What a lease for planning is called, before the departure's number."""

PATIENCE, PAUSE = 60.0, 0.25


def plan_with_decisions(office: Office, number: str, *, person: str) -> Started:
    """Plan a departure anew with what was decided on its rules.

    It is asked for by whoever asked for the plan that it takes the place of, so that those who decided on rules may
    approve it; ``person`` stands in for somebody who is not listed any more.

    Raises:
        Ended: the departure is closed, cancelled or undone.
    """
    departure = office.store.departures.get(number)
    plans = [kept for kept in office.store.plans.every(departure.number) if kept.plan.kind is PlanKind.ACCESS]
    before = plans[-1].asked_by if plans else departure.requested_by
    asked_by = before if not before or office.people.roles(before) else person
    return plan_again(office, departure, asked_by=asked_by)


def plan_at_once(office: Office, number: str, *, person: str) -> None:
    """Plan a departure anew that waits for it; where somebody else does so at this moment, wait for theirs.

    Raises:
        Busy: somebody else does not come to an end with it.
        Ended: the departure is closed, cancelled or undone.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with office.store.leases.hold(f"{LEASE}{number}"):
                # A plan that is made twice would void the approval of the first.
                if number in office.store.decisions.to_plan():
                    plan_with_decisions(office, number, person=person)
                return
        except Busy:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def plan_anew(office: Office) -> list[str]:
    """Plan every departure anew that waits for it, and return what became of each in a sentence."""
    return [said for number in office.store.decisions.to_plan() if (said := _plan(office, number))]


def _plan(office: Office, number: str) -> str:
    """Return what became of it; nothing where somebody else plans it at this moment, or has done so."""
    try:
        with office.store.leases.hold(f"{LEASE}{number}"):
            return _plan_alone(office, number) if number in office.store.decisions.to_plan() else ""
    except Busy:
        return ""


def _plan_alone(office: Office, number: str) -> str:
    decisions = office.store.decisions.decisions(number)
    if office.store.departures.status(number) in ENDED:
        office.store.decisions.planned(number, upto=decisions[-1].seq)
        return f"{number}: not planned anew, it has ended"
    try:
        plan_with_decisions(office, number, person=decisions[-1].by)
    except OffboardError as error:
        return f"{number} waits to be planned anew: {error}"
    return f"{number}: planned anew with what was decided on its mail rules"
