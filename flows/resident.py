"""The resident: looks in the store every moment, and carries out what is due in its own process.

Starting a process for a run takes seconds, so due departures do not go through the worker; it is there for what people
start from Prefect's pages. The store is the only thing that counts: a run that was missed, or that died with this
process, is found again at the next look, and the lease keeps two from doing the same.
"""

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from prefect import Flow, tags
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed
from prefect.workers.process import ProcessWorker

from flows.departures import carry_out, deliver_letters, undo_departure
from flows.deploying import POOL, make_pool, put_up
from flows.running import aside, begun
from offboard.engine import driving, due
from offboard.engine.asking import send_mails
from offboard.engine.ending import to_end
from offboard.engine.errands import run_errands
from offboard.engine.status import undo_under_way
from offboard.errors import OffboardError
from offboard.wiring import Firm

RESIDENT = "offboard serve"
"""The tag of runs in the resident's own process, for which Prefect has nobody who would notice that it died."""

LOOK_EVERY = 0.25
ASK_EVERY = 2.0
ERRANDS_EVERY = 0.5
PATIENCE = 1.5
"""Seconds that Prefect gets to begin a run, before the departure is carried out without waiting for it."""

SOON = 15.0
"""Seconds before a moment in which nothing else is started."""

LONGEST_WAIT = 60.0

LONGEST_ANSWER = 5.0
LONGEST_PAUSE = 300.0
AGAIN = 15.0
AT_ONCE = 8
FAREWELL = 20.0
RUNS_AT_ONCE = 4
"""How many runs that people started the worker carries out side by side, each a process of about 200 MB."""

Work = Flow[[str], Coroutine[Any, Any, State[Any]]]


