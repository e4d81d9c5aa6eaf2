"""The flow that keeps every week who depends on one person. It is thin: what it found is the store's."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.artifacts import publish_exposure
from flows.running import as_task, aside, with_firm
from offboard.engine.weighing import Weight, keep
from offboard.wiring import Firm


@flow(name="weigh_exposure", flow_run_name="weigh who depends on one person", persist_result=False)
async def weigh_exposure() -> State[Any]:
    """Read every register and keep who depends on one person; the owner looks at this before anybody leaves.

    Nothing is changed in any system. A week that is weighed twice is kept as it was the second time.
    """
    return await with_firm(_weigh)


async def _weigh(firm: Firm) -> State:
    found: list[Weight] = []

    async def look() -> State:
        found.append(await aside(keep, firm.office))
        return Completed(message=f"{len(found[0].rows)} people")

    await as_task("weigh", "read who knows which client", look)
    await publish_exposure(found[0])
    sole = sum(row.sole_contact for row in found[0].rows)
    value = sum(row.value_at_risk for row in found[0].rows)
    return Completed(message=f"{sole} clients are known to one person alone; together they are worth {value:,}")
