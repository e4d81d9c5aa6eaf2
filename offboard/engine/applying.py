"""One step of one plan on one system: look, record the intents, write, look again, record the outcomes.

Everything that a step does costs at most two commits: one before the first byte leaves, one after the last look.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, assert_never, cast

from offboard.domain.change import Change, Effect, Outcome, Result, Snapshot
from offboard.domain.departure import instant
from offboard.domain.plan import PlanKind
from offboard.engine.ending import begun_to_end, ends_at
from offboard.engine.holding_back import held_back
from offboard.engine.ladder import LADDER_LENGTH, next_try
from offboard.engine.moves import Move, decide
from offboard.engine.status import unsettled, waited_before
from offboard.engine.writing import Attempt, Writing
from offboard.errors import RETRIED, Drifted, Stopped, SystemFault, Untrusted

if TYPE_CHECKING:
    from offboard.domain.approval import Agreed
    from offboard.domain.canonical import Json
    from offboard.domain.change import Phase, State
    from offboard.domain.departure import Departure
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office
    from offboard.steps.base import Waiting
    from offboard.storage.leases import Lease

ROUNDS = 3
"""How often a write is tried at once when the system does not answer; later tries are due by the ladder."""

PROVED_FOR = timedelta(seconds=1)

LOOK_AGAIN = timedelta(hours=1)
"""How long nobody looks at what comes into effect without us, unless its time is over earlier."""


class StepRun:
    """Carries out one step on one system."""

    def __init__(
        self,
        office: Office,
        lease: Lease,
        departure: Departure,
        plan: Plan,
        agreed: Agreed,
        place: tuple[Phase, str, str],
        *,
        rounds: int = ROUNDS,
    ) -> None:
        _, word, self.name = place
        self.office, self.lease, self.departure, self.plan = office, lease, departure, plan
        self.step = office.step(word)
        self.known, _ = standing = office.store.outcomes.standing(plan.digest)
        self.intended = office.store.outcomes.intents(plan.digest)
        self.longest, self.rounds = 0, rounds
        self.asked: list[str] = []
        self.again: dict[str, str] = {}
        self.proved = office.now()
        self.proving = threading.Lock()
        self.told: dict[str, Json] = {"digest": plan.digest, "step": word, "system": self.name, "token": lease.token}
        changes = [c for c in unsettled(office, plan, standing) if (c.phase, c.step, c.system) == place]
        # What could not be ended in time is ended as such, and not carried out again.
        self.open = {c.id: c for c in changes if agreed.covers(c) and not begun_to_end(self.step, c, self.known)}
        self.accepted: dict[str, tuple[Change, int]] = {}
        self.results = [
            Outcome(change.id, Result.DECLINED, Effect.REQUESTED) for change in changes if change.id in agreed.declined
        ]
        self.unrecorded = list(self.results)

    def run(self) -> list[Outcome]:
        """Carry the step out and return the outcome of each of its changes that was not settled before.

        Run again, it settles what an earlier run left open, by looking; nothing is written twice.

        Raises:
            Stopped: somebody pressed stop; what was written until then is on record.
            Busy: another run has taken this departure over.
        """
        try:
            self._rounds()
        except Stopped:
            self._conclude()
            raise
        self._conclude()
        return self.results

    def _rounds(self) -> None:
        fault: SystemFault | None = None
        for attempt in range(self.rounds if self.open else 0):
            fault = self._round()
            if fault is None:
                return
            if attempt + 1 < self.rounds:
                time.sleep(min(getattr(fault, "retry_after", 0.2 * 2**attempt), 5.0))
        if fault:
            for change in list(self.open.values()):
                self._fail(change, fault)

    def _conclude(self) -> None:
        self._look_again()
        self.office.store.outcomes.conclude(
            self.plan,
            self.unrecorded,
            check=lambda connection: self.office.store.leases.renew(connection, self.lease),
            requests=self.asked,
            next_try=next_try(self.office.now(), self.longest),
            again=self.again,
        )

    def _round(self) -> SystemFault | None:
        """Look once and write what is still to be written; return the fault that is worth another round."""
        writing, fault = None, None
        try:
            with self.office.systems.writer(self.name) as system:
                writes = self._look(self.step.observe(self.departure, system))
                for change in writes:
                    self.step.seal(self.departure, system, change)
                self._intend(writes)
                writing = Writing(self.step, self.departure, writes, before_each=self._still_ours, requests=self.asked)
                width = min(self.office.systems.places(self.name), len(writes)) if self.step.independent else 1
                if width <= 1:
                    writing.through(system)
            # The first connection is given back by now: whoever holds one and waits for more may wait for ever.
            if width > 1:
                writing.spread(lambda: self.office.systems.writer(self.name), width)
        except SystemFault as error:
            fault = error
        finally:
            for attempt in writing.attempts if writing else ():
                self._note(attempt)
        fault = fault or (writing.fault if writing else None)
        if fault is None or not self.open or isinstance(fault, RETRIED):
            return fault if self.open else None
        for change in list(self.open.values()):
            self._fail(change, fault)
        return None

    def _look(self, found: Snapshot) -> list[Change]:
        """Return the changes to write; settle the others by what was found."""
        writes = []
        first = held_back(self.office, self.plan, self.step, self.known.values())
        for change in list(self.open.values()):
            state = found.get(change.target)
            unclear, waiting = self.step.unclear(state), self.step.waiting(state, change.after)
            before = self.known.get(change.id)
            move = decide(
                change,
                state,
                holds=self.step.holds,
                intended=change.id in self.intended,
                unclear=unclear is not None,
                waits=waiting is not None,
                waited=waiting is not None and self._waited(change),
                turns=self.step.waiting(state, change.before) is not None,
            )
            match move:
                case Move.WRITE if held := first or self.step.held_back(self.departure, change.target, change.after):
                    self._wait(change, held)
                case Move.WRITE:
                    writes.append(change)
                    if before and before.waits:
                        del self.known[change.id]
                case Move.WAIT:
                    self._wait(change, cast("Waiting", waiting))
                case Move.ALREADY | Move.DONE:
                    self._settle(change, Result(move.value), Effect.EFFECTIVE, found=state)
                case Move.UNCLEAR:
                    self._settle(change, Result.PARKED, Effect.REQUESTED, error=unclear)
                case Move.DRIFTED:
                    text = f"{change.label}: somebody else changed it since the plan was made; it was left alone"
                    self._settle(change, Result.DRIFTED, Effect.REQUESTED, error=text, hint=Drifted.default_hint)
                case _:
                    assert_never(move)
        return writes

    def _waited(self, change: Change) -> bool:
        before = self.known.get(change.id)
        undo = self.plan.kind is PlanKind.UNDO
        return (before is not None and before.waits) or (
            not undo and waited_before(self.office, change, self.departure)
        )

    def _intend(self, writes: list[Change]) -> None:
        new = [change.id for change in writes if change.id not in self.intended]
        if not new and not self.unrecorded:
            return
        self.office.store.outcomes.intend(
            self.plan,
            new,
            told=self.told,
            outcomes=self.unrecorded,
            next_try=next_try(self.office.now(), self.longest),
            again=self.again,
            check=lambda connection: self.office.store.leases.prove(connection, self.lease),
        )
        self.intended.update(new)
        self.unrecorded = []

    def _still_ours(self) -> None:
        """Prove the lease again once a second, so that a long step keeps it, and ends when somebody presses stop."""
        with self.proving:
            now = self.office.now()
            if abs(now - self.proved) >= PROVED_FOR:
                leases = self.office.store.leases
                self.office.store.database.write(lambda connection: leases.prove(connection, self.lease))
                self.proved = now

    def _note(self, attempt: Attempt) -> None:
        change = attempt.change
        if attempt.unclear is not None:
            self._settle(change, Result.PARKED, Effect.REQUESTED, error=attempt.unclear)
        elif attempt.fault:
            self._fail(change, attempt.fault)
        else:
            self.accepted[change.id] = (change, attempt.milliseconds)
            del self.open[change.id]

    def _look_again(self) -> None:
        """Look over a connection that wrote nothing, until what was accepted shows, or the time is up."""
        deadline = time.monotonic() + self.office.settle_seconds
        pause, fault = 0.01, None
        accepted = dict(self.accepted)
        while accepted:
            try:
                with self.office.looking(self.step, self.name) as system:
                    found, fault = self.step.observe(self.departure, system), None
            except SystemFault as error:
                found, fault = {}, error
            for change, milliseconds in list(accepted.values()):
                state = found.get(change.target)
                if fault is None and self.step.holds(state, change.after):
                    self._settle(change, Result.DONE, Effect.EFFECTIVE, found=state, milliseconds=milliseconds)
                elif fault is None and (waiting := self.step.waiting(state, change.after)):
                    self._wait(change, waiting, milliseconds=milliseconds)
                else:
                    continue
                del accepted[change.id]
            if time.monotonic() >= deadline:
                break
            if accepted:
                time.sleep(pause)
                pause = min(pause * 2, 0.5)
        for change, milliseconds in accepted.values():
            text = str(fault) if fault else f"{change.label}: accepted, but reading it back shows otherwise"
            self._fail(change, fault, Effect.ACCEPTED, error=text, milliseconds=milliseconds)

    def _fail(self, change: Change, fault: SystemFault | None, effect: Effect = Effect.REQUESTED, **more: Any) -> None:
        before = self.known.get(change.id)
        if before and before.awaited(self.office.now()):
            # Nobody could look; what was to come into effect by then still may.
            self._record(replace(before, error=str(fault), unreachable=isinstance(fault, (*RETRIED, Untrusted))))
            return
        counts = before is not None and before.result in {Result.FAILED, Result.PARKED} and not before.waits
        attempts = before.attempts + 1 if before and counts else 1
        parked = attempts >= LADDER_LENGTH
        result = Result.DRIFTED if isinstance(fault, Drifted) else Result.PARKED if parked else Result.FAILED
        # A fault that time does not mend is still tried again, hourly: somebody may have granted the right meanwhile.
        mends = fault is None or isinstance(fault, RETRIED)
        self.longest = max(self.longest, attempts if mends else LADDER_LENGTH)
        known = {"error": str(fault), "hint": fault.hint if fault else None, "attempts": attempts}
        self._settle(change, result, effect, unreachable=isinstance(fault, (*RETRIED, Untrusted)), **known | more)

    def _wait(self, change: Change, waiting: Waiting, *, milliseconds: int = 0) -> None:
        before = self.known.get(change.id)
        first = before.residual_until if before and before.waits else None
        until = waiting.until or first or instant(self.office.now() + LOOK_AGAIN)
        self._settle(
            change,
            Result.PARKED,
            Effect.RESIDUAL,
            error=waiting.why,
            residual_until=instant(datetime.fromisoformat(until)),
            milliseconds=before.milliseconds if before and before.waits else milliseconds,
        )

    def _settle(self, change: Change, result: Result, effect: Effect, found: State = None, **more: Any) -> None:
        if effect is Effect.EFFECTIVE and (lasts := self.step.lasts(found)):
            effect, more["residual_until"] = Effect.RESIDUAL, lasts
        elif effect is Effect.EFFECTIVE and (ends := ends_at(self.step, change, self.office.now())):
            self.again[change.id] = more["residual_until"] = ends
        self._record(Outcome(change.id, result, effect, **more))

    def _record(self, outcome: Outcome) -> None:
        """Keep an outcome for the next commit; what waits as it did before is not told again."""
        self.results.append(outcome)
        self.open.pop(outcome.change, None)
        if not outcome.waits or outcome != self.known.get(outcome.change):
            self.unrecorded.append(outcome)
        if outcome.waits:
            now, until = self.office.now(), datetime.fromisoformat(cast("str", outcome.residual_until))
            self.again[outcome.change] = instant(min(until, now + LOOK_AGAIN) if until > now else now + LOOK_AGAIN)
