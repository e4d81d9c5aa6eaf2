"""Which letters can be approved together, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offboard.desk.bulk import TYPED_ABOVE, Bulk, bulk_of
from offboard.desk.letter_list import listed
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.errors import SaysNo

LETTER = Letter(
    id="L-1", departure="D-2026-0001", client="C1", client_name="Alder", contact="Ida", recipient="ida@alder.example",
    address=(), language="en", channel=Channel.MAIL, date="2026-12-01", subject="New", body="Dear Ida,\n",
)  # fmt: skip
GERMAN, POST = replace(LETTER, id="L-2", language="de"), replace(LETTER, id="L-3", channel=Channel.POST)


def bulk(*letters: Letter, opened: tuple[Letter, ...] = (), edited: tuple[str, ...] = ()) -> Bulk:
    return bulk_of([listed(letter, edited) for letter in letters], opened={letter.digest for letter in opened})


def test_only_what_nobody_wrote_and_nothing_warns_of_and_nobody_decided():
    warned = replace(LETTER, id="L-4", warnings=("2 pages",))
    decided = replace(LETTER, id="L-5", state=LetterState.REJECTED)
    to_leaver = replace(LETTER, id="L-6", client="")
    by_hand = replace(LETTER, id="L-7")
    assert bulk(LETTER, warned, decided, to_leaver, by_hand, edited=("L-7",)).letters == (listed(LETTER, ()),)


def test_one_of_each_language_and_channel_is_to_be_opened():
    found = bulk(LETTER, GERMAN, POST, opened=(LETTER, GERMAN))
    assert [(x.language, x.channel) for x in found.unseen] == [("en", "post")]
    with pytest.raises(SaysNo, match="none was opened of: en by post"):
        found.check(digest=found.digest, typed="")
    seen = bulk(LETTER, GERMAN, POST, opened=(LETTER, GERMAN, POST))
    seen.check(digest=seen.digest, typed="")


def test_a_letter_that_reads_otherwise_now_makes_another_digest():
    before = bulk(LETTER, GERMAN, opened=(LETTER, GERMAN))
    after = bulk(replace(LETTER, body="Dear Eve,\n"), GERMAN, opened=(LETTER, GERMAN))
    with pytest.raises(SaysNo, match="changed after you opened the page"):
        after.check(digest=before.digest, typed="")


def test_very_many_are_approved_by_typing_how_many():
    many = [replace(LETTER, id=f"L-{i}") for i in range(TYPED_ABOVE + 1)]
    found = bulk(*many, opened=(many[0],))
    with pytest.raises(SaysNo, match="type the number of letters, 101"):
        found.check(digest=found.digest, typed="100")
    found.check(digest=found.digest, typed=" 101 ")
