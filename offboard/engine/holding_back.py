"""What one step waits for on another system: a licence goes only when the mailbox lives without it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from offboard.domain.departure import instant
from offboard.domain.plan import PlanKind
from offboard.engine.status import unsettled
from offboard.steps.base import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.change import Outcome
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office
    from offboard.steps.base import Step

PATIENCE = timedelta(days=2)
"""How long a step is held back before somebody has to look at it."""


def held_back(office: Office, plan: Plan, step: Step[Any], known: Iterable[Outcome]) -> Waiting | None:
    """Return what keeps the step from writing, or ``None``: changes of steps before it that have not come about.

    ``known`` are the outcomes so far: time once given is not prolonged by looking again.
    """
    if not step.after or plan.kind is PlanKind.UNDO:
        return None
    first = [change for change in unsettled(office, plan) if change.step in step.after]
    if not first:
        return None
    why = f"It waits until this has come about: {'; '.join(change.label for change in first)}"
    given = [str(outcome.residual_until) for outcome in known if outcome.waits and outcome.error == why]
    return Waiting(min(given, default=instant(office.now() + PATIENCE)), why)
