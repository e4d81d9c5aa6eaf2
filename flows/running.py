"""Engine work inside Prefect: what blocks runs in threads, and every step is one task that a person understands.

Prefect keeps what it is told, in clear. So it is told step words, system names, departure numbers and counts; texts of
letters, passwords and foreign exceptions stay with the engine, whose record is the store.
"""

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from offboard.domain.change import Outcome
from offboard.engine.running import Group, Run
from offboard.errors import BadInput, Busy, Guarded, NotDue, OffboardError
from offboard.wiring import Firm, open_firm

T = TypeVar("T")
AT_ONCE = 32
LONGEST = 600
UNHARMED = (Busy, NotDue)
"""Refusals after which nobody has to do anything: the departure is carried out by another run, or later."""

log = logging.getLogger("offboard.flows")
begun: contextvars.ContextVar[asyncio.Event | None] = contextvars.ContextVar("begun", default=None)
"""Set when Prefect has let a flow begin: from then on the departure is the flow's, whatever becomes of Prefect."""

threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="offboard")


async def aside(work: Callable[..., T], *args: Any, **named: Any) -> T:
    """Run blocking work in a thread; whoever is cancelled meanwhile still waits until it has ended.

    A step that was given up half-way would go on writing after its lease was handed back.
    """
    call = partial(contextvars.copy_context().run, work, *args, **named)
    under_way = asyncio.get_running_loop().run_in_executor(threads, call)
    try:
        return await asyncio.shield(under_way)
    except asyncio.CancelledError:
        await asyncio.wait([under_way])
        raise


@asynccontextmanager
async def opened(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Enter and leave a blocking context manager in threads."""
    value = await aside(manager.__enter__)
    try:
        yield value
    except BaseException as error:
        if not await aside(manager.__exit__, type(error), error, error.__traceback__):
            raise
    else:
        await aside(manager.__exit__, None, None, None)


async def as_task(name: str, label: str, work: Callable[[], Coroutine[Any, Any, State]]) -> None:
    """Run work as one Prefect task; nothing of it is cached or kept, and no traceback is told.

    Raises:
        Exception: whatever the work raised, once the task has ended with a clean message.
    """
    raised: list[Exception] = []

    async def told() -> State:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - raised again below, where Prefect does not log it
            raised.append(error)
            return of_error(error)

    label = label.replace("{", "{{").replace("}", "}}")
    named = task(name=name, task_run_name=label, cache_policy=NO_CACHE, persist_result=False)
    told_prefect: Any = named(told)(return_state=True)
    await told_prefect
    if raised:
        raise raised[0]


async def carry(run: Run, *, prefix: str = "") -> None:
    """Carry out a run: phase after phase, the systems of a phase side by side, each step as a task.

    Raises:
        Stopped: somebody pressed stop.
        Busy: another run has taken over.
    """
    phases = run.phases()
    while (entered := await aside(next, phases, None)) is not None:
        ended = await asyncio.gather(
            *(_carry_group(run, group, prefix) for group in entered[1]), return_exceptions=True
        )
        for error in ended:
            if isinstance(error, BaseException):
                raise error


async def _carry_group(run: Run, group: Group, prefix: str) -> None:
    for word in group.steps:

        async def work(word: str = word) -> State:
            return of_outcomes(await aside(run.step, group, word))

        await as_task(word, f"{prefix}{word} on {group.system}", work)


def of_outcomes(outcomes: Iterable[Outcome]) -> State:
    """Return the state that one step's outcomes come to: a change that failed is never hidden.

    What waits for somebody has not failed; once its time is over, the departure itself says so.
    """
    outcomes = list(outcomes)
    counted = Counter(outcome.result.value for outcome in outcomes)
    told = ", ".join(f"{count} {result}" for result, count in counted.items()) or "nothing was left to do"
    if all(outcome.settled or outcome.waits for outcome in outcomes):
        return Completed(message=told)
    return attention(told)


def of_error(error: Exception) -> State:
    """Return the state of work that was refused or broke; only our own errors' texts are fit to be told."""
    if not isinstance(error, OffboardError):
        log.error("a flow ended in an error that it should not have", exc_info=error)
        return Failed(name="Broken", message=f"{type(error).__name__}: see the log of the process that ran this")
    listed = error.faults if isinstance(error, BadInput) else error.reasons if isinstance(error, Guarded) else []
    text = "; ".join(dict.fromkeys([str(error), *listed]))
    message = f"{text if len(text) <= LONGEST else text[:LONGEST] + ' …'}. {error.hint}"
    if isinstance(error, UNHARMED):
        return Completed(name=type(error).__name__, message=message)
    return Failed(name=type(error).__name__, message=message)


def attention(message: str) -> State:
    """Return the state of work that somebody has to look at."""
    return Failed(name="Attention", message=message)


async def with_firm(work: Callable[[Firm], Coroutine[Any, Any, State]]) -> State:
    """Open the company of the settings, do the work, and turn whatever goes wrong into a state with a clean message."""
    if (event := begun.get()) is not None:
        event.set()
    try:
        async with opened(_company()) as firm:
            return await work(firm)
    except Exception as error:  # noqa: BLE001 - whatever it is, Prefect is told no more than is fit to be kept
        return of_error(error)


@contextmanager
def _company() -> Iterator[Firm]:
    firm = open_firm()
    try:
        yield firm
    finally:
        firm.close()
