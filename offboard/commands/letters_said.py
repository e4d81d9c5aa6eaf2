"""What the commands about letters share: which letters are meant, and how they are told."""

from __future__ import annotations

from typing import Annotated

import typer

from offboard.commands.saying import say, say_json
from offboard.domain.letter import Letter, LetterState
from offboard.errors import NoSuchDeparture
from offboard.wiring import Firm

Number = Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...", help="Letters; none means all that wait.")]
UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})


def counted(count: int) -> str:
    """Return a number of letters in words."""
    return f"{count} letter{'' if count == 1 else 's'}"


def chosen_of(firm: Firm, number: str, ids: list[str] | None) -> list[Letter]:
    """Return the letters of a departure that are named; where none is, those on which nobody has decided."""
    letters = firm.store.letters.letters(firm.store.departures.get(number).number)
    if not ids:
        return [letter for letter in letters if letter.state in UNDECIDED]
    by_id = {letter.id: letter for letter in letters}
    unknown = [letter_id for letter_id in ids if letter_id not in by_id]
    if unknown:
        raise NoSuchDeparture(
            f"{number} has no letter {', '.join(unknown)}", hint=f"List them: offboard letters list {number}"
        )
    return [by_id[letter_id] for letter_id in ids]


def say_states(firm: Firm, number: str, *, as_json: bool) -> None:
    """Say how many letters stand where."""
    letters = firm.store.letters.letters(firm.store.departures.get(number).number)
    if as_json:
        say_json([letter.row() for letter in letters])
        return
    counts: dict[str, int] = {}
    for letter in letters:
        counts[letter.state.value] = counts.get(letter.state.value, 0) + 1
    say(f"{number.upper()}: " + (", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "no letters"))
