"""Moves the leaver's account to where the company keeps those of people who have left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import Placement
from offboard.domain.options import Text
from offboard.domain.people import fold
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts


class MoveAccount(Step[Placement]):
    """The account is in the place that the playbook names, whose rules (and whose absence of rules) hold for it."""

    needs: ClassVar[tuple[type, ...]] = (Placement,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "active_directory": (
            "Read all user information",
            "Write name and Write Name",
            "Delete User objects (in the old place)",
            "Create User objects (in the new place)",
        ),
    }
    options: ClassVar[Mapping[str, str]] = {"to": "the place, such as OU=Left,DC=acme,DC=example"}
    accepts: ClassVar[Mapping[str, Accepts]] = {"to": Text(required=True)}

    def observe(self, departure: Departure, system: Placement) -> Snapshot:
        """Return where the leaver's account is; empty when there is none (any more)."""
        account_id = self.account(departure, system)
        state = system.placement(account_id) if account_id else None
        return {account_id: state} if account_id and state is not None else {}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the move unless the account is there."""
        after: State = {"in": options["to"]}
        people = {person.id: person for person in departure.accounts.values()}
        for account_id, found in snapshot.items():
            if self.holds(found, after):
                continue
            yield Wish(
                account_id,
                label=people.get(account_id, departure.leaver).login,
                before=found,
                after=after,
                why=f"{departure.leaver.name} leaves; accounts of people who have left are kept apart.",
            )

    def write(self, departure: Departure, system: Placement, target: str, state: State) -> None:
        """Move the account, there or back."""
        del departure
        system.set_placement(target, state)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare the place's name, however it is written: neither case nor blanks at a comma count (RFC 4514)."""
        return _place(found) == _place(wanted)


def _place(state: State) -> str | None:
    if not isinstance(state, dict):
        return None
    return re.sub(r"\s*(?<!\\)([,=])\s*", r"\1", fold(str(state["in"])))
