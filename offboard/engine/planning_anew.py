"""Planning a departure anew because something was decided that its plan does not have yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.departure import ENDED
from offboard.domain.plan import PlanKind
from offboard.engine.starting import Started, plan_again
from offboard.errors import OffboardError

if TYPE_CHECKING:
    from offboard.engine.office import Office


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


def plan_anew(office: Office) -> list[str]:
    """Plan every departure anew that waits for it, and return what became of each in a sentence."""
    return [_plan(office, number) for number in office.store.decisions.to_plan()]


def _plan(office: Office, number: str) -> str:
    decisions = office.store.decisions.decisions(number)
    if office.store.departures.status(number) in ENDED:
        office.store.decisions.planned(number, upto=decisions[-1].seq)
        return f"{number}: not planned anew, it has ended"
    try:
        plan_with_decisions(office, number, person=decisions[-1].by)
    except OffboardError as error:
        return f"{number} waits to be planned anew: {error}"
    return f"{number}: planned anew with what was decided on its mail rules"
