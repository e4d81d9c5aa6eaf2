"""Questions of a plan: their ids, their answers, and what an answer does to the change that hangs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offboard.domain.change import Asks, Change, Phase
from offboard.domain.plan import TWINS, NotCovered, Plan, PlanKind
from offboard.domain.question import Answer, declined_by, heard, questions_of, unanswered
from offboard.domain.telling import answered, not_chosen

LINK = Change(
    "c001", Phase.HAND_OVER, "end_shares", "cloud", "drive/item/1", "offer.docx", {"link": "anonymous"}, None, "Ann.",
    "It cannot be made again.", Asks("offer.docx: shall it end?", "it ends", "it stays"),
)  # fmt: skip
SEAT = Change("c002", Phase.SECURE, "leave_groups", "cloud", "g1", "vpn", {"held": {}}, None, "Ann.")
TWIN = NotCovered(
    TWINS, "office", "another account, adm-ann", question=True, about="id-adm", yes="start one", no="it stays"
)
PLAN = Plan("D-2026-0001", PlanKind.ACCESS, "", {}, "", (), (LINK, SEAT), (TWIN, NotCovered("open_drive", None, "-")))
LINK_ID, TWIN_ID = (one.id for one in questions_of(PLAN))
YES, NO = Answer(True, "", "dave@corp.test", "now"), Answer(False, "it is used", "dave@corp.test", "now")


def test_what_is_asked_is_a_change_or_a_thing_that_no_step_is_for():
    link, twin = questions_of(PLAN)
    assert (link.step, link.system, link.text, link.change) == (
        "end_shares", "cloud", "offer.docx: shall it end?", "c001",
    )  # fmt: skip
    assert (twin.step, twin.system, twin.text, twin.change, twin.about) == (
        TWINS, "office", "another account, adm-ann", "", "id-adm",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"id": "c107", "label": "offer (final).docx", "why": "Later.", "before": {"link": "users"}}, True),
        ({"asks": Asks("Shall it end now?", "-", "-")}, True),
        ({"target": "drive/item/2"}, False),
        ({"system": "other"}, False),
        ({"step": "hand_over_meetings"}, False),
    ],
)
def test_a_question_keeps_its_id_as_long_as_it_is_about_the_same_thing(changed: dict[str, Any], same: bool):
    (one, *_) = questions_of(replace(PLAN, changes=(replace(LINK, **changed), SEAT)))
    assert (one.id == LINK_ID) is same
    assert one.id.startswith("Q-")


@pytest.mark.parametrize(
    ("answers", "left", "declined", "shown"),
    [
        ({}, [LINK_ID, TWIN_ID], [], {"c001": "on a yes"}),
        ({LINK_ID: YES}, [TWIN_ID], [], {}),
        ({LINK_ID: NO}, [TWIN_ID], ["c001"], {"c001": "answered no"}),
        ({LINK_ID: NO, TWIN_ID: NO}, [], ["c001"], {"c001": "answered no"}),
        ({TWIN_ID: YES, "Q-of-a-plan-before": NO}, [LINK_ID], [], {"c001": "on a yes"}),
    ],
)
def test_a_no_declines_a_yes_does_it_and_nothing_leaves_it_open(
    answers: dict[str, Answer], left: list[str], declined: list[str], shown: dict[str, str]
):
    asked = questions_of(PLAN)
    assert [one.id for one in unanswered(asked, answers)] == left
    assert declined_by(asked, answers) == declined
    told = [
        {"change": one.change or None, "answer": answers[one.id].to_json() if one.id in answers else None}
        for one in asked
    ]
    assert not_chosen({"questions": told}) == shown


@pytest.mark.parametrize(
    ("given", "said"), [(YES, "yes, says dave@corp.test"), (NO, "no, says dave@corp.test: it is used")]
)
def test_an_answer_is_told_in_a_sentence(given: Answer, said: str):
    assert answered({"answer": given.to_json()}) == said
    assert answered({"answer": None}) == ""


def test_other_answers_have_another_digest_and_their_order_counts_for_nothing():
    assert heard({"Q-1": True, "Q-2": False}) == heard({"Q-2": False, "Q-1": True})
    assert len({heard({}), heard({"Q-1": True}), heard({"Q-1": False}), heard({"Q-2": True})}) == 4


def test_a_plan_with_questions_is_read_as_it_was_written():
    again = Plan.from_json(PLAN.to_json())
    assert (again, again.digest) == (PLAN, PLAN.digest)


def test_what_nobody_asks_about_leaves_no_trace_so_that_older_plans_keep_their_digests():
    assert "asks" not in SEAT.to_json()
    assert NotCovered("open_drive", None, "-").to_json().keys() == {"step", "system", "reason", "unread"}
    assert LINK.reversed().asks is None


def test_a_question_of_a_plan_made_before_questions_had_ids_has_one():
    (one,) = questions_of(
        replace(PLAN, changes=(), not_covered=(NotCovered(TWINS, "office", "adm-ann?", question=True),))
    )
    assert one.id.startswith("Q-")
    assert NotCovered(TWINS, "office", "adm-ann?", question=True).to_json().keys() == {
        "step", "system", "reason", "unread", "question",
    }  # fmt: skip
