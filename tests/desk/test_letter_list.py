"""The list of letters that the desk keeps in memory is always the one in the store, whatever happens to the letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.desk.letter_list import LetterList, listed
from offboard.domain.letter import LetterState, Mark
from tests.desk.conftest import OWNER
from tests.desk.test_deciding import informing

if TYPE_CHECKING:
    from tests.desk.conftest import Desk


def test_whatever_happens_to_letters_the_list_is_that_of_the_store(desk: Desk) -> None:
    desk.company.systems.register.responsibles |= {f"C{i}": "ann" for i in range(4, 70)}
    number = informing(desk)
    box = desk.firm.store.letters
    found = LetterList(desk.firm.store)

    def is_right() -> None:
        by_hand = box.edited(number)
        assert found.marks(number) == box.marks(number)
        assert found.of(number) == [listed(letter, by_hand) for letter in box.letters(number)]

    is_right()
    one, two, three = box.letters(number)[:3]
    assert box.decide(one, to=LetterState.APPROVED, person=OWNER, os_user="x")
    is_right()
    assert box.hold(two, person=OWNER, os_user="x", reason="wait")
    is_right()
    assert box.edit(three, replace(three, body="Dear Pat,\n\nMine.\n"), person=OWNER, os_user="x")
    is_right()
    box.mark(box.letter(one.id), Mark.PRINTED, person=OWNER)
    is_right()
    box.reopen(number, "planned anew")
    is_right()
    box.add([replace(one, id=f"{one.id}-new", client="C99")])
    is_right()
    for letter in box.letters(number)[3:60]:
        box.decide(letter, to=LetterState.REJECTED, person=OWNER, os_user="x", reason="told")
    is_right()
    desk.firm.store.letters.tick(number, person=OWNER, os_user="x")
    is_right()
