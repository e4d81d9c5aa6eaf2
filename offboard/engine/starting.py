"""Starting a departure: however often it is asked for, and from wherever, there is one per person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.approval import Approval
from offboard.domain.change import Phase
from offboard.domain.departure import ENDED, Departure, Status, instant
from offboard.domain.guards import approvers_needed, refused
from offboard.domain.people import Person, Role
from offboard.domain.plan import PlanKind
from offboard.engine.planning import plan_access
from offboard.engine.resolving import resolve_person
from offboard.errors import BadInput, Ended, NotAllowed
from offboard.forwarding.addresses import bare_address

if TYPE_CHECKING:
    from datetime import datetime

    from offboard.domain.guards import Reason
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for; ``asked_by`` is empty when nobody proved who they are.

    ``private_address``: the leaver's own mail addresses, with commas between; empty leaves them as they are, ``none``
    forgets them.
    """

    person: str
    moment: datetime
    timezone: str
    playbook: str
    successor: str = ""
    asked_by: str = ""
    private_address: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A departure as starting it left it; ``plan`` is ``None`` when an open one was returned untouched."""

    departure: Departure
    new: bool
    plan: Plan | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the people whom it means; without private addresses those known before stay."""

    request: Request
    leaver: Person
    successor: Person | None
    private_addresses: tuple[str, ...] | None = None


def start(office: Office, request: Request) -> Started:
    """Look the people up, record a departure and plan it; see :func:`look_up` and :func:`record`."""
    return record(office, look_up(office, request))


def look_up(office: Office, request: Request) -> Asked:
    """Find out whom a request means, and whether it may be made; nothing is recorded.

    Raises:
        BadInput: the playbook is unknown, the successor is the leaver, or a private address is none.
        NoSuchPerson: nobody, or more than one person, matches.
        NotAllowed: ``asked_by`` is not listed, or an urgent one was not started by IT or the owner.
    """
    if request.asked_by:
        office.may_ask(request.asked_by)
    private = _private(request.private_address)
    roles = office.roles(request.asked_by) if request.asked_by else frozenset()
    playbook = office.playbook(request.playbook)
    if playbook.urgent and request.asked_by and not roles & {Role.IT, Role.OWNER}:
        raise NotAllowed(f"{request.asked_by} may not start {playbook.name}: it takes the role it or owner")
    leaver = resolve_person(office, request.person)
    successor = resolve_person(office, request.successor) if request.successor else None
    if successor and successor.keys() & leaver.keys():
        raise BadInput(f"successor: {successor.name} is the person who leaves", hint="Name somebody else.")
    return Asked(request, leaver, successor, private)


def record(office: Office, asked: Asked) -> Started:
    """Record a departure and plan it.

    The person's open departure is returned when nothing differs; another moment, playbook, successor or private address
    is written into it and planned anew, which voids its approval; once writing has begun only the last two are.

    Raises:
        NoSuchPerson: a system knows two people who both could be meant.
        NotAllowed: the one who asks is the one who leaves, and would change what is under way.
    """
    request, successor = asked.request, asked.successor
    departure, new = _record(office, asked)
    planned = office.store.plans.in_force(departure.number, PlanKind.ACCESS) is not None
    if new or (not planned and _same(departure, asked)):
        return plan_again(office, departure, asked_by=request.asked_by, new=new)
    if _same(departure, asked):
        return Started(departure, new=False, plan=None)
    if office.store.outcomes.begun(departure.number) and not _same_course(departure, request):
        return Started(departure, new=False, plan=None)
    wanted = replace(
        departure,
        moment=request.moment,
        timezone=request.timezone,
        playbook=request.playbook,
        successor=successor or departure.successor,
        private_addresses=departure.private_addresses if asked.private_addresses is None else asked.private_addresses,
        requested_by=request.asked_by,
    )
    return amend(office, wanted, asked_by=request.asked_by)


