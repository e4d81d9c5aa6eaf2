"""The leaver's own letter: a draft like the others, which HR may decide on, in a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from offboard.domain.letter import Channel, LetterState
from offboard.steps.write_leaver_letter import WriteLeaverLetter

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter


def write(step: WriteLeaverLetter, departure: Departure, **options: list[str]) -> Letter:
    for wish in step.plan(departure, step.observe(departure, None), options):
        step.write(departure, None, wish.target, wish.after)
    (letter,) = step.house.box.letters(departure.number)
    return letter


def test_it_says_what_goes_on_what_to_return_and_whom_to_ask(house: House, leaving: Departure) -> None:
    letter = write(WriteLeaverLetter(house), leaving, things=["the pool car's key", "the *red* folder"])
    assert (letter.id, letter.client, letter.to_leaver) == ("L-D-2026-0001~leaver", "", True)
    assert (letter.channel, letter.address, letter.recipient) == (Channel.POST, ("Alice Archer",), "")
    assert letter.state is LetterState.TO_REVIEW
    text = " ".join(house.book.text(letter).split())
    for said in (
        "Dear Alice Archer,", "ends on 1 December 2026", "stays confidential", "devices, keys, cards",
        "In particular: the pool car's key; the *red* folder.", "Bob Baker takes over", "hr@corp.test", "sign a copy",
    ):  # fmt: skip
        assert said in text
    assert letter.warnings == ("no postal address is known: hand it over, or add the address",)
    assert house.book.pdf(letter).startswith(b"%PDF")


def test_without_what_is_not_known(house: House, leaving: Departure) -> None:
    text = house.book.text(write(WriteLeaverLetter(house), replace(leaving, successor=None)))
    assert "In particular" not in text
    assert "takes over" not in text


def test_it_is_written_anew_until_somebody_decided(house: House, leaving: Departure) -> None:
    step = WriteLeaverLetter(house)
    write(step, leaving)
    later = replace(leaving, moment=leaving.moment + timedelta(days=7))
    letter = write(step, later)
    assert "8\N{NO-BREAK SPACE}December\N{NO-BREAK SPACE}2026" in letter.body
    house.box.move(letter.id, to=LetterState.REJECTED, expect=[LetterState.TO_REVIEW])
    assert step.observe(leaving, None) == {"leaver": {"letter": "rejected"}}
    assert list(step.plan(leaving, step.observe(leaving, None), {})) == []
    assert WriteLeaverLetter.prepares
