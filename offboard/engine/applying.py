"""One step of one plan on one system: look, record the intents, write, look again, record the outcomes.

Everything that a step does costs at most two commits: one before the first byte leaves, one after the last look.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_never

from offboard.domain.capabilities import Unclear
from offboard.domain.change import Change, Effect, Outcome, Result, Snapshot
from offboard.domain.departure import instant
from offboard.engine.moves import Move, decide
from offboard.errors import RETRIED, Drifted, Stopped, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from offboard.domain.approval import Agreed
    from offboard.domain.canonical import Json
    from offboard.domain.change import Phase
    from offboard.domain.departure import Departure
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office
    from offboard.storage.leases import Lease

ROUNDS = 3
"""How often a write is tried at once when the system does not answer; later tries are due by the ladder."""

PROVED_FOR = timedelta(seconds=1)

LADDER_FIRST, LADDER_LAST, LADDER_LENGTH = 10, 3600, 12
"""Seconds before the next try, doubling up to an hour; after so many tries a change is parked."""


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
        phase, word, self.name = place
        self.rounds = rounds
        self.office, self.lease, self.departure, self.plan = office, lease, departure, plan
        self.step = office.step(word)
        self.known = office.store.outcomes.of(plan.digest)
        self.intended = office.store.outcomes.intents(plan.digest)
        self.longest = 0
        self.proved = office.now()
        self.told: dict[str, Json] = {"digest": plan.digest, "step": word, "system": self.name, "token": lease.token}
        by_people = office.store.outcomes.settled_by_people(plan.digest)
        changes = [
            c
            for c in plan.of(phase, word, self.name)
            if c.id not in by_people and not (c.id in self.known and self.known[c.id].settled)
        ]
        self.open = {change.id: change for change in changes if agreed.covers(change)}
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
        leases = self.office.store.leases
        self.office.store.outcomes.conclude(
            self.plan,
            self.unrecorded,
            check=lambda connection: leases.renew(connection, self.lease),
            next_try=self._next_try(),
        )

    def _round(self) -> SystemFault | None:
        """Look once and write what is still to be written; return the fault that is worth another round."""
        try:
            with self.office.systems.writer(self.name) as system:
                writes = self._look(self.step.observe(self.departure, system))
                self._intend(writes)
                throttled = []
                for change in writes:
                    self._still_ours()
                    throttled += self._write(system, change)
        except RETRIED as fault:
            return fault
        except SystemFault as fault:
            for change in list(self.open.values()):
                self._fail(change, fault)
        else:
            return throttled[0] if throttled else None
        return None

    def _look(self, found: Snapshot) -> list[Change]:
        """Return the changes to write; settle the others by what was found."""
        writes = []
        for change in list(self.open.values()):
            state = found.get(change.target)
            unclear = self.step.unclear(state)
            move = decide(
                change, state, holds=self.step.holds, intended=change.id in self.intended, unclear=unclear is not None
            )
            match move:
                case Move.WRITE:
                    writes.append(change)
                case Move.ALREADY:
                    self._settle(change, Result.ALREADY, Effect.EFFECTIVE)
                case Move.DONE:
                    self._settle(change, Result.DONE, Effect.EFFECTIVE)
                case Move.UNCLEAR:
                    self._settle(change, Result.PARKED, Effect.REQUESTED, error=unclear)
                case Move.DRIFTED:
                    text = f"{change.label}: somebody else changed it since the plan was made; it was left alone"
                    self._settle(change, Result.DRIFTED, Effect.REQUESTED, error=text, hint=Drifted.default_hint)
                case _:
                    assert_never(move)
        return writes

    def _intend(self, writes: list[Change]) -> None:
        new = [change.id for change in writes if change.id not in self.intended]
        if not new and not self.unrecorded:
            return
        self.office.store.outcomes.intend(
            self.plan,
            new,
            told=self.told,
            outcomes=self.unrecorded,
            check=lambda connection: self.office.store.leases.prove(connection, self.lease),
        )
        self.intended.update(new)
        self.unrecorded = []

    def _still_ours(self) -> None:
        """Prove the lease again once a second, so that a long step keeps it, and ends when somebody presses stop."""
        now = self.office.now()
        if abs(now - self.proved) >= PROVED_FOR:
            leases = self.office.store.leases
            self.office.store.database.write(lambda connection: leases.prove(connection, self.lease))
            self.proved = now

    def _write(self, system: Any, change: Change) -> list[Throttled]:
        """Write one change; where the system asks to come back later for it, the others are written meanwhile."""
        started = time.monotonic()
        try:
            self.step.write(self.departure, system, change.target, change.after)
        except Unclear as unclear:
            self._settle(change, Result.PARKED, Effect.REQUESTED, error=str(unclear))
        except Throttled as fault:
            return [fault]
        except RETRIED:
            # No answer means unknown: the next round looks before anything is written again.
            raise
        except SystemFault as fault:
            self._fail(change, fault)
        else:
            self.accepted[change.id] = (change, _milliseconds(started))
            del self.open[change.id]
        return []

    def _look_again(self) -> None:
        """Look over a connection that wrote nothing, until what was accepted shows, or the time is up."""
        deadline = time.monotonic() + self.office.settle_seconds
        pause, fault = 0.01, None
        waiting = dict(self.accepted)
        while waiting:
            try:
                with self.office.looking(self.step, self.name) as system:
                    found, fault = self.step.observe(self.departure, system), None
            except SystemFault as error:
                found, fault = {}, error
            for change, milliseconds in list(waiting.values()):
                if fault is None and self.step.holds(found.get(change.target), change.after):
                    self._settle(change, Result.DONE, Effect.EFFECTIVE, milliseconds=milliseconds)
                    del waiting[change.id]
            if time.monotonic() >= deadline:
                break
            if waiting:
                time.sleep(pause)
                pause = min(pause * 2, 0.5)
        for change, milliseconds in waiting.values():
            text = str(fault) if fault else f"{change.label}: accepted, but reading it back shows otherwise"
            self._fail(change, fault, effect=Effect.ACCEPTED, error=text, milliseconds=milliseconds)

    def _fail(
        self,
        change: Change,
        fault: SystemFault | None,
        *,
        effect: Effect = Effect.REQUESTED,
        error: str = "",
        milliseconds: int = 0,
    ) -> None:
        before = self.known.get(change.id)
        attempts = before.attempts + 1 if before and before.result in {Result.FAILED, Result.PARKED} else 1
        parked = attempts >= LADDER_LENGTH
        result = Result.DRIFTED if isinstance(fault, Drifted) else Result.PARKED if parked else Result.FAILED
        # A fault that time does not mend is still tried again, hourly: somebody may have granted the right meanwhile.
        mends = fault is None or isinstance(fault, RETRIED)
        self.longest = max(self.longest, attempts if mends else LADDER_LENGTH)
        self._settle(
            change,
            result,
            effect,
            error=error or str(fault),
            hint=fault.hint if fault else None,
            milliseconds=milliseconds,
            attempts=attempts,
            unreachable=isinstance(fault, (Unreachable, Throttled, Untrusted)),
        )

    def _settle(
        self,
        change: Change,
        result: Result,
        effect: Effect,
        *,
        error: str | None = None,
        hint: str | None = None,
        milliseconds: int = 0,
        attempts: int = 1,
        unreachable: bool = False,
    ) -> None:
        outcome = Outcome(
            change.id,
            result,
            effect,
            error,
            hint,
            None,
            milliseconds=milliseconds,
            attempts=attempts,
            unreachable=unreachable,
        )
        self.results.append(outcome)
        self.unrecorded.append(outcome)
        self.open.pop(change.id, None)

    def _next_try(self) -> str:
        seconds = min(LADDER_FIRST * 2 ** max(self.longest - 1, 0), LADDER_LAST)
        return instant(self.office.now() + timedelta(seconds=seconds)) if self.longest else ""


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
