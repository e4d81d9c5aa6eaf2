"""What the resident process does for the desk about clients: carries decisions out, and keeps what is shown fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from offboard.domain.clients import Standing
from offboard.domain.departure import ENDED, Status
from offboard.domain.register import ClientRegister
from offboard.engine import passing_on, weighing
from offboard.engine.answering import Answer, record_answer
from offboard.engine.briefing import brief
from offboard.engine.calling import choose_calls
from offboard.engine.following_up import withdraw_follow_ups
from offboard.engine.sparing import spare
from offboard.errors import RETRIED, Busy, OffboardError

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.client_book import ClientRequest

PROPOSALS_EVERY = timedelta(minutes=15)
ASSIGN, ACCEPT, SKIP, BRIEF, ANSWER, CALLS = "assign", "accept", "skip", "brief", "answer", "calls"


def run_client_errands(office: Office) -> list[str]:
    """Carry out what was decided at the desk and read the registers for it anew; return what there is to say."""
    said = [_carry_out(office, request) for request in office.store.clients.requests(state="waiting")]
    if not office.systems.having(ClientRegister):
        return said
    try:
        if weighing.weighing_due(office):
            weighing.keep(office)
        for departure, _ in office.store.departures.every(having=set(Status) - ENDED):
            if _proposals_due(office, departure):
                # The desk prints, and cannot ask a register.
                spare(office, departure)
                keep_proposals(office, departure)
        withdraw_follow_ups(office)
    except OffboardError as error:
        said.append(f"the clients could not be read for the desk: {error}")
    return said


def keep_proposals(office: Office, departure: Departure) -> None:
    """Keep who could take over each client, for the desk.

    Raises:
        SystemFault: a register does not answer.
    """
    found = passing_on.proposals(office, departure)
    traits = {client.id: {trait: getattr(client, trait) for trait in passing_on.TRAITS} for client in found.clients}
    rows = [row | {"traits": traits[str(row["client"])]} for row in found.to_json()]
    people = [{"key": person.mail or person.login, "name": person.name} for person in found.staff]
    gone = passing_on.leaving(office) | departure.leaver.keys()
    staying = [one for person, one in zip(found.staff, people, strict=True) if not person.keys() & gone]
    office.store.clients.keep_view(view_of(departure), cast("Json", {"rows": rows, "people": staying}))


def view_of(departure: Departure) -> str:
    """Return the name under which the proposals of a departure are kept."""
    return f"proposals {departure.number}"


def _proposals_due(office: Office, departure: Departure) -> bool:
    view = office.store.clients.view(view_of(departure))
    return view is None or datetime.fromisoformat(view.at) + PROPOSALS_EVERY <= office.now()


def _carry_out(office: Office, request: ClientRequest) -> str:
    try:
        said = _do(office, request)
    except OffboardError as error:
        if isinstance(error, (*RETRIED, Busy)):
            return f"what {request.asked_by} decided about clients waits: {error}"
        office.store.clients.settle(request.id, said=f"{error}. {error.hint}", refused=True)
        return f"what {request.asked_by} decided about clients was refused: {error}"
    office.store.clients.settle(request.id, said=said)
    return f"{request.departure or 'clients'}: {said}"


def _do(office: Office, request: ClientRequest) -> str:
    wanted, by = request.wanted, request.asked_by
    if wanted["do"] == ANSWER:
        standing = Standing(wanted["standing"])
        return record_answer(office, Answer(wanted["client"], standing, by, wanted.get("to", ""), wanted["note"]))
    departure = office.store.departures.get(request.departure)
    if wanted["do"] == ASSIGN:
        count = passing_on.assign(office, departure, by, wanted["clients"], wanted["to"])
        said = f"{wanted['to']} takes over {_count(count)}; it is planned anew"
    elif wanted["do"] == ACCEPT:
        count = passing_on.accept(office, departure, by, clients=wanted["clients"])
        said = f"what was proposed for {_count(count)} is taken over; it is planned anew"
    elif wanted["do"] == SKIP:
        left = passing_on.skip(office, departure, by, wanted["clients"], wanted["reason"])
        said = f"{', '.join(left)}: left as it is"
    elif wanted["do"] == BRIEF:
        count = brief(office, departure, by, wanted["clients"])
        return f"{_count(len(wanted['clients']))} recorded as briefed; {count} of their letters say so now"
    else:
        return f"the call list has {_count(choose_calls(office, departure, by, int(wanted['first'])))}"
    keep_proposals(office, office.store.departures.get(request.departure))
    return said


def _count(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"
