"""Calls to one system go side by side, as far as it allows, and nothing that goes wrong in one loses another."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.breadth import side_by_side
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.showing import show
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify
from offboard.errors import Busy, Denied, Stopped, Throttled, Unreachable
from offboard.storage.leases import Leases
from tests.engine.asking import status
from tests.engine.desk import with_desk
from tests.engine.twin import JOE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Company

MANY = {f"t{place:02d}": "open" for place in range(12)}


def results(company: Company, number: str) -> dict[str, str]:
    return {c["target"]: c["outcome"] for c in show(company.office, number)["changes"] if c["system"] == "desk"}


def nth(method: str, wanted: int, error: Exception, *, done: bool = False) -> Callable[[int, str, bool], None]:
    """Return a fault that the n-th call of a method meets, before or after it took effect."""
    seen: list[str] = []
    lock = threading.Lock()

    def fault(_call: int, name: str, after: bool) -> None:
        if name != method or after != done:
            return
        with lock:
            seen.append(name)
            hit = len(seen) == wanted
        if hit:
            raise error

    return fault


@pytest.mark.parametrize(("allowed", "independent", "widest"), [(4, True, 4), (4, False, 1), (1, True, 1)])
def test_writes_go_as_wide_as_the_system_allows(company: Company, allowed: int, independent: bool, widest: int) -> None:
    desk = with_desk(company, held=dict(MANY))
    type(company.office.step("close_things")).independent = independent
    company.systems.width = {"desk": allowed}
    number = company.approved()
    desk.widest, desk.pause = 0, 0.02

    carry_out(company.office, number)

    assert set(results(company, number).values()) == {"done"}
    assert len(desk.journal) == len(MANY)
    assert desk.widest == widest


def test_side_by_side_is_faster(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY))
    company.systems.width = {"desk": 12}
    number = company.approved()
    desk.pause = 0.05
    began = time.monotonic()

    carry_out(company.office, number)

    assert time.monotonic() - began < len(MANY) * desk.pause


def test_every_intent_is_on_record_before_the_first_write(company: Company) -> None:
    with_desk(company, held=dict(MANY))
    company.systems.width = {"desk": 4}
    number = company.approved()
    seen: list[int] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_thing" and not done:
            lines = [json.loads(line) for line in company.office.store.evidence.lines(number)]
            intents = [e["body"] for e in lines if e["kind"] == "intent"]
            seen.append(sum(len(told["changes"]) for told in intents if told["step"] == "close_things"))

    company.systems.fault = fault
    carry_out(company.office, number)

    assert seen == [len(MANY)] * len(MANY)
    told = [json.loads(line) for line in company.office.store.evidence.lines(number)]
    written = [[o["change"] for o in e["body"]["outcomes"]] for e in told if e["kind"] == "outcome"]
    of_the_step = max(written, key=len)
    assert of_the_step == [f"c{place:03d}" for place in range(1, 13)], "outcomes are told in the order of the plan"


@pytest.mark.parametrize(
    "error",
    [Throttled("slow down", system="desk", retry_after=0.01), Unreachable("no answer", system="desk")],
    ids=["throttled", "unreachable"],
)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_fault_in_one_thread_does_not_lose_the_others(company: Company, error: Exception, done: bool) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.002)
    company.systems.width = {"desk": 4}
    number = company.approved()
    company.systems.fault = nth("set_thing", 3, error, done=done)

    carry_out(company.office, number)

    assert set(results(company, number).values()) == {"done"}
    assert sorted(desk.journal) == [(thing, "shut") for thing in MANY], "nothing was written twice, or not at all"


def test_a_right_that_is_missing_for_one_is_told_of_that_one(company: Company) -> None:
    with_desk(company, held=dict(MANY))
    company.systems.width = {"desk": 4}
    number = company.approved()
    company.systems.fault = nth("set_thing", 5, Denied("desk: no right", system="desk"))

    carry_out(company.office, number)

    assert sorted(results(company, number).values()) == ["done"] * 11 + ["failed"]
    assert status(company, number) == "attention"


def test_a_system_that_breaks_down_half_way_leaves_nothing_unknown(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.002)
    company.systems.width = {"desk": 4}
    number = company.approved()

    def fault(_call: int, name: str, _done: bool) -> None:
        if name == "set_thing" and len(desk.journal) >= 5:
            company.systems.down = {"desk"}
            raise Unreachable("no answer", system="desk")

    company.systems.fault = fault
    carry_out(company.office, number)

    # What answered but could not be read back, and what never answered, is failed for now: nobody could look.
    assert set(results(company, number).values()) == {"failed"}
    company.systems.fault, company.systems.down = lambda *_: None, set()
    carry_out(company.office, number)
    assert set(results(company, number).values()) == {"done"}
    assert sorted(desk.journal) == [(thing, "shut") for thing in MANY]
    plan_undo(company.office, number, asked_by="dave@corp.test")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)
    assert set(desk.held.values()) == {"open"}


def test_stop_reaches_every_thread_and_what_was_written_is_on_record(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.002)
    company.systems.width = {"desk": 3}
    number = company.approved()

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_thing" and done and len(desk.journal) >= 4:
            company.office.store.leases.stop("dave@corp.test")
            company.wait(seconds=5)

    company.systems.fault = fault
    with pytest.raises(Stopped):
        carry_out(company.office, number)

    assert len(desk.journal) < len(MANY)
    done = {target for target, outcome in results(company, number).items() if outcome == "done"}
    assert done == {thing for thing, _ in desk.journal}
    company.systems.fault = lambda *_: None
    company.office.store.leases.resume()
    carry_out(company.office, number)
    assert sorted(desk.journal) == [(thing, "shut") for thing in MANY]


def test_a_runner_that_lost_its_lease_ends_in_every_thread(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.002)
    company.systems.width = {"desk": 3}
    number = company.approved()

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_thing" and done and len(desk.journal) == 3:
            late = Leases(company.office.store.database, lambda: company.time)
            late._me = "elsewhere/1/1"
            company.wait(seconds=70)
            late._take(number)

    company.systems.fault = fault
    with pytest.raises(Busy, match="taken"):
        carry_out(company.office, number)

    assert len(desk.journal) < len(MANY)


def test_a_broken_program_ends_in_every_thread_too(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.02)
    company.systems.width = {"desk": 3}
    number = company.approved()
    company.systems.fault = nth("set_thing", 2, RuntimeError("pulled the plug"))

    with pytest.raises(RuntimeError):
        carry_out(company.office, number)

    assert len(desk.journal) <= 5, "each of the others ends with what it had under way"
    carry_out(company.office, number)
    assert set(results(company, number).values()) == {"done"}


class Counted:
    """Lends connections as the twin does, no more at once than the limit: whoever wants one more waits."""

    def __init__(self, company: Company, limit: int) -> None:
        self.places = threading.BoundedSemaphore(limit)
        self.lend = company.systems.writer

    def writer(self, name: str) -> Any:
        return _Place(self, name)


class _Place:
    def __init__(self, counted: Counted, name: str) -> None:
        self.counted, self.inner = counted, counted.lend(name)

    def __enter__(self) -> Any:
        assert self.counted.places.acquire(timeout=20), "whoever holds a connection waits for another"
        return self.inner.__enter__()

    def __exit__(self, *gone: object) -> Any:
        self.counted.places.release()
        return self.inner.__exit__(*gone)


def test_two_departures_over_the_same_few_connections_do_not_wait_for_one_another(company: Company) -> None:
    desk = with_desk(company, held=dict(MANY), pause=0.002)
    company.systems.width = {"desk": 2}
    zoe = replace(JOE, id="id-zoe", login="zoe", name="Zoe Ray", mail="zoe@corp.test", employee_number="1003")
    company.systems.office.people.append(zoe)
    numbers = [company.approved(successor="zoe"), company.approved(person="joe", successor="zoe")]
    counted = Counted(company, 2)
    company.systems.writer = company.systems.reader = lambda name: (  # type: ignore[method-assign]
        counted.writer(name) if name == "desk" else counted.lend(name)
    )
    threads = [threading.Thread(target=carry_out, args=(company.office, number)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert set(desk.held.values()) == {"shut"}


@pytest.mark.parametrize(("allowed", "widest"), [(1, 1), (3, 3)])
def test_looking_goes_as_wide_as_the_system_allows(company: Company, allowed: int, widest: int) -> None:
    playbook = (
        "playbook: employee\ntitle: An employee leaves\nsecure:\n"
        "  - close_things: {on: all}\n  - close_more: {on: all}\n  - close_most: {on: all}\n"
    )
    desk = with_desk(company, playbook, pause=0.05)
    company.systems.width = {"desk": allowed}

    number = company.approved()
    assert desk.widest == widest
    carry_out(company.office, number)
    desk.widest = 0
    assert verify(company.office, number).holds
    assert desk.widest == widest


def test_results_come_in_order_whoever_is_first(company: Company) -> None:
    company.systems.width = {"office": 4, "mail": 2}
    asked = [("office" if place % 3 else "mail", place) for place in range(30)]

    def work(system: str, place: int) -> tuple[str, int]:
        time.sleep(0.001 * (place % 5))
        return system, place

    assert side_by_side(company.office, asked, work) == asked
    assert side_by_side(company.office, [], work) == []
    with pytest.raises(ZeroDivisionError):
        side_by_side(company.office, asked, lambda _, place: place // (place - 7))
