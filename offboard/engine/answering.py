"""What a client answers is recorded and changes the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.clients import Interaction, Standing
from offboard.domain.departure import Status, instant
from offboard.domain.evidence import Kind
from offboard.domain.people import Role
from offboard.domain.register import ClientRegister, ClientStandings, RecordsDealings
from offboard.engine.clientele import STEP
from offboard.engine.resolving import resolve_person
from offboard.errors import BadInput, NotAllowed

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office

SAID = {
    Standing.FINE: "is fine with the change",
    Standing.SOMEONE_ELSE: "wants someone else",
    Standing.OWNER: "wants the owner",
    Standing.LEAVING: "leaves",
    Standing.LET_GO: "is to be let go",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client said, or what the owner decided about them; ``to`` is who takes over where somebody is named."""

    client: str
    standing: Standing
    by: str
    to: str = ""
    note: str = ""


def record_answer(office: Office, answer: Answer) -> str:
    """Write an answer into the client's register, and into the evidence of the departure it is about; say what is so.

    A client who wants the owner gets the owner, one who wants someone else gets whoever is named; without a name the
    register says that they wait for one.

    Raises:
        NotAllowed: neither HR nor the owner; that a client is let go, only the owner says.
        BadInput: no register has the client, several have, or it keeps no answers.
        NoSuchPerson: nobody, or more than one person, is the one who is named.
        SystemFault: the register does not answer.
    """
    office.may_ask(answer.by)
    roles = office.roles(answer.by)
    needed = {Role.OWNER} if answer.standing is Standing.LET_GO else {Role.HR, Role.OWNER}
    if not roles & needed:
        raise NotAllowed(f"{answer.by} may not record this; it takes the role {' or '.join(sorted(needed))}")
    if answer.to and answer.standing is not Standing.SOMEONE_ELSE:
        raise BadInput("--to goes with someone-else only", hint="Leave it out.")
    system, client = _where(office, answer.client)
    wanted = _wanted(office, answer, client)
    at = instant(office.now())
    with office.systems.writer(system) as register:
        register.set_standing(client.id, answer.standing)
        if isinstance(register, RecordsDealings) and answer.standing is not Standing.LET_GO:
            kind = f"answer: {answer.standing.value.replace('_', ' ')}"
            register.record(Interaction(client.id, answer.by, at, kind))
        if wanted:
            register.set_responsible(client.id, wanted)
    _tell(office, answer, system, before=client.responsible, after=wanted or client.responsible)
    takes = f"; {wanted} is responsible now" if wanted else ""
    waits = "; nobody is named yet" if answer.standing is Standing.SOMEONE_ELSE and not wanted else ""
    return f"{client.name} {SAID[answer.standing]}{takes}{waits}"


def _wanted(office: Office, answer: Answer, client: Client) -> str:
    """Return who is responsible from now on, empty where that does not change."""
    if answer.standing is Standing.OWNER:
        owners = office.people.owner
        if not owners:
            raise BadInput("[people] names no owner", hint="Add one.")
        return owners[0] if client.responsible != owners[0] else ""
    if answer.standing is Standing.SOMEONE_ELSE and answer.to:
        person = resolve_person(office, answer.to)
        if person.answers_to(client.responsible):
            raise BadInput(f"{person.name} is who the client has now", hint="Name somebody else.")
        return person.mail or person.login
    return ""


def _where(office: Office, client_id: str) -> tuple[str, Client]:
    found: list[tuple[str, Client]] = []
    for name in office.systems.having(ClientRegister, ClientStandings):
        with office.systems.reader(name) as register:
            client = register.client(client_id)
        if client:
            found.append((name, client))
    if len(found) != 1:
        why = "no register that keeps answers has" if not found else "more than one register has"
        raise BadInput(f"{why} a client {client_id!r}", hint="See them: offboard clients list")
    return found[0]


def _tell(office: Office, answer: Answer, system: str, *, before: str, after: str) -> None:
    departure = about(office, answer.client)
    if departure is None:
        return
    told: dict[str, Json] = {
        "did": "answered", "client": answer.client, "answer": answer.standing.value, "by": answer.by,
        "note": answer.note, "system": system, "before": before, "after": after, "os_user": office.os_user,
    }  # fmt: skip
    office.store.evidence.note(departure.number, Kind.CLIENT, told)


def about(office: Office, client: str) -> Departure | None:
    """Return the newest departure that passed this client on, or ``None``."""
    return next(
        (
            departure
            for departure, status in office.store.departures.every()
            if status is not Status.CANCELLED
            and any(
                change.step == STEP and change.target == client
                for kept in office.store.plans.every(departure.number)
                for change in kept.plan.changes
            )
        ),
        None,
    )
