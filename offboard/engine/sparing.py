"""Clients who do not want to be written to: what they said after the owner approved a letter still counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.letter import LetterState
from offboard.domain.reaching import no_longer_written_to
from offboard.domain.register import ClientRegister
from offboard.engine import clientele

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.engine.office import Office


def spare(office: Office, departure: Departure) -> list[str]:
    """Take the approval of letters back whose clients are not to be written to any more; return their ids.

    Each waits for the owner again, with the reason.

    Raises:
        SystemFault: a register does not answer.
    """
    box = office.store.letters
    waiting = [x for x in box.letters(departure.number) if x.state is LetterState.APPROVED and not x.to_leaver]
    if not waiting or not office.systems.having(ClientRegister):
        return []
    known = {client.id: client for client in clientele.clients(office)}
    spared = {letter: why for letter in waiting if (why := no_longer_written_to(letter, known.get(letter.client)))}
    for letter, why in spared.items():
        box.reopen(departure.number, why, clients=[letter.client])
    return [letter.id for letter in spared]


def must_not_go(office: Office, letter: Letter) -> str:
    """Say why this letter must not go to its client, by what the registers say at this moment; empty when it may.

    Raises:
        SystemFault: a register does not answer, so that nobody can know.
    """
    registers = office.systems.having(ClientRegister)
    if letter.to_leaver or not registers:
        return ""
    for name in registers:
        with office.systems.reader(name) as register:
            client = register.client(letter.client)
        if client is not None:
            return no_longer_written_to(letter, client)
    return no_longer_written_to(letter, None)
