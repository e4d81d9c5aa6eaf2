"""Starting a deployment as its run form does, and waiting for what comes of it."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from offboard.errors import Unreachable

LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run ended: its name, its state's name and message, and its page below the server's address."""

    run: str
    state: str
    message: str
    good: bool
    page: str


def start_deployment(name: str, parameters: dict[str, Any], *, patience: float = 60.0) -> Answer:
    """Start a deployment of ``prefect.yaml`` by its name, and return how its run ended.

    Raises:
        Unreachable: it is not up, or its run did not end, within ``patience`` seconds.
    """
    return asyncio.run(_start(name, parameters, time.monotonic() + patience))


async def _start(name: str, parameters: dict[str, Any], deadline: float) -> Answer:
    async with get_client() as client:
        deployment = None
        while deployment is None:
            try:
                deployment = await client.read_deployment_by_name(f"{name}/{name}")
            except ObjectNotFound:
                await _wait(deadline, f"the deployment {name} is not up")
        run = await client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
        while run.state is None or not run.state.is_final():
            await _wait(deadline, f"the run of {name} did not end")
            run = await client.read_flow_run(run.id)
        page = f"/v2/runs/flow-run/{run.id}"
        return Answer(run.name, run.state.name or "", run.state.message or "", run.state.is_completed(), page)


async def _wait(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise Unreachable(what, system="prefect", hint="Read the log of 'offboard serve': it runs the worker.")
    await asyncio.sleep(LOOK_EVERY)
