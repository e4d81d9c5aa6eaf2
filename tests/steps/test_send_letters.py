"""Approved letters go out once each, to a real mail server; whatever else happens is never called sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors.smtp import Connection, Settings, connect
from offboard.domain.capabilities import Unclear
from offboard.domain.clients import Client, Contact
from offboard.domain.letter import Letter, LetterState
from offboard.errors import Drifted, NotFound, Rejected, SystemFault, Unreachable
from offboard.steps.send_letters import SendLetters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure
    from tests.servers.smtp import SmtpSink

IDA = Client("C1", "Alder & Co", contact=Contact("Ida Alder", email="ida@alder.example"), country="GB")
POST = Client("C2", "Cedar Ltd", address="3 Oak Lane", postcode="M1 1AE", city="Manchester", country="GB")
OWNER = "owner@corp.test"


@pytest.fixture
def step(house: House) -> SendLetters:
    return SendLetters(replace(house, company=replace(house.company, owner_mail=OWNER)))


@pytest.fixture
def outbox(smtp_sink: SmtpSink) -> Iterator[Connection]:
    connection = connect("outbox", Settings(**smtp_sink.settings(answer_timeout=5)), vault=None)
    yield connection
    connection.close()


@pytest.fixture
def letter(step: SendLetters, leaving: Departure) -> Letter:
    """One letter by mail, which the owner approved; another goes by post."""
    drafts = [step.house.book.draft(leaving, client, leaving.successor) for client in (IDA, POST)]
    step.house.box.add(drafts)
    for draft in drafts:
        step.house.box.decide(draft, to=LetterState.APPROVED, person=OWNER, os_user="tester")
    return drafts[0]


def state_of(step: SendLetters, letter: Letter) -> LetterState:
    return next(x.state for x in step.house.box.letters(letter.departure) if x.id == letter.id)


def sent(letter: Letter) -> dict[str, Any]:
    return {"state": "sent", "digest": letter.digest}


def test_what_was_approved_is_what_arrives_and_only_once(step, letter, leaving, outbox, smtp_sink):
    (wish,) = step.plan(leaving, step.observe(leaving, outbox), {})
    assert (wish.target, wish.after) == (letter.id, sent(letter))
    assert wish.one_way
    step.write(leaving, outbox, wish.target, wish.after)
    (mail,) = smtp_sink.to("ida@alder.example")
    assert mail.original_content.replace(b"\r\n", b"\n") == step.house.book.message(letter).replace(b"\r\n", b"\n")
    assert mail.mail_from == OWNER
    assert step.holds(step.observe(leaving, outbox)[letter.id], wish.after)
    assert list(step.plan(leaving, step.observe(leaving, outbox), {})) == []
    with pytest.raises(Drifted):
        step.write(leaving, outbox, letter.id, sent(letter))
    assert len(smtp_sink.envelopes) == 1


@pytest.mark.parametrize("state", [s for s in LetterState if s is not LetterState.APPROVED])
def test_only_an_approved_letter_is_planned(step, letter, leaving, outbox, state):
    step.house.box.move(letter.id, to=state, expect=[LetterState.APPROVED])
    found = step.observe(leaving, outbox)
    assert list(step.plan(leaving, found, {})) == []
    for_a_person = {LetterState.SENDING, LetterState.HELD, LetterState.FAILED}
    assert (step.unclear(found[letter.id]) is not None) == (state in for_a_person)


def test_another_text_than_the_approved_one_never_leaves(step, letter, leaving, outbox, smtp_sink):
    with pytest.raises(Drifted, match="not the one that was approved"):
        step.write(leaving, outbox, letter.id, {"state": "sent", "digest": "0" * 64})
    with pytest.raises(NotFound):
        step.write(leaving, outbox, "L-D-2026-0001-nobody", sent(letter))
    assert smtp_sink.envelopes == []
    assert state_of(step, letter) is LetterState.APPROVED


@pytest.mark.parametrize(
    ("trouble", "answers", "error", "left"),
    [
        ("", {"ida@alder.example": "550 5.1.1 unknown"}, Rejected, LetterState.FAILED),
        ("", {"ida@alder.example": "451 4.7.1 come back later"}, SystemFault, LetterState.APPROVED),
        ("drop", {}, Unclear, LetterState.HELD),
    ],
)
def test_what_was_not_taken_is_never_called_sent(
    step, letter, leaving, outbox, smtp_sink, trouble, answers, error, left
):
    smtp_sink.trouble, smtp_sink.answers = trouble, answers
    with pytest.raises(error):
        step.write(leaving, outbox, letter.id, sent(letter))
    assert state_of(step, letter) is left


def test_a_server_that_is_away_leaves_the_letter_approved(step, letter, leaving, smtp_sink):
    away = Connection("outbox", Settings(host="127.0.0.1", port=1, timeout=2))
    with pytest.raises(Unreachable):
        step.write(leaving, away, letter.id, sent(letter))
    assert state_of(step, letter) is LetterState.APPROVED
    assert smtp_sink.envelopes == []


def test_a_client_who_wants_no_letter_by_now_gets_none(step, letter, leaving, outbox, smtp_sink):
    answers = {letter.id: "no more letters, please"}
    step.house = replace(step.house, must_not_go=lambda asked: answers[asked.id])
    with pytest.raises(Drifted, match="stays here: no more letters, please"):
        step.write(leaving, outbox, letter.id, sent(letter))
    assert smtp_sink.envelopes == []
    assert step.house.box.letter(letter.id).reason == "no more letters, please"
    assert (state_of(step, letter), step.house.box.approved(letter.id)) == (LetterState.TO_REVIEW, None)


def test_while_no_register_can_be_asked_nothing_leaves(step, letter, leaving, outbox, smtp_sink):
    def away(_):
        raise Unreachable("clients does not answer", system="clients")

    step.house = replace(step.house, must_not_go=away)
    with pytest.raises(Unreachable):
        step.write(leaving, outbox, letter.id, sent(letter))
    assert (smtp_sink.envelopes, state_of(step, letter)) == ([], LetterState.APPROVED)
