"""Who may decide what, and what a decision covers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.letter import LetterState
from offboard.engine.deciding import approve, cancel, decide_letters, resume, settle, stop
from offboard.engine.driving import carry_out
from offboard.engine.due import to_carry_out, to_deliver
from offboard.engine.showing import show
from offboard.engine.starting import amend, plan_again
from offboard.engine.undoing import plan_undo
from offboard.errors import BadInput, Guarded, NotAllowed, NotApproved, NotDue, SaysNo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Company


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("erin@corp.test", "asked for this"),
        ("audit@example.org", "takes the role"),
        ("stranger@corp.test", "not listed"),
        ("", "nobody said who"),
    ],
)
def test_four_eyes(company: Company, person: str, text: str) -> None:
    number = company.start()

    with pytest.raises(NotAllowed, match=text):
        approve(company.office, number, person)


def test_a_leaver_in_people_cannot_approve_their_own_departure(company: Company) -> None:
    company.office.people.it.append("ann@corp.test")
    number = company.start()

    with pytest.raises(NotAllowed, match="is the person who leaves"):
        approve(company.office, number, "ann@corp.test")


def test_nothing_happens_before_the_moment_or_without_approval(company: Company) -> None:
    number = company.start(moment=company.time + timedelta(hours=1))
    with pytest.raises(NotDue):
        carry_out(company.office, number)
    with pytest.raises(NotApproved):
        carry_out(company.office, number, now=True)
    approve(company.office, number, "dave@corp.test")
    assert show(company.office, number)["status"] == "scheduled"
    assert to_carry_out(company.office) == []

    company.wait(hours=1)

    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)
    assert to_carry_out(company.office) == []


def test_a_declined_change_does_not_happen(company: Company) -> None:
    number = company.start()
    vpn = _change(company, number, "leave_groups", "vpn")
    approve(company.office, number, "dave@corp.test", decline=[vpn["id"]])

    carry_out(company.office, number)

    assert "id-ann" in company.systems.office.groups["vpn"]
    assert "id-ann" not in company.systems.office.groups["staff"]
    assert _change(company, number, "leave_groups", "vpn")["outcome"] == "declined"
    assert show(company.office, number)["status"] == "informing"


def test_another_date_plans_anew_and_voids_the_approval(company: Company) -> None:
    number = company.approved()

    again = company.start(moment=company.time - timedelta(hours=1))

    assert again == number
    with pytest.raises(NotApproved):
        carry_out(company.office, number)


def test_the_same_request_keeps_plan_and_approval(company: Company) -> None:
    number = company.approved()

    assert company.start() == number
    carry_out(company.office, number)


def test_guards_refuse_with_every_reason(company: Company) -> None:
    number = company.start(successor="")

    with pytest.raises(Guarded) as refused:
        approve(company.office, number, "dave@corp.test")

    assert refused.value.reasons == ["2 clients would be left without a successor: Client C1, Client C2"]


def test_a_successor_cannot_be_the_leaver(company: Company) -> None:
    with pytest.raises(BadInput, match="successor"):
        company.start(successor="ann@corp.test")


def test_a_protected_account_takes_two_people(company: Company) -> None:
    company.office.guards.protected.append("ann")
    number = company.approved()
    with pytest.raises(NotApproved):
        carry_out(company.office, number)

    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)

    assert company.systems.office.open["id-ann"] is False


def test_an_urgent_one_secures_at_once_and_waits_with_the_rest(company: Company) -> None:
    with pytest.raises(NotAllowed):
        company.start(playbook="urgent")
    number = company.start(playbook="urgent", asked_by="dave@corp.test")

    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)

    assert company.systems.office.open["id-ann"] is False
    assert company.systems.register.journal == []
    assert to_carry_out(company.office) == []
    approve(company.office, number, "erin@corp.test")
    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)
    assert company.systems.register.responsibles["C1"] == "joe"


@pytest.mark.parametrize("how", [plan_again, amend])
def test_hr_alone_never_approves_an_urgent_one(company: Company, how: Callable[..., object]) -> None:
    number = company.start(playbook="urgent", asked_by="")

    how(company.office, company.office.store.departures.get(number), asked_by="erin@corp.test")

    assert to_carry_out(company.office) == []
    with pytest.raises(NotApproved):
        carry_out(company.office, number)
    assert company.systems.office.open["id-ann"] is True
    how(company.office, company.office.store.departures.get(number), asked_by="owner@corp.test")
    assert to_carry_out(company.office) == [number]


def test_cancelling_is_for_what_has_not_begun(company: Company) -> None:
    number = company.approved()
    cancel(company.office, number, "erin@corp.test")
    assert show(company.office, number)["status"] == "cancelled"

    second = company.approved()
    assert second != number
    carry_out(company.office, second)
    with pytest.raises(SaysNo, match="has been carried out"):
        cancel(company.office, second, "erin@corp.test")


def test_stop_is_for_everybody_and_going_on_is_not(company: Company) -> None:
    company.approved()
    stop(company.office, "erin@corp.test")
    assert to_carry_out(company.office) == []
    with pytest.raises(NotAllowed):
        resume(company.office, "erin@corp.test")
    resume(company.office, "dave@corp.test")
    assert to_carry_out(company.office) != []


def test_a_change_that_cannot_be_done_is_closed_with_a_reason(company: Company) -> None:
    number = company.approved()
    company.systems.down = {"mail"}
    carry_out(company.office, number)
    failed = [c["id"] for c in show(company.office, number)["changes"] if c["outcome"] == "failed"]
    with pytest.raises(SaysNo, match="reason"):
        settle(company.office, number, failed[0], "dave@corp.test", " ")

    for change in failed:
        settle(company.office, number, change, "dave@corp.test", "the mail server was scrapped")
    carry_out(company.office, number)

    assert company.systems.register.responsibles["C1"] == "joe"


def test_only_the_owner_decides_on_letters_and_what_is_approved_is_sent(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    letters = company.office.store.letters.letters(number)
    with pytest.raises(NotAllowed):
        decide_letters(company.office, number, letters, "dave@corp.test", to=LetterState.APPROVED)
    decide_letters(company.office, number, letters[:1], "owner@corp.test", to=LetterState.APPROVED)
    with pytest.raises(SaysNo, match="reason"):
        decide_letters(company.office, number, letters[1:], "owner@corp.test", to=LetterState.REJECTED)
    decide_letters(
        company.office, number, letters[1:], "owner@corp.test", to=LetterState.REJECTED, reason="told by phone"
    )

    assert to_deliver(company.office) == [number]
    carry_out(company.office, number)

    assert [recipient for recipient, _ in company.systems.outbox.sent] == ["c1@client.example"]
    assert company.systems.outbox.sent[0][1] == company.office.step("send_letters").house.book.message(letters[0])
    assert show(company.office, number)["status"] == "closed"
    assert to_deliver(company.office) == []


def test_a_letter_without_an_answer_is_held_and_never_sent_again(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    letters = company.office.store.letters.letters(number)
    decide_letters(company.office, number, letters, "owner@corp.test", to=LetterState.APPROVED)
    company.systems.outbox.unclear = {"c2@client.example"}

    carry_out(company.office, number)
    carry_out(company.office, number)

    states = {x.client: x.state for x in company.office.store.letters.letters(number)}
    assert states == {"C1": LetterState.SENT, "C2": LetterState.HELD}
    assert sorted(recipient for recipient, _ in company.systems.outbox.sent) == [
        "c1@client.example",
        "c2@client.example",
    ]
    assert show(company.office, number)["status"] == "attention"
    held = [x for x in company.office.store.letters.letters(number) if x.state is LetterState.HELD]
    decide_letters(company.office, number, held, "owner@corp.test", to=LetterState.REJECTED, reason="it arrived")
    carry_out(company.office, number)
    assert show(company.office, number)["status"] == "closed"


def test_giving_back_a_client_who_was_written_to_is_for_the_owner(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    letters = company.office.store.letters.letters(number)
    decide_letters(company.office, number, letters, "owner@corp.test", to=LetterState.APPROVED)
    carry_out(company.office, number)

    undo = plan_undo(company.office, number, asked_by="dave@corp.test")
    assert {change.step for change in undo.one_way} >= {"send_letters", "end_mail_sessions"}
    with pytest.raises(NotAllowed, match="written to"):
        approve(company.office, number, "dora@corp.test")
    approve(company.office, number, "owner@corp.test")
    carry_out(company.office, number)

    assert show(company.office, number)["status"] == "undone"
    assert company.systems.register.responsibles["C1"] == "ann"


def _change(company: Company, number: str, step: str, target: str) -> dict[str, Any]:
    changes = show(company.office, number)["changes"]
    return next(c for c in changes if (c["step"], c["target"]) == (step, target))  # type: ignore[index]
