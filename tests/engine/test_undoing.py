"""What an undo cannot put back is listed with what a person can do instead, before anybody approves it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.clients import Contact
from offboard.domain.letter import Channel, LetterState
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.showing import show_plan
from offboard.engine.undoing import plan_undo
from offboard.errors import NotAllowed
from tests.engine.asking import approve_letters, letters, outcomes, status

if TYPE_CHECKING:
    from tests.engine.conftest import Company

PRINTED = (
    "post: letter to Client C1: It was printed for the post by erin@corp.test and cannot be called back. "
    "While it lies in the house, take it out of the post; else the owner can write again."
)


@pytest.fixture
def printed(company: Company) -> str:
    """Return a departure whose letter to C1 was printed for the post, while C2 got theirs by mail."""
    register = company.systems.register
    client = register._client
    register._client = lambda i: (  # type: ignore[method-assign]
        replace(client(i), contact=Contact("Pat Poe", "", ""), address="1 Quay", postcode="BS1", city="Bristol",
                country="GB", channel="post")
        if i == "C1" else client(i)
    )  # fmt: skip
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    carry_out(company.office, number)
    (by_post,) = [x for x in letters(company, number) if x.channel is Channel.POST]
    company.office.store.letters.move(
        by_post.id, to=LetterState.SENT, expect=[LetterState.APPROVED], reason="printed for the post by erin@corp.test"
    )
    carry_out(company.office, number)
    assert status(company, number) == "closed"
    return number


def change_of(company: Company, number: str, target: str) -> str:
    kept = company.office.store.plans.every(number)[0]
    return next(change.id for change in kept.plan.changes if change.target == target)


def listed(company: Company, number: str) -> list[dict[str, Any]]:
    return show_plan(company.office, number)["not_covered"]  # type: ignore[return-value]


def test_everything_that_cannot_be_put_back_is_in_the_plan_with_what_to_do_instead(
    company: Company, printed: str
) -> None:
    plan_undo(company.office, printed, asked_by="dave@corp.test")

    by_step: dict[str, set[str]] = {}
    for gap in listed(company, printed):
        by_step.setdefault(gap["step"], set()).add(f"{gap['system']}: {gap['reason']}")
    assert by_step["send_letters"] == {
        "outbox: L-D-2026-0001-C2: A letter that was sent cannot be called back; the owner can write again.",
        PRINTED,
    }
    assert any("signing in opens a new one" in reason for reason in by_step["end_mail_sessions"])
    with pytest.raises(NotAllowed, match="written to"):
        approve(company.office, printed, "dora@corp.test")


@pytest.mark.parametrize(("client", "told"), [("C1", ["post"]), ("C2", [])])
def test_of_one_client_only_their_own_printed_letter_is_told(
    company: Company, printed: str, client: str, told: list[str]
) -> None:
    undo = plan_undo(company.office, printed, asked_by="dave@corp.test", only=[change_of(company, printed, client)])

    assert [change.target for change in undo.plan.changes] == [client]
    assert [one.system for one in undo.one_way] == told
    assert [gap["system"] for gap in listed(company, printed)] == told


def test_the_rest_is_put_back_all_the_same(company: Company, printed: str) -> None:
    plan_undo(company.office, printed, asked_by="dave@corp.test")
    approve(company.office, printed, "owner@corp.test")

    carry_out(company.office, printed)

    assert status(company, printed) == "undone"
    assert company.systems.register.responsibles["C1"] == "ann"
    assert outcomes(company, printed)["disable_account/id-ann"] == "done"
