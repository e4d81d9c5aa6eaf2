"""Plans are frozen, one of a kind is in force, and approvals hold for exactly one digest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.approval import Approval
from offboard.domain.change import Change, Effect, Outcome, Phase, Result
from offboard.domain.departure import Departure, Status
from offboard.domain.evidence import check_chain
from offboard.domain.people import Person
from offboard.domain.plan import Plan, PlanKind

if TYPE_CHECKING:
    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

D = "D-2026-0001"
CHANGES = tuple(
    Change(f"c00{n}", Phase.SECURE, "leave_groups", "office", f"g{n}", f"g{n}", before={"in": 1}, after=None, why="x")
    for n in (1, 2, 3)
)
PLAN = Plan(
    D, PlanKind.ACCESS, "2026-12-01T17:00:00.000Z", {"office": "uuid-ann"}, "0" * 64,
    order=((Phase.SECURE, "leave_groups", "office"),), changes=CHANGES,
)  # fmt: skip
LATER = replace(PLAN, moment="2026-12-05T17:00:00.000Z")


@pytest.fixture(autouse=True)
def departure(store: Store, clock: Clock) -> None:
    ann_leaves(store, clock)


def ann_leaves(store: Store, clock: Clock) -> None:
    leaver = Person("uuid-ann", "office", "ann", "Ann Lee")
    store.departures.add(lambda number: Departure(number, leaver, clock(), "UTC", "employee", "", clock()), {})


def add(store: Store, plan: Plan, asked_by: str = "hr@corp.test") -> None:
    store.plans.add(plan, asked_by=asked_by, guards=[{"text": "slow down", "second": True}], told={"person": asked_by})


def approve(store: Store, plan: Plan, person: str = "it@corp.test") -> None:
    at = "2026-12-01T17:00:00.000Z"
    store.plans.approve(Approval(D, plan.digest, person, "root", at, tuple(Phase), declined=("c002",)))


def conclude(store: Store, *outcomes: Outcome, **more: Any) -> None:
    store.outcomes.conclude(PLAN, outcomes, check=lambda _: None, **more)


def test_a_plan_comes_back_as_it_was_frozen(store: Store) -> None:
    add(store, PLAN)

    kept = store.plans.in_force(D, PlanKind.ACCESS)

    assert kept is not None
    assert (kept.plan, kept.plan.digest, kept.asked_by) == (PLAN, PLAN.digest, "hr@corp.test")
    assert kept.guards == [{"text": "slow down", "second": True}]
    assert store.plans.in_force(D, PlanKind.UNDO) is None
    assert store.plans.in_force("D-2026-0009", PlanKind.ACCESS) is None


def test_a_new_plan_voids_the_former_of_its_kind_alone(store: Store) -> None:
    undo = replace(PLAN, kind=PlanKind.UNDO)
    add(store, PLAN)
    add(store, undo)
    add(store, LATER)

    in_force = [store.plans.in_force(D, kind) for kind in (PlanKind.ACCESS, PlanKind.UNDO)]

    assert [kept.plan if kept else None for kept in in_force] == [LATER, undo]
    assert [(kept.plan, kept.voided) for kept in store.plans.every(D)] == [(PLAN, True), (undo, False), (LATER, False)]


def test_an_approval_is_of_one_digest(store: Store) -> None:
    add(store, PLAN)
    approve(store, PLAN)
    approve(store, PLAN, "owner@corp.test")

    assert [a.person for a in store.plans.approvals(PLAN.digest)] == ["it@corp.test", "owner@corp.test"]
    assert store.plans.approvals(PLAN.digest)[0].declined == ("c002",)
    assert store.plans.approvals(LATER.digest) == []


def test_planning_the_same_anew_is_to_be_approved_anew(store: Store) -> None:
    add(store, PLAN)
    approve(store, PLAN)
    add(store, LATER)

    add(store, PLAN, "it@corp.test")

    kept = store.plans.in_force(D, PlanKind.ACCESS)
    assert kept is not None
    assert (kept.plan, kept.asked_by) == (PLAN, "it@corp.test")
    assert store.plans.approvals(PLAN.digest) == []
    told = [json.loads(line)["kind"] for line in store.evidence.lines(D)]
    assert told.count("approved") == 1, "that it was approved once stays on record"


def test_a_plan_that_was_called_off_is_not_in_force(store: Store) -> None:
    add(store, PLAN)
    store.plans.void(PLAN, {"cancelled_by": "hr@corp.test"})

    assert store.plans.in_force(D, PlanKind.ACCESS) is None
    assert json.loads(store.evidence.lines(D)[-1])["body"] == {"cancelled_by": "hr@corp.test", "digest": PLAN.digest}


def test_intents_come_before_and_outcomes_after_in_one_commit_each(store: Store) -> None:
    add(store, PLAN)
    already = Outcome("c003", Result.ALREADY, Effect.EFFECTIVE)
    store.outcomes.intend(PLAN, ["c001", "c002"], told={"token": 1}, outcomes=[already], check=lambda _: None)

    assert store.outcomes.intents(PLAN.digest) == {"c001", "c002"}
    assert store.outcomes.of(PLAN.digest) == {"c003": already}
    assert store.outcomes.begun(D)
    store.outcomes.intend(PLAN, ["c001"], told={"token": 2}, check=lambda _: None)
    done = [Outcome(c, Result.DONE, Effect.EFFECTIVE, milliseconds=7) for c in ("c001", "c002")]
    conclude(store, *done)
    assert store.outcomes.of(PLAN.digest) == {"c003": already, "c001": done[0], "c002": done[1]}
    kinds = [json.loads(line)["kind"] for line in store.evidence.lines(D)]
    assert kinds == ["requested", "planned", "intent", "outcome", "intent", "outcome"]
    assert check_chain(store.evidence.lines(D)).ok


@pytest.mark.parametrize("call", ["intend", "conclude"])
def test_a_check_that_refuses_leaves_nothing(store: Store, call: str) -> None:
    add(store, PLAN)

    def refuse(_: object) -> None:
        raise ZeroDivisionError

    calls = {
        "intend": lambda: store.outcomes.intend(PLAN, ["c001"], told={}, check=refuse),
        "conclude": lambda: store.outcomes.conclude(
            PLAN, [Outcome("c001", Result.DONE, Effect.EFFECTIVE)], check=refuse
        ),
    }
    with pytest.raises(ZeroDivisionError):
        calls[call]()

    assert not store.outcomes.begun(D)
    assert store.outcomes.of(PLAN.digest) == {}
    assert len(store.evidence.lines(D)) == 2


def test_what_failed_is_due_again_until_it_is_settled(store: Store, clock: Clock) -> None:
    add(store, PLAN)
    failed = Outcome("c001", Result.FAILED, Effect.REQUESTED, "no answer", unreachable=True)
    done = Outcome("c002", Result.DONE, Effect.EFFECTIVE)
    conclude(store, failed, done, next_try="2026-12-01T17:00:10.000Z")
    assert store.outcomes.due_again(clock()) == []
    assert store.outcomes.not_yet(PLAN.digest, clock()) == {"c001"}
    clock.wait(seconds=10)
    assert store.outcomes.due_again(clock()) == [(D, PLAN.digest)]
    assert store.outcomes.not_yet(PLAN.digest, clock()) == set()

    store.outcomes.settle(PLAN, "c001", "it@corp.test", "scrapped")

    assert store.outcomes.due_again(clock()) == []
    assert store.outcomes.settled_by_people(PLAN.digest) == {"c001"}


@pytest.mark.parametrize("how", ["voided", "ended"])
def test_what_failed_in_a_plan_that_is_over_is_not_due_again(store: Store, clock: Clock, how: str) -> None:
    add(store, PLAN)
    conclude(store, Outcome("c001", Result.FAILED, Effect.REQUESTED, "x"), next_try="2026-12-01T17:00:00.000Z")
    assert store.outcomes.due_again(clock()) == [(D, PLAN.digest)]
    if how == "voided":
        add(store, LATER)
    else:
        store.departures.set_status(D, Status.UNDONE)

    assert store.outcomes.due_again(clock()) == []


def test_a_change_that_stopped_holding_is_open_again(store: Store) -> None:
    add(store, PLAN)
    conclude(store, Outcome("c001", Result.DONE, Effect.EFFECTIVE))
    store.outcomes.reopen(PLAN, "c001", "it came back")

    assert store.outcomes.of(PLAN.digest) == {}
    assert json.loads(store.evidence.lines(D)[-1])["kind"] == "reopened"
