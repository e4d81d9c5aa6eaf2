"""Undo: the reversed changes in reverse order, as a plan of its own that somebody approves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.letter import LetterState
from offboard.domain.plan import Plan, PlanKind
from offboard.engine.status import may_have_changed, put_back
from offboard.errors import NoSuchDeparture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.change import Change
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The plan, and what it cannot put back."""

    plan: Plan
    one_way: tuple[Change, ...]
    owner_decides: bool


def plan_undo(office: Office, number: str, *, asked_by: str, only: Sequence[str] = ()) -> UndoPlan:
    """Freeze a plan that puts back what was changed; ``only`` names changes by id, else everything.

    Raises:
        NoSuchDeparture: there is nothing to put back, or no change of that id.
        NotAllowed: ``asked_by`` may not ask for it.
    """
    departure = office.store.departures.get(number)
    office.may_ask(asked_by, departure)
    done = _done(office, departure)
    unknown = [change_id for change_id in only if change_id not in {change.id for change in done}]
    if unknown:
        raise NoSuchDeparture(
            f"{number}: no change {', '.join(unknown)} was carried out", hint=f"List them: offboard show {number}"
        )
    chosen = [change for change in done if not only or change.id in only]
    back = [change for change in chosen if change.one_way is None]
    if not back:
        raise NoSuchDeparture(
            f"{number}: nothing was changed that could be put back", hint=f"See what was done: offboard show {number}"
        )
    reverse = [replace(change.reversed(), id=f"u{change.id}") for change in reversed(back)]
    access = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    plan = Plan(
        departure=departure.number,
        kind=PlanKind.UNDO,
        moment=access.plan.moment if access else "",
        pinned=access.plan.pinned if access else {},
        playbook=access.plan.playbook if access else "",
        order=tuple(dict.fromkeys((change.phase, change.step, change.system) for change in reverse)),
        changes=tuple(reverse),
    )
    one_way = tuple(change for change in chosen if change.one_way is not None)
    listed: list[Json] = [{"change": change.id, "label": change.label, "one_way": change.one_way} for change in one_way]
    office.store.plans.add(
        plan, asked_by=asked_by, guards=[], told={"person": asked_by, "os_user": office.os_user, "one_way": listed}
    )
    return UndoPlan(plan, one_way, owner_decides(office, plan))


def owner_decides(office: Office, plan: Plan) -> bool:
    """Say whether this undo gives back a client who has been written to, so that the owner has to decide."""
    written_to = {
        letter.client
        for letter in office.store.letters.letters(plan.departure)
        if letter.state in {LetterState.SENT, LetterState.SENDING, LetterState.HELD}
    }
    return any(change.target in written_to for change in plan.changes)


def _done(office: Office, departure: Departure) -> list[Change]:
    """Return what we ourselves changed, or may have, in the order in which it was done, less what was put back."""
    back = put_back(office, departure)
    return [
        change
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is not PlanKind.UNDO
        for change in may_have_changed(office, kept)
        if change.id not in back
    ]
