"""One departure over Active Directory, Entra ID and a SCIM product, each call taking 20 ms longer than it does.

Ours is compared with the longest chain of calls that must follow one another (``chains`` says which), and with the same
departure one call after another: each system allows one caller, and the systems take turns. The settings of the store
are those of production. A pair of people leaves at a time, who hold the same; one of them leaves each way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.chains import Call, Recorder, longest, made, named
from benchmarks.slow_systems import HEIR, STARTED, mail
from offboard.domain.change import Phase
from offboard.domain.departure import read_moment
from offboard.engine.deciding import approve
from offboard.engine.running import start_run
from offboard.engine.showing import show
from offboard.engine.starting import Request, start
from offboard.letters.places import shipped
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.engine.office import Office

SHUT = {"effective", "residual"}
"""A shut Windows account is residual until its last Kerberos ticket is over."""
PAIRS = int(os.environ.get("OFFBOARD_BENCH_PAIRS", "5"))
OF_THE_CHAIN: Final = 1.3
OF_ONE_BY_ONE: Final = 0.33
MOMENT, ZONE = read_moment("2026-01-05T17:00", "Europe/London")


@dataclass
class Side:
    """One way to carry departures out; ``seconds`` is what those took that count."""

    firm: Firm
    office: Office
    recorder: Recorder
    seconds: float = 0.0


def run(pairs: int = PAIRS) -> list[dict[str, Any]]:
    """Let so many pairs leave, one more to begin with, and return two rows."""
    logins = {HEIR: "1000"} | {f"{way}.leaver{n}": f"{way[0]}{n}" for n in range(pairs + 1) for way in ("ann", "ben")}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), logins) as systems:
        recorder = Recorder()
        recorder.listen()
        ours, theirs = (side(systems, Path(folder), recorder, one_by_one=way) for way in (False, True))
        chain = length = 0.0
        calls: list[Call] = []
        for n in range(pairs + 1):
            number, calls = leave(ours, f"ann.leaver{n}", side_by_side=True)
            _, others = leave(theirs, f"ben.leaver{n}", side_by_side=False)
            if made(calls) != made(others):
                sys.exit(f"not the same calls: {made(calls) - made(others)}, {made(others) - made(calls)}")
            if n == 0:
                # The first pair has opened the connections, as those who left before have in a resident.
                ours.seconds = theirs.seconds = 0.0
                continue
            known = named(json.dumps(ours.office.store.departures.get(number).to_json()))
            chain += longest(calls, phases(ours), known, took(others))
            length += longest(calls, phases(ours), known, dict.fromkeys(systems, 1.0))
        for one in (ours, theirs):
            one.firm.close()
    there = ", ".join(f"{number} {name}" for name, number in Counter(call.part.system for call in calls).items())
    note = f"{len(calls)} calls ({there}), the same both ways; store with synchronous=FULL; {pairs} pairs"
    bound = f"{length / pairs:g} calls in the chain, each as long as it takes one after another; {note}"
    what = "a departure over AD, Entra and SCIM, 20 ms a call, and"
    return [
        row(f"{what} its longest chain (ms)", ours.seconds / pairs, chain / pairs, OF_THE_CHAIN, bound),
        row(f"{what} one call after another (ms)", ours.seconds / pairs, theirs.seconds / pairs, OF_ONE_BY_ONE, note),
    ]


def took(calls: list[Call]) -> dict[str, float]:
    """Return the seconds from question to answer that a call to each system took, on average."""
    times: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        times[call.part.system].append(call.ended - call.began)
    return {system: sum(each) / len(each) for system, each in times.items()}


def row(name: str, ours: float, theirs: float, goal: float, note: str) -> dict[str, Any]:
    """Return a row of the results; times in seconds."""
    return {
        "name": name,
        "ours": round(ours * 1000),
        "theirs": round(theirs * 1000),
        "ratio": round(ours / theirs, 2),
        "goal": goal,
        "note": note,
    }


def leave(one: Side, login: str, *, side_by_side: bool) -> tuple[str, list[Call]]:
    """Let somebody leave; return the departure's number and the calls that carrying it out made."""
    asked = Request(mail(login), MOMENT, ZONE, "bench", mail(HEIR), "erin@corp.test")
    number = start(one.office, asked).departure.number
    approve(one.office, number, "dave@corp.test")
    one.recorder.calls.clear()
    began = time.perf_counter()
    with start_run(one.office, number) as under_way:
        if side_by_side:
            under_way.carry_out()
        else:
            for _, groups in under_way.phases():
                for group in groups:
                    for word in group.steps:
                        under_way.step(group, word)
    one.seconds += time.perf_counter() - began
    wrong = [change for change in show(one.office, number)["changes"] if change["effect"] not in SHUT]  # type: ignore[union-attr,index,call-overload]  # its shape is in the design
    if wrong:
        sys.exit(f"{len(wrong)} changes did not take effect, {wrong[0]} first")
    return number, list(one.recorder.calls)


def side(systems: dict[str, Any], folder: Path, recorder: Recorder, *, one_by_one: bool) -> Side:
    """Open the company, on a store of its own."""
    place = folder / ("theirs" if one_by_one else "ours")
    (place / "playbooks").mkdir(parents=True)
    # The shipped playbook as it is; what it tells clients calls none of these systems.
    employee = (shipped("") / "employee.yaml").read_text(encoding="utf-8").partition("\ninform:")[0]
    text = employee.replace("playbook: employee", "playbook: bench")
    (place / "playbooks" / "bench.yaml").write_text(text, encoding="utf-8")
    limits = {"calls_at_once": 1} if one_by_one else {}
    data = settings_of(**{name: table | limits for name, table in systems.items()})
    data["company"]["playbooks"] = "playbooks"
    data["guards"] = {"max_departures_per_hour": 10**6, "max_share_of_staff": 1.0}
    firm = Firm(Settings(**data), place)
    return Side(firm, replace(firm.office, step=recorder.step(firm.step)), recorder)


def phases(one: Side) -> list[list[str]]:
    """Return the words of the playbook, phase by phase."""
    entries = one.office.playbook("bench").entries
    return [[entry.step for entry in entries if entry.phase is phase] for phase in (Phase.SECURE, Phase.HAND_OVER)]


@contextmanager
def running(folder: Path, logins: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Run the systems, each in a process of its own, and yield what the settings say of them."""
    with ExitStack() as stack:
        systems = {}
        for kind in STARTED:
            command = [sys.executable, "-m", "benchmarks.slow_systems", kind, str(folder / kind), json.dumps(logins)]
            process = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            if process.stdin and process.stdout:
                stack.callback(process.stdin.close)
                systems[kind] = json.loads(process.stdout.readline())
        yield systems


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS), indent=2))
