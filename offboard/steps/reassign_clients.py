"""Gives each client of the leaver to the successor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import ClientRegister
from offboard.domain.people import fold
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person


class ReassignClients(Step[ClientRegister]):
    """No client is left with somebody who is gone.

    The state of a client is ``{"name": …, "responsible": …}``; the name is there for people to read and is the same
    before and after.
    """

    needs: ClassVar[tuple[type, ...]] = (ClientRegister,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"register": ("read", "write")}

    def observe(self, departure: Departure, system: ClientRegister) -> Snapshot:
        """Return who is responsible for each client, by the client's id: all of them, moved ones too."""
        del departure
        return {client.id: {"name": client.name, "responsible": client.responsible} for client in system.clients()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the clients whose responsible is what the leaver answers to and that have a successor."""
        del options
        leaver = departure.leaver
        for client, found in snapshot.items():
            state = cast("dict[str, str]", found)
            successor = departure.successor_of(client)
            if not leaver.answers_to(state["responsible"]) or successor is None:
                continue
            written = _as_written(successor, leaver, state["responsible"])
            if written is None:
                continue
            yield Wish(
                client,
                label=f"{state['name']} ({client})",
                before=found,
                after={"name": state["name"], "responsible": written},
                why=f"{leaver.name} is responsible for {state['name']} and leaves; {successor.name} takes over.",
            )

    def write(self, departure: Departure, system: ClientRegister, target: str, state: State) -> None:
        """Write who is responsible."""
        del departure
        system.set_responsible(target, cast("dict[str, str]", state)["responsible"])

    def holds(self, found: State, wanted: State) -> bool:
        """Compare who is responsible alone: a client may be renamed meanwhile."""
        if not isinstance(found, dict) or not isinstance(wanted, dict):
            return found == wanted
        return found["responsible"] == wanted["responsible"]


def _as_written(successor: Person, leaver: Person, entry: str) -> str | None:
    """Return the successor as the register writes people: an address for an address, a number for a number.

    What the leaver answers to as well (a namesake's full name) says nothing and is passed over; ``None`` when nothing
    tells the two apart.
    """
    forms = (
        (leaver.mail, successor.mail),
        (leaver.employee_number, successor.employee_number),
        (leaver.login, successor.login),
        (leaver.name, successor.name),
    )
    like_it = next(theirs for ours, theirs in forms if ours and fold(ours) == fold(entry))
    return next(
        (form for form in (like_it, successor.mail, successor.login) if form and not leaver.answers_to(form)), None
    )
