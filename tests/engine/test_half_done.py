"""What is stopped, called off, overtaken or planned anew: nothing of it passes for done, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.domain.change import Effect, Outcome, Result
from offboard.domain.letter import LetterState
from offboard.engine.deciding import approve, cancel, settle
from offboard.engine.driving import carry_out
from offboard.engine.due import to_carry_out, to_try_again
from offboard.engine.running import start_run
from offboard.engine.showing import show
from offboard.engine.starting import plan_again
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify
from offboard.errors import Busy, Denied, NotAllowed, SaysNo, Stopped
from offboard.storage.leases import Leases
from tests.engine.asking import approve_letters, failing_at, letters, outcomes, status
from tests.engine.twin import JOE

if TYPE_CHECKING:
    from tests.engine.conftest import Company


def test_a_cancelled_departure_is_not_carried_out_by_any_way_in(company: Company) -> None:
    number = company.approved()
    cancel(company.office, number, "erin@corp.test")

    with pytest.raises(SaysNo, match="cancelled"), start_run(company.office, number) as run:
        run.carry_out()
    with pytest.raises(SaysNo, match="cancelled"):
        carry_out(company.office, number)

    assert company.systems.office.open["id-ann"]
    assert status(company, number) == "cancelled"
    assert to_carry_out(company.office) == []
    with pytest.raises(SaysNo, match="cancelled"):
        approve(company.office, number, "dora@corp.test")
    with pytest.raises(SaysNo, match="cancelled"):
        plan_again(company.office, company.office.store.departures.get(number), asked_by="dave@corp.test")


def test_a_start_that_broke_off_before_there_was_a_plan_is_planned_by_the_next(company: Company) -> None:
    company.systems.fault = failing_at("memberships", RuntimeError("pulled the plug"))
    with pytest.raises(RuntimeError):
        company.start()
    company.systems.fault = lambda *_: None

    number = company.start()

    assert status(company, number) == "planned"
    approve(company.office, number, "dave@corp.test")


def test_asked_for_again_with_more_exact_a_clock_it_is_the_same_request(company: Company) -> None:
    exact = company.time - timedelta(microseconds=1)
    number = company.start(moment=exact)
    approve(company.office, number, "dave@corp.test")

    company.systems.office.people[1] = replace(JOE, phone="+44 117 496 0999")
    assert company.start(moment=exact) == number

    carry_out(company.office, number)


def test_who_asked_cannot_approve_after_somebody_else_looked_again(company: Company) -> None:
    number = company.start()
    departure = company.office.store.departures.get(number)
    plan_again(company.office, departure, asked_by="dora@corp.test")

    for asked in ("erin@corp.test", "dora@corp.test"):
        with pytest.raises(NotAllowed, match="asked for this"):
            approve(company.office, number, asked)
    approve(company.office, number, "dave@corp.test")


def test_neither_an_auditor_nor_the_leaver_asks_for_anything(company: Company) -> None:
    with pytest.raises(NotAllowed):
        company.start(asked_by="audit@example.org")
    company.office.people.it.append("ann@corp.test")
    number = company.approved()
    departure = company.office.store.departures.get(number)
    for person in ("audit@example.org", "ann@corp.test"):
        with pytest.raises(NotAllowed):
            plan_again(company.office, departure, asked_by=person)
        with pytest.raises(NotAllowed):
            plan_undo(company.office, number, asked_by=person)

    carry_out(company.office, number)


def test_another_successor_voids_the_approval_of_letters_that_name_the_former_one(company: Company) -> None:
    company.systems.office.people.append(
        replace(JOE, id="id-zoe", login="zoe", name="Zoe Ray", mail="zoe@corp.test", employee_number="1003")
    )
    number = company.approved()
    approve_letters(company, number)

    company.start(successor="zoe")

    assert {x.state for x in letters(company, number)} == {LetterState.TO_REVIEW}
    assert all("Zoe Ray" in x.body and "Joe Fox" not in x.body for x in letters(company, number))
    assert company.office.store.letters.approvers(number) == []


def test_planning_anew_in_the_middle_keeps_every_change_apart(company: Company) -> None:
    number = company.approved()
    before = company.systems.picture()
    company.systems.down = {"mail"}
    carry_out(company.office, number)
    company.systems.down = set()
    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")
    approve(company.office, number, "dave@corp.test")
    carry_out(company.office, number)

    ids = [c["id"] for c in show(company.office, number)["changes"]]
    assert len(ids) == len(set(ids))
    assert status(company, number) == "informing"
    assert verify(company.office, number).holds
    plan_undo(company.office, number, asked_by="dave@corp.test")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)
    assert company.systems.picture() == before
    assert status(company, number) == "undone"


def test_stop_reaches_into_a_long_step(company: Company) -> None:
    number = company.approved()
    writes: list[str] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_membership":
            writes.append(name)
            if not done:
                return
            company.office.store.leases.stop("dave@corp.test")
            company.wait(seconds=5)

    company.systems.fault = fault
    with pytest.raises(Stopped):
        carry_out(company.office, number)

    assert len(writes) == 2, "one group was left, the other one was not"
    assert [outcomes(company, number)[f"leave_groups/{group}"] for group in ("vpn", "staff")] == ["done", None]
    company.systems.fault = lambda *_: None
    company.office.store.leases.resume()
    carry_out(company.office, number)
    assert set(outcomes(company, number).values()) <= {"done", "already"}


def test_a_long_step_keeps_its_lease(company: Company) -> None:
    number = company.approved()
    taken: list[str] = []

    def fault(_call: int, name: str, done: bool) -> None:
        if name != "set_membership" or not done:
            return
        company.wait(seconds=50)
        try:
            with company.office.store.leases.hold(number):
                taken.append(name)
        except Busy:
            return

    company.systems.office.groups |= {f"g{i}": {"id-ann"} for i in range(5)}
    number = company.approved(moment=company.time - timedelta(hours=1))
    company.systems.fault = fault
    carry_out(company.office, number)

    assert taken == []


def test_a_runner_that_was_overtaken_records_nothing_over_the_newer_ones_outcomes(company: Company) -> None:
    number = company.approved()
    store = company.office.store
    plan = store.plans.every(number)[0].plan
    account = next(change.id for change in plan.changes if change.step == "disable_account")

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_account" and not done:
            late = Leases(store.database, lambda: company.time + timedelta(hours=1))
            late._me = "elsewhere/1/1"
            late._take(number)
            store.outcomes.conclude(plan, [Outcome(account, Result.DONE, Effect.EFFECTIVE)], check=lambda _: None)
            raise Denied("not any more", system="office")

    company.systems.fault = fault
    with pytest.raises(Busy, match="taken"):
        carry_out(company.office, number)

    assert store.outcomes.of(plan.digest)[account].result is Result.DONE


def test_what_was_accepted_and_does_not_show_is_tried_again_by_itself(company: Company) -> None:
    number = company.approved()
    really = company.systems.office.set_account
    company.systems.office.set_account = lambda *_: None  # type: ignore[method-assign]
    carry_out(company.office, number)
    assert to_try_again(company.office) == []
    company.systems.office.set_account = really  # type: ignore[method-assign]

    company.wait(seconds=10)

    assert to_try_again(company.office) == [number]
    carry_out(company.office, number)
    assert outcomes(company, number)["disable_account/id-ann"] == "done"
    company.wait(days=1)
    assert to_try_again(company.office) == []


def test_what_people_settled_or_called_off_is_not_tried_again(company: Company) -> None:
    number = company.approved()
    company.systems.down = {"mail"}
    carry_out(company.office, number)
    for change in show(company.office, number)["changes"]:
        if change["outcome"] == "failed":
            settle(company.office, number, change["id"], "dave@corp.test", "the server was scrapped")
    company.wait(days=1)

    assert to_try_again(company.office) == []


def test_a_plan_that_was_replaced_is_not_tried_again(company: Company) -> None:
    number = company.approved()
    company.systems.down = {"mail"}
    carry_out(company.office, number)
    company.systems.down = set()
    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")
    company.wait(days=1)

    assert to_try_again(company.office) == []
