"""What to do about one change, decided from what is there: the table of the design, in one place."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.domain.change import Change, State


class Move(Enum):
    """What to do about one change, once somebody has looked."""

    WRITE = "write"
    ALREADY = "already"
    DONE = "done"
    DRIFTED = "drifted"
    UNCLEAR = "unclear"


def decide(
    change: Change, found: State, *, holds: Callable[[State, State], bool], intended: bool, unclear: bool
) -> Move:
    """Say what to do, from what is there now: the table of the design, in one place.

    ``intended`` means that an earlier try recorded the intent and no outcome: it may or may not have written.
    ``unclear`` means that the system cannot tell whether it did.
    """
    if holds(found, change.after):
        return Move.DONE if intended else Move.ALREADY
    if unclear:
        return Move.UNCLEAR
    return Move.WRITE if holds(found, change.before) else Move.DRIFTED
