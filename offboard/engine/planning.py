"""Playbook + what is there → plan. Nothing is changed here but our own store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Directory
from offboard.domain.change import Change, Phase
from offboard.domain.departure import ENDED, Departure, Status, instant
from offboard.domain.guards import Facts, Reason, reasons
from offboard.domain.plan import Plan, PlanKind
from offboard.engine.besides import ask_besides
from offboard.engine.calling import list_calls
from offboard.engine.clientele import unplaced
from offboard.engine.looking import look_everywhere, place_steps
from offboard.engine.resolving import Missing, resolve_accounts
from offboard.engine.reviewing import read_for_review
from offboard.errors import SystemFault
from offboard.storage.departures import started_ago

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.playbook import Entry
    from offboard.engine.office import Office


def plan_access(office: Office, departure: Departure, *, asked_by: str) -> tuple[Departure, Plan, list[Reason]]:
    """Look at every system, freeze the access plan, write the letter drafts, and return the plan with the guards.

    The leaver's mail rules are read for their review as well; a system that does not answer stands in the plan.
    """
    decided = office.store.decisions.newest(departure.number)
    departure, missing = _pin(office, departure)
    playbook = office.playbook(departure.playbook)
    plan = make_plan(
        office,
        departure,
        PlanKind.ACCESS,
        [e for e in playbook.entries if e.phase is not Phase.INFORM],
        missing=missing,
    )
    _, uncovered = place_steps(office, departure, [e for e in playbook.entries if e.phase is Phase.INFORM], missing)
    besides = ask_besides(office, departure, plan)
    plan = replace(plan, not_covered=(*plan.not_covered, *uncovered, *besides.gaps))
    # Once something was carried out, the ids go on counting: "c003" means one change only within a departure.
    plan = _counted_from(plan, _carried_out_so_far(office, departure))
    found = reasons(replace(gather_facts(office, departure), out_of_reach=besides.out_of_reach))
    office.store.plans.add(
        plan,
        asked_by=asked_by,
        guards=[reason.to_json() for reason in found],
        told={"person": asked_by, "os_user": office.os_user, "guards": [reason.text for reason in found]},
    )
    office.store.decisions.planned(departure.number, upto=decided)
    read_for_review(office, departure, plan)
    prepare(office, departure)
    list_calls(office, departure)
    return departure, plan, found


def _counted_from(plan: Plan, first: int) -> Plan:
    return replace(
        plan, changes=tuple(replace(c, id=f"c{first + place:03d}") for place, c in enumerate(plan.changes, start=1))
    )


def _carried_out_so_far(office: Office, departure: Departure) -> int:
    return max(
        (
            int(change.id[1:])
            for kept in office.store.plans.every(departure.number)
            if kept.plan.kind is PlanKind.ACCESS and office.store.outcomes.of(kept.plan.digest)
            for change in kept.plan.changes
        ),
        default=0,
    )


def make_plan(
    office: Office,
    departure: Departure,
    kind: PlanKind,
    entries: Iterable[Entry],
    *,
    missing: Missing | None = None,
) -> Plan:
    """Look at every system that these steps are for, side by side, and return what should differ."""
    placed, uncovered = place_steps(office, departure, entries, missing or {})
    changes: list[Change] = []
    for look in look_everywhere(office, departure, placed):
        uncovered += look.gaps()
        for wish in look.wishes:
            changes.append(look.change(f"c{len(changes) + 1:03d}", wish))
    playbook = office.playbook(departure.playbook)
    return Plan(
        departure=departure.number,
        kind=kind,
        moment=instant(departure.moment),
        pinned={name: person.id for name, person in departure.accounts.items()},
        playbook=playbook.digest,
        order=tuple((p.entry.phase, p.entry.step, p.system) for p in placed),
        changes=tuple(changes),
        not_covered=tuple(uncovered),
    )


def prepare(office: Office, departure: Departure) -> None:
    """Carry out the steps that touch nothing but our own store: the drafts of the letters."""
    playbook = office.playbook(departure.playbook)
    entries = [entry for entry in playbook.entries if office.step(entry.step).prepares]
    placed, _ = place_steps(office, departure, entries, {})
    for place in placed:
        step = office.step(place.entry.step)
        try:
            with office.systems.reader(place.system) as system:
                for wish in step.plan(departure, step.observe(departure, system), place.entry.options):
                    step.write(departure, system, wish.target, wish.after)
        except SystemFault:
            # The same system stands in the plan's not_covered; the drafts are written when planning again.
            continue


def gather_facts(office: Office, departure: Departure) -> Facts:
    """Collect what the guards look at; what cannot be read counts as unknown."""
    now = office.now()
    every = office.store.departures.every()
    return Facts(
        departure=departure,
        protected=office.guards.protected,
        own=office.own,
        clients_without=unplaced(office, departure),
        started=[ago for ago in started_ago((d for d, status in every if status != "cancelled"), now) if ago >= 0],
        staff=_staff(office),
        alone_in=_alone_in(office, departure),
        leaving=leaving(office, departure),
        max_per_hour=office.guards.max_departures_per_hour,
        max_share=office.guards.max_share_of_staff,
    )


def leaving(office: Office, departure: Departure) -> set[str]:
    """Return what everybody else answers to who leaves, or has left since this departure was asked for.

    Who left before that and is here again was taken on anew.
    """
    return {
        key
        for other, status in office.store.departures.every()
        if other.number != departure.number
        and (status not in ENDED or (status is Status.CLOSED and other.requested_at >= departure.requested_at))
        for key in other.leaver.keys()  # noqa: SIM118 - keys() of a person
    }


def _pin(office: Office, departure: Departure) -> tuple[Departure, Missing]:
    """Resolve the accounts that are not pinned yet; a pinned id is never exchanged."""
    found, missing = resolve_accounts(office, departure.leaver)
    pinned = found | departure.accounts
    if pinned != departure.accounts:
        departure = replace(departure, accounts=pinned)
        office.store.departures.change(departure, {"pinned": {name: p.id for name, p in pinned.items()}})
    return departure, {name: reason for name, reason in missing.items() if name not in pinned}


def _alone_in(office: Office, departure: Departure) -> list[str]:
    """Return the deciding roles of ``[people]`` in which nobody but the leaver is listed."""
    lists = {"it": office.people.it, "owner": office.people.owner}
    return [role for role, mails in lists.items() if mails and all(map(departure.leaver.answers_to, mails))]


def _staff(office: Office) -> int:
    for name in office.systems.having(Directory):
        try:
            with office.systems.reader(name) as directory:
                return int(directory.staff())
        except SystemFault:
            continue
    return 0
