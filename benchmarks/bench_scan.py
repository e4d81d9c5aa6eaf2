"""Reading everybody's mail rules over the stand-ins, each call taking 20 ms, within the limits of the real services.

With Microsoft Graph alone, ours is compared with a bare client that sends the same batches as fast as the limits allow
and looks at no answer, and with one call at a time; memory is that of reading many times as many mailboxes. What a
stand-in cannot show is how long the real service works on a batch.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

from offboard.connectors._graph_link import BATCH
from offboard.engine.scan_results import results
from offboard.engine.scanning import scan
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAILBOXES = int(os.environ.get("OFFBOARD_BENCH_MAILBOXES", "2000"))
MANY = int(os.environ.get("OFFBOARD_BENCH_MANY_MAILBOXES", "50000"))
OF_THE_LIMITS: Final = 1.3
OF_ONE_BY_ONE: Final = 0.1
MEGABYTES: Final = 200
SAMPLE: Final = 100
"""How many single calls are timed: all of them would take minutes, and each takes as long as the others."""


def run(mailboxes: int = MAILBOXES, many: int = MANY) -> list[dict[str, Any]]:
    """Scan so many mailboxes for the time and so many for the memory, and return three rows."""
    with tempfile.TemporaryDirectory() as name, running(Path(name), mailboxes) as table:
        before = bare(table)
        ours = scanned(table, Path(name) / "ours")["seconds"]
        # A machine may change meanwhile: the others are timed on both sides of ours.
        bound, single = (statistics.mean(both) for both in zip(before, bare(table), strict=True))
    memory = apart(many)
    note = f"{mailboxes} mailboxes, two calls each, {BATCH} in a batch, one batch at a time (four parts of it at once)"
    per = f"{ours / mailboxes * 1000:.1f} ms a mailbox; {note}"
    grown = f"growth of the resident set; {many} mailboxes took {memory['seconds']:.0f} s"
    return [
        row("scan of all mail rules and what the limits allow (s)", ours, bound, OF_THE_LIMITS, note),
        row("scan of all mail rules and one call at a time (s)", ours, single, OF_ONE_BY_ONE, per),
        row(f"memory of a scan of {many} mailboxes and its limit (MB)", memory["grown"], MEGABYTES, 1.0, grown),
    ]


def row(name: str, ours: float, theirs: float, goal: float, note: str) -> dict[str, Any]:
    """Return a row of the results."""
    return {
        "name": name,
        "ours": round(ours, 1),
        "theirs": round(theirs, 1),
        "ratio": round(ours / theirs, 2),
        "goal": goal,
        "note": note,
    }


def scanned(table: dict[str, Any], folder: Path) -> dict[str, float]:
    """Scan a tenant from a store of its own; return the seconds, and the megabytes by which this process grew."""
    folder.mkdir()
    data = settings_of(mail=table)
    data["company"]["domains"] = ["acme.example"]
    firm = Firm(Settings(**data), folder)
    before = resident()
    began = time.perf_counter()
    done = scan(firm.office, firm.settings.company.domains)
    seconds = time.perf_counter() - began
    found = sum(1 for _ in results(firm.office, done))
    counts = firm.store.scans.counts(done.id)
    firm.close()
    if counts.get("unread") or not found:
        sys.exit(f"not everything was read: {counts}, {found} rules")
    return {"seconds": seconds, "grown": peak() - before, "read": counts["read"]}


@contextmanager
def signed_in(table: dict[str, Any], scope: str) -> Iterator[httpx.Client]:
    """Yield a bare client with a token for this scope."""
    secret = Path(table["client_secret"]["file"]).read_text(encoding="utf-8")
    trust = ssl.create_default_context(cafile=table["ca_file"])
    with httpx.Client(verify=trust, trust_env=False, timeout=30) as client:
        form = {
            "client_id": table["client_id"],
            "client_secret": secret,
            "grant_type": "client_credentials",
            "scope": scope,
        }
        token = client.post(f"{table['authority']}/{table['tenant']}/oauth2/v2.0/token", data=form).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield client


def bare(table: dict[str, Any]) -> tuple[float, float]:
    """Return the seconds that the same calls take in bare batches one after another, and each by itself."""
    with signed_in(table, "https://graph.microsoft.com/.default") as client:
        began = time.perf_counter()
        users = listed(client, table["url"])
        asks = [path for who in users for path in calls(who)]
        for start in range(0, len(asks), BATCH):
            requests = [
                {"id": str(n), "method": "GET", "url": ask} for n, ask in enumerate(asks[start : start + BATCH])
            ]
            client.post(f"{table['url']}/$batch", json={"requests": requests}).raise_for_status()
        batched = time.perf_counter() - began
        began = time.perf_counter()
        for ask in asks[:SAMPLE]:
            client.get(f"{table['url']}{ask}").raise_for_status()
        return batched, (time.perf_counter() - began) / SAMPLE * len(asks)


def calls(who: str) -> tuple[str, str]:
    """Return what is asked of one mailbox."""
    return (
        f"/users/{who}/mailFolders/inbox/messageRules",
        f"/users/{who}/mailboxSettings?$select=automaticRepliesSetting",
    )


def listed(client: httpx.Client, url: str) -> list[str]:
    """Return everybody, page by page."""
    found: list[str] = []
    following = f"{url}/users?$select=id,mail&$top=999"
    while following:
        body = client.get(following).raise_for_status().json()
        found += [user["id"] for user in body["value"]]
        following = body.get("@odata.nextLink", "")
    return found


def apart(mailboxes: int) -> dict[str, float]:
    """Scan in a process of its own, which has held nothing else, and return what it says."""
    with tempfile.TemporaryDirectory() as name, running(Path(name), mailboxes) as table:
        command = [sys.executable, "-m", "benchmarks.bench_scan", "--scan", json.dumps(table), str(Path(name) / "ours")]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def resident() -> float:
    """Return the megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def peak() -> float:
    """Return the most megabytes that this process has held (getrusage would count those of whoever started it)."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))[0]) * 1024 / 1e6


@contextmanager
def running(folder: Path, mailboxes: int, tenant: str = "benchmarks.slow_mailboxes") -> Iterator[dict[str, Any]]:
    """Run a tenant with so many mailboxes in a process of its own, and yield what the settings say of it."""
    command = [sys.executable, "-m", tenant, str(folder / "tenant"), str(mailboxes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin and process.stdout:
            try:
                yield json.loads(process.stdout.readline())
            finally:
                process.stdin.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--scan"]:
        print(json.dumps(scanned(json.loads(sys.argv[2]), Path(sys.argv[3]))))
    else:
        print(json.dumps(run(*map(int, sys.argv[1:3])), indent=2, ensure_ascii=False))
