"""Reading everybody's mail rules by Exchange's admin endpoint, each cmdlet taking 20 ms, few of them at once.

Ours is compared with bare clients that run the same cmdlets side by side, as many as are allowed, and look at no
answer; and with one cmdlet at a time. Microsoft publishes no limit of this endpoint: ours is the connector's own.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bench_scan import MAILBOXES, OF_THE_LIMITS, row, running, scanned, signed_in
from offboard.connectors._exchange_link import SERVICE
from offboard.connectors._graph_wire import AT_ONCE
from offboard.connectors.exchange import OFFICE

if TYPE_CHECKING:
    import httpx

WIDTH: Final = AT_ONCE[SERVICE]
OF_ONE_BY_ONE: Final = round(OF_THE_LIMITS / WIDTH, 3)
"""What is left of one at a time where so many go at once, and the same share is ours."""

SAMPLE: Final = 150
"""How many mailboxes the bare clients read each time; the others take as long."""

CMDLETS: Final = (
    ("Get-Mailbox", "Identity", {}),
    ("Get-InboxRule", "Mailbox", {"IncludeHidden": True}),
    ("Get-SweepRule", "Mailbox", {}),
    ("Get-MailboxAutoReplyConfiguration", "Identity", {}),
    ("Get-MailboxPermission", "Identity", {}),
    ("Get-RecipientPermission", "Identity", {}),
    ("Get-CalendarProcessing", "Identity", {}),
)
"""What has to be asked of a mailbox in which nobody made a rule."""


def run(mailboxes: int = MAILBOXES) -> list[dict[str, Any]]:
    """Scan so many mailboxes, and return two rows."""
    with (
        tempfile.TemporaryDirectory() as name,
        running(Path(name), mailboxes, "benchmarks.slow_exchange") as table,
    ):
        before = bare(table, mailboxes)
        ours = scanned(table, Path(name) / "ours")["seconds"]
        # A scan takes minutes, in which a machine may change: the others are timed on both sides of it.
        bound, single = (statistics.mean(both) for both in zip(before, bare(table, mailboxes), strict=True))
    note = f"{mailboxes} mailboxes, {len(CMDLETS)} cmdlets each (8 where there are rules), {WIDTH} at once"
    per = f"{ours / mailboxes * 1000:.1f} ms a mailbox; the limit alone makes it {1 / WIDTH:g}; {note}"
    return [
        row("scan of Exchange's rules and what the limit allows (s)", ours, bound, OF_THE_LIMITS, note),
        row("scan of Exchange's rules and one cmdlet at a time (s)", ours, single, OF_ONE_BY_ONE, per),
    ]


def bare(table: dict[str, Any], mailboxes: int) -> tuple[float, float]:
    """Return the seconds that bare calls for so many mailboxes take, as many at once as allowed, and one by one."""
    url = f"{table['url']}/adminapi/beta/{table['tenant']}/InvokeCommand"
    some = min(SAMPLE, mailboxes)
    with signed_in(table, f"{OFFICE['global']}/.default") as client, ThreadPoolExecutor(WIDTH) as pool:
        logins = [str(box["UserPrincipalName"]) for box in listed(client, url, table["tenant"])][:some]
        began = time.perf_counter()
        list(pool.map(lambda login: read(client, url, login), logins))
        wide = time.perf_counter() - began
        few = logins[: max(1, some // 10)]
        began = time.perf_counter()
        for login in few:
            read(client, url, login)
        return wide / some * mailboxes, (time.perf_counter() - began) / len(few) * mailboxes


def listed(client: httpx.Client, url: str, tenant: str) -> list[dict[str, Any]]:
    """Return the first page of mailboxes."""
    anchor = f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{tenant}"
    return called(client, url, anchor, "Get-Mailbox", {"ResultSize": "Unlimited"})


def read(client: httpx.Client, url: str, login: str) -> None:
    """Run every cmdlet about one mailbox; which rules are hidden is asked only where there are any."""
    for cmdlet, key, more in CMDLETS:
        found = called(client, url, f"UPN:{login}", cmdlet, {key: login} | more)
        if cmdlet == "Get-InboxRule" and len(found) > 1:
            called(client, url, f"UPN:{login}", cmdlet, {key: login})


def called(
    client: httpx.Client, url: str, anchor: str, cmdlet: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run one cmdlet and return what it prints."""
    body = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}
    answer = client.post(url, json=body, headers={"X-AnchorMailbox": anchor}).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:2])), indent=2, ensure_ascii=False))
