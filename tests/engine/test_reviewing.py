"""Reviewing rules: who may decide, what that does to plan and approval, and what was carried out already."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.plan import PlanKind
from offboard.domain.rule_review import RuleDecision
from offboard.engine.deciding import approve, cancel
from offboard.engine.driving import carry_out
from offboard.engine.errands import plan_anew
from offboard.engine.planning_anew import plan_at_once, plan_with_decisions
from offboard.engine.reviewing import decide_rules, read_for_review, review
from offboard.engine.showing import show, show_plan
from offboard.engine.verifying import verify
from offboard.errors import Busy, Ended, NoSuchDeparture, NotAllowed, NotApproved, SaysNo

if TYPE_CHECKING:
    from offboard.forwarding.reviewing import Reviewed
    from tests.engine.conftest import Company

DOMAINS = ["corp.test"]
OURS = "offboard-auto-reply"
IT = "dave@corp.test"
FILING = b'require ["fileinto", "copy"]; if header :contains "from" "alder" { fileinto "A"; redirect :copy "%s"; }'


def only(company: Company, number: str = "D-2026-0001") -> Reviewed:
    (one,) = review(company.office, DOMAINS, number)
    return one


def decide(company: Company, decision: str, number: str = "D-2026-0001", **more: Any) -> str:
    given = {"person": IT, "because": "as agreed"} | more
    rules = given.pop("rules", [one.key.id for one in review(company.office, DOMAINS, number)])
    return decide_rules(company.office, DOMAINS, number, rules, RuleDecision(decision), **given)


def planned(company: Company, number: str, step: str = "stop_forwarding") -> list[str]:
    return [change["target"] for change in show_plan(company.office, number)["changes"] if change["step"] == step]


def again(company: Company) -> None:
    """Let the resident process plan anew, and a person approve that."""
    assert [said.endswith("mail rules") for said in plan_anew(company.office)] == [True]
    approve(company.office, "D-2026-0001", IT)


def test_planning_reads_the_rules_for_their_review(company: Company) -> None:
    number = company.start()
    company.systems.down = {"mail", "office", "clients"}
    one = only(company, number)
    assert (one.key.name, one.verdict.word, one.does, one.suggestion) == (
        "fwd", "alarm", ("sends mail outside",), "stop",
    )  # fmt: skip
    assert (one.decided, one.stopped) == (None, "")
    assert one.script.content == b'redirect "x@freemail.invalid";\r\n'
    fault = read_for_review(company.office, company.office.store.departures.get(number))
    assert [type(one).__name__ for one in fault] == ["Unreachable"]
    assert only(company, number).key == one.key, "what was read before is kept"


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("erin@corp.test", "takes the role it"),
        ("owner@corp.test", "takes the role it"),
        ("audit@example.org", "decides nothing"),
        ("ann@corp.test", "is the person who leaves"),
        ("stranger@corp.test", "not listed"),
        ("", "nobody said who"),
    ],
)
def test_only_it_decides_and_never_the_leaver(company: Company, person: str, text: str) -> None:
    company.office.people.it.append("ann@corp.test")
    company.start()
    with pytest.raises(NotAllowed, match=text):
        decide(company, "leave", person=person)
    assert company.office.store.decisions.decisions("D-2026-0001") == []


def test_a_decision_that_changes_nothing_leaves_the_approval(company: Company) -> None:
    number = company.approved()
    assert decide(company, "stop") == 'D-2026-0001: "fwd": stop'
    assert plan_anew(company.office) == []
    carry_out(company.office, number)
    assert company.systems.mail.active == OURS
    decided = only(company).decided
    assert (decided.by, decided.because, decided.decision) == (IT, "as agreed", "stop")


def test_a_decision_is_planned_once_by_whoever_comes_first(company: Company) -> None:
    number = company.approved()
    decide(company, "leave")
    with company.office.store.leases.hold(f"plan anew {number}"):
        assert plan_anew(company.office) == []
        assert company.office.store.decisions.to_plan() == [number]

    plan_at_once(company.office, number, person=IT)
    digest = show_plan(company.office, number)["digest"]
    plan_at_once(company.office, number, person=IT)
    assert plan_anew(company.office) == []
    assert show_plan(company.office, number)["digest"] == digest
    assert len(company.office.store.plans.every(number)) == 2


def test_a_rule_that_is_left_voids_the_approval_and_is_planned_anew_without_it(company: Company) -> None:
    number = company.approved()
    assert decide(company, "leave").endswith("the plan is made anew, and has to be approved")
    assert show(company.office, number)["status"] == "planned"
    with pytest.raises(NotApproved):
        carry_out(company.office, number)
    assert company.systems.mail.journal == []

    assert plan_anew(company.office) == ["D-2026-0001: planned anew with what was decided on its mail rules"]
    assert plan_anew(company.office) == []
    assert planned(company, number) == []
    (gap,) = [gap for gap in show_plan(company.office, number)["not_covered"] if gap["step"] == "stop_forwarding"]
    assert gap["reason"].endswith("dave@corp.test left it: as agreed")
    with pytest.raises(NotApproved):
        carry_out(company.office, number)
    approve(company.office, number, IT)
    carry_out(company.office, number)
    assert company.systems.mail.active == "fwd"
    assert verify(company.office, number).holds


def test_whoever_asked_still_cannot_approve_what_was_planned_anew(company: Company) -> None:
    number = company.approved()
    decide(company, "leave")
    plan_with_decisions(company.office, number, person=IT)
    with pytest.raises(NotAllowed, match="asked for this"):
        approve(company.office, number, "erin@corp.test")
    approve(company.office, number, IT)


def test_nothing_but_a_whole_decision_is_recorded(company: Company) -> None:
    number = company.approved()
    for decision, more, text in (
        ("leave", {"because": " "}, "with a reason only"),
        ("keep", {}, "would go on working"),
        ("hand", {}, "nothing of it files or forwards"),
        ("leave", {"seen": 7}, "somebody decided on a rule after you opened this"),
    ):
        with pytest.raises(SaysNo, match=text):
            decide(company, decision, **more)
    for rules in ([], ["R-0000000000"], [only(company).key.id, "R-0000000000"]):
        with pytest.raises(NoSuchDeparture, match="has no mail rule"):
            decide(company, "leave", rules=rules)
    assert company.office.store.decisions.decisions(number) == []
    carry_out(company.office, number)


def test_a_rule_that_was_changed_is_to_be_reviewed_again(company: Company) -> None:
    number = company.start()
    known = only(company)
    decide(company, "leave")
    company.systems.mail.stored["fwd"] += b"# altered\r\n"
    plan_with_decisions(company.office, number, person=IT)
    one = only(company)
    assert one.key.id != known.key.id
    assert (one.decided, one.before.decision) == (None, "leave")
    assert planned(company, number) == ["ann/fwd"], "the decision was on another rule"
    with pytest.raises(NoSuchDeparture, match="it was changed since"):
        decide(company, "leave", rules=[known.key.id])


def test_after_the_stop_leaving_it_is_an_undo_of_that_alone(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    stopped = only(company).stopped
    assert stopped
    status = show(company.office, number)["status"]

    said = decide(company, "leave")
    assert stopped in said.partition("an undo of ")[2].partition(" waits for approval")[0]

    assert company.systems.mail.active == OURS, "nothing is put back without an approval"
    assert show_plan(company.office, number)["kind"] == "undo"
    assert planned(company, number) == ["ann/fwd"]
    assert planned(company, number, "deliver_to_successor") == ["ann/delivery/successor"], "it stands in its place"
    with pytest.raises(SaysNo, match="an undo is under way"):
        decide(company, "stop")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)
    assert company.systems.mail.active == "fwd"
    assert company.systems.mail.stored == {"fwd": b'redirect "x@freemail.invalid";\r\n'}
    assert company.systems.office.open["id-ann"] is False
    assert show(company.office, number)["status"] == status
    assert verify(company.office, number).holds
    assert only(company).stopped == ""

    assert "made anew" in decide(company, "stop", because="he has left for good")
    again(company)
    carry_out(company.office, number)
    assert company.systems.mail.active == OURS
    assert verify(company.office, number).holds


def test_an_undo_that_is_called_off_leaves_the_rule_stopped(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    decide(company, "leave")
    cancel(company.office, number, IT)
    assert company.systems.mail.active == OURS
    assert only(company).decided.decision == "leave"
    assert only(company).stopped


def test_a_successor_without_a_mailbox_is_asked_to_make_it(company: Company) -> None:
    company.systems.mail.stored["fwd"] = FILING % b"x@freemail.invalid"
    number = company.approved()
    assert "made anew" in decide(company, "hand")
    again(company)
    carry_out(company.office, number)
    assert company.systems.mail.active == OURS
    (task,) = [one for one in company.office.store.tasks.tasks(number) if one.step == "hand_over_rules"]
    assert task.assignee == "joe@corp.test"
    assert 'when sender contains "alder": it moves to the folder A' in task.what
    assert "freemail" not in task.what

    assert "an undo of" in decide(company, "stop")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)
    assert company.office.store.tasks.task(task.id).state == "withdrawn"
    assert company.systems.mail.active == OURS, "only what does not fit the decision is put back"


def test_a_harmless_rule_is_handed_on_and_stays(company: Company) -> None:
    company.systems.mail.stored["fwd"] = FILING % b"team@corp.test"
    number = company.start()
    assert only(company).suggestion == "hand"
    decide(company, "hand")
    plan_with_decisions(company.office, number, person=IT)
    assert planned(company, number) == []
    assert planned(company, number, "hand_over_rules") == [f"by-hand-{only(company).key.id}"]
    decide(company, "keep")
    plan_with_decisions(company.office, number, person=IT)
    assert planned(company, number, "hand_over_rules") == []


def test_nothing_is_decided_while_the_plan_is_carried_out_or_after_the_end(company: Company) -> None:
    number = company.approved()
    with company.office.store.leases.hold(number), pytest.raises(Busy):
        decide(company, "leave")
    assert company.office.store.plans.in_force(number, PlanKind.ACCESS) is not None
    cancel(company.office, number, "erin@corp.test")
    with pytest.raises(Ended):
        decide(company, "leave")


def test_what_ended_meanwhile_is_not_planned_anew(company: Company) -> None:
    number = company.approved()
    decide(company, "leave")
    cancel(company.office, number, "erin@corp.test")
    assert plan_anew(company.office) == ["D-2026-0001: not planned anew, it has ended"]
    assert plan_anew(company.office) == []


def test_a_playbook_that_hands_nothing_on_says_so(company: Company) -> None:
    company.systems.mail.stored["fwd"] = FILING % b"team@corp.test"
    company.start()
    whole = company.office.playbook("employee")
    less = replace(whole, entries=tuple(entry for entry in whole.entries if entry.step != "hand_over_rules"))
    company.office = replace(company.office, playbook=lambda _: less)
    with pytest.raises(SaysNo, match="hands no rules on"):
        decide(company, "hand")


def test_an_urgent_one_goes_on_after_a_decision(company: Company) -> None:
    number = company.start(playbook="urgent", asked_by=IT)
    decide(company, "leave", person="dora@corp.test")
    plan_anew(company.office)
    carry_out(company.office, number)
    assert company.systems.office.open["id-ann"] is False
    assert company.systems.mail.active == "fwd"


def test_the_evidence_has_it_all_in_order(company: Company) -> None:
    number = company.approved()
    decide(company, "leave")
    plan_anew(company.office)
    kinds = [json.loads(line)["kind"] for line in company.office.store.evidence.lines(number)]
    told = [kind for kind in kinds[kinds.index("approved") :] if kind in {"approved", "rule", "planned"}]
    assert told == ["approved", "rule", "rule", "planned"]
