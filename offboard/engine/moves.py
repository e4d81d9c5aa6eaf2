"""What to do about one change, decided from what is there: the table of the design, in one place."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from offboard.domain.change import unfinished

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
    WAIT = "wait"


def decide(
    change: Change,
    found: State,
    *,
    holds: Callable[[State, State], bool],
    intended: bool,
    unclear: bool,
    waits: bool = False,
    waited: bool = False,
    turns: bool = False,
) -> Move:
    """Say what to do, from what is there now: the table of the design, in one place.

    ``intended`` means that an earlier try recorded the intent and no outcome: it may or may not have written.
    ``unclear`` means that the system cannot tell whether it did. ``waits`` means that what was found becomes what is
    wanted by itself, ``waited`` that an earlier look found it so; ``turns`` that it is on its way to the former state.
    """
    if unfinished(found):
        return Move.WRITE
    gone = found is None and change.before is not None
    as_before = holds(found, change.before)
    # What looks the same before and after is written once: that sessions were ended says nothing of those begun since.
    # What is not there any more, a deal that was closed meanwhile, say, needs nothing either.
    if holds(found, change.after) and (intended or gone or not as_before):
        return Move.DONE if intended else Move.ALREADY
    if unclear:
        return Move.UNCLEAR
    # Nobody waits for what was never written, even where it takes its time to show.
    if waits and (waited or not as_before):
        return Move.WAIT
    # What is on its way (what people were asked for, say) may be turned round, which is what an undo of it does.
    return Move.WRITE if as_before or turns else Move.DRIFTED
