"""Look again over fresh connections: does everything still hold, and would we plan anything new?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from offboard.domain.change import Change, Phase, Result
from offboard.domain.evidence import Kind
from offboard.domain.plan import NotCovered, PlanKind
from offboard.engine.breadth import side_by_side
from offboard.engine.planning import make_plan
from offboard.engine.resolving import resolve_accounts
from offboard.engine.status import may_have_changed
from offboard.errors import NotApproved, SystemFault

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.change import State
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not as it should be; ``found`` is a state, or the fault that kept us from looking."""

    change: Change
    found: State
    unreachable: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``verify --json`` prints."""
        return {
            "system": self.change.system,
            "target": self.change.target,
            "label": self.change.label,
            "phase": self.change.phase.value,
            "step": self.change.step,
            "found": self.found,
            "wanted": self.change.after,
        }


@dataclass(frozen=True, slots=True)
class Residual:
    """Something handed out before that goes on until an instant, although what was wanted holds."""

    change: Change
    until: str
    why: str

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``verify --json`` prints."""
        return {"system": self.change.system, "target": self.change.target, "until": self.until, "why": self.why}


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found; ``holds`` judges the access that must be shut (after an undo: what must be back)."""

    departure: str
    holds: bool
    left: tuple[Left, ...]
    unreachable: bool
    undone: bool = False
    residual: tuple[Residual, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``verify --json`` prints."""
        left, residual = [one.to_json() for one in self.left], [one.to_json() for one in self.residual]
        return {"departure": self.departure, "holds": self.holds, "left": [*left], "residual": [*residual]}


def verify(office: Office, number: str) -> Verified:
    """Look at everything that was done for a departure, and at what is there that nobody planned.

    Raises:
        NotApproved: nothing has been carried out yet, so there is nothing to verify.
    """
    departure = office.store.departures.get(number)
    wanted = _wanted(office, departure)
    if not wanted:
        raise NotApproved(
            f"{departure.number}: nothing has been carried out yet",
            hint=f"Carry it out: offboard apply {departure.number}",
        )
    left, residual = _held_against(office, departure, wanted)
    undone = _undone(office, departure)
    if not undone:
        left += _nobody_planned(office, departure, wanted, {(one.change.step, one.change.system) for one in left})
    back = {change.id for kept in _undos(office, departure) for change in kept.plan.changes}
    judged = [one for one in left if one.change.phase is Phase.SECURE or one.change.id in back]
    unreachable = any(one.unreachable for one in left)
    found = Verified(departure.number, not judged, tuple(left), unreachable, bool(back), tuple(residual))
    told = {key: value for key, value in found.to_json().items() if key != "departure"}
    office.store.evidence.note(departure.number, Kind.VERIFIED, told)
    return found


def _wanted(office: Office, departure: Departure) -> list[Change]:
    """Return, per target, the last change that was carried out; what was declined wants nothing.

    Of a plan that a newer one replaced only what was reached counts; the rest is in the newer one. Doors that the plan
    in force shuts count as soon as anything was tried. An undo takes the place of what it put back; one that is not in
    part alone is judged.
    """
    wanted: dict[tuple[str, str, str], Change] = {}
    begun = office.store.outcomes.begun(departure.number)
    undone = _undone(office, departure)
    for kept in office.store.plans.every(departure.number):
        known = office.store.outcomes.of(kept.plan.digest)
        undo = kept.plan.kind is PlanKind.UNDO
        if undone and not undo:
            continue
        for change in kept.plan.changes:
            result = known[change.id].result if change.id in known else None
            reached = result in {Result.DONE, Result.ALREADY}
            tried = result in {Result.FAILED, Result.DRIFTED, Result.PARKED}
            open_door = result is None and change.phase is Phase.SECURE and begun
            if reached or ((tried or open_door) and not undo and not kept.voided):
                wanted[change.step, change.system, change.target] = change
    return list(wanted.values())


def _undos(office: Office, departure: Departure) -> list[Kept]:
    """Return the undos that were carried out, at least in part."""
    return [
        kept
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is PlanKind.UNDO and office.store.outcomes.of(kept.plan.digest)
    ]


def _undone(office: Office, departure: Departure) -> bool:
    """Say whether an undo of everything was carried out: whatever it did not reach, nobody wants shut any more."""
    back = {change.id.removeprefix("u") for kept in _undos(office, departure) for change in kept.plan.changes}
    return bool(back) and all(
        change.one_way or change.id in back
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is not PlanKind.UNDO
        for change in may_have_changed(office, kept)
    )


def _held_against(office: Office, departure: Departure, wanted: list[Change]) -> tuple[list[Left], list[Residual]]:
    """Return what does not hold, and what goes on for a while although it holds."""
    places = dict.fromkeys((change.system, change.step) for change in wanted)

    def look(name: str, word: str) -> list[Left | Residual]:
        step = office.step(word)
        changes = [change for change in wanted if (change.system, change.step) == (name, word)]
        try:
            with office.looking(step, name) as system:
                found = step.observe(departure, system)
        except SystemFault as fault:
            return [Left(change, f"could not be read: {fault}", unreachable=True) for change in changes]
        held = [change for change in changes if step.holds(found.get(change.target), change.after)]
        lasting = [(change, step.lasts(found.get(change.target))) for change in held]
        return [
            *(Left(change, found.get(change.target)) for change in changes if change not in held),
            *(Residual(change, until, step.lasting) for change, until in lasting if _to_come(office, until)),
        ]

    every = [one for found in side_by_side(office, list(places), look) for one in found]
    return [x for x in every if isinstance(x, Left)], [x for x in every if isinstance(x, Residual)]


def _to_come(office: Office, until: str) -> bool:
    return bool(until) and office.now() < datetime.fromisoformat(until)


def _nobody_planned(
    office: Office, departure: Departure, wanted: list[Change], told: set[tuple[str, str]]
) -> list[Left]:
    """Plan again: whatever would be planned now, and is neither held nor declined, is left open.

    So is whatever cannot be planned now since its system does not answer, unless it is told already.
    """
    found, missing = resolve_accounts(office, departure.leaver)
    departure = replace(departure, accounts=found | departure.accounts)
    missing = {name: why for name, why in missing.items() if name not in departure.accounts}
    entries = [entry for entry in office.playbook(departure.playbook).entries if entry.phase is not Phase.INFORM]
    again = make_plan(office, departure, PlanKind.ACCESS, entries, missing=missing)
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    planned = {(c.step, c.system, c.target) for c in kept.plan.changes} if kept else set()
    held = {(c.step, c.system, c.target) for c in wanted}
    standing = {word for _, word, _ in again.order if office.step(word).standing}
    phases = {entry.step: entry.phase for entry in entries}
    blind = [
        Left(_nothing_known(gap, phases[gap.step]), f"could not be read: {gap.reason}", unreachable=True)
        for gap in again.not_covered
        if gap.unread and (gap.step, gap.system) not in told
    ]
    return blind + [
        Left(change, change.before)
        for change in again.changes
        if (change.step, change.system, change.target) not in planned | held
        and change.step not in standing
        # What is only asked about nobody decided to shut.
        and not change.asks
    ]


def _nothing_known(gap: NotCovered, phase: Phase) -> Change:
    return Change("", phase, gap.step, gap.system or "", "", gap.step, before=None, after=None, why=gap.reason)