def amend(office: Office, departure: Departure, *, asked_by: str) -> Started:
    """Write other values into an open departure and plan it anew; approved letters are to be read again.

    Raises:
        NotAllowed: ``asked_by`` may not ask for it.
        Ended: the departure is closed, cancelled or undone.
    """
    _check_may_change(office, departure, asked_by)
    office.store.departures.change(departure, {"person": asked_by, "os_user": office.os_user})
    office.store.letters.reopen(departure.number, "the departure was changed after this letter was approved")
    return plan_again(office, departure, asked_by=asked_by)


def plan_again(office: Office, departure: Departure, *, asked_by: str, new: bool = False) -> Started:
    """Plan a departure (anew): the approval of any earlier access plan is void.

    An urgent one is approved by this alone where IT or the owner asks; HR or nobody known leaves it to be approved.

    Raises:
        NotAllowed: ``asked_by`` may not ask for it.
        Ended: the departure is closed, cancelled or undone.
    """
    if not new:
        _check_may_change(office, departure, asked_by)
    departure, plan, found = plan_access(office, departure, asked_by=asked_by)
    begun = office.store.outcomes.begun(departure.number)
    office.store.departures.set_status(departure.number, Status.ATTENTION if begun else Status.PLANNED)
    playbook = office.playbook(departure.playbook)
    may = bool(office.people.roles(asked_by) & {Role.IT, Role.OWNER}) if asked_by else False
    if playbook.urgent and may and not refused(found) and approvers_needed(found) == 1:
        _stand_in(office, departure, plan, asked_by)
    return Started(departure, new, plan, tuple(found))


def _record(office: Office, asked: Asked) -> tuple[Departure, bool]:
    request, leaver, now = asked.request, asked.leaver, office.now()
    made: list[str] = []

    def make(number: str) -> Departure:
        made[:] = [number]
        return Departure(
            number=number,
            leaver=leaver,
            moment=request.moment,
            timezone=request.timezone,
            playbook=request.playbook,
            requested_by=request.asked_by,
            requested_at=now,
            successor=asked.successor,
            private_addresses=asked.private_addresses or (),
        )

    there = office.store.departures.open_for(leaver.id)
    if there:
        return there, False
    departure = office.store.departures.add(make, {"person": request.asked_by, "os_user": office.os_user})
    return departure, departure.number in made


def _check_may_change(office: Office, departure: Departure, asked_by: str) -> None:
    if asked_by:
        office.may_ask(asked_by, departure)
    status = office.store.departures.status(departure.number)
    if status in ENDED:
        raise Ended(f"{departure.number} is {status.value}")


def _same(departure: Departure, asked: Asked) -> bool:
    successor, private = asked.successor, asked.private_addresses
    return (
        _same_course(departure, asked.request)
        and (successor is None or (departure.successor is not None and successor.id == departure.successor.id))
        and private in {None, departure.private_addresses}
    )


def _same_course(departure: Departure, request: Request) -> bool:
    return instant(departure.moment) == instant(request.moment) and departure.playbook == request.playbook


def _private(text: str) -> tuple[str, ...] | None:
    """Return the addresses in a request, bare and each once; ``None`` when it says nothing of them."""
    if not text.strip():
        return None
    if text.strip().casefold() == "none":
        return ()
    found: dict[str, None] = {}
    for written in text.split(","):
        address = bare_address(written)
        if address is None:
            raise BadInput(
                f"private_address: {written.strip()!r} is no mail address",
                hint="Write it like ann.lee@privatepost.example, several with commas between; none forgets them.",
            )
        found[address.casefold()] = None
    return tuple(found)


def _stand_in(office: Office, departure: Departure, plan: Plan, person: str) -> None:
    """Record the standing approval of an urgent start: secure only, and nothing one-way or asked about."""
    held_back = tuple(
        change.id
        for change in plan.changes
        if change.phase is Phase.SECURE
        and ((change.one_way and not office.step(change.step).harmless) or change.asks is not None)
    )
    office.store.plans.approve(
        Approval(
            departure=departure.number,
            digest=plan.digest,
            person=person,
            os_user=office.os_user,
            at=instant(office.now()),
            phases=(Phase.SECURE,),
            declined=held_back,
            standing=True,
        )
    )
    office.store.departures.set_status(departure.number, Status.APPROVED)
