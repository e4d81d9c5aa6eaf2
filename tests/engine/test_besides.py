"""What planning finds besides changes: what is beyond a step, whom we may not touch, second accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows.tables import plan_page
from offboard.commands.words import plan_in_words
from offboard.domain.holdings import Kin, Reach, Twins
from offboard.domain.plan import NotCovered, Plan
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.questions import answer
from offboard.engine.showing import show_plan
from offboard.engine.starting import plan_again
from offboard.engine.verifying import verify
from offboard.errors import Denied, Unreachable
from tests.engine import twin
from tests.engine.asking import failing_at, status
from tests.engine.desk import with_desk
from tests.engine.twin import ANN

if TYPE_CHECKING:
    from tests.engine.conftest import Company

ADMIN = replace(ANN, id="id-adm", login="adm-ann", name="Ann Lee Admin", mail="")
IT = "dave@corp.test"
RIGHT = "Ann Lee is a Global Administrator; it takes the right Privileged Authentication Administrator"


@pytest.fixture
def knowing(company: Company, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the directory of the twin company know of second accounts, and of what we may not touch."""
    office = company.systems.office
    monkeypatch.setitem(twin.CAPABILITIES, "office", (*twin.CAPABILITIES["office"], Reach, Twins))
    office.kins, office.barred = [], []  # type: ignore[attr-defined]
    office.twins = lambda person: list(office.kins) if person.login == "ann" else []  # type: ignore[attr-defined]
    office.out_of_reach = lambda account_id: list(office.barred) if account_id == "id-ann" else []  # type: ignore[attr-defined]
    return office


def plan_of(company: Company, number: str) -> Plan:
    return company.office.store.plans.every(number)[-1].plan


def found(company: Company, number: str, *steps: str) -> list[NotCovered]:
    gaps = plan_of(company, number).not_covered
    return [gap for gap in gaps if gap.system == "office" and (not steps or gap.step in steps)]


def test_a_second_account_is_asked_about(company: Company, knowing: Any) -> None:
    knowing.kins = [Kin(ADMIN, "The employee number is the same.")]

    number = company.start()

    (gap,) = found(company, number)
    assert (gap.step, gap.question, gap.unread, gap.about) == ("twins", True, False, "id-adm")
    assert gap.reason == (
        "another account, adm-ann (Ann Lee Admin): The employee number is the same; does it leave as well?"
    )
    shown = show_plan(company.office, number)
    told = {"step": "twins", "system": "office", "reason": gap.reason, "unread": False, "question": True}
    assert any(told.items() <= listed.items() for listed in shown["not_covered"])  # type: ignore[union-attr]
    assert shown["guards"] == []
    (asked,) = shown["questions"]  # type: ignore[misc]
    answer(company.office, number, [asked["id"]], IT, yes=False, because="it is a role")  # type: ignore[index, list-item]
    approve(company.office, number, IT)
    carry_out(company.office, number)
    assert verify(company.office, number).holds


def test_an_account_that_leaves_already_is_not_asked_about(company: Company, knowing: Any) -> None:
    knowing.people.append(ADMIN)
    knowing.open["id-adm"] = True
    company.start(person="adm-ann")
    knowing.kins = [Kin(ADMIN, "The employee number is the same.")]

    number = company.start()

    assert found(company, number) == []


def test_what_is_out_of_reach_is_told_before_anybody_approves_and_forbids_nothing(
    company: Company, knowing: Any
) -> None:
    knowing.barred = [RIGHT]

    number = company.start()

    assert found(company, number) == [NotCovered("disable_account", "office", RIGHT)]
    (guard,) = show_plan(company.office, number)["guards"]  # type: ignore[misc]
    assert guard == f"out of our reach, so grant the right first or do it by hand: office: {RIGHT}"
    approve(company.office, number, "dave@corp.test")
    carry_out(company.office, number)
    assert status(company, number) == "informing"


def test_what_is_out_of_reach_does_not_hold_an_urgent_one_up(company: Company, knowing: Any) -> None:
    knowing.barred = [RIGHT]

    number = company.start(playbook="urgent", asked_by="dave@corp.test")
    carry_out(company.office, number)

    assert company.systems.office.open["id-ann"] is False


@pytest.mark.parametrize("method", ["twins", "out_of_reach"])
@pytest.mark.parametrize(
    "error", [Unreachable("no answer", system="office"), Denied("may not ask that", system="office")]
)
def test_a_system_that_does_not_tell_stops_nothing(
    company: Company, knowing: Any, method: str, error: Exception
) -> None:
    knowing.kins, knowing.barred = [], []
    company.systems.fault = failing_at(method, error)

    number = company.approved()

    (gap,) = found(company, number)
    assert (gap.step, gap.reason, gap.unread) == ("twins" if method == "twins" else "reach", str(error), True)
    company.systems.fault = lambda *_: None
    carry_out(company.office, number)
    assert status(company, number) == "informing", "it is said, and holds up neither the doors nor what comes later"


def test_a_system_that_is_down_is_told_of_once_for_each_step(company: Company, knowing: Any) -> None:
    knowing.barred = [RIGHT]
    number = company.start()
    company.systems.down = {"office"}

    plan_again(company.office, company.office.store.departures.get(number), asked_by="dora@corp.test")

    assert {gap.step for gap in found(company, number)} == {"disable_account", "leave_groups"}


def test_a_plan_of_before_there_were_questions_keeps_its_digest() -> None:
    gap = NotCovered("set_auto_reply", None, "no configured system can do this")
    assert gap.to_json() == {
        "step": "set_auto_reply",
        "system": None,
        "reason": "no configured system can do this",
        "unread": False,
    }
    assert NotCovered(**gap.to_json()) == gap  # type: ignore[arg-type]


def test_what_a_step_finds_beyond_it_is_not_covered_and_not_unplanned(company: Company) -> None:
    desk = with_desk(company, fixed={"key": "the landlord has it; ask facility management", "ghost": "never there"})
    number = company.approved()

    assert [(gap.step, gap.system, gap.reason, gap.unread) for gap in plan_of(company, number).not_covered] == [
        ("close_things", "desk", "key: the landlord has it; ask facility management", False)
    ]
    carry_out(company.office, number)
    assert desk.held == {"card": "shut", "key": "open"}
    verified = verify(company.office, number)
    assert verified.holds
    assert verified.left == ()
    company.wait(seconds=1)
    assert [gap["reason"] for gap in show_plan(company.office, number)["not_covered"]] == [  # type: ignore[index, union-attr]
        "key: the landlord has it; ask facility management"
    ]


def test_questions_have_a_heading_of_their_own_wherever_plans_are_read(
    company: Company, knowing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    knowing.kins = [Kin(ADMIN, "The employee number is the same.")]
    knowing.barred = [RIGHT]
    plan = show_plan(company.office, company.start())

    plan_in_words(plan)

    told = capsys.readouterr().out
    covered, _, asked = told.partition("\nPlease answer; what nobody answers stays as it is:\n")
    assert f"disable_account on office: {RIGHT}" in covered
    assert "adm-ann" not in covered
    (one,) = plan["questions"]  # type: ignore[misc]
    assert asked.startswith(f"  {one['id']} on office: another account, adm-ann (Ann Lee Admin)")  # type: ignore[index]
    page = plan_page(plan, zone="UTC")
    assert page.index("## Not covered") < page.index("## Please answer") < page.index("adm-ann")
