"""What Prefect's pages show of a departure; a server that does not take it never stops one."""

import logging
from typing import Any

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows import tables
from flows.running import aside
from offboard.domain.plan import PlanKind
from offboard.engine.reading_rules import rules_of
from offboard.engine.scan_results import results
from offboard.engine.showing import show, show_plan
from offboard.engine.verifying import Verified
from offboard.engine.weighing import Weight
from offboard.forwarding.model import Verdict
from offboard.storage.scans import Scan
from offboard.wiring import Firm

log = logging.getLogger("offboard.flows")


def key(number: str, what: str) -> str:
    """Return an artifact's key: lower case, digits and dashes alone."""
    return f"{number.lower()}-{what}"


async def publish_plan(firm: Firm, number: str) -> None:
    """Publish the plan in force: its page, and the clients with the old and the new person."""
    plan: dict[str, Any] = await aside(show_plan, firm.office, number)
    zone = firm.settings.company.timezone
    await _page(key(number, "plan"), tables.plan_page(plan, zone=zone), f"{number}: what will be changed, and why")
    await _publish_clients(firm, number)


async def publish_rules(firm: Firm, number: str) -> None:
    """Publish the leaver's mail rules with the verdict on each."""
    departure = await aside(firm.store.departures.get, number)
    reads = await aside(rules_of, firm.office, departure.leaver, firm.settings.company.domains)
    await _page(key(number, "mail-rules"), tables.rules_page(number, reads), f"{number}: the mail rules, worst first")


async def publish_outcome(firm: Firm, number: str) -> None:
    """Publish what was done per system with the clock, every change, and the clients as they are now."""
    shown: dict[str, Any] = await aside(show, firm.office, number)
    zone = firm.settings.company.timezone
    await _page(key(number, "clock"), tables.clock_page(shown, zone=zone), f"{number}: the outcome per system")
    await _table(key(number, "outcome"), tables.outcome_rows(shown), f"{number}: what came of each change")
    await _publish_clients(firm, number)


async def publish_letters(firm: Firm, number: str) -> None:
    """Publish the letters without their texts, and where they are read and approved."""
    letters = await aside(firm.store.letters.letters, number)
    where = (
        f"{number}: the owner reads and approves them: `offboard letters list {number}`, "
        f"`offboard letters preview LETTER`, `offboard letters approve {number} --as EMAIL`"
    )
    await _table(key(number, "letters"), tables.letter_rows(letters), where)


async def publish_verified(verified: Verified) -> None:
    """Publish what the second look found."""
    await _page(key(verified.departure, "verified"), tables.verified_page(verified), "looked at again")


async def publish_forwarding(firm: Firm, scan: Scan) -> None:
    """Publish what a scan of everybody's mail rules found, the worst first, and what of it is new."""
    rows = await aside(lambda: tables.scan_rows(results(firm.office, scan, least=Verdict.NOTICE)))
    await _table("forwarding-rules", rows, "Mail rules of the whole company, worst first; all: offboard rules scan")


async def publish_exposure(found: Weight) -> None:
    """Publish who depends on one person."""
    await _table("exposure", tables.exposure_rows(found.rows), "Who depends on one person: offboard clients exposure")


class Progress:
    """How far something is, as a bar on the run's page."""

    def __init__(self, name: str, description: str) -> None:
        self._name, self._description = name, description
        self._id: Any = None

    async def show(self, done: int, total: int) -> None:
        """Show that so much is done, of so much."""
        percent = 100 * done / total if total else 0.0
        try:
            if self._id is None:
                self._id = await acreate_progress_artifact(percent, key=self._name, description=self._description)
            else:
                await aupdate_progress_artifact(self._id, percent, description=f"{done} of {total} {self._description}")
        except Exception as error:  # noqa: BLE001 - as below
            log.warning("the artifact %s could not be published: %s", self._name, type(error).__name__)


async def _publish_clients(firm: Firm, number: str) -> None:
    departure = await aside(firm.store.departures.get, number)
    undo = await aside(firm.store.plans.in_force, number, PlanKind.UNDO)
    kept = undo or await aside(firm.store.plans.in_force, number, PlanKind.ACCESS)
    if kept is None:
        return
    outcomes = await aside(firm.store.outcomes.of, kept.plan.digest)
    rows = tables.client_rows(kept.plan, departure, outcomes)
    await _table(key(number, "clients"), rows, f"{number}: the clients, with the old and the new person")


async def _page(name: str, text: str, description: str) -> None:
    try:
        await acreate_markdown_artifact(text, key=name, description=description)
    except Exception as error:  # noqa: BLE001 - whatever Prefect's client raises; the record is the store
        log.warning("the artifact %s could not be published: %s", name, type(error).__name__)


async def _table(name: str, rows: list[tables.Row], description: str) -> None:
    if not rows:
        return
    try:
        await acreate_table_artifact(rows, key=name, description=description)
    except Exception as error:  # noqa: BLE001 - as above
        log.warning("the artifact %s could not be published: %s", name, type(error).__name__)


async def name_this_run(name: str) -> None:
    """Give this flow run a name that holds the departure's number, known only now."""
    try:
        async with get_client() as client:
            await client.update_flow_run(flow_run.id, name=name)
    except Exception as error:  # noqa: BLE001 - as above
        log.warning("this run could not be named: %s", type(error).__name__)
