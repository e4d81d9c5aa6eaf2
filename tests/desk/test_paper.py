"""Letters on paper at the desk: printed in one file, once, posted; and the owner's word after the first letters."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pytest

from offboard.domain.letter import Channel, LetterState, Mark
from offboard.engine.calling import called, choose_calls
from offboard.engine.driving import carry_out
from offboard.errors import SaysNo
from offboard.wiring_paper import Paper
from tests.desk.conftest import HR, IT, OWNER, Forms
from tests.desk.test_deciding import LETTERS, informing, refused, token_for

if TYPE_CHECKING:
    from tests.desk.conftest import Desk, Visitor


@pytest.fixture
def number(desk: Desk) -> str:
    """A departure with one letter that goes by post and one by mail, both approved."""
    number = informing(desk)
    box = desk.firm.store.letters
    first = box.letter(f"L-{number}-C1")
    paper = replace(first, channel=Channel.POST, address=("Client C1", "1 Elm Road", "Bristol", "BS1 4DJ"))
    assert box.edit(first, paper, person=OWNER, os_user="x")
    for letter in box.letters(number):
        assert box.decide(letter, to=LetterState.APPROVED, person=OWNER, os_user="x")
    return number


def pages_of(visitor: Visitor, path: str, **more: str) -> int:
    form = Forms(visitor.page).found[path] | more
    answer = visitor.client.post(path, data=form)
    assert answer.headers["content-type"] == "application/pdf"
    assert "attachment" in answer.headers["content-disposition"]
    return len(pikepdf.open(BytesIO(answer.content)).pages)


def test_what_goes_by_post_is_printed_in_one_file_and_taken_to_the_post(desk: Desk, number: str) -> None:
    owner, it = desk.sign_in(OWNER), desk.sign_in(IT)
    assert "1 approved letter goes by post" in owner.open(LETTERS)
    assert pages_of(owner, f"{LETTERS}/print") == 1
    letter = desk.firm.store.letters.letter(f"L-{number}-C1")
    assert letter.state is LetterState.SENT
    assert desk.firm.store.letters.marks(number)[letter.id][Mark.PRINTED].person == OWNER

    owner.open(LETTERS)
    assert "1 printed, and not yet at the post" in owner.page
    assert pages_of(owner, f"{LETTERS}/print", again="yes") == 1
    owner.send(f"{LETTERS}/posted")
    assert "recorded that they are at the post" in owner.page
    assert "On paper" not in owner.page
    for path in (f"{LETTERS}/print", f"{LETTERS}/posted", f"{LETTERS}/go"):
        it._show(it.client.post(path, data={"token": token_for(it, path)}))
        refused(it, 403, "it takes the role owner")


@pytest.mark.usefixtures("number")
def test_nothing_is_printed_twice_or_without_a_fresh_sign_in(desk: Desk) -> None:
    owner, hr = desk.sign_in(OWNER), desk.sign_in(HR)
    owner.open(LETTERS)
    hr.open(LETTERS)
    assert pages_of(hr, f"{LETTERS}/print") == 1
    owner.send(f"{LETTERS}/print")
    refused(owner, 409, "no letter waits for the printer")
    desk.company.wait(minutes=16)
    owner._show(owner.client.post(f"{LETTERS}/print", data={"token": token_for(owner, f"{LETTERS}/print")}))
    refused(owner, 403, "sign-in of the last quarter of an hour")


def test_a_letter_whose_client_is_to_be_called_first_is_not_printed(desk: Desk, number: str) -> None:
    office, owner = desk.office, desk.sign_in(OWNER)
    choose_calls(office, office.store.departures.get(number), OWNER, 2)
    assert f"{LETTERS}/print" not in Forms(owner.open(LETTERS)).found
    owner._show(owner.client.post(f"{LETTERS}/print", data={"token": token_for(owner, f"{LETTERS}/print")}))
    refused(owner, 409, "wait for the call")
    called(office, office.store.departures.get(number), OWNER, "C1")
    owner.open(LETTERS)
    assert pages_of(owner, f"{LETTERS}/print") == 1


def test_a_letter_held_while_it_is_printed_does_not_count_as_printed(desk: Desk, number: str) -> None:
    paper, box = Paper(desk.office, desk.firm.book), desk.firm.store.letters
    (letter,) = paper.chosen(number, OWNER)
    assert box.hold(letter, person=OWNER, os_user="x", reason="wait")
    with pytest.raises(SaysNo, match=f"{letter.id}: held or changed while it was printed"):
        paper.print([letter], OWNER, BytesIO())
    assert Mark.PRINTED not in box.marks(number)[letter.id]
    assert paper.chosen(number, OWNER) == []


@pytest.mark.parametrize("canary", ["1"])
def test_paper_waits_for_the_owners_word_on_the_first_letters_too(desk: Desk, number: str) -> None:
    owner = desk.sign_in(OWNER)
    owner.open(LETTERS)
    owner.send(f"{LETTERS}/print")
    refused(owner, 409, "paper waits until the owner lets the others go")
    carry_out(desk.office, number)
    owner.open(LETTERS)
    owner.send(f"{LETTERS}/go")
    assert pages_of(owner, f"{LETTERS}/print") == 1


@pytest.mark.parametrize("canary", ["1"])
def test_after_the_first_letter_the_others_wait_for_the_owners_word(desk: Desk, number: str) -> None:
    owner, hr = desk.sign_in(OWNER), desk.sign_in(HR)
    desk.company.systems.outbox.sent.clear()
    carry_out(desk.office, number)
    assert [to for to, _ in desk.company.systems.outbox.sent] == [OWNER]
    assert "Approved letters wait" in hr.open(LETTERS)
    assert f"{LETTERS}/go" not in Forms(hr.page).found
    owner.open(LETTERS)
    assert "The first letters are out" in owner.page
    owner.send(f"{LETTERS}/go")
    assert "The others go out now" in owner.page
    desk.company.systems.outbox.sent.clear()
    carry_out(desk.office, number)
    assert [to for to, _ in desk.company.systems.outbox.sent] == ["c2@client.example"]
