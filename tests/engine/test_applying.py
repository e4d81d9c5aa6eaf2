"""What is done about one change, and what becomes of it when a system misbehaves."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.change import Change, Phase
from offboard.engine.driving import carry_out
from offboard.engine.moves import Move, decide
from offboard.engine.showing import show
from offboard.errors import Busy, Denied, Stopped, Unreachable
from offboard.storage.leases import Leases

if TYPE_CHECKING:
    from tests.engine.conftest import Company

CHANGE = Change("c001", Phase.SECURE, "disable_account", "office", "t", "t", before="open", after="shut", why="because")


@pytest.mark.parametrize(
    ("found", "intended", "unclear", "move"),
    [
        ("open", False, False, Move.WRITE),
        ("open", True, False, Move.WRITE),
        ("shut", False, False, Move.ALREADY),
        ("shut", True, False, Move.DONE),
        ("other", False, False, Move.DRIFTED),
        ("other", True, False, Move.DRIFTED),
        (None, False, False, Move.DRIFTED),
        ("sending", True, True, Move.UNCLEAR),
        ("shut", True, True, Move.DONE),
    ],
)
def test_the_table_of_the_design(found: str | None, intended: bool, unclear: bool, move: Move) -> None:
    holds = lambda one, other: one == other  # noqa: E731 - the default of a step
    assert decide(CHANGE, found, holds=holds, intended=intended, unclear=unclear) is move


def test_what_is_not_there_any_more_needs_nothing_where_the_step_says_so() -> None:
    holds = lambda found, wanted: found is None or found == wanted  # noqa: E731 - a deal that was closed holds anything
    assert decide(CHANGE, None, holds=holds, intended=False, unclear=False) is Move.ALREADY
    assert decide(CHANGE, "open", holds=holds, intended=False, unclear=False) is Move.WRITE


def by_step(company: Company, number: str) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = {}
    for change in show(company.office, number)["changes"]:
        found.setdefault(change["step"], set()).add(change["outcome"])
    return found


def test_a_system_that_is_down_is_said_so_and_the_rest_carries_on(company: Company) -> None:
    number = company.approved()
    company.systems.down = {"mail"}

    carry_out(company.office, number)

    outcomes = by_step(company, number)
    assert outcomes["disable_account"] == {"done"}
    assert outcomes["stop_forwarding"] == {"failed"}
    assert outcomes["reassign_clients"] == {None}
    shown = show(company.office, number)
    assert shown["status"] == "attention"
    assert "does not answer" in next(c["error"] for c in shown["changes"] if c["step"] == "stop_forwarding")
    company.systems.down = set()
    carry_out(company.office, number)
    assert by_step(company, number)["reassign_clients"] == {"done"}


def test_a_failed_change_is_due_again_after_a_while_and_later_than_that_each_time(company: Company) -> None:
    number = company.approved()
    company.systems.down = {"mail"}
    waits = []
    for _ in range(3):
        carry_out(company.office, number)
        waited = 0
        while not company.office.store.outcomes.due_again(company.time):
            company.wait(seconds=5)
            waited += 5
        waits.append(waited)

    assert waits == [10, 20, 40]


def test_permission_denied_half_way_is_reported_and_nothing_else_is_lost(company: Company) -> None:
    number = company.approved()
    groups: list[str] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_membership" and not done:
            groups.append(name)
            if len(groups) == 2:
                raise Denied("office: no right to write member", system="office")

    company.systems.fault = fault
    carry_out(company.office, number)

    outcomes = by_step(company, number)
    assert outcomes["leave_groups"] == {"done", "failed"}
    assert outcomes["disable_account"] == {"done"}
    company.systems.fault = lambda *_: None
    carry_out(company.office, number)
    assert by_step(company, number)["leave_groups"] == {"done"}


def test_no_answer_is_settled_by_looking_and_nothing_is_written_twice(company: Company) -> None:
    number = company.approved()
    lost: list[str] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name in {"set_account", "set_responsible"} and done and lost.count(name) == 0:
            lost.append(name)
            raise Unreachable("the answer was lost", system="office")

    company.systems.fault = fault
    carry_out(company.office, number)

    assert by_step(company, number)["disable_account"] == {"done"}
    assert company.systems.office.journal.count(("account", "id-ann", "shut")) == 1
    assert company.systems.register.journal.count(("responsible", "C1", "joe")) == 1


def test_what_somebody_else_changed_is_left_alone(company: Company) -> None:
    number = company.approved()
    company.systems.register.responsibles["C2"] = "zoe"

    carry_out(company.office, number)

    assert company.systems.register.responsibles == {"C1": "joe", "C2": "zoe", "C3": "joe"}
    assert by_step(company, number)["reassign_clients"] == {"done", "drifted"}
    assert show(company.office, number)["status"] == "attention"


def test_a_write_that_does_not_show_is_not_done(company: Company) -> None:
    number = company.approved()
    company.systems.office.set_account = lambda *_: None  # type: ignore[method-assign]

    carry_out(company.office, number)

    change = next(c for c in show(company.office, number)["changes"] if c["step"] == "disable_account")
    assert (change["outcome"], change["effect"]) == ("failed", "accepted")
    assert "reading it back" in change["error"]


def test_a_step_costs_at_most_two_commits(company: Company) -> None:
    number = company.approved()
    database = company.office.store.database
    commits: Counter[int] = Counter()
    write = database.write

    def counted(work: Any) -> Any:
        commits[threading.get_ident()] += 1
        return write(work)

    database.write = counted  # type: ignore[method-assign]
    with_letters = company.office.store.outcomes
    per_step: dict[str, int] = {}
    intend, conclude = with_letters.intend, with_letters.conclude

    def count(kind: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            before = commits[threading.get_ident()]
            answer = kind(*args, **kwargs)
            word = kwargs["told"]["step"] if "told" in kwargs else "after"
            per_step[word] = per_step.get(word, 0) + commits[threading.get_ident()] - before
            return answer

        return call

    with_letters.intend, with_letters.conclude = count(intend), count(conclude)  # type: ignore[method-assign]
    carry_out(company.office, number)

    steps = {word for word in per_step if word != "after"}
    assert all(per_step[word] == 1 for word in steps)
    assert per_step["after"] <= len(steps)


def test_intents_are_on_record_before_the_first_write(company: Company) -> None:
    number = company.approved()
    seen: list[bool] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_account" and not done:
            lines = [json.loads(line) for line in company.office.store.evidence.lines(number)]
            seen.append(any(e["kind"] == "intent" and e["body"]["step"] == "disable_account" for e in lines))

    company.systems.fault = fault
    carry_out(company.office, number)

    assert seen == [True]


def test_stop_stops_before_the_next_write(company: Company) -> None:
    number = company.approved()

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_account" and done:
            company.office.store.leases.stop("dave@corp.test")

    company.systems.fault = fault
    with pytest.raises(Stopped):
        carry_out(company.office, number)

    assert company.systems.office.open["id-ann"] is False
    assert company.systems.register.journal == []
    company.systems.fault = lambda *_: None
    company.office.store.leases.resume()
    carry_out(company.office, number)
    assert by_step(company, number)["reassign_clients"] == {"done"}


def test_a_runner_that_lost_its_lease_writes_nothing_more(company: Company) -> None:
    number = company.approved()
    store = company.office.store

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_account" and done:
            # Its own clock is late, not the company's: else another system's thread might renew the lease first.
            late = Leases(store.database, lambda: company.time + timedelta(seconds=120))
            late._me = "elsewhere/1/1"
            late._take(number)

    company.systems.fault = fault
    with pytest.raises(Busy, match="taken"):
        carry_out(company.office, number)

    assert company.systems.register.journal == []
