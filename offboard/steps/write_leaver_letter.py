"""The leaver gets a letter of their own, as a draft for HR: what goes on, what to return, whom to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.asking import AsksPeople
from offboard.domain.letter import LetterState
from offboard.domain.options import Accepts, Names
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

LETTER = "leaver"
UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})


class WriteLeaverLetter(Step[AsksPeople]):
    """There is a letter to the leaver; as long as nobody decided on it, it is written anew."""

    needs = (AsksPeople,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"people": ("ask",)}
    options: ClassVar[Mapping[str, str]] = {
        "things": "What the letter asks back in particular, a list in the language of the letter."
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"things": Names()}
    prepares = True

    def observe(self, departure: Departure, system: AsksPeople) -> Snapshot:
        """Return the state of the letter, ``None`` while nobody has decided on it."""
        del system
        own = [letter.state for letter in self.house.box.letters(departure.number) if letter.to_leaver]
        return {LETTER: {"letter": own[0].value if own and own[0] not in UNDECIDED else None}}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the draft."""
        del departure
        if snapshot[LETTER] == {"letter": None}:
            after: State = {"letter": "to_review", "things": list(options.get("things", ()))}
            why = "Whoever leaves is told what goes on, what to return and whom to ask."
            yield Wish(LETTER, before=snapshot[LETTER], after=after, why=why)

    def write(self, departure: Departure, system: AsksPeople, target: str, state: State) -> None:
        """Write the draft; a decided letter is left alone by the letter box."""
        del system, target
        if isinstance(state, dict):
            things = [str(thing) for thing in _listed(state.get("things"))]
            hr_mail = self.house.addressee("hr", departure)
            self.house.box.add([self.house.book.to_leaver(departure, hr_mail=hr_mail, things=things)])


def _listed(value: State) -> list[State]:
    return value if isinstance(value, list) else []
