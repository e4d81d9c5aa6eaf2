"""Letters for the post, in the order in which post offices like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.letter import LetterState, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.letter import Letter
    from offboard.domain.letter_sending import Marks


def to_print(letters: Iterable[Letter], marks: Marks, *, home: str) -> list[Letter]:
    """Return the approved letters that go by post and are not printed yet: ``home`` first, by country and postcode."""
    waiting = [
        letter
        for letter in letters
        if letter.by_post and letter.state is LetterState.APPROVED and Mark.PRINTED not in marks.get(letter.id, {})
    ]
    return sorted(waiting, key=lambda letter: post_order(letter, home))


def post_order(letter: Letter, home: str) -> tuple[bool, str, str, str]:
    """Return what a letter is sorted by; one whose country is unknown comes last."""
    return letter.country != home, letter.country or "~", "".join(letter.postcode.upper().split()), letter.client_name
