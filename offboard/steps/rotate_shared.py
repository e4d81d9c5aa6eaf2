"""What the leaver knows by heart cannot be taken away: each shared login they knew gets another password."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.ask_options import DUE, REMIND, Due, Offset, begins, slug
from offboard.domain.asking import TaskKind
from offboard.domain.canonical import digest
from offboard.steps._asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.domain.shared import SharedCredential
    from offboard.steps.base import Options, Wish


class RotateShared(Asking):
    """Whoever looks after a shared login that the leaver knew has confirmed that its password is another one now."""

    word = "rotate_shared"
    options: ClassVar[Mapping[str, str]] = {
        "due": f"When it must be done, counted from the last moment, such as -4h; else {DUE}."
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"due": Due()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield one thing to be confirmed for each login of ``[company] shared_credentials`` that the leaver knows."""
        del snapshot
        offset = Offset.read(options.get("due", DUE))
        due = offset.of(begins(departure), departure.timezone)
        for one in self.house.shared():
            if not one.known_to(departure.leaver):
                continue
            place = f" in {one.system}" if one.system else ""
            mine = departure.leaver.answers_to(one.owner)
            yield self.wish(
                departure,
                target_of(one),
                f"Change the password of {one.name}{place}, which {departure.leaver.name} knows",
                of=one.owner if "@" in one.owner and not mine else "it",
                kind=TaskKind.ROTATE,
                due=due,
                remind=[Offset.read(each).of(due, departure.timezone) for each in REMIND],
                why=f"{departure.leaver.name} knows this login, and could use it from anywhere.",
            )


def target_of(one: SharedCredential) -> str:
    """Return what a shared login is called among the tasks: the same each time, and another for each login."""
    readable = slug(f"{one.system} {one.name}")[:30]
    return f"shared.{readable}.{digest('shared', [one.system, one.name])[:8]}"
