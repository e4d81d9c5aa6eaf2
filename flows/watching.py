"""The flow that watches everybody's mail rules. It is thin: the scan and what it found are the store's."""

import asyncio
import hashlib
from contextlib import suppress
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed

from flows.artifacts import Progress, publish_forwarding
from flows.running import as_task, aside, attention, with_firm
from offboard.engine.scan_results import Result
from offboard.engine.scanning import scan
from offboard.engine.watching import EVENT, EVERYBODY, alarms_for_events, mail_alarms
from offboard.storage.scans import Scan
from offboard.wiring import Firm

ALARM = "offboard.forwarding.alarm"
TOLD_EVERY = 2.0
"""Seconds between two looks at how far the scan is."""


@flow(name="watch_forwarding", flow_run_name="watch the mail rules", persist_result=False)
async def watch_forwarding() -> State[Any]:
    """Read everybody's mail rules; tell IT of each alarm that nobody was told of, once.

    A scan that was interrupted goes on where it stopped. Nothing is changed in any system.
    """
    return await with_firm(_watch)


async def _watch(firm: Firm) -> State:
    done: list[Scan] = []
    told: list[Result] = []

    async def read() -> State:
        done.append(await _scan(firm))
        counts = await aside(firm.store.scans.counts, done[0].id)
        return Completed(message=f"{counts.get('read', 0)} mailboxes read, {counts.get('unread', 0)} not")

    async def tell() -> State:
        told.extend(await aside(alarms_for_events, firm.office, done[0]))
        for one in told:
            _emit(one)
        await aside(firm.store.alarms.told, [one.finding for one in told], EVENT, "sent")
        mailed = await aside(mail_alarms, firm.office, done[0], firm.alarm_mails)
        return Completed(message=f"{len(told)} events, {len(mailed)} mails")

    await as_task("scan", "read everybody's mail rules", read)
    # Published before anybody is told: whoever is told looks there.
    await publish_forwarding(firm, done[0])
    await as_task("tell", "tell IT of new alarms", tell)
    unread = (await aside(firm.store.scans.counts, done[0].id)).get("unread", 0)
    listing = len(await aside(lambda: list(firm.store.scans.unread(done[0].id))))
    news = f"{len(told)} new {'alarm' if len(told) == 1 else 'alarms'}"
    if listing:
        return attention(f"{news}; {unread} mailboxes could not be read, so nothing is known of them: see the artifact")
    return Completed(name="Alarm", message=news) if told else Completed(message=news)


async def _scan(firm: Firm) -> Scan:
    """Scan in a thread, and show meanwhile how far it is."""
    far = [0, 0]

    def tell(done: int, total: int) -> None:
        far[:] = [done, total]

    progress = Progress("forwarding-scan", "mailboxes whose rules were read")
    under_way = asyncio.ensure_future(aside(scan, firm.office, firm.settings.company.domains, tell=tell))
    try:
        while not under_way.done():
            await progress.show(*far)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(under_way), TOLD_EVERY)
    finally:
        await asyncio.wait([under_way])
    await progress.show(*far)
    return under_way.result()


def _emit(one: Result) -> None:
    """Tell Prefect of one alarm: whose mailbox and which copy, nothing of what the rule holds."""
    rule = one.judged.rule
    place = hashlib.sha256(f"{rule.system}/{one.mailbox}".encode()).hexdigest()[:16]
    resource = {
        "prefect.resource.id": f"offboard.mailbox.{place}",
        "prefect.resource.name": rule.mailbox or EVERYBODY,
    }
    payload = {"finding": one.finding, "system": rule.system, "source": rule.source, "raw_sha256": rule.raw_sha256}
    emit_event(ALARM, resource=resource, payload=payload | {"mailbox": rule.mailbox, "new": one.new})
