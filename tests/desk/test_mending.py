"""When things do not go as planned: stop, settle, answer, put back, hold; each by who may, and never by who leaves."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.change import Asks
from offboard.domain.letter import LetterState, Mark
from offboard.domain.plan import NotCovered, PlanKind
from offboard.domain.question import heard, questions_of
from offboard.engine.driving import carry_out
from offboard.engine.showing import show
from offboard.errors import Stopped
from tests.desk.conftest import AUDITOR, HR, IT, OWNER, Forms
from tests.desk.test_deciding import informing, refused, token_for

if TYPE_CHECKING:
    from offboard.domain.change import Change
    from tests.desk.conftest import Desk, Visitor


def test_anybody_stops_everything_and_it_lets_it_go_on(desk: Desk) -> None:
    number = desk.company.approved()
    hr, it = desk.sign_in(HR), desk.sign_in(IT)
    hr.open("/stop")
    hr.send("/stop/everything")
    assert "Everything is stopped" in hr.page
    assert "/stop/over" not in Forms(hr.page).found
    assert "Everything is stopped</b> by erin@corp.test" in hr.open(f"/departures/{number}")
    before = desk.company.systems.picture()
    with pytest.raises(Stopped):
        carry_out(desk.office, number)
    assert desk.company.systems.picture() == before

    forged = {"token": token_for(hr, "/stop/over")}
    hr._show(hr.client.post("/stop/over", data=forged))
    refused(hr, 403, "it takes the role it or owner")
    it.open("/stop")
    it.send("/stop/over")
    assert "Stop everything?" in it.page
    carry_out(desk.office, number)
    assert desk.company.systems.office.open["id-ann"] is False


def test_everything_is_put_back_by_two_people(desk: Desk) -> None:
    before = desk.company.systems.picture()
    number = desk.company.approved()
    carry_out(desk.office, number)
    it, owner = desk.sign_in(IT), desk.sign_in(OWNER)
    it.open(f"/departures/{number}")
    it.send(f"/departures/{number}/undo", what="ticked")
    refused(it, 409, "Nothing is ticked")
    it.open(f"/departures/{number}")
    it.send(f"/departures/{number}/undo", what="all")
    assert "What is put back" in it.page
    assert "cannot approve it as well" in it.page

    desk.company.wait(minutes=16)
    owner.open(f"/departures/{number}")
    owner.send(f"/departures/{number}/approve")
    refused(owner, 403, "sign-in of the last quarter of an hour")
    desk.sign_in(OWNER, owner, back=f"/departures/{number}")
    owner.send(f"/departures/{number}/approve")
    assert "Your approval is recorded" in owner.page
    carry_out(desk.office, number)
    assert show(desk.office, number)["status"] == "undone"
    assert desk.company.systems.office.open["id-ann"] is True
    assert desk.company.systems.picture()["groups"] == before["groups"]


def test_one_change_is_put_back_and_an_undo_can_be_called_off(desk: Desk) -> None:
    number = desk.company.approved()
    carry_out(desk.office, number)
    it = desk.sign_in(IT)
    it.open(f"/departures/{number}")
    vpn = next(row["id"] for row in show(desk.office, number)["changes"] if row["label"] == "vpn")
    it.send(f"/departures/{number}/undo", what="ticked", change=vpn)
    plan = it.page.partition("What is put back")[2].partition("<h2")[0]
    assert plan.count('class="what"') == 1
    it.send(f"/departures/{number}/cancel")
    assert "It is called off." in it.page
    assert "What is put back" not in it.page


def test_what_failed_is_settled_with_a_reason_by_it(desk: Desk) -> None:
    number = desk.company.approved()
    desk.company.systems.office.groups["vpn"].clear()
    desk.company.systems.office.refuses = {"vpn"} if hasattr(desk.company.systems.office, "refuses") else set()
    desk.company.systems.down.add("clients")
    carry_out_somehow(desk, number)
    left = [row for row in show(desk.office, number)["changes"] if row["outcome"] and not row["settled"]]
    assert left, "a system that is down leaves something open"
    hr, it = desk.sign_in(HR), desk.sign_in(IT)
    assert "Somebody has to look" in hr.open(f"/departures/{number}")
    assert f"/departures/{number}/settle" not in Forms(hr.page).found

    for row in left:
        it.open(f"/departures/{number}")
        it.send(f"/departures/{number}/settle", change=row["id"], reason="  ")
        refused(it, 409, "takes a sentence of yours")
        it.open(f"/departures/{number}")
        it.send(f"/departures/{number}/settle", change=row["id"], reason="done by hand in the register")
        assert "settled, and why" in it.page
    assert not [r for r in show(desk.office, number)["changes"] if r["outcome"] and not r["settled"]]
    assert "done by hand in the register" in it.open(f"/departures/{number}/evidence")


def test_a_letter_is_held_with_a_reason_and_let_go_on(desk: Desk) -> None:
    number = informing(desk)
    path = f"/letters/L-{number}-C1"
    owner, hr = desk.sign_in(OWNER), desk.sign_in(HR)
    owner.open(path)
    owner.send(f"{path}/hold", reason=" ")
    refused(owner, 409, "held with a reason only")
    owner.open(path)
    owner.send(f"{path}/hold", reason="I meet them on Monday")
    assert "Held. It does not go out" in owner.page
    held = desk.firm.store.letters.letter(f"L-{number}-C1")
    assert (held.state, held.reason) == (LetterState.HELD, "I meet them on Monday")
    assert Mark.HELD in desk.firm.store.letters.marks(number)[held.id]
    owner.open(f"/letters/L-{number}-C2")
    owner.open(f"/departures/{number}/letters")
    owner.send(f"/departures/{number}/letters/approve")
    desk.company.systems.outbox.sent.clear()
    carry_out(desk.office, number)
    assert [to for to, _ in desk.company.systems.outbox.sent] == ["c2@client.example"]

    hr._show(hr.client.post(f"{path}/release", data={"token": token_for(hr, f"{path}/release"), "digest": held.digest}))
    refused(hr, 403, "decides nothing on them")
    owner.open(path)
    assert "I meet them on Monday" in owner.page
    owner.send(f"{path}/release")
    assert "It goes on, and waits to be approved." in owner.page
    assert desk.firm.store.letters.letter(held.id).state is LetterState.TO_REVIEW


def test_text_that_was_not_kept_is_not_approved_by_mistake(desk: Desk) -> None:
    number = informing(desk)
    path = f"/letters/L-{number}-C1"
    owner = desk.sign_in(OWNER)
    owner.open(path)
    owner.send(f"{path}/approve", body="Dear Pat,\n\nMy own words.\n")
    refused(owner, 409, "You changed the text and have not kept it")
    assert "My own words." in owner.page
    assert desk.firm.store.letters.letter(f"L-{number}-C1").state is LetterState.TO_REVIEW
    owner.open(path)
    owner.send(f"{path}/approve")
    assert "This text, and no other" in owner.page


def test_what_planning_asks_is_answered_and_approved_as_it_was_read(desk: Desk) -> None:
    number = desk.company.start()
    asked = "another account, ann-admin (Ann Lee): the same number; does it leave as well?"
    kept = desk.firm.store.plans.in_force(number, PlanKind.ACCESS)
    about = {"about": "id-admin", "yes": "start a departure for it", "no": "it stays open"}
    gap = NotCovered("twins", "office", asked, question=True, **about)
    plan = replace(kept.plan, not_covered=(gap,), changes=_asking(kept.plan.changes))
    desk.firm.store.plans.add(plan, asked_by=HR, guards=[], told={})
    client, twin = (one.id for one in questions_of(plan))
    it, hr, path = desk.sign_in(IT), desk.sign_in(HR), f"/departures/{number}"
    it.open(path)
    assert ("on a yes" in it.page, "Yes: start a departure for it." in it.page) == (True, True)
    assert "What is asked above stays as it is until somebody answers" in it.page
    read = {"token": token_for(it, f"{path}/approve"), "digest": plan.digest, "heard": heard({})}
    hr.open(path)
    _answer(hr, path, twin, "no", "It is shut by hand <b>today</b>.")
    assert "Your answer is recorded." in hr.page
    _answer(hr, path, client, "no", " ")
    refused(hr, 409, "A no is answered with a reason")
    _answer(hr, path, client, "perhaps", "so")
    refused(hr, 409, "answered with yes or no")
    _answer(hr, path, "what was never asked", "no", "so")
    refused(hr, 404, "does not ask what was never asked (any more)")
    it._show(it.client.post(f"{path}/approve", data=read))
    refused(it, 409, "somebody answered otherwise after you opened this")
    _answer(it, path, twin, "yes", "")
    refused(it, 409, "no departure shuts this account yet")
    _answer(it, path, client, "no", "they stay with us")
    it.open(path)
    assert "It is shut by hand &lt;b&gt;today&lt;/b&gt;." in it.page
    assert "answered no" in it.page
    it.send(f"{path}/approve")
    assert "Your approval is recorded" in it.page
    (approval,) = desk.firm.store.plans.approvals(plan.digest)
    assert list(approval.declined) == [change.id for change in plan.changes if change.asks]
    assert "It is shut by hand" in it.open(f"{path}/evidence")


@pytest.mark.parametrize("playbook", ["urgent", "employee"])
def test_what_is_asked_about_is_approved_at_the_desk_once_it_is_answered(desk: Desk, playbook: str) -> None:
    number = desk.company.start(playbook=playbook, asked_by="")
    kept = desk.firm.store.plans.in_force(number, PlanKind.ACCESS)
    plan = replace(kept.plan, changes=_asking(kept.plan.changes))
    desk.firm.store.plans.add(plan, asked_by="", guards=[], told={})
    it, path = desk.sign_in(IT), f"/departures/{number}"
    it.open(path)
    it.send(f"{path}/approve")
    carry_out(desk.office, number)
    assert desk.company.systems.office.open["id-ann"] is False
    assert desk.company.systems.register.responsibles["C1"] != "joe"
    it.open(path)
    assert f"{path}/approve" not in Forms(it.page).found, "nothing new is to be approved"
    (one,) = questions_of(plan)
    _answer(it, path, one.id, "yes", "")
    it.open(path)
    assert "Approve this plan" in it.page
    it.send(f"{path}/approve")
    carry_out(desk.office, number)
    assert desk.company.systems.register.responsibles["C1"] == "joe"


def _asking(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Ask about the first client that is handed over."""
    first = next(change for change in changes if change.step == "reassign_clients")
    asks = Asks(f"{first.label}: shall it go?", "it goes", "it stays")
    return tuple(replace(change, asks=asks) if change is first else change for change in changes)


def _answer(visitor: Visitor, path: str, question: str, word: str, because: str) -> None:
    sent = {"token": token_for(visitor, f"{path}/answer"), "question": question, "answer": word, "because": because}
    visitor._show(visitor.client.post(f"{path}/answer", data=sent))


def test_an_auditor_and_a_stranger_mend_nothing(desk: Desk) -> None:
    number = desk.company.approved()
    carry_out(desk.office, number)
    auditor = desk.sign_in(AUDITOR)
    auditor.open(f"/departures/{number}")
    assert Forms(auditor.page).found.keys() <= {"/sign-out"}
    for what in ("undo", "settle", "answer", "cancel", "approve"):
        path = f"/departures/{number}/{what}"
        sent = {"token": token_for(auditor, path), "what": "all", "change": "1", "reason": "x", "question": "x"}
        auditor._show(auditor.client.post(path, data=sent | {"answer": "x"}))
        assert auditor.code in {403, 409}
    assert show(desk.office, number)["status"] == "informing"


def carry_out_somehow(desk: Desk, number: str) -> None:
    from offboard.errors import OffboardError  # noqa: PLC0415

    with contextlib.suppress(OffboardError):
        carry_out(desk.office, number)
