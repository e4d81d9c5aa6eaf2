"""Changes that end on a day of their own: ended when it has come, and seen to have ended.

Such a change is done from the moment that it holds; nothing waits for its end, so that a departure may close before.
The plan that was approved names the day, and nothing else is approved for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from offboard.domain.change import Effect, Outcome, Result
from offboard.domain.departure import Status
from offboard.engine.ladder import next_try
from offboard.engine.status import access_settled, put_back, settle_status
from offboard.errors import RETRIED, SystemFault, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.canonical import Json
    from offboard.domain.change import Change
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.steps.base import Step
    from offboard.storage.leases import Lease
    from offboard.storage.plans import Kept

NOT_YET = "its time is over, but it has not ended"


def ends_at(step: Step[Any], change: Change, now: datetime) -> str:
    """Return the instant, still to come, at which a change ends by itself; empty: it stays."""
    ends = step.ends(change.after)
    return ends if ends and datetime.fromisoformat(ends) > now else ""


def begun_to_end(step: Step[Any], change: Change, known: Mapping[str, Outcome]) -> bool:
    """Say whether a change was done, and it is its end that failed."""
    return bool(change.id in known and known[change.id].residual_until and step.ends(change.after))


def to_end(office: Office) -> list[str]:
    """Return the departures, closed ones too, with a change whose time is over and that has not ended."""
    if office.store.leases.stopped():
        return []
    return [
        number
        for number in office.store.outcomes.ending(office.now())
        if _over(office, office.store.departures.get(number), again=False)
    ]


def end_what_is_over(office: Office, departure: Departure) -> int:
    """End each change of a departure whose time is over, see that it has ended, and return how many there were.

    What cannot be ended now is tried again, at ever longer intervals, and is seen as *attention* meanwhile.

    Raises:
        Busy: another run is carrying this departure out.
        Stopped: somebody pressed stop.
    """
    over, number = _over(office, departure, again=True), departure.number
    if not over:
        return 0
    with office.store.database.read() as connection:
        office.store.leases.check_running(connection)
    with office.store.leases.hold(number) as lease:
        failed = [change for kept, change in over if not _end(office, lease, departure, kept, change)]
        status = office.store.departures.status(number)
        if failed and status is Status.CLOSED:
            office.store.departures.set_status(number, Status.ATTENTION)
        elif not failed and status is Status.ATTENTION and access_settled(office, departure):
            settle_status(office, departure)
    return len(over)


def _over(office: Office, departure: Departure, *, again: bool) -> list[tuple[Kept, Change]]:
    """Return what should have ended by now; ``again``: also what failed a moment ago."""
    now = office.now()
    found = []
    for kept in office.store.plans.every(departure.number):
        ending = [change for change in kept.plan.changes if office.step(change.step).ends(change.after)]
        if not ending:
            continue
        known, back = office.store.outcomes.of(kept.plan.digest), put_back(office, departure)
        resting = set() if again else office.store.outcomes.not_yet(kept.plan.digest, now)
        for change in ending:
            outcome = known.get(change.id)
            if outcome is None or change.id in back or change.id in resting or not outcome.residual_until:
                continue
            if datetime.fromisoformat(outcome.residual_until) <= now:
                found.append((kept, change))
    return found


def _end(office: Office, lease: Lease, departure: Departure, kept: Kept, change: Change) -> bool:
    """End one change; what came of it is on record before this returns ``False`` as well."""
    step, digest = office.step(change.step), kept.plan.digest
    before = office.store.outcomes.of(digest)[change.id]
    told: dict[str, Json] = {
        "digest": digest,
        "step": change.step,
        "system": change.system,
        "token": lease.token,
        "ends": before.residual_until,
    }
    fault: SystemFault | None = None
    try:
        with office.systems.writer(change.system) as system:
            if not step.holds(step.observe(departure, system).get(change.target), change.after):
                office.store.outcomes.intend(
                    kept.plan,
                    [change.id],
                    told=told,
                    check=lambda connection: office.store.leases.prove(connection, lease),
                )
                step.write(departure, system, change.target, change.after)
        with office.looking(step, change.system) as system:
            ended = step.holds(step.observe(departure, system).get(change.target), change.after)
    except SystemFault as error:
        fault, ended = error, False
    attempts = before.attempts + 1 if before.result is Result.FAILED else 1
    outcome = replace(before, residual_until=None, error=None, hint=None, unreachable=False)
    if ended:
        outcome = replace(outcome, result=Result.DONE, effect=Effect.EFFECTIVE, attempts=1)
    else:
        outcome = _failed(before, change, fault, attempts)
    office.store.outcomes.conclude(
        kept.plan,
        [outcome],
        check=lambda connection: office.store.leases.renew(connection, lease),
        next_try=next_try(office.now(), attempts),
    )
    return ended


def _failed(before: Outcome, change: Change, fault: SystemFault | None, attempts: int) -> Outcome:
    return replace(
        before,
        result=Result.FAILED,
        effect=Effect.REQUESTED if fault else Effect.ACCEPTED,
        error=f"{change.label}: {fault or NOT_YET}",
        hint=fault.hint if fault else None,
        attempts=attempts,
        unreachable=isinstance(fault, (*RETRIED, Untrusted)),
    )
