"""A letter that lies as a draft in the owner's mailbox reaches its client once, however often it is decided on anew."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from offboard.domain.capabilities import Sender
from offboard.domain.departure import Status
from offboard.domain.drafting import Drafted, Drafter
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.engine.deciding import decide_letters, edit_letter, stop
from offboard.engine.drafts import GONE
from offboard.engine.driving import carry_out, deliver
from offboard.engine.due import to_deliver
from offboard.engine.letting_out import hold_letters, release_letters, why_they_wait
from offboard.errors import Stopped, Unreachable
from tests.engine import twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.conftest import Company

OWNER = "owner@corp.test"
CLIENT = "c1@client.example"


@dataclass
class TwinDrafts(twin.TwinOutbox):
    """The owner's mailbox: what lies in Drafts, and what was sent from there; may refuse to delete."""

    leaves_drafts: bool = True
    lying: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    went: set[str] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    broken: bool = False
    numbers: Iterator[int] = field(default_factory=count)

    def draft(self, message: bytes, *, sender: str, recipient: str) -> str:
        del sender
        number = f"draft-{next(self.numbers)}"
        self.lying[number] = (recipient, message)
        return number

    def drafted(self, draft_id: str, *, sender: str) -> Drafted:
        del sender
        if draft_id in self.went:
            return Drafted.SENT
        return Drafted.LIES_THERE if draft_id in self.lying else Drafted.GONE

    def withdraw(self, draft_id: str, *, sender: str) -> Drafted:
        if self.broken:
            raise Unreachable("outbox does not answer", system=self.name)
        if draft_id in self.lying:
            self.deleted.append(draft_id)
            del self.lying[draft_id]
        return self.drafted(draft_id, sender=sender)

    def send_all(self) -> None:
        """Send what lies there, as the owner does."""
        self.sent += self.lying.values()
        self.went |= set(self.lying)
        self.lying.clear()


@dataclass
class Desk:
    """A departure of which the letter to one client lies in the owner's Drafts."""

    company: Company
    outbox: TwinDrafts
    number: str

    @property
    def letter(self) -> Letter:
        return next(x for x in self.company.firm.store.letters.letters(self.number) if x.recipient == CLIENT)

    @property
    def marks(self) -> set[Mark]:
        return set(self.company.firm.store.letters.marks(self.number).get(self.letter.id, {}))

    def edit(self) -> None:
        edit_letter(self.company.office, self.letter, replace(self.letter, body="Quite another text."), OWNER)

    def decide(self, to: LetterState = LetterState.APPROVED) -> None:
        decide_letters(self.company.office, self.number, [self.letter], OWNER, to=to, reason="told by telephone")

    def hold(self) -> None:
        hold_letters(self.company.office, self.number, [self.letter], OWNER, "wait for the price list")

    def deliver(self) -> None:
        deliver(self.company.office, self.number)

    def texts(self) -> list[bytes]:
        return [message for to, message in (*self.outbox.lying.values(), *self.outbox.sent) if to == CLIENT]


@pytest.fixture
def desk(company: Company, monkeypatch: pytest.MonkeyPatch) -> Desk:
    outbox = TwinDrafts()
    company.systems.all["outbox"] = outbox
    monkeypatch.setitem(twin.CAPABILITIES, "outbox", (Sender, Drafter))
    made = Desk(company, outbox, company.approved())
    carry_out(company.office, made.number)
    made.decide()
    made.deliver()
    assert (made.letter.state, made.marks, len(outbox.lying)) == (LetterState.HELD, {Mark.DRAFTED}, 1)
    return made


