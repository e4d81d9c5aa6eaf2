"""A client who does not want to be written to gets nothing, however late that was said and whoever approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.clients import Client, Contact
from offboard.domain.letter import Channel, Letter
from offboard.domain.letter_sending import CALLED_FIRST
from offboard.domain.reaching import GONE, NO_LETTERS, no_longer_written_to
from offboard.engine.calling import called, choose_calls
from offboard.engine.driving import carry_out
from offboard.engine.due import to_deliver
from offboard.engine.errands import run_errands
from offboard.engine.letting_out import why_they_wait
from offboard.engine.sparing import must_not_go
from tests.engine.asking import approve_letters, status

if TYPE_CHECKING:
    from tests.engine.conftest import Company

PAT, LOU = Contact("Pat Poe", email="pat@a.example"), Contact("Lou Roe", email="lou@a.example")
SHY = Contact("Pat Poe", email="pat@a.example", do_not_contact=True)
MAILED = Letter("L", "D", "A", "A Ltd", "Pat Poe", "PAT@a.example", (), "en", Channel.MAIL, "2026-12-01", "S", "B")
PRINTED = Letter("L", "D", "A", "A Ltd", "Pat Poe", "", ("A Ltd",), "en", Channel.POST, "2026-12-01", "S", "B")
UNNAMED = Letter("L", "D", "A", "A Ltd", "", "", ("A Ltd",), "en", Channel.POST, "2026-12-01", "S", "B")


@pytest.mark.parametrize("letter", [MAILED, PRINTED])
@pytest.mark.parametrize(
    ("client", "why"),
    [
        (Client("A", "A Ltd", contact=PAT), ""),
        (Client("A", "A Ltd", contact=LOU, others=(PAT,)), ""),
        (None, GONE),
        (Client("A", "A Ltd", contact=PAT, do_not_contact=True), NO_LETTERS),
        (Client("A", "A Ltd", contact=PAT, channel=" None "), NO_LETTERS),
        (Client("A", "A Ltd", contact=SHY), NO_LETTERS),
        (Client("A", "A Ltd", contact=SHY, others=(LOU,)), "Pat Poe does not want"),
        (Client("A", "A Ltd", contact=LOU, others=(SHY,)), "Pat Poe does not want"),
    ],
)
def test_whether_a_letter_may_still_go_is_what_the_register_says_now(
    letter: Letter, client: Client | None, why: str
) -> None:
    said = no_longer_written_to(letter, client)
    assert (why in said) if why else said == ""


def test_a_letter_to_nobody_in_particular_is_not_stopped_by_one_contact() -> None:
    assert no_longer_written_to(UNNAMED, Client("A", "A Ltd", contact=LOU, others=(SHY,))) == ""


def test_what_was_approved_goes_back_to_the_owner_and_nothing_is_sent(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    company.systems.register.unwilling.add("C2")

    carry_out(company.office, number)

    assert [to for to, _ in company.systems.outbox.sent] == ["c1@client.example"]
    letters = {x.client: x for x in company.firm.store.letters.letters(number)}
    assert (letters["C2"].state.value, letters["C2"].reason) == ("to_review", NO_LETTERS)
    assert (status(company, number), to_deliver(company.office)) == ("informing", [])

    approve_letters(company, number)
    carry_out(company.office, number)
    assert len(company.systems.outbox.sent) == 1, "approving once more changes nothing"
    company.systems.register.unwilling.clear()
    approve_letters(company, number)
    carry_out(company.office, number)
    assert [to for to, _ in company.systems.outbox.sent] == ["c1@client.example", "c2@client.example"]


def test_paper_that_waits_is_taken_back_for_the_desk_too(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    company.systems.register.unwilling.add("C1")
    run_errands(company.office, company.firm.code_mails)
    states = {x.client: x.state.value for x in company.firm.store.letters.letters(number)}
    assert states == {"C1": "to_review", "C2": "approved"}


def test_each_letter_is_asked_for_once_more_at_the_last_moment(company: Company) -> None:
    number = company.approved()
    letters = company.firm.store.letters.letters(number)
    assert {must_not_go(company.office, letter) for letter in letters} == {""}
    company.systems.register.unwilling.add(letters[0].client)
    assert must_not_go(company.office, letters[0]) == NO_LETTERS


def test_a_letter_whose_client_is_to_be_called_first_waits_for_that_call_alone(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    departure = company.firm.store.departures.get(number)
    choose_calls(company.office, departure, "owner@corp.test", 1)
    approve_letters(company, number)
    carry_out(company.office, number)
    assert [to for to, _ in company.systems.outbox.sent] == ["c2@client.example"]
    assert company.firm.store.letters.gate(number).uncalled == {"C1"}
    box = company.firm.store.letters
    assert why_they_wait(company.office, number, box.letters(number), box.marks(number)) == CALLED_FIRST
    assert to_deliver(company.office) == []
    called(company.office, departure, "owner@corp.test", "C1")
    assert to_deliver(company.office) == [number]
    carry_out(company.office, number)
    assert [to for to, _ in company.systems.outbox.sent] == ["c2@client.example", "c1@client.example"]
