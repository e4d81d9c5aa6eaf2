"""The five flows. They are thin: the plan, its approval and the record are the store's, and Prefect authorises nothing.

A flow takes a departure's number, or ``every`` for all that there is something to do for; planning takes the request.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.artifacts import (
    name_this_run,
    publish_letters,
    publish_outcome,
    publish_plan,
    publish_rules,
    publish_verified,
)
from flows.requesting import DepartureRequest
from flows.running import as_task, aside, attention, carry, of_error, opened, with_firm
from offboard.domain.departure import ENDED, Status
from offboard.domain.guards import refused
from offboard.domain.plan import PlanKind
from offboard.domain.question import questions_of
from offboard.engine import due
from offboard.engine.ending import end_what_is_over, to_end
from offboard.engine.office import Office
from offboard.engine.running import start_run
from offboard.engine.sending import sending_runs
from offboard.engine.starting import Started, start
from offboard.engine.status import access_to_do, undo_under_way
from offboard.engine.verifying import Verified, verify
from offboard.errors import NoSuchDeparture
from offboard.wiring import Firm

Work = Callable[[Firm, str, str], Coroutine[Any, Any, State]]

AT_ONCE = 8
"""How many departures one run carries out side by side."""

EVERY = "every"
Number = Annotated[str, Field(min_length=1, max_length=40)]
VERIFIED = frozenset({Status.SECURING, Status.HANDING_OVER, Status.INFORMING, Status.CLOSED, Status.ATTENTION})
"""The statuses in which access is meant to be shut, so that it is worth another look."""


@flow(name="plan_departure", flow_run_name="plan a departure", persist_result=False)
async def plan_departure(request: DepartureRequest) -> State[Any]:
    """Record a departure and plan it; nothing is changed in any system.

    Asked for again, it stays one departure. Prefect does not know who pressed the button, so somebody from IT, HR or
    the owner has to approve the plan by name.

    Args:
        request: Who leaves, when, and what is to be done.
    """
    return await with_firm(lambda firm: _plan(firm, request))


@flow(name="carry_out", flow_run_name="carry out {departure}", persist_result=False)
async def carry_out(departure: Number = EVERY) -> State[Any]:
    """Carry out what is approved and due: shut the doors, prove it, pass things on, then send what is approved.

    Args:
        departure: A number such as D-2026-0001, or "every" for all that are due.
    """
    return await with_firm(lambda firm: _each(firm, departure, _due, _carry_out))


@flow(name="deliver_letters", flow_run_name="deliver letters of {departure}", persist_result=False)
async def deliver_letters(departure: Number = EVERY) -> State[Any]:
    """Send the letters that the owner approved, each at most once, and set the automatic reply.

    Args:
        departure: A number such as D-2026-0001, or "every" for all that have approved letters.
    """
    return await with_firm(lambda firm: _each(firm, departure, due.to_deliver, _deliver))


@flow(name="verify_departure", flow_run_name="verify {departure}", persist_result=False)
async def verify_departure(departure: Number = EVERY) -> State[Any]:
    """Look at everything again over fresh connections; fails when any access is left.

    Args:
        departure: A number such as D-2026-0001, or "every" for all that were carried out.
    """
    return await with_firm(lambda firm: _each(firm, departure, _carried_out, _verify))


@flow(name="undo_departure", flow_run_name="undo {departure}", persist_result=False)
async def undo_departure(departure: Number) -> State[Any]:
    """Put back what was changed, as the approved undo plan says.

    Args:
        departure: A number such as D-2026-0001; the undo is planned and approved on the command line.
    """
    return await with_firm(lambda firm: _undo(firm, departure))


async def _plan(firm: Firm, request: DepartureRequest) -> State:
    started: list[Started] = []

    async def plan() -> State:
        wanted = request.to_request(firm.settings.company.timezone)
        started.append(await aside(start, firm.office, wanted))
        return Completed(message=f"{started[0].departure.number} is on record")

    await as_task("plan", "look at every system and plan", plan)
    number = started[0].departure.number

    async def read_rules() -> State:
        await publish_rules(firm, number)
        return Completed(message="nothing was changed")

    await name_this_run(f"plan {number}")
    await publish_plan(firm, number)
    await as_task("read_mail_rules", "read the mail rules", read_rules)
    await publish_letters(firm, number)
    return _planned(started[0], await aside(firm.store.departures.status, number))


def _planned(started: Started, status: Status) -> State:
    number = started.departure.number
    if started.plan is None:
        return Completed(message=f"{number} was open already and is {status.value}; nothing was planned anew")
    against = refused(list(started.reasons))
    if against:
        return attention(f"{number} is planned, but {len(against)} reasons keep it from being approved: see the plan")
    unread = {gap.system for gap in started.plan.not_covered if gap.unread}
    if unread:
        return attention(f"{number} is planned without {', '.join(map(str, unread))}, which did not answer: plan again")
    asked = len(questions_of(started.plan))
    first = f"{asked} question{'s' if asked > 1 else ''} to answer, see the plan; " if asked else ""
    return Completed(message=f"{number} is planned; {first}somebody approves it: offboard approve {number} --as EMAIL")


async def _each(firm: Firm, asked: str, find: Callable[[Office], list[str]], work: Work) -> State:
    """Do the work for one departure, or side by side for every one there is something to do for."""
    if asked.strip().casefold() != EVERY:
        departure = await aside(firm.store.departures.get, asked)
        return await work(firm, departure.number, "")
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> State:
        async with limit:
            try:
                return await work(firm, number, f"{number}: ")
            except Exception as error:  # noqa: BLE001 - told below; the others go on
                return of_error(error)

    numbers = sorted(set(await aside(find, firm.office)))
    states = await asyncio.gather(*map(one, numbers))
    bad = [f"{number} {state.name}" for number, state in zip(numbers, states, strict=True) if not state.is_completed()]
    if bad:
        return attention(f"{len(bad)} of {len(numbers)}: {', '.join(bad)}")
    return Completed(message=f"{len(numbers)} departures" if numbers else "there was nothing to do")


async def _carry_out(firm: Firm, number: str, prefix: str) -> State:
    departure = await aside(firm.store.departures.get, number)
    await aside(end_what_is_over, firm.office, departure)
    undo = await aside(undo_under_way, firm.office, departure)
    status = await aside(firm.store.departures.status, number)
    if not undo and status in ENDED and status is not Status.CANCELLED:
        await publish_outcome(firm, number)
        return await _ending(firm, number)
    to_do = await aside(access_to_do, firm.office, departure)
    if undo or to_do:
        async with opened(start_run(firm.office, number)) as run:
            await carry(run, prefix=prefix)
    # Published even when another run did it: these pages are where IT looks.
    await publish_outcome(firm, number)
    return await _ending(firm, number) if undo else await _deliver(firm, number, prefix)


async def _deliver(firm: Firm, number: str, prefix: str) -> State:
    async with opened(sending_runs(firm.office, number)) as runs:
        sent = False
        while (run := await aside(next, runs, None)) is not None:
            sent = True
            await carry(run, prefix=prefix)
    if sent:
        await publish_outcome(firm, number)
    await publish_letters(firm, number)
    return await _ending(firm, number)


async def _verify(firm: Firm, number: str, prefix: str) -> State:
    found: list[Verified] = []

    async def look() -> State:
        found.append(await aside(verify, firm.office, number))
        return Completed(message=f"{len(found[0].left)} things are not as they should be")

    await as_task("verify", f"{prefix}look again over fresh connections", look)
    await publish_verified(found[0])
    left = len(found[0].left)
    if not found[0].holds:
        return Failed(name="AccessLeft", message=f"{number}: {left} things are not as they should be; see the artifact")
    return Completed(message=f"{number}: it holds" + (f"; {left} later changes do not" if left else ""))


async def _undo(firm: Firm, asked: str) -> State:
    number = (await aside(firm.store.departures.get, asked)).number
    if await aside(firm.store.plans.in_force, number, PlanKind.UNDO) is None:
        raise NoSuchDeparture(f"{number}: no undo is planned", hint=f"Plan one: offboard undo {number} --as EMAIL")
    return await _carry_out(firm, number, "")


async def _ending(firm: Firm, number: str) -> State:
    """Return the state that the departure's own status comes to."""
    status = await aside(firm.store.departures.status, number)
    if status is Status.ATTENTION:
        return attention(f"{number}: somebody has to look at it: offboard show {number}")
    letters = Counter(letter.state.value for letter in await aside(firm.store.letters.letters, number))
    told = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(letters.items()))
    return Completed(message=f"{number} is {status.value.replace('_', ' ')}" + (f"; letters: {told}" if told else ""))


def _due(office: Office) -> list[str]:
    return [*due.to_carry_out(office), *due.to_try_again(office), *to_end(office)]


def _carried_out(office: Office) -> list[str]:
    return [departure.number for departure, status in office.store.departures.every() if status in VERIFIED]
