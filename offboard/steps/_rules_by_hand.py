"""What of a mail rule cannot be made for the successor, they are asked to make themselves, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.ask_options import Offset, begins
from offboard.domain.asking import TaskKind
from offboard.domain.rule_review import HANDING
from offboard.steps._asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.change import Snapshot
    from offboard.domain.departure import Departure
    from offboard.steps.base import Options, Wish

BY_HAND = "by-hand-"
"""What the target of such a task begins with; the id of the rule follows."""

DUE, REMIND = Offset(0, 7), Offset(0, 6)
LONGEST = 900


class RulesByHand(Asking):
    """The successor says that they have made what they want to have of a rule."""

    word = HANDING

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield nothing by itself: what is asked depends on the mail system."""
        del departure, snapshot, options
        yield from ()

    def ask(self, departure: Departure, rule_id: str, name: str, words: str, why: str) -> Wish:
        """Return the wish that the successor makes what ``words`` say; ``why`` it is not made for them."""
        text = f'Make for yourself what the mail rule "{name}" of {departure.leaver.name} did, if you want it: {words}'
        begun = begins(departure)
        return self.wish(
            departure,
            f"{BY_HAND}{rule_id}",
            text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
            of="successor",
            kind=TaskKind.OTHER,
            due=DUE.of(begun, departure.timezone),
            remind=[REMIND.of(begun, departure.timezone)],
            why=f"It was decided to hand this rule on, and it cannot be made for the successor: {why}.",
        )
