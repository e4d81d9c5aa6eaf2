"""Where a departure stands, as data: the shapes that ``show --json`` and ``plan --json`` print."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from offboard.domain.departure import ENDED, instant
from offboard.domain.plan import PlanKind
from offboard.engine.counting import count_clients
from offboard.engine.questions import questions_json
from offboard.engine.status import undo_under_way, unsettled

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.change import Change, Outcome
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept


def show(office: Office, number: str) -> dict[str, Json]:
    """Return where a departure stands; the clock per system is in milliseconds since the first write."""
    departure = office.store.departures.get(number)
    plans = [kept for kept in office.store.plans.every(departure.number) if not kept.voided or _ran(office, kept)]
    clock = office.store.departures.clock(departure.number)
    changes = [
        _row(change, known.get(change.id), kept)
        | {"settled": change.id not in open_, "awaited": change.id in known and known[change.id].awaited(office.now())}
        for kept in plans
        for known in [office.store.outcomes.of(kept.plan.digest)]
        for open_ in [{change.id for change in unsettled(office, kept.plan)}]
        for change in kept.plan.changes
    ]
    return {
        "departure": departure.number,
        "status": office.store.departures.status(departure.number).value,
        "moment": instant(departure.moment),
        "zone": departure.timezone,
        "leaver": departure.leaver.name,
        "successor": departure.successor.name if departure.successor else None,
        "playbook": departure.playbook,
        "changes": cast("list[Json]", changes),
        "clock": {hand: clock.get(hand) for hand in ("requested", "first_write", "secured", "closed")},
        **count_clients(office, departure, plans),
        "letters": cast(
            "dict[str, Json]",
            dict(Counter(letter.state.value for letter in office.store.letters.letters(departure.number))),
        ),
        "questions": _asked(office, departure, office.store.plans.in_force(departure.number, PlanKind.ACCESS)),
    }


def show_plan(office: Office, number: str) -> dict[str, Json]:
    """Return the plan that is in force: an undo, else the access plan."""
    departure = office.store.departures.get(number)
    kept = undo_under_way(office, departure) or office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    return plan_json(departure, kept) | {"questions": _asked(office, departure, kept)}


def plan_json(departure: Departure, kept: Kept | None) -> dict[str, Json]:
    """Return a plan in the fixed shape."""
    return {
        "departure": departure.number,
        "digest": kept.plan.digest if kept else None,
        "kind": kept.plan.kind.value if kept else None,
        "moment": instant(departure.moment),
        "zone": departure.timezone,
        "playbook": departure.playbook,
        "leaver": departure.leaver.to_json(),
        "successor": departure.successor.to_json() if departure.successor else None,
        "changes": [change.to_json() for change in kept.plan.changes] if kept else [],
        "guards": [guard["text"] for guard in kept.guards] if kept else [],
        "not_covered": [gap.to_json() for gap in kept.plan.not_covered] if kept else [],
    }


def _asked(office: Office, departure: Departure, kept: Kept | None) -> list[Json]:
    """Return what the plan asks; of a departure that is over nobody asks anything."""
    over = office.store.departures.status(departure.number) in ENDED
    return [] if over else questions_json(office, kept.plan if kept else None)


def _ran(office: Office, kept: Kept) -> bool:
    return bool(office.store.outcomes.of(kept.plan.digest))


def _row(change: Change, outcome: Outcome | None, kept: Kept) -> dict[str, Json]:
    return {
        "id": change.id,
        "plan": kept.plan.kind.value,
        "phase": change.phase.value,
        "step": change.step,
        "system": change.system,
        "target": change.target,
        "label": change.label,
        "outcome": outcome.result.value if outcome else None,
        "effect": outcome.effect.value if outcome else None,
        "residual_until": outcome.residual_until if outcome else None,
        "error": outcome.error if outcome else None,
        "hint": outcome.hint if outcome else None,
        "one_way": change.one_way,
        "seconds": cast("Json", outcome.milliseconds / 1000 if outcome else None),
    }