class Resident:
    """Carries out what is due, until it is told to stop."""

    def __init__(self, firm: Firm, say: Callable[[str], None]) -> None:
        self.firm, self.say = firm, say
        self.stopping = asyncio.Event()
        self.started = datetime.now(UTC)
        self.answers: bool | None = None
        self.soon = False
        self._came_back = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._tries: dict[str, tuple[int, float]] = {}

    async def run(self) -> None:
        """Stay until ``stopping`` is set; what is under way then ends after its present step."""
        self._note(answers=await _server_answers())
        await self._look()
        beside = [
            asyncio.create_task(work())
            for work in (self._watch_server, self._keep_deployed, self._work, self._write_mails, self._serve_desk)
        ]
        self.say("looking every moment for departures that are due")
        try:
            while not self.stopping.is_set():
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), LOOK_EVERY)
        finally:
            self.say("stopping; what is under way ends after its present step and goes on at the next start")
            tasks = [*beside, *self._under_way.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=FAREWELL)

    async def _look(self) -> None:
        try:
            found = await aside(self._find)
        except OffboardError as error:
            self.say(f"the store cannot be read: {error}")
            await asyncio.sleep(ASK_EVERY)
            return
        self._tries = {number: tries for number, tries in self._tries.items() if number in found}
        for number, work in found.items():
            count, not_before = self._tries.get(number, (0, 0.0))
            if number in self._under_way or len(self._under_way) >= AT_ONCE or time.monotonic() < not_before:
                continue
            # Found again at once after a try means that it did not get on: each pause is twice the one before.
            self._tries[number] = (count + 1, time.monotonic() + min(2.0**count, LONGEST_PAUSE))
            self._under_way[number] = asyncio.create_task(self._carry_out(number, work))

    def _find(self) -> dict[str, Work]:
        """Return what there is to do: departure → its flow."""
        office = self.firm.office
        found: dict[str, Work] = dict.fromkeys(due.to_deliver(office), deliver_letters)
        for number in (*due.to_carry_out(office), *due.to_try_again(office), *to_end(office)):
            undo = undo_under_way(office, office.store.departures.get(number))
            found[number] = undo_departure if undo else carry_out
        self.soon = due.within(office, SOON)
        return found

    async def _carry_out(self, number: str, work: Work) -> None:
        self.say(f"{number}: {work.name}")
        try:
            if not (self.answers and await self._through_prefect(number, work)):
                await self._through_engine(number)
        finally:
            del self._under_way[number]

    async def _through_prefect(self, number: str, work: Work) -> bool:
        """Run the flow in this process; ``False`` when Prefect did not let it begin at all.

        While Prefect takes its time the departure is carried out without it; the flow then finds it done, and shows it.
        """
        began = asyncio.Event()
        begun.set(began)
        with tags(RESIDENT):
            run: asyncio.Future[Any] = asyncio.ensure_future(work(number, return_state=True))
        waiting = asyncio.ensure_future(began.wait())
        try:
            await asyncio.wait({run, waiting}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            if not began.is_set() and not run.done():
                await self._through_engine(number)
            state = await asyncio.wait_for(run, None if began.is_set() else LONGEST_WAIT)
            self.say(f"{number}: {state.name}: {state.message}")
        except Exception as error:  # noqa: BLE001 - Prefect's own troubles; those of the departure are states
            self.say(f"{number}: Prefect could not be told how it ended ({type(error).__name__}); the store knows")
        finally:
            for task in (run, waiting):
                task.cancel()
            await asyncio.wait({run, waiting}, timeout=ASK_EVERY)
        if not began.is_set():
            self._note(answers=False)
        return began.is_set()

    async def _through_engine(self, number: str) -> None:
        try:
            await aside(driving.carry_out, self.firm.office, number)
            status = await aside(self.firm.store.departures.status, number)
            self.say(f"{number}: carried out without Prefect; it is {status.value.replace('_', ' ')}")
        except OffboardError as error:
            self.say(f"{number}: {error}. {error.hint}")

    async def _write_mails(self) -> None:
        """Ask people for what no interface can do, and remind them."""
        pause = ASK_EVERY
        while True:
            await asyncio.sleep(pause)
            await self._calm()
            try:
                for mail in await aside(send_mails, self.firm.office, self.firm.task_mails):
                    self.say(f"{mail.task.id}: {'reminded' if mail.reminder else 'asked'} {mail.recipient}")
                pause = ASK_EVERY
            except OffboardError as error:
                self.say(f"people could not be written to, which is tried again: {error}")
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _serve_desk(self) -> None:
        """Do what the desk waits for, which has no way to any system: mail codes, plan what was asked for there."""
        pause, told = LOOK_EVERY, [""]
        while True:
            await asyncio.sleep(pause)
            calm = not (self.soon or self._under_way)
            try:
                said = await aside(run_errands, self.firm.office, self.firm.code_mails, calm=calm)
            except OffboardError as error:
                said = [f"the desk's errands are tried again: {error}"]
            # People wait for their codes, whatever else is down; what stays wrong is said once.
            pause = ASK_EVERY if said else ERRANDS_EVERY
            for sentence in said if said != told else ():
                self.say(sentence)
            told = said

    async def _calm(self) -> None:
        """Wait while a departure is under way or about to be: nothing may take the processor from it."""
        while self.soon or self._under_way:  # noqa: ASYNC110 - what is waited for stands in the store
            await asyncio.sleep(LOOK_EVERY)

    def _note(self, *, answers: bool) -> None:
        if answers != self.answers:
            without = "Prefect's server does not answer: departures are carried out all the same, without its pages"
            self.say("Prefect's server answers" if answers else without)
        if answers and not self.answers:
            self._came_back.set()
        self.answers = answers

    async def _watch_server(self) -> None:
        while True:
            await asyncio.sleep(ASK_EVERY)
            self._note(answers=await _server_answers())

    async def _keep_deployed(self) -> None:
        """Put up the deployments whenever the server has come back: it may have lost its database."""
        while True:
            await self._came_back.wait()
            self._came_back.clear()
            await self._calm()
            try:
                await self._end_strays()
                await put_up()
                self.say("the deployments of prefect.yaml are up")
            except Exception as error:  # noqa: BLE001 - whatever it is, due departures must go on
                self.say(f"the deployments could not be put up, which is tried again: {error}")
                await asyncio.sleep(AGAIN)
                self._came_back.set()

    async def _end_strays(self) -> None:
        """Tell Prefect which runs died with an earlier process: nobody else would, and they would run for ever."""
        stray = FlowRunFilter(
            tags=FlowRunFilterTags(all_=[RESIDENT]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])),
            start_time=FlowRunFilterStartTime(before_=self.started),
        )
        async with get_client() as client:
            for run in await client.read_flow_runs(flow_run_filter=stray):
                number = str(run.parameters.get("departure", ""))
                if await aside(self.firm.store.leases.free, number):
                    message = f"the process that carried {number} out ended; what was left goes on in a run of its own"
                    await client.set_flow_run_state(run.id, Crashed(message=message), force=True)

    async def _work(self) -> None:
        """Run the worker, anew whenever it ended because the server was away."""
        while True:
            if self.answers:
                name = f"offboard serve on {socket.gethostname()}"
                await self._calm()
                try:
                    await make_pool()
                    await ProcessWorker(POOL, name=name, limit=RUNS_AT_ONCE).start(printer=_silent)
                except Exception as error:  # noqa: BLE001 - the worker must not take the resident with it
                    self.say(f"the worker ended ({type(error).__name__}) and starts again when the server answers")
            await asyncio.sleep(ASK_EVERY)


def stay(resident: Resident) -> None:
    """Run the resident until SIGTERM or SIGINT."""
    # Prefect imports half of itself at its first run; no departure should wait for that.
    import_module("prefect.task_engine")
    import_module("prefect.utilities.visualization")
    carry_out.serialize_parameters({"departure": ""})

    async def until_told() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, resident.stopping.set)
        await resident.run()

    asyncio.run(until_told())


async def _server_answers() -> bool:
    try:
        async with asyncio.timeout(LONGEST_ANSWER), get_client() as client:
            return await client.api_healthcheck() is None
    except Exception:  # noqa: BLE001 - whatever is wrong, it does not answer
        return False


def _silent(*_: object) -> None:
    """Say nothing: what the worker would print, the resident's own lines tell."""
