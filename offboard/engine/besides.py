"""What planning asks of the systems besides the steps: whom our own account may not touch, and second accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Accounts
from offboard.domain.holdings import Reach, Twins
from offboard.domain.plan import REACH, TWINS, NotCovered
from offboard.engine.breadth import side_by_side
from offboard.engine.questions import leaves_too
from offboard.engine.resolving import resolve_accounts
from offboard.errors import SystemFault

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office


@dataclass(frozen=True, slots=True)
class Besides:
    """What the plan does not cover, and what whoever approves it must read."""

    gaps: tuple[NotCovered, ...] = ()
    out_of_reach: tuple[str, ...] = ()


def ask_besides(office: Office, departure: Departure, plan: Plan) -> Besides:
    """Ask every system that knows whether we may touch the leaver's account, and for other accounts of theirs.

    A system that does not answer stops nothing: that it was not asked stands in the plan, unless a step of the plan
    says so already.
    """
    touched = {system for _, _, system in plan.order}
    asked = [
        *((name, REACH) for name in office.systems.having(Reach) if name in touched and departure.account(name)),
        *((name, TWINS) for name in office.systems.having(Twins)),
    ]
    silent = {gap.system for gap in plan.not_covered if gap.unread}
    gaps: list[NotCovered] = []
    out_of_reach: list[str] = []
    for answer in side_by_side(office, asked, lambda name, what: _ask(office, departure, name, what)):
        if answer.fault and answer.system not in silent:
            gaps.append(NotCovered(answer.what, answer.system, str(answer.fault), unread=True))
            silent.add(answer.system)
        if answer.reasons:
            word = _first_to_fail(office, plan, answer.system)
            gaps += [NotCovered(word, answer.system, reason) for reason in answer.reasons]
            out_of_reach += [f"{answer.system}: {reason}" for reason in answer.reasons]
        gaps += [_question(answer.system, kin) for kin in _open(office, departure, answer.kins)]
    return Besides(tuple(gaps), tuple(out_of_reach))


def refused_for(office: Office, person: Person) -> dict[str, tuple[str, ...]]:
    """Return system → why we may not change this person's account there; where we may, a system is left out."""
    accounts, _ = resolve_accounts(office, person)
    barred: dict[str, tuple[str, ...]] = {}
    for name in office.systems.having(Reach):
        if name not in accounts:
            continue
        try:
            with office.systems.reader(name) as system:
                reasons = tuple(system.out_of_reach(accounts[name].id))
        except SystemFault as fault:
            reasons = (str(fault),)
        if reasons:
            barred[name] = reasons
    return barred


@dataclass(frozen=True, slots=True)
class _Answer:
    system: str
    what: str
    reasons: tuple[str, ...] = ()
    kins: tuple[Kin, ...] = ()
    fault: SystemFault | None = None


def _ask(office: Office, departure: Departure, name: str, what: str) -> _Answer:
    account = departure.account(name)
    try:
        with office.systems.reader(name) as system:
            if what == TWINS:
                return _Answer(name, what, kins=tuple(system.twins(account or departure.leaver)))
            return _Answer(name, what, reasons=tuple(system.out_of_reach(account.id)) if account else ())
    except SystemFault as fault:
        return _Answer(name, what, fault=fault)


def _first_to_fail(office: Office, plan: Plan, system: str) -> str:
    """Return the step that stands for all that would be refused there: shutting sign-in, else the first one."""
    words = [word for _, word, name in plan.order if name == system]
    return next((word for word in words if Accounts in office.step(word).needs), words[0])


def _open(office: Office, departure: Departure, kins: tuple[Kin, ...]) -> list[Kin]:
    """Return the accounts that somebody must decide on: those that have a departure of their own are decided on."""
    return [kin for kin in kins if not leaves_too(office, departure, kin.person.id)]


def _question(system: str, kin: Kin) -> NotCovered:
    who = f"{kin.person.login} ({kin.person.name})"
    return NotCovered(
        TWINS,
        system,
        f"another account, {who}: {kin.why.rstrip('.')}; does it leave as well?",
        question=True,
        about=kin.person.id,
        yes=f"start a departure for it: offboard start {kin.person.login} --last-moment … --as EMAIL",
        no="it stays open, for the reason that is given",
    )
