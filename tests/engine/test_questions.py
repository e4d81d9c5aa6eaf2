"""What planning asks holds up nothing but what it is about, and the departure stays open until it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.guards import Reason
from offboard.domain.holdings import Kin, Reach, Twins
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.due import to_carry_out
from offboard.engine.questions import answer, heard_now
from offboard.engine.showing import show, show_plan
from offboard.engine.starting import plan_again
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify
from offboard.errors import BadInput, NoSuchDeparture, NotAllowed, OffboardError, SaysNo
from tests.engine import twin
from tests.engine.asking import approve_letters, outcomes, status
from tests.engine.desk import PLAYBOOK, with_desk
from tests.engine.test_besides import ADMIN

if TYPE_CHECKING:
    from tests.engine.conftest import Company

HR, IT, OTHER = "erin@corp.test", "dave@corp.test", "dora@corp.test"
URGENT = PLAYBOOK.replace("title:", "urgent: true\ntitle:")


def asked(company: Company, number: str) -> dict[str, Any]:
    """Return the one question of the plan."""
    (one,) = show_plan(company.office, number)["questions"]  # type: ignore[misc]
    return one  # type: ignore[return-value]


def say(company: Company, number: str, word: str, **more: Any) -> None:
    given = {"person": IT, "because": "a client works with it"} | more
    answer(
        company.office,
        number,
        [asked(company, number)["id"]],
        given["person"],
        yes=word == "yes",
        because=given["because"],
    )


def anew(company: Company, number: str) -> None:
    plan_again(company.office, company.office.store.departures.get(number), asked_by=HR)


def test_a_yes_does_it_and_it_is_seen_and_put_back_like_any_other(company: Company) -> None:
    desk = with_desk(company, asked={"card"})
    number = company.start()
    said = approve(company.office, number, IT)
    one = asked(company, number)
    assert f"a question is open ({one['id']})" in said
    assert f"offboard answer {number} {one['id']} yes|no" in said
    carry_out(company.office, number)
    assert desk.held == {"card": "open", "key": "shut"}, "the doors wait for nobody's answer"
    assert status(company, number) == "informing"
    assert to_carry_out(company.office) == []

    say(company, number, "yes", because="")
    assert to_carry_out(company.office) == [], "an answer is no approval"
    approve(company.office, number, IT)
    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)

    assert desk.held == {"card": "shut", "key": "shut"}
    assert verify(company.office, number).left == ()
    assert show(company.office, number)["questions"] == [asked(company, number)]
    plan_undo(company.office, number, asked_by=HR)
    approve(company.office, number, IT)
    carry_out(company.office, number)
    assert desk.held == {"card": "open", "key": "open"}


def test_a_no_leaves_it_as_it_is_and_says_why_and_planned_anew_it_stays_answered(company: Company) -> None:
    desk = with_desk(company, asked={"card"})
    number = company.start()
    say(company, number, "no")
    given = asked(company, number)["answer"]
    assert (given["yes"], given["because"], given["person"]) == (False, "a client works with it", IT)

    anew(company, number)
    assert asked(company, number)["answer"] == given
    approve(company.office, number, IT)
    carry_out(company.office, number)

    assert desk.held == {"card": "open", "key": "shut"}
    assert outcomes(company, number)["close_things/card"] == "declined"
    assert status(company, number) == "informing"
    verified = verify(company.office, number)
    assert verified.holds
    assert verified.left == ()
    lines = company.office.store.evidence.lines(number)
    assert any(b'"answer":"no"' in line and b"a client works with it" in line for line in lines)


def test_what_comes_up_later_and_would_only_be_asked_about_is_not_left_open(company: Company) -> None:
    desk = with_desk(company, asked={"card", "badge"})
    number = company.start()
    say(company, number, "yes")
    approve(company.office, number, IT)
    carry_out(company.office, number)
    desk.held["badge"] = "open"
    assert verify(company.office, number).left == ()
    anew(company, number)
    assert [one["answer"] for one in show_plan(company.office, number)["questions"]] == [None]  # type: ignore[union-attr, index, call-overload]


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"person": ""}, NotAllowed, "nobody said who decides this"),
        ({"person": "max@corp.test"}, NotAllowed, "not listed"),
        ({"person": "audit@example.org"}, NotAllowed, "reads as an auditor"),
        ({"person": "ann@corp.test"}, NotAllowed, "ann@corp.test"),
        ({"because": " "}, SaysNo, "a no is answered with a reason"),
        ({"questions": ["Q-0000000000"]}, NoSuchDeparture, "does not ask Q-0000000000"),
        ({"questions": [" "]}, NoSuchDeparture, "does not ask"),
        ({"number": "D-2020-0001"}, NoSuchDeparture, "D-2020-0001"),
    ],
)
def test_what_cannot_be_answered_changes_nothing(
    company: Company, wrong: dict[str, Any], error: type[OffboardError], says: str
) -> None:
    with_desk(company, asked={"card"})
    number = company.start()
    given = {"number": number, "questions": [asked(company, number)["id"]], "person": IT, "because": "so"} | wrong
    with pytest.raises(error, match=says) as caught:
        answer(company.office, yes=False, **given)
    assert caught.value.hint
    assert asked(company, number)["answer"] is None


def test_several_are_answered_at_once_or_none(company: Company) -> None:
    with_desk(company, asked={"card", "key"})
    number = company.start()
    card, key = (one["id"] for one in show_plan(company.office, number)["questions"])  # type: ignore[union-attr, index, call-overload]
    with pytest.raises(NoSuchDeparture):
        answer(company.office, number, [card, "Q-none"], IT, yes=True)
    left = answer(company.office, number, [card.lower()], IT, yes=True)  # type: ignore[union-attr]
    assert [one.id for one in left] == [key]
    with pytest.raises(BadInput, match="stands in 2 questions") as caught:
        answer(company.office, number, ["shall it be"], IT, yes=True)
    assert f"{card}, {key}" in caught.value.hint
    assert answer(company.office, number, ["KEY: shall"], IT, yes=True) == []
    assert answer(company.office, number, [card, key, key], IT, yes=False, because="so") == []  # type: ignore[list-item]


def test_an_answer_is_given_anew_until_the_plan_is_approved(company: Company) -> None:
    desk = with_desk(company, asked={"card"})
    number = company.start()
    say(company, number, "yes")
    kept = company.office.store.plans.every(number)[-1]
    read = heard_now(company.office, kept.plan)
    say(company, number, "no")
    with pytest.raises(SaysNo, match="somebody answered otherwise"):
        approve(company.office, number, IT, read=kept.plan.digest, heard=read)
    approve(company.office, number, IT, read=kept.plan.digest, heard=heard_now(company.office, kept.plan))
    with pytest.raises(SaysNo, match="is approved with the answers that it had") as caught:
        say(company, number, "yes")
    assert f"offboard plan {number} --again" in caught.value.hint
    anew(company, number)
    say(company, number, "yes")
    approve(company.office, number, IT)
    carry_out(company.office, number)
    assert desk.held["card"] == "shut"


def test_an_urgent_one_shuts_its_doors_at_once_but_not_what_is_asked_about(company: Company) -> None:
    desk = with_desk(company, URGENT, asked={"card"})
    number = company.start(playbook="urgent", asked_by=IT)
    carry_out(company.office, number)

    assert (desk.held, company.systems.office.open["id-ann"]) == ({"card": "open", "key": "shut"}, False)
    assert company.systems.register.responsibles["C1"] != "joe"
    say(company, number, "yes")
    approve(company.office, number, HR)
    carry_out(company.office, number)
    assert desk.held["card"] == "shut"
    assert company.systems.register.responsibles["C1"] == "joe"


@pytest.mark.parametrize(("word", "becomes"), [("yes", "shut"), ("no", "open")])
def test_an_urgent_one_that_nobody_known_asked_for_is_approved_with_questions_open(
    company: Company, word: str, becomes: str
) -> None:
    desk = with_desk(company, URGENT, asked={"card"})
    number = company.start(playbook="urgent", asked_by="")
    approve(company.office, number, IT)
    carry_out(company.office, number)

    assert (desk.held, company.systems.office.open["id-ann"]) == ({"card": "open", "key": "shut"}, False)
    assert company.systems.register.responsibles["C1"] == "joe"
    say(company, number, word)
    assert to_carry_out(company.office) == []
    approve(company.office, number, IT)
    carry_out(company.office, number)
    assert desk.held["card"] == becomes
    assert company.systems.register.responsibles["C1"] == "joe"
    assert verify(company.office, number).holds


def test_what_takes_two_takes_two_for_the_doors_as_well(company: Company) -> None:
    desk = with_desk(company, URGENT, asked={"card"})
    number = company.start(playbook="urgent", asked_by="")
    plan = company.office.store.plans.every(number)[-1].plan
    company.office.store.plans.add(plan, asked_by="", guards=[Reason("a brake", second=True).to_json()], told={})
    assert "a second person has to approve it too" in approve(company.office, number, IT)
    assert to_carry_out(company.office) == []
    approve(company.office, number, OTHER)
    carry_out(company.office, number)
    assert desk.held == {"card": "open", "key": "shut"}
    say(company, number, "yes")
    assert "a second person has to approve it too" in approve(company.office, number, IT)
    approve(company.office, number, OTHER)
    carry_out(company.office, number)
    assert desk.held["card"] == "shut"


def test_a_second_account_leaves_as_well_only_by_a_departure_of_its_own(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_a_twin(company, monkeypatch)
    number = company.start()
    with pytest.raises(SaysNo, match="no departure shuts this account yet: another account, adm-ann") as caught:
        say(company, number, "yes")
    assert "offboard start adm-ann --last-moment" in caught.value.hint
    company.start(person="adm-ann")
    say(company, number, "yes")
    approve(company.office, number, IT)
    anew(company, number)
    assert show_plan(company.office, number)["questions"] == []


def test_a_departure_is_closed_once_the_last_question_is_answered(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_a_twin(company, monkeypatch)
    number = company.start()
    approve(company.office, number, IT)
    carry_out(company.office, number)
    approve_letters(company, number)
    approve(company.office, number, "owner@corp.test")
    carry_out(company.office, number)
    assert (status(company, number), to_carry_out(company.office)) == ("attention", [])
    say(company, number, "no")
    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)
    assert (status(company, number), to_carry_out(company.office)) == ("closed", [])


def _with_a_twin(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the directory know a second account of Ann's."""
    office: Any = company.systems.office
    monkeypatch.setitem(twin.CAPABILITIES, "office", (*twin.CAPABILITIES["office"], Reach, Twins))
    office.twins = lambda person: [Kin(ADMIN, "The number is the same.")] if person.login == "ann" else []
    office.out_of_reach = lambda _: []
    office.people.append(ADMIN)
    office.open["id-adm"] = True
