"""The writes of one step: one after the other, or side by side over as many connections as the system allows."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Traced, Unclear
from offboard.errors import RETRIED, SystemFault, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from offboard.domain.change import Change
    from offboard.domain.departure import Departure
    from offboard.steps import Step


MOST_REQUESTS = 50
"""How many ids of requests are kept of one step."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a write came to: accepted, refused (``fault``), or nobody knows (``unclear``)."""

    change: Change
    milliseconds: int = 0
    fault: SystemFault | None = None
    unclear: str | None = None


class Writing:
    """Writes each change once; what is in ``attempts`` was answered, everything else is settled by looking again."""

    def __init__(
        self,
        step: Step[Any],
        departure: Departure,
        changes: Sequence[Change],
        *,
        before_each: Callable[[], None],
        requests: list[str],
    ) -> None:
        """``requests`` takes the ids that the system's operator knows our writes by, where it gives any."""
        self.step, self.departure = step, departure
        self.before_each = before_each
        self._requests = requests
        self._attempts: list[Attempt] = []
        self._faults: list[SystemFault] = []
        self._left = deque(changes)
        self._places = {change.id: place for place, change in enumerate(changes)}
        self._over = threading.Event()

    @property
    def attempts(self) -> list[Attempt]:
        """Return what was answered, in the order of the plan."""
        return sorted(self._attempts, key=lambda attempt: self._places[attempt.change.id])

    @property
    def fault(self) -> SystemFault | None:
        """Return the fault that calls for another round, or for none: one that is worth trying again goes first."""
        again = [fault for fault in self._faults if isinstance(fault, RETRIED)]
        if again:
            return max(again, key=lambda fault: getattr(fault, "retry_after", 0.0))
        return self._faults[0] if self._faults and self._left else None

    def through(self, system: Any) -> None:
        """Write what is left over one connection; where the system asks to come back later, the others go on.

        Raises:
            SystemFault: the connection is of no use any more; whether the write under way took effect, nobody knows.
        """
        traced = isinstance(system, Traced)
        if traced:
            system.request_ids()  # what was asked before was no write of ours
        try:
            self._through(system)
        finally:
            if traced:
                self._requests += system.request_ids()[: MOST_REQUESTS - len(self._requests)]

    def _through(self, system: Any) -> None:
        size = self.step.together(system)
        while not self._over.is_set():
            lot = self._take(size)
            if not lot:
                return
            self.before_each()
            if size == 1:
                self._write(system, lot[0])
            else:
                self._write_together(system, lot)

    def spread(self, lend: Callable[[], AbstractContextManager[Any]], width: int) -> None:
        """Write what is left over so many connections; one that breaks does not end the others.

        Raises:
            Exception: whatever is no fault of the system (a stop, a lost lease), once every write under way has ended.
        """
        with ThreadPoolExecutor(max_workers=width) as pool:
            others = [pool.submit(self._over_one, lend) for _ in range(width - 1)]
            self._over_one(lend)
            for other in others:
                other.result()

    def _over_one(self, lend: Callable[[], AbstractContextManager[Any]]) -> None:
        try:
            with lend() as system:
                self.through(system)
        except SystemFault as fault:
            self._faults.append(fault)
        except BaseException:
            self._over.set()
            raise

    def _take(self, size: int) -> list[Change]:
        lot: list[Change] = []
        with suppress(IndexError):
            while len(lot) < size:
                lot.append(self._left.popleft())
        return lot

    def _write_together(self, system: Any, lot: Sequence[Change]) -> None:
        started = time.monotonic()
        try:
            refused = self.step.write_together(self.departure, system, {one.target: one.after for one in lot})
        except RETRIED:
            # Throttled or without an answer: the next round looks before anything is written again.
            raise
        except SystemFault as fault:
            self._attempts += [Attempt(change, fault=fault) for change in lot]
            return
        each = round((time.monotonic() - started) * 1000 / len(lot))
        for change in lot:
            told = refused.get(change.target)
            if isinstance(told, RETRIED):
                self._faults.append(told)
            else:
                self._attempts.append(Attempt(change, 0 if told else each, told))

    def _write(self, system: Any, change: Change) -> None:
        started = time.monotonic()
        try:
            self.step.write(self.departure, system, change.target, change.after)
        except Unclear as unclear:
            self._attempts.append(Attempt(change, unclear=str(unclear)))
        except Throttled as fault:
            self._faults.append(fault)
        except RETRIED:
            # No answer means unknown: the next round looks before anything is written again.
            raise
        except SystemFault as fault:
            self._attempts.append(Attempt(change, fault=fault))
        else:
            self._attempts.append(Attempt(change, round((time.monotonic() - started) * 1000)))
