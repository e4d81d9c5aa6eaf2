"""What no interface can do, a person is asked to do: cards, keys, the laptop, an app that nobody manages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.ask_options import Asks, read_asks
from offboard.steps._asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.steps.base import Options, Wish


class AskPerson(Asking):
    """Everything that the playbook asks people for is confirmed."""

    word = "ask_person"
    options: ClassVar[Mapping[str, str]] = {
        "what": (
            "What to ask for, a list of {ask, of, due, remind, kind, id}: `of` is it, hr, owner, manager, successor, "
            "leaver or a mail address; `due` counts from the last moment (+2d, -4h), `remind` from when it is due "
            "(one or a list); `kind` is property, rotate, app, acknowledgement or other. {leaver} stands for the name."
        )
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"what": Asks(required=True)}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield one thing to be confirmed for each that the playbook asks for."""
        del snapshot
        for ask in read_asks(options):
            yield self.wish(
                departure,
                ask.name,
                ask.said(departure),
                of=ask.of,
                kind=ask.kind,
                due=ask.due_at(departure),
                remind=ask.reminders_at(departure),
                why=f"{departure.leaver.name} leaves, and no interface can do this: {ask.of} is asked.",
            )
