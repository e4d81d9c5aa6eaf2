"""Who takes over each client: proposed, changed by people, or left as it is with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.departure import ENDED, Departure, Skip, Status, instant
from offboard.domain.guards import Reason, refused
from offboard.domain.parts import PartKind
from offboard.domain.people import Role, fold
from offboard.domain.plan import PlanKind
from offboard.domain.proposing import Proposal, load_of, propose
from offboard.engine import clientele
from offboard.engine.driving import carry_out
from offboard.engine.resolving import resolve_person
from offboard.engine.starting import amend
from offboard.engine.status import access_settled, unsettled
from offboard.errors import BadInput, Ended, NotAllowed, SaysNo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client
    from offboard.domain.parts import Part
    from offboard.domain.people import Person
    from offboard.engine.office import Office
    from offboard.errors import SystemFault

TRAITS = ("region", "country", "language", "sector", "tier", "city")
"""What clients may be chosen by, many at once."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Every client of the leaver with who could take over, and who is chosen so far (a mail address or a login).

    ``fault`` is the directory that did not answer, so that not everybody could be proposed.
    """

    proposals: tuple[Proposal, ...]
    chosen: dict[str, str]
    clients: tuple[Client, ...]
    staff: tuple[Person, ...]
    fault: SystemFault | None = None

    def to_json(self) -> list[dict[str, Json]]:
        """Return one row for each client: proposed, why, and chosen."""
        worth = {client.id: client for client in self.clients}
        return [
            p.to_json() | {"chosen": self.chosen.get(p.client) or None, "value": worth[p.client].value}
            for p in self.proposals
        ]


def proposals(office: Office, departure: Departure) -> Proposed:
    """Propose a successor for each client that is the leaver's now; nothing is written.

    Raises:
        SystemFault: a register does not answer.
    """
    everybodys, dealt = clientele.clients(office), clientele.dealings(office)
    staff, fault = clientele.staff(office, everybodys, dealt)
    mine = [client for client in everybodys if departure.leaver.answers_to(client.responsible)]
    made = propose(
        mine,
        leaver=departure.leaver,
        staff=staff,
        leaving=leaving(office),
        dealings=dealt,
        load=load_of(everybodys),
        everybodys=everybodys,
    )
    chosen = {client.id: person for client in mine if (person := departure.successor_of(client.id))}
    written = {client: person.mail or person.login for client, person in chosen.items()}
    return Proposed(tuple(made), written, tuple(mine), tuple(staff), fault)


def leaving(office: Office) -> set[str]:
    """Return what everybody answers to who leaves or has left."""
    return {
        key
        for other, status in office.store.departures.every()
        if status not in {Status.CANCELLED, Status.UNDONE}
        for key in other.leaver.keys()  # noqa: SIM118 - a person is no dict
    }


def accept(office: Office, departure: Departure, person: str, *, clients: Collection[str] = ()) -> int:
    """Take the proposals over, of all clients or of these, and plan anew; return for how many clients.

    Raises:
        NotAllowed: neither HR nor the owner.
        SaysNo: there is nobody to propose.
        Ended: the departure is closed, cancelled or undone.
    """
    may_choose(office, departure, person)
    found = proposals(office, departure)
    chosen = {
        p.client: who
        for p in found.proposals
        for who in found.staff
        if p.successor and who.answers_to(p.successor) and (not clients or p.client in clients)
    }
    if not chosen:
        raise SaysNo(
            f"{departure.number}: there is nobody to propose",
            hint=f"Name somebody: offboard clients assign {departure.number} --client C --to X --as EMAIL",
        )
    amend(office, replace(departure, successors={**departure.successors, **chosen}), asked_by=person)
    return len(chosen)


def assign(office: Office, departure: Departure, person: str, clients: Sequence[str], to: str) -> int:
    """Let ``to`` take these clients over, with all that hangs on them, and plan anew; return how many there are.

    Raises:
        NotAllowed: neither HR nor the owner.
        BadInput: a client is not the leaver's, or ``to`` is the leaver or leaves too.
        NoSuchPerson: nobody, or more than one person, is ``to``.
        Ended: the departure is closed, cancelled or undone.
    """
    may_choose(office, departure, person)
    chosen = resolve_person(office, to)
    if chosen.keys() & (departure.leaver.keys() | leaving(office)):
        raise BadInput(f"{chosen.name} leaves and cannot take over", hint="Name somebody who stays.")
    mine = {part.client for part in clientele.parts(office, departure)}
    if strangers := [client for client in clients if client not in mine]:
        raise BadInput(
            f"{', '.join(strangers)}: not of {departure.leaver.name}",
            hint=f"See who is: offboard clients propose {departure.number}",
        )
    if not clients:
        raise BadInput("no client is named", hint="Name clients by --client, or many by --all-of region=South.")
    given = dict.fromkeys(clients, chosen)
    amend(office, replace(departure, successors={**departure.successors, **given}), asked_by=person)
    return len(given)


def chosen_by(clients: Iterable[Client], trait: str) -> list[str]:
    """Return the ids of the clients with a trait, such as ``region=South``; ``everything`` is every client.

    Raises:
        BadInput: it is no trait, or nobody has it.
    """
    name, _, wanted = trait.partition("=")
    if trait != "everything" and (name not in TRAITS or not wanted.strip()):
        raise BadInput(
            f"{trait!r} chooses nobody", hint=f"Write one of {', '.join(TRAITS)} with its value, such as region=South."
        )
    found = [
        client.id for client in clients if trait == "everything" or fold(str(getattr(client, name))) == fold(wanted)
    ]
    if not found:
        raise BadInput(f"no client of the leaver has {trait}", hint="See what they have: offboard clients list --json")
    return found


def skip(office: Office, departure: Departure, person: str, targets: Sequence[str], reason: str) -> list[str]:
    """Leave clients, contacts or open items where they are, with a reason; return what is left in words.

    A client is left with all that hangs on it. Where the plan would pass it on, or was refused because of it, it is
    planned anew; else what was approved stays so, and a departure that waits for nothing else is closed.

    Raises:
        NotAllowed: neither HR nor the owner.
        BadInput: no reason, or something is not the leaver's.
        Ended: the departure is closed, cancelled or undone.
    """
    may_choose(office, departure, person)
    if not reason.strip():
        raise BadInput("why is it left with somebody who leaves?", hint="Add --reason TEXT.")
    mine = clientele.parts(office, departure)
    meant = [part for part in mine if part.target in targets or _hangs_on(part, targets)]
    found = {part.target for part in meant}
    if strangers := [target for target in targets if target not in found]:
        raise BadInput(
            f"{', '.join(strangers)}: not of {departure.leaver.name}",
            hint=f"See what is: offboard clients left {departure.number}",
        )
    at = instant(office.now())
    skips = {part.target: Skip(part.label, reason.strip(), person, at) for part in meant}
    wanted = replace(departure, skips={**departure.skips, **skips})
    if _planned(office, departure, found):
        amend(office, wanted, asked_by=person)
    else:
        told: dict[str, Json] = {
            "person": person,
            "os_user": office.os_user,
            "skipped": [*sorted(found)],
            "reason": reason.strip(),
        }
        office.store.departures.change(wanted, told, voids=False)
        if access_settled(office, wanted):
            carry_out(office, departure.number)
    return [part.label for part in meant]


def may_choose(office: Office, departure: Departure, person: str) -> None:
    """Check that this person may say who takes over: HR or the owner, never the leaver.

    Raises:
        NotAllowed: they may not.
        Ended: the departure is closed, cancelled or undone.
    """
    office.may_ask(person, departure)
    if not office.roles(person) & {Role.HR, Role.OWNER}:
        raise NotAllowed(f"{person} may not say who takes clients over; it takes the role hr or owner")
    status = office.store.departures.status(departure.number)
    if status in ENDED:
        raise Ended(f"{departure.number} is {status.value}")


def _hangs_on(part: Part, targets: Sequence[str]) -> bool:
    return part.kind is not PartKind.CLIENT and bool(part.client) and part.client in targets


def _planned(office: Office, departure: Departure, targets: Collection[str]) -> bool:
    """Say whether the plan in force passes one of these on, or was refused, or there is none."""
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    if kept is None or refused([Reason.from_json(guard) for guard in kept.guards]):
        return True
    return any(change.step == clientele.STEP and change.target in targets for change in unsettled(office, kept.plan))