@pytest.mark.parametrize(
    "how",
    [
        lambda desk: (desk.edit(), desk.decide()),
        lambda desk: (desk.hold(), desk.edit(), desk.decide()),
        lambda desk: (desk.edit(), desk.deliver(), desk.decide()),
        lambda desk: desk.decide(),
    ],
)
def test_the_older_draft_is_gone_before_another_is_laid(desk: Desk, how: Callable[[Desk], object]) -> None:
    how(desk)
    assert to_deliver(desk.company.office) == [desk.number]

    desk.deliver()

    assert desk.outbox.deleted == ["draft-0"]
    assert list(desk.outbox.lying) == ["draft-1"]
    assert desk.marks == {Mark.DRAFTED}
    desk.outbox.send_all()
    desk.deliver()
    assert (desk.letter.state, len(desk.texts())) == (LetterState.SENT, 1)


def test_what_is_rejected_or_held_does_not_go_on_lying_there(desk: Desk) -> None:
    desk.hold()
    assert desk.marks == {Mark.DRAFTED, Mark.HELD, Mark.RECALLED}
    assert to_deliver(desk.company.office) == [desk.number]
    desk.deliver()
    assert (desk.outbox.lying, desk.marks) == ({}, {Mark.HELD})
    release_letters(desk.company.office, desk.number, [desk.letter], OWNER)
    desk.decide()
    desk.deliver()
    assert len(desk.outbox.lying) == 1

    desk.decide(LetterState.REJECTED)
    desk.deliver()

    assert (desk.outbox.lying, desk.marks, desk.letter.state) == ({}, set(), LetterState.REJECTED)
    assert to_deliver(desk.company.office) == []


@pytest.mark.parametrize("to", [LetterState.APPROVED, LetterState.REJECTED])
def test_one_that_was_sent_before_it_could_be_taken_away_is_sent(desk: Desk, to: LetterState) -> None:
    laid = desk.letter.digest
    desk.edit()
    desk.decide(to)
    desk.outbox.send_all()

    desk.deliver()

    assert desk.letter.state is LetterState.SENT
    assert len(desk.texts()) == 1
    assert desk.company.firm.store.letters.marks(desk.number)[desk.letter.id][Mark.MAILED].digest == laid


def test_none_is_laid_while_the_mailbox_does_not_let_go_of_the_older_one(desk: Desk) -> None:
    desk.outbox.broken = True
    desk.edit()
    desk.decide()

    desk.deliver()

    assert list(desk.outbox.lying) == ["draft-0"]
    box = desk.company.firm.store.letters
    why = why_they_wait(desk.company.office, desk.number, box.letters(desk.number), box.marks(desk.number))
    assert "an older draft" in why
    assert to_deliver(desk.company.office) == [], "nobody asks again at once"
    desk.company.wait(minutes=10)
    assert to_deliver(desk.company.office) == [desk.number]
    desk.outbox.broken = False
    desk.deliver()
    assert (list(desk.outbox.lying), desk.letter.state) == (["draft-1"], LetterState.HELD)


def test_a_departure_stays_open_until_the_draft_of_a_rejected_letter_is_gone(desk: Desk) -> None:
    office = desk.company.office
    others = [x for x in office.store.letters.letters(desk.number) if x.id != desk.letter.id]
    decide_letters(office, desk.number, others, OWNER, to=LetterState.REJECTED, reason="told by telephone")
    desk.outbox.broken = True
    desk.decide(LetterState.REJECTED)
    desk.deliver()
    assert office.store.departures.status(desk.number) is Status.INFORMING

    desk.outbox.broken = False
    desk.deliver()

    assert desk.outbox.lying == {}
    assert office.store.departures.status(desk.number) is Status.CLOSED


def test_nothing_is_taken_away_while_everything_is_stopped(desk: Desk) -> None:
    desk.decide(LetterState.REJECTED)
    stop(desk.company.office, OWNER)

    with pytest.raises(Stopped):
        desk.deliver()

    assert list(desk.outbox.lying) == ["draft-0"]


def test_a_draft_that_the_owner_deleted_is_told_and_may_be_laid_again(desk: Desk) -> None:
    desk.outbox.lying.clear()
    desk.deliver()
    assert desk.letter.reason == GONE
    desk.decide()

    desk.deliver()

    assert list(desk.outbox.lying) == ["draft-1"]
