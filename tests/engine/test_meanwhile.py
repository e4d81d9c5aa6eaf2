"""What happens meanwhile: doors not tried yet, systems that were silent, letters, undo, and others who leave too."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.domain.departure import Status
from offboard.domain.letter import LetterState
from offboard.engine.deciding import approve, cancel, decide_letters
from offboard.engine.driving import carry_out
from offboard.engine.due import to_carry_out, to_deliver, to_try_again
from offboard.engine.showing import show
from offboard.engine.starting import plan_again
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify
from offboard.errors import Guarded, NotApproved, SaysNo, Unreachable
from tests.engine.asking import approve_letters, failing_at, letters, outcomes, status
from tests.engine.desk import PLAYBOOK, with_desk
from tests.engine.twin import JOE

if TYPE_CHECKING:
    from tests.engine.conftest import Company


def test_verify_does_not_hold_before_all_doors_were_tried(company: Company) -> None:
    number = company.approved()
    company.systems.fault = failing_at("set_account", RuntimeError("pulled the plug"))
    with pytest.raises(RuntimeError):
        carry_out(company.office, number)
    company.systems.fault = lambda *_: None

    verified = verify(company.office, number)

    assert not verified.holds
    assert "disable_account" in {left.change.step for left in verified.left}


def test_what_an_urgent_start_held_back_is_done_once_it_is_approved(company: Company) -> None:
    desk = with_desk(company, PLAYBOOK.replace("title:", "urgent: true\ntitle:"), for_good={"card"})
    number = company.start(playbook="urgent", asked_by="dave@corp.test")
    carry_out(company.office, number)

    assert desk.held == {"card": "open", "key": "shut"}, "what cannot be put back is not done on one word"
    assert outcomes(company, number)["close_things/card"] is None
    assert status(company, number) == "attention"
    assert not verify(company.office, number).holds
    assert to_carry_out(company.office) == []
    approve(company.office, number, "erin@corp.test")
    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)
    assert desk.held["card"] == "shut"
    assert verify(company.office, number).holds
    assert company.systems.register.responsibles["C1"] == "joe"


@pytest.mark.parametrize("down", ["clients", "mail", "office-again"])
def test_what_could_not_be_read_when_it_was_planned_is_not_forgotten(company: Company, down: str) -> None:
    if down == "office-again":
        company.systems.fault = failing_at("memberships", Unreachable("no answer", system="office"))
    else:
        company.systems.down = {down}
    number = company.approved()
    company.systems.down, company.systems.fault = set(), lambda *_: None
    carry_out(company.office, number)

    assert status(company, number) == "attention"
    if down != "clients":
        assert not verify(company.office, number).holds
    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")
    approve(company.office, number, "dave@corp.test")
    carry_out(company.office, number)
    assert status(company, number) == "informing"
    assert company.systems.register.responsibles == {"C1": "joe", "C2": "joe", "C3": "joe"}
    assert company.systems.mail.active == "offboard-auto-reply"
    assert company.systems.mail.stored["offboard-auto-reply"].count(b"redirect") == 1, "to the successor alone"


def test_an_outbox_that_is_down_is_said_so_and_waited_for(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    company.systems.down = {"outbox"}

    carry_out(company.office, number)

    sending = [c for c in show(company.office, number)["changes"] if c["step"] == "send_letters"]
    assert [(c["outcome"], c["error"]) for c in sending] == [("failed", "outbox does not answer")] * 2
    assert status(company, number) == "informing"
    company.systems.down = set()
    carry_out(company.office, number)
    assert status(company, number) == "closed"
    assert len(company.systems.outbox.sent) == 2


def test_mail_rules_that_cannot_be_read_while_informing_are_said_so_and_waited_for(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    company.systems.down = {"mail"}

    with pytest.raises(Unreachable, match="does not answer"):
        carry_out(company.office, number)

    assert status(company, number) == "attention"
    company.systems.down = set()
    carry_out(company.office, number)
    assert status(company, number) == "closed"
    assert len(company.systems.outbox.sent) == 2
    assert company.systems.mail.active == "offboard-auto-reply"


def test_a_letter_that_the_server_does_not_take_now_waits_longer_each_time(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    company.systems.fault = failing_at("send", Unreachable("come back later", system="outbox"))
    waits = []
    for _ in range(3):
        assert {*to_deliver(company.office), *to_try_again(company.office)} == {number}
        carry_out(company.office, number)
        assert to_deliver(company.office) == []
        waited = 0
        while not to_try_again(company.office):
            company.wait(seconds=5)
            waited += 5
        waits.append(waited)

    assert waits == [10, 20, 40]
    plans = [kept for kept in company.office.store.plans.every(number) if kept.plan.kind.value == "sending"]
    assert len(plans) == 1
    company.systems.fault = lambda *_: None
    carry_out(company.office, number)
    assert status(company, number) == "closed"
    assert len(company.systems.outbox.sent) == 2


def test_an_undo_puts_back_what_was_written_without_an_answer(company: Company) -> None:
    number = company.approved()
    before = company.systems.picture()

    def fault(_call: int, name: str, done: bool) -> None:
        if name == "set_account" and done:
            company.systems.down = {"office"}
            raise Unreachable("the answer was lost", system="office")

    company.systems.fault = fault
    carry_out(company.office, number)
    assert outcomes(company, number)["disable_account/id-ann"] == "failed"
    company.systems.down, company.systems.fault = set(), lambda *_: None

    plan_undo(company.office, number, asked_by="dave@corp.test")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)

    assert company.systems.picture() == before
    assert status(company, number) == "undone"


def test_no_letter_goes_out_while_an_undo_is_under_way(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    plan_undo(company.office, number, asked_by="dave@corp.test")
    assert to_deliver(company.office) == []
    approve(company.office, number, "dora@corp.test")
    company.systems.register.responsibles["C1"] = "zoe"

    carry_out(company.office, number)
    carry_out(company.office, number)

    assert status(company, number) == "attention"
    assert to_deliver(company.office) == []
    assert company.systems.outbox.sent == []


def test_an_undo_that_was_only_planned_can_be_called_off(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    plan_undo(company.office, number, asked_by="dave@corp.test")
    with pytest.raises(NotApproved):
        carry_out(company.office, number)

    cancel(company.office, number, "erin@corp.test")
    carry_out(company.office, number)

    assert status(company, number) == "closed"
    assert not company.systems.office.open["id-ann"]


def test_one_thing_after_the_other_can_be_undone(company: Company) -> None:
    number = company.approved()
    before = company.systems.picture()
    carry_out(company.office, number)
    changes = [c for c in show(company.office, number)["changes"] if not c["one_way"]]
    for change in reversed(changes):
        plan_undo(company.office, number, asked_by="dave@corp.test", only=[change["id"]])
        approve(company.office, number, "dora@corp.test")
        carry_out(company.office, number)

    assert company.systems.picture() == before
    assert status(company, number) == "undone"


def test_a_letter_of_another_departure_is_not_decided_here(company: Company) -> None:
    number = company.start()
    other = replace(letters(company, number)[0], departure="D-2026-0099")

    with pytest.raises(SaysNo, match="another departure"):
        decide_letters(company.office, number, [other], "owner@corp.test", to=LetterState.APPROVED)


def test_evidence_tells_who_asked_each_time(company: Company) -> None:
    number = company.start()
    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")

    told = [json.loads(line) for line in company.office.store.evidence.lines(number)]

    assert [entry["body"]["person"] for entry in told if entry["kind"] == "planned"] == [
        "erin@corp.test",
        "dora@corp.test",
    ]
    assert company.office.store.departures.status(number) is Status.PLANNED


def test_a_successor_who_leaves_meanwhile_gets_nobodys_clients(company: Company) -> None:
    zoe = replace(JOE, id="id-zoe", login="zoe", name="Zoe Ray", mail="zoe@corp.test", employee_number="1003")
    company.systems.office.people.append(zoe)
    company.systems.office.open["id-zoe"] = True
    number = company.approved()
    company.start(person="joe", successor="zoe", moment=company.time + timedelta(days=9))

    with pytest.raises(Guarded, match="Joe Fox is leaving too"):
        carry_out(company.office, number)

    assert not company.systems.office.open["id-ann"], "the doors are shut all the same"
    assert company.systems.register.journal == []
    assert status(company, number) == "attention"
    assert company.start(successor="zoe") == number
    approve(company.office, number, "dave@corp.test")
    carry_out(company.office, number)
    assert company.systems.register.responsibles == {"C1": "zoe", "C2": "zoe", "C3": "joe"}
