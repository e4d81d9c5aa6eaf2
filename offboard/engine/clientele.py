"""What the registers say: the clients, who knows them, and what of a leaver's nobody has taken over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from offboard.domain.capabilities import Directory
from offboard.domain.parts import Part, kind_and_id, left_alone, parts_of
from offboard.domain.register import ClientDealings, ClientRegister
from offboard.engine.resolving import resolve_person
from offboard.errors import SaysNo, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client
    from offboard.domain.dealing import Dealing
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.engine.office import Office

STEP = "reassign_clients"
LOOK_EVERY = timedelta(minutes=5)
"""How often somebody looks whether what keeps a departure open has been settled in the register itself."""


def clients(office: Office) -> list[Client]:
    """Return every client of every register.

    Raises:
        SystemFault: one of them does not answer.
    """
    found: list[Client] = []
    for name in office.systems.having(ClientRegister):
        with office.systems.reader(name) as register:
            found += register.clients()
    return found


def dealings(office: Office) -> list[Dealing]:
    """Return who dealt with which client, as far as the registers know it."""
    found: list[Dealing] = []
    for name in office.systems.having(ClientDealings):
        with office.systems.reader(name) as register:
            found += register.dealings()
    return found


def staff(office: Office, known: Iterable[Client], dealt: Iterable[Dealing]) -> tuple[list[Person], SystemFault | None]:
    """Return the people behind the names in the registers, as the directory knows them, and what kept it from more."""
    if not office.systems.having(Directory):
        return [], None
    keys = {client.responsible for client in known} | {dealing.person for dealing in dealt}
    people: dict[str, Person] = {}
    for key in sorted(filter(None, keys)):
        try:
            person = resolve_person(office, key)
        except SaysNo:
            continue
        except SystemFault as fault:
            return list(people.values()), fault
        people[person.id] = person
    return list(people.values()), None


def parts(office: Office, departure: Departure) -> list[Part]:
    """Return every client, contact and open item that is the leaver's now.

    Raises:
        SystemFault: a register does not answer.
    """
    found: list[Part] = []
    for name in office.systems.having(ClientRegister):
        with office.systems.reader(name) as register:
            found += [part for part in parts_of(register) if departure.leaver.answers_to(part.owner)]
    return found


def unplaced(office: Office, departure: Departure) -> list[str]:
    """Return what would be left without anybody, by name, and keep it for everybody to see.

    A register that does not answer counts as unknown.
    """
    try:
        mine = parts(office, departure)
    except SystemFault:
        return []
    found = [part for part in left_alone(mine, departure) if not part.placed(departure)]
    _keep(office, departure, found)
    return [part.name for part in found]


def left(office: Office, departure: Departure) -> list[Part]:
    """Return what is still the leaver's without anybody's decision, and keep it for everybody to see.

    Raises:
        SystemFault: a register does not answer.
    """
    try:
        mine = left_alone(parts(office, departure), departure)
    except SystemFault as fault:
        office.store.clients.keep_view(_view(departure), {"parts": [], "unread": str(fault)})
        raise
    decided = _settled_by_people(office, departure)
    found = [part for part in mine if (part.system, part.target) not in decided]
    _keep(office, departure, found)
    return found


def nobody_alone(office: Office, departure: Departure) -> bool:
    """Look whether every client, contact and open item of the leaver has somebody, or was left by a decision."""
    if not office.systems.having(ClientRegister):
        return True
    try:
        return not left(office, departure)
    except SystemFault:
        return False


def seen_left(office: Office, departure: Departure) -> list[dict[str, Json]] | None:
    """Return what the last look found left alone, ``None`` when nobody has looked yet or nobody could."""
    view = office.store.clients.view(_view(departure))
    return None if view is None or view.data["unread"] else cast("list[dict[str, Json]]", view.data["parts"])


def keeps_open(office: Office, departure: Departure) -> str:
    """Return in words what the last look found to keep a departure open, empty for nothing."""
    view = office.store.clients.view(_view(departure))
    if view is None:
        return ""
    if view.data["unread"]:
        return f"nobody could look whether a client is left alone: {view.data['unread']}"
    names = [part["label"] for part in view.data["parts"]]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004 - enough to recognise
    return f"nobody has taken over {', '.join(names[:5])}{more}" if names else ""


def rests(office: Office, departure: Departure) -> bool:
    """Say whether something keeps a departure open that was looked at a moment ago."""
    view = office.store.clients.view(_view(departure))
    open_ = view is not None and (view.data["unread"] or view.data["parts"])
    return bool(open_) and view is not None and datetime.fromisoformat(view.at) + LOOK_EVERY > office.now()


def _keep(office: Office, departure: Departure, found: list[Part]) -> None:
    office.store.clients.keep_view(_view(departure), {"parts": [part.to_json() for part in found], "unread": ""})


def _settled_by_people(office: Office, departure: Departure) -> set[tuple[str, str]]:
    """Return the parts of which somebody settled with a reason that they stay where they are."""
    return {
        (change.system, change.target)
        for kept in office.store.plans.every(departure.number)
        for settled in [office.store.outcomes.settled_by_people(kept.plan.digest)]
        for change in kept.plan.changes
        if change.step == STEP and change.id in settled
    }


def client_of(target: str) -> str:
    """Return the id of a client by its target, empty for contacts and open items."""
    kind, part_id = kind_and_id(target)
    return part_id if kind.value == "client" else ""


def _view(departure: Departure) -> str:
    return f"left {departure.number}"
