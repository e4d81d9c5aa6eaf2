"""The owner calls the most valuable clients first; their letters wait for the tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.calling import call_list
from offboard.domain.people import Role
from offboard.engine import clientele
from offboard.errors import BadInput, NotAllowed, SaysNo, SystemFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from offboard.domain.departure import Departure
    from offboard.domain.letter_sending import Waiting
    from offboard.engine.office import Office


def choose_calls(office: Office, departure: Departure, person: str, first: int) -> int:
    """Let the owner call the ``first`` most valuable clients of the leaver; return how many are on the list now.

    Raises:
        NotAllowed: not the owner.
        SystemFault: a register does not answer.
    """
    _may_call(office, departure, person)
    _set(office, departure, first, person)
    return len(office.store.clients.calls(departure.number))


def list_calls(office: Office, departure: Departure) -> None:
    """Put on the list whom the settings say, where nobody has made one; a register that is away changes nothing."""
    if office.clients.call_first and not office.store.clients.calls(departure.number):
        try:
            _set(office, departure, office.clients.call_first, "")
        except SystemFault:
            return


def called(office: Office, departure: Departure, person: str, client: str, note: str = "") -> None:
    """Record that the owner called a client; the letter to them may go now.

    Raises:
        NotAllowed: not the owner.
        SaysNo: they are not on the list, or were called before.
    """
    _may_call(office, departure, person)
    if not office.store.clients.called(departure.number, client, by=person, note=note.strip(), os_user=office.os_user):
        known = next((call for call in office.store.clients.calls(departure.number) if call.client == client), None)
        why = f"was called on {known.called_at[:10]}" if known else "is not on the call list"
        raise SaysNo(f"{client} {why}; nothing was recorded", hint=f"See: offboard clients calls {departure.number}")


def waiting_letters(office: Office, departure: str, letters: Iterable[Waiting]) -> frozenset[str]:
    """Return which of a departure's letters wait until the owner has called their clients."""
    uncalled = {call.client for call in office.store.clients.calls(departure) if not call.called_at}
    return frozenset(letter.id for letter in letters if letter.client in uncalled) if uncalled else frozenset()


def _set(office: Office, departure: Departure, first: int, by: str) -> None:
    if first < 0:
        raise BadInput(f"{first} clients cannot be called", hint="Write a number from 0.")
    takes = _their_clients(office, departure)
    mine = [client for client in clientele.clients(office) if client.id in takes]
    calls = call_list(mine, first)
    office.store.clients.set_calls(departure.number, calls, by=by, os_user=office.os_user)


def _their_clients(office: Office, departure: Departure) -> Collection[str]:
    """Return the clients who get a letter about this departure, whoever is responsible for them by now."""
    written = {letter.client for letter in office.store.letters.letters(departure.number) if not letter.to_leaver}
    return written or {part.client for part in clientele.parts(office, departure) if part.client}


def _may_call(office: Office, departure: Departure, person: str) -> None:
    office.may_ask(person, departure)
    if Role.OWNER not in office.roles(person):
        raise NotAllowed(f"{person} may not do this; it takes the role owner")
