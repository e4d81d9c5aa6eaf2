"""Whoever takes a client over was told how things stand there: only where that is recorded do letters say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.departure import Briefed, instant
from offboard.domain.register import ClientRegister
from offboard.engine.passing_on import may_choose
from offboard.errors import BadInput
from offboard.steps.write_letters import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office

WRITING = "write_letters"


def brief(office: Office, departure: Departure, person: str, clients: Sequence[str]) -> int:
    """Record that the successor of each of these clients was told about them; return how many letters say so now.

    A letter on which somebody has decided stays as it is. It is void for a client who gets another successor.

    Raises:
        NotAllowed: neither HR nor the owner.
        BadInput: no client is named, or one gets no letter of this departure or has no successor.
        Ended: the departure is closed, cancelled or undone.
        SystemFault: a register does not answer; nothing was recorded.
    """
    may_choose(office, departure, person)
    letters = {x.client: x for x in office.store.letters.letters(departure.number) if not x.to_leaver}
    given = {client: heir for client in clients if client in letters and (heir := departure.successor_of(client))}
    if not clients or len(given) < len(set(clients)):
        strangers = ", ".join(client for client in clients if client not in given)
        raise BadInput(
            f"{strangers}: nobody takes them over by {departure.number}" if strangers else "no client is named",
            hint=f"See who is: offboard clients propose {departure.number}",
        )
    at = instant(office.now())
    told = {client: Briefed(heir.mail or heir.login, person, at) for client, heir in given.items()}
    wanted = replace(departure, briefed={**departure.briefed, **told})
    where = _where(office, given)
    said: dict[str, Json] = {"person": person, "os_user": office.os_user, "briefed": [*sorted(given)]}
    office.store.departures.change(wanted, said, voids=False)
    undecided = [client for client in given if client in where and letters[client].state in UNDECIDED]
    for client in undecided:
        with office.systems.reader(where[client]) as register:
            office.step(WRITING).write(wanted, register, client, {"letter": "to_review"})
    return len(undecided)


def _where(office: Office, clients: Iterable[str]) -> dict[str, str]:
    """Return the register that knows each of these clients."""
    found: dict[str, str] = {}
    for name in office.systems.having(ClientRegister):
        with office.systems.reader(name) as register:
            found |= dict.fromkeys((client for client in clients if register.responsible(client) is not None), name)
    return found
