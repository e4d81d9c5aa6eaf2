"""A whole departure: phase after phase, the systems of one phase side by side.

The command line and Prefect's flows drive the same :class:`Run`; it checks before every phase that what it does is
approved, due and not stopped.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.approval import Agreed, agreed
from offboard.domain.change import Outcome, Phase, Result
from offboard.domain.departure import Departure, Status, instant
from offboard.domain.guards import Facts, Reason, approvers_needed, refused, successors_who_leave
from offboard.domain.plan import PlanKind
from offboard.engine.applying import ROUNDS, StepRun
from offboard.engine.holding_back import held_back
from offboard.engine.planning import leaving
from offboard.engine.status import (
    blocking,
    check_open,
    may_have_changed,
    pending,
    put_back,
    settle_status,
    undo_under_way,
    unread,
    unsettled,
    waiting,
)
from offboard.errors import Guarded, NotApproved, NotDue, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.engine.office import Office
    from offboard.engine.status import Pending
    from offboard.storage.leases import Lease
    from offboard.storage.plans import Kept

WORKING = {Phase.SECURE: Status.SECURING, Phase.HAND_OVER: Status.HANDING_OVER, Phase.INFORM: Status.INFORMING}


@dataclass(frozen=True, slots=True)
class Group:
    """The steps of one phase on one system, to be done in this order."""

    phase: Phase
    system: str
    steps: tuple[str, ...]


def consent(office: Office, kept: Kept) -> Agreed:
    """Return what the approvals of a plan allow; guards that nobody can overcome allow nothing.

    Raises:
        Guarded: a guard refuses; every reason is named.
    """
    found = [Reason.from_json(guard) for guard in kept.guards]
    against = refused(found)
    if against:
        raise Guarded(f"{kept.plan.departure}: {'; '.join(against)}", reasons=against)
    return agreed(kept.plan, office.store.plans.approvals(kept.plan.digest), needed=approvers_needed(found))


class Run:
    """One run of one approved plan, under the departure's lease."""

    def __init__(self, office: Office, lease: Lease, departure: Departure, kept: Kept) -> None:
        self.office, self.lease, self.departure, self.plan = office, lease, departure, kept.plan
        self.agreed = consent(office, kept)
        if not self.agreed.phases:
            raise NotApproved(f"{departure.number}: the plan in force has not been approved")
        self.silent: set[str] = set()
        access = kept.plan.kind is PlanKind.ACCESS
        left = pending(office, kept.plan)
        self.looks_only = bool(left) and len(left) == len(waiting(office, kept.plan, left))
        self._stamp: str | None = None
        self.unread = unread(office, departure, kept.plan) if access else frozenset()

    def phases(self) -> Iterator[tuple[Phase, list[Group]]]:
        """Yield the phases that may run now, each with its systems; the next one only when this one is settled.

        An access plan hands over only when everything is shut; what is approved for later phases waits, and so does
        everything after a phase for which a system could not be read at planning. What people or other systems still
        have time for holds nothing up. Where nothing but that is left, it is looked at, and no status moves meanwhile.
        """
        if self.plan.kind is PlanKind.UNDO:
            given_back = {change.target for change in self.plan.changes}
            self.office.store.letters.reopen(self.departure.number, "this client is given back", clients=given_back)
        yield from self._phases()
        if self._stamp:
            self._set_status(Status.SECURING)

    def _phases(self) -> Iterator[tuple[Phase, list[Group]]]:
        for phase, systems in self.plan.phases():
            if Phase.SECURE in self.unread and phase is not Phase.SECURE:
                break
            if phase not in self.agreed.phases:
                return
            self._check_successors(phase)
            if self.looks_only:
                yield from self._what_waits(phase, systems)
                self._secured(phase, pending(self.office, self.plan))
            else:
                self._enter(phase)
                yield phase, [Group(phase, system, tuple(steps)) for system, steps in systems.items()]
                self._second_look(phase)
                self._held_back(phase)
                left = pending(self.office, self.plan)
                if any(change.phase is phase for change in blocking(self.office, self.plan, left)):
                    self._set_status(Status.ATTENTION)
                    return
                self._secured(phase, left)
        self._end()

    def step(self, group: Group, word: str) -> list[Outcome]:
        """Carry out one step on one system; one that was silent at the step before is asked once only."""
        place = (group.phase, word, group.system)
        if not self.plan.of(*place):
            return []
        rounds = 1 if group.system in self.silent else ROUNDS
        outcomes = StepRun(self.office, self.lease, self.departure, self.plan, self.agreed, place, rounds=rounds).run()
        if any(outcome.unreachable for outcome in outcomes):
            self.silent.add(group.system)
        return outcomes

    def carry_out(self) -> None:
        """Carry out everything that may run now."""
        for _phase, groups in self.phases():
            if len(groups) == 1:
                self._whole_group(groups[0])
                continue
            with ThreadPoolExecutor(max_workers=max(len(groups), 1)) as pool:
                list(pool.map(self._whole_group, groups))

    def _whole_group(self, group: Group) -> None:
        for word in group.steps:
            self.step(group, word)

    def _what_waits(self, phase: Phase, systems: dict[str, list[str]]) -> Iterator[tuple[Phase, list[Group]]]:
        places = {(c.system, c.step) for c in unsettled(self.office, self.plan) if c.phase is phase}
        groups = [
            Group(phase, system, tuple(word for word in steps if (system, word) in places))
            for system, steps in systems.items()
        ]
        if places:
            yield phase, [group for group in groups if group.steps]

    def _secured(self, phase: Phase, left: Pending) -> None:
        """Stop the clock of securing, unless something there still waits or could not be read."""
        if phase is not Phase.SECURE or self.plan.kind is not PlanKind.ACCESS or phase in self.unread:
            return
        if any(change.phase is phase for change, _ in left):
            return
        # On record with the status that comes next, which is at once: nothing is carried out in between.
        self._stamp = "secured"
        if self.looks_only:
            self._set_status(self.office.store.departures.status(self.departure.number))

    def _enter(self, phase: Phase) -> None:
        undo = self.plan.kind is PlanKind.UNDO
        status = Status.UNDOING if undo else WORKING[phase]
        first = phase is Phase.SECURE and not undo
        self._set_status(status, stamp="first_write" if first else None)

    def _check_successors(self, phase: Phase) -> None:
        """Check that whoever takes over still stays; they may have begun to leave since the plan was approved.

        Raises:
            Guarded: somebody leaves; access is shut all the same, the clients wait.
        """
        if phase is not Phase.HAND_OVER or self.plan.kind is not PlanKind.ACCESS:
            return
        against = successors_who_leave(Facts(self.departure, leaving=leaving(self.office, self.departure)))
        if against and any(change.phase is phase for change in blocking(self.office, self.plan)):
            self._set_status(Status.ATTENTION)
            raise Guarded(
                f"{self.departure.number}: {'; '.join(against)}",
                reasons=against,
                hint="Name another successor with the same last moment: offboard start … --successor X --as EMAIL",
            )

    def _end(self) -> None:
        """Set the status that a run which came to its end leaves the departure in."""
        undo = self.plan.kind is PlanKind.UNDO
        left = pending(self.office, self.plan)
        if undo and self._everything_undone():
            self._set_status(Status.UNDONE)
        elif blocking(self.office, self.plan, left):
            self._set_status(Status.ATTENTION)
        elif undo and left:
            self._set_status(Status.UNDOING)
        elif undo:
            settle_status(self.office, self.departure)
        elif self.unread:
            self._set_status(Status.ATTENTION)
        elif self.plan.kind is PlanKind.ACCESS and self.agreed.phases >= {Phase.SECURE, Phase.HAND_OVER}:
            # Where only what waits was looked at, whatever else wants attention still does.
            status = self.office.store.departures.status(self.departure.number) if self.looks_only else None
            self._set_status(status if status is Status.ATTENTION else Status.INFORMING)

    def _set_status(self, status: Status, *, stamp: str | None = None) -> None:
        self.office.store.departures.set_status(self.departure.number, status, stamp=stamp or self._stamp)
        self._stamp = None

    def _everything_undone(self) -> bool:
        """Say whether nothing that we changed, and that can be put back, is left as we made it."""
        back = put_back(self.office, self.departure)
        return all(
            change.id in back or change.one_way
            for kept in self.office.store.plans.every(self.departure.number)
            if kept.plan.kind is not PlanKind.UNDO
            for change in may_have_changed(self.office, kept)
        )

    def _held_back(self, phase: Phase) -> None:
        """Carry out what waited for a step on another system, where that has come about within the phase."""
        for of_phase, word, system in self.plan.order:
            if of_phase is not phase or self.plan.kind is PlanKind.UNDO:
                continue
            step = self.office.step(word)
            if not step.after:
                continue
            known = self.office.store.outcomes.of(self.plan.digest)
            waits = any(change.id in known and known[change.id].waits for change in self.plan.of(phase, word, system))
            if waits and held_back(self.office, self.plan, step, known.values()) is None:
                self.step(Group(phase, system, (word,)), word)

    def _second_look(self, phase: Phase) -> None:
        """Do a standing step once more where it stopped holding: a mail program reconnects until its login is shut."""
        for of_phase, word, system in self.plan.order:
            if of_phase is not phase or self.plan.kind is PlanKind.UNDO:
                continue
            step = self.office.step(word)
            if not step.standing:
                continue
            known = self.office.store.outcomes.of(self.plan.digest)
            done = [c for c in self.plan.of(phase, word, system) if c.id in known and known[c.id].settled]
            if not done or any(known[change.id].result is Result.DECLINED for change in done):
                continue
            try:
                with self.office.looking(step, system) as connector:
                    found = step.observe(self.departure, connector)
            except SystemFault:
                # The look right after the write is on record; verifying says so when this system stays silent.
                continue
            for change in done:
                if not step.holds(found.get(change.target), change.after):
                    self.office.store.outcomes.reopen(self.plan, change.id, "it stopped holding within the phase")
                    self.step(Group(phase, system, (word,)), word)


@contextmanager
def start_run(office: Office, number: str, *, now: bool = False) -> Iterator[Run]:
    """Open a run of the departure's plan in force: an undo that is not finished, else the access plan.

    Raises:
        Ended: the departure is closed, cancelled or undone.
        NotDue: the last moment has not come, and ``now`` was not given.
        NotApproved: nobody approved the plan in force.
        Guarded: a guard refuses.
        Busy: another run is carrying this departure out.
        Stopped: somebody pressed stop.
    """
    departure = office.store.departures.get(number)
    kept = undo_under_way(office, departure) or office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    check_open(office, departure)
    if kept is None:
        raise NotApproved(
            f"{departure.number} has no plan", hint=f"Make one: offboard plan {departure.number} --again --as EMAIL"
        )
    if kept.plan.kind is PlanKind.ACCESS and not now and departure.moment > office.now():
        raise NotDue(f"{departure.number} is due at {instant(departure.moment)}, not before")
    with office.store.database.read() as connection:
        office.store.leases.check_running(connection)
    with office.store.leases.hold(departure.number) as lease:
        yield Run(office, lease, departure, kept)
