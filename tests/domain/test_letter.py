"""A letter's digest covers everything that its reader will see, and where it goes."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from offboard.domain.canonical import canonical_bytes
from offboard.domain.letter import LETTER_SETTLED, Channel, Letter, LetterState

LETTER = Letter(
    id="L-D-2026-0001-C1", departure="D-2026-0001", client="C1", client_name="Alder & Co", contact="Ida Alder",
    recipient="ida@alder.example", address=("Alder & Co", "1 Elm Road", "Bristol"), language="en",
    channel=Channel.MAIL, date="2026-12-01", subject="Your new contact", body="Dear Ida Alder,\n\nGood bye.\n",
)  # fmt: skip

SEEN: dict[str, Any] = {
    "id": "L-2", "departure": "D-2026-0002", "client": "C2", "contact": "Uwe", "recipient": "uwe@buchen.example",
    "address": ("Alder & Co", "1 Elm Road, Bristol"), "language": "de", "channel": Channel.POST, "date": "2026-12-02",
    "subject": "Your new contact ", "body": "Dear Ida Alder,\n\nGood bye!\n",
}  # fmt: skip
UNSEEN: dict[str, Any] = {
    "state": LetterState.SENT,
    "warnings": ("long",),
    "reason": "told by telephone",
    "client_name": "Alder",
    "country": "GB",
    "postcode": "BS1 4DJ",
}


@pytest.mark.parametrize("field", SEEN)
def test_whatever_the_reader_sees_is_in_the_digest(field: str) -> None:
    assert replace(LETTER, **{field: SEEN[field]}).digest != LETTER.digest


@pytest.mark.parametrize("field", UNSEEN)
def test_what_only_we_see_is_not(field: str) -> None:
    assert replace(LETTER, **{field: UNSEEN[field]}).digest == LETTER.digest


def test_every_field_is_one_or_the_other() -> None:
    assert {field.name for field in fields(Letter)} == SEEN.keys() | UNSEEN.keys()


@pytest.mark.parametrize("state", LetterState)
def test_a_letter_survives_being_stored(state: LetterState) -> None:
    letter = replace(LETTER, state=state, warnings=("no salutation", "long"), reason="because")

    again = Letter.from_json(json.loads(canonical_bytes(letter.to_json())))

    assert again == letter
    assert again.digest == letter.digest


def test_the_printed_shape() -> None:
    assert LETTER.row().keys() >= {"id", "client", "contact", "language", "channel", "state", "warnings", "digest"}
    assert (LETTER.row()["channel"], LETTER.row()["state"]) == ("mail", "to_review")


def test_after_which_states_nobody_decides_again() -> None:
    assert {LetterState.SENT, LetterState.REJECTED} == LETTER_SETTLED
