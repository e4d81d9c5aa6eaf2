"""What waits for somebody, and is planned anew, undone, or part of another phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.asking import AsksPeople, TaskKind
from offboard.engine.asking import confirm
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.due import look_soon, to_carry_out, to_try_again
from offboard.engine.showing import show
from offboard.engine.starting import plan_again
from offboard.engine.undoing import plan_undo
from offboard.errors import Unreachable
from tests.engine.asking import approve_letters, failing_at, status
from tests.engine.desk import PLAYBOOK, change, entries, with_desk
from tests.engine.twin import CAPABILITIES

if TYPE_CHECKING:
    from tests.engine.conftest import Company


def test_planned_anew_it_still_waits_and_is_not_written_twice(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")
    approve(company.office, number, "dave@corp.test")

    carry_out(company.office, number)

    assert desk.journal.count(("card", "shut")) == 1
    assert status(company, number) == "informing"
    shown = [c for c in show(company.office, number)["changes"] if c["target"] == "card"]
    assert [c["effect"] for c in shown] == ["residual", "residual"]


@pytest.mark.parametrize("only", [True, False], ids=["alone", "with everything"])
def test_undone_it_is_turned_round(company: Company, only: bool) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    card = change(company, number)["id"]

    plan_undo(company.office, number, asked_by="dave@corp.test", only=[card] if only else [])
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)

    assert desk.held["card"] == "open"
    assert change(company, number, plan="undo")["outcome"] == "done"
    assert status(company, number) == ("informing" if only else "undone")
    company.wait(days=3)
    assert to_try_again(company.office) == to_carry_out(company.office) == []
    if only:
        carry_out(company.office, number)
        assert desk.held["card"] == "open", "what was put back is nobody's to shut again"


def test_an_undo_that_waits_is_under_way_until_it_shows(company: Company) -> None:
    desk = with_desk(company)
    number = company.approved()
    carry_out(company.office, number)
    plan_undo(company.office, number, asked_by="dave@corp.test")
    approve(company.office, number, "dora@corp.test")
    company.systems.all["desk"].set_thing = lambda thing, _: desk.held.update({thing: "reopening"})
    closing = type(company.office.step("close_things"))
    waiting = closing.waiting
    closing.waiting = lambda self, found, wanted: (  # type: ignore[method-assign]
        waiting(self, {"is": "asked"}, {"is": "shut"}) if found == {"is": "reopening"} != wanted else None
    )

    carry_out(company.office, number)

    assert status(company, number) == "undoing"
    assert to_carry_out(company.office) == to_try_again(company.office) == []
    desk.held = dict.fromkeys(desk.held, "open")
    look_soon(company.office, number)
    assert to_try_again(company.office) == [number]
    carry_out(company.office, number)
    assert status(company, number) == "undone"


def test_in_the_middle_of_securing_it_is_no_excuse_for_what_fails(company: Company) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    company.systems.fault = failing_at("set_account", Unreachable("no answer", system="office"))

    carry_out(company.office, number)

    assert status(company, number) == "attention"
    assert company.systems.register.journal == []
    company.systems.fault = lambda *_: None
    carry_out(company.office, number)
    assert status(company, number) == "informing"


def test_while_informing_it_keeps_the_departure_open_too(company: Company) -> None:
    line = "  - close_things: {on: all}\n"
    desk = with_desk(company, PLAYBOOK.replace(line, "") + line, slow={"card"})
    number = company.approved()
    approve_letters(company, number)
    carry_out(company.office, number)
    assert len(company.systems.outbox.sent) == 2
    assert desk.held == {"card": "asked", "key": "shut"}
    assert status(company, number) == "informing"
    told_so_far = entries(company, number)
    for _ in range(2):
        company.wait(hours=1)
        assert to_try_again(company.office) == [number]
        carry_out(company.office, number)
    assert entries(company, number) == told_so_far
    desk.held["card"] = "shut"

    company.wait(hours=1)
    carry_out(company.office, number)

    assert status(company, number) == "closed"


class Everybody:
    """The people of the company, who can be asked."""

    name = "people"

    def asks_people(self) -> bool:
        return True


def test_what_a_person_was_asked_for_is_done_when_they_confirm_it(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = '  - ask_person: {what: [{id: laptop, ask: "Collect the laptop", of: it, due: +2d}]}\n'
    with_desk(company, PLAYBOOK.replace("inform:\n", f"{asked}inform:\n"))
    monkeypatch.setitem(CAPABILITIES, "people", (AsksPeople,))
    company.systems.all["people"] = Everybody()
    number = company.approved()
    approve_letters(company, number)
    carry_out(company.office, number)
    assert change(company, number, "laptop")["effect"] == "residual"
    assert status(company, number) == "informing"
    assert len(company.systems.outbox.sent) == 2, "clients are told all the same"
    assert to_try_again(company.office) == []
    (task,) = (t for t in company.office.store.tasks.tasks(number) if t.kind is not TaskKind.FOLLOW_UP)

    confirm(company.office, task, task.assignee, note="It is in the cupboard")

    assert to_try_again(company.office) == [number]
    carry_out(company.office, number)
    assert status(company, number) == "closed"
