"""Undo: the reversed changes in reverse order, as a plan of its own that somebody approves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.change import Change, Phase
from offboard.domain.letter import LetterState
from offboard.domain.plan import NotCovered, Plan, PlanKind
from offboard.engine.status import may_have_changed, put_back
from offboard.errors import NoSuchDeparture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.engine.office import Office


POST = "post"
"""Where a printed letter goes: none of our systems."""

PRINTED = (
    "It was {how} and cannot be called back. While it lies in the house, take it out of the post; else the owner can "
    "write again."
)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The plan, and what it cannot put back, each with what a person can do instead.

    Letters that were printed for the post stand among the changes, though no change printed them.
    """

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
    letters = [_printed(letter) for letter in _by_post(office, departure, chosen, only)]
    one_way = (*(change for change in chosen if change.one_way is not None), *_in_part(office, back), *letters)
    reverse = [_reversed(office, departure, change) for change in reversed(back)]
    access = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    plan = Plan(
        departure=departure.number,
        kind=PlanKind.UNDO,
        moment=access.plan.moment if access else "",
        pinned=access.plan.pinned if access else {},
        playbook=access.plan.playbook if access else "",
        order=tuple(dict.fromkeys((change.phase, change.step, change.system) for change in reverse)),
        changes=tuple(reverse),
        not_covered=tuple(NotCovered(one.step, one.system, f"{one.label}: {one.one_way}") for one in one_way),
    )
    listed: list[Json] = [{"change": change.id, "label": change.label, "one_way": change.one_way} for change in one_way]
    office.store.plans.add(
        plan, asked_by=asked_by, guards=[], told={"person": asked_by, "os_user": office.os_user, "one_way": listed}
    )
    return UndoPlan(plan, one_way, owner_decides(office, plan))


def _reversed(office: Office, departure: Departure, change: Change) -> Change:
    """Return what puts a change back; where it is under way unseen, all looks as before, and it is written the same."""
    back = replace(change.reversed(), id=f"u{change.id}")
    if not office.step(change.step).unseen:
        return back
    waits = any(
        change in kept.plan.changes and outcome is not None and outcome.waits
        for kept in office.store.plans.every(departure.number)
        for outcome in [office.store.outcomes.of(kept.plan.digest).get(change.id)]
    )
    return replace(back, before=change.before) if waits else back


def owner_decides(office: Office, plan: Plan) -> bool:
    """Say whether this undo gives back a client who has been written to, so that the owner has to decide."""
    written_to = {
        letter.client
        for letter in office.store.letters.letters(plan.departure)
        if letter.state in {LetterState.SENT, LetterState.SENDING, LetterState.HELD}
    }
    return any(change.target in written_to for change in plan.changes)


def _by_post(office: Office, departure: Departure, chosen: Sequence[Change], only: Sequence[str]) -> list[Letter]:
    """Return the letters that went out on paper: all of them, or those to the clients that are given back."""
    given_back = {change.target for change in chosen}
    return [
        letter
        for letter in office.store.letters.letters(departure.number)
        if letter.by_post and letter.state is LetterState.SENT and (not only or letter.client in given_back)
    ]


def _in_part(office: Office, back: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes of which something stays as it is although they are taken back, each saying what."""
    for change in back:
        sentence = office.step(change.step).remains(change.before)
        if sentence:
            yield replace(change, one_way=sentence)


def _printed(letter: Letter) -> Change:
    return Change(
        id="",
        phase=Phase.INFORM,
        step="send_letters",
        system=POST,
        target=letter.id,
        label=f"letter to {letter.client_name}",
        before=None,
        after=None,
        why="The owner approved this letter.",
        one_way=PRINTED.format(how=letter.reason or "printed for the post"),
    )


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
