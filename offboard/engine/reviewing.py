"""The review of a leaver's mail rules: what is there, what IT decides on each, and what that does to the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from offboard.domain.departure import Status, instant
from offboard.domain.mail import ForwardingRules
from offboard.domain.people import Role
from offboard.domain.plan import PlanKind
from offboard.domain.rule_review import HANDING, STOPPING, DecidedRule, RuleDecision, in_force, objection, stops
from offboard.engine.reading_rules import judged_scripts
from offboard.engine.status import check_open, may_have_changed, put_back, undo_under_way
from offboard.engine.undoing import plan_undo
from offboard.errors import NoSuchDeparture, NotAllowed, SaysNo, SystemFault
from offboard.forwarding.reviewing import REVIEWED, Reviewed, Reviewing
from offboard.steps._managed_script import NAME, read_managed
from offboard.steps.deliver_to_successor import DELIVERY
from offboard.steps.stop_forwarding import WHAT, stops_unasked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.domain.capabilities import Script
    from offboard.domain.change import Change, State
    from offboard.domain.departure import Departure
    from offboard.domain.plan import Plan
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept


def read_for_review(office: Office, departure: Departure, plan: Plan | None = None) -> list[SystemFault]:
    """Read the leaver's rules in each mail system and keep them for the review; return what could not be read.

    With a plan, only the systems are read in which its steps look at rules.
    """
    looked = {system for _, word, system in plan.order if ForwardingRules in office.step(word).needs} if plan else None
    faults = []
    for name in office.systems.having(ForwardingRules):
        account = departure.account(name)
        if account is None or (looked is not None and name not in looked):
            continue
        try:
            with office.systems.reader(name) as system:
                scripts = [script for script in system.scripts(account.id) if script.part in REVIEWED]
        except SystemFault as fault:
            faults.append(fault)
            continue
        office.store.decisions.note(departure.number, name, account.id, scripts)
    return faults


def review(office: Office, domains: Sequence[str], number: str) -> list[Reviewed]:
    """Return the leaver's rules as they were read last for this departure, the worst first; no system is asked."""
    departure = office.store.departures.get(number)
    entries = office.playbook(departure.playbook).entries
    what = next((str(e.options.get("what", WHAT[0])) for e in entries if e.step == STOPPING), WHAT[0])
    people = [departure.leaver, *([departure.successor] if departure.successor else [])]
    reviewing = Reviewing(
        domains=domains,
        not_to=[person.mail for person in people if person.mail],
        successor=departure.successor is not None,
        stops_unasked=lambda does, verdict: stops_unasked(does, verdict, what),
        private_addresses=departure.private_addresses,
    )
    decided = in_force(office.store.decisions.decisions(departure.number))
    done = _carried_out(office, departure)
    found = []
    for reading in office.store.decisions.readings(departure.number):
        place, here = (reading.system, reading.mailbox), [c for c in done if c.system == reading.system]
        at_rest = {change.target: change.id for change in reversed(here) if _rests(change)}
        stopped = [at_rest.get(f"{reading.mailbox}/{one.name}", "") for one in reading.scripts]
        standing = [
            replace(one, active=one.active or bool(by)) for one, by in zip(reading.scripts, stopped, strict=True)
        ]
        judged = judged_scripts(
            office, (*place, reading.mailbox), standing, domains, departure, read_at=datetime.fromisoformat(reading.at)
        )
        for script, stands, by in zip(reading.scripts, standing, stopped, strict=True):
            if _is_ours(script, departure, here, reading.mailbox):
                continue
            own = [one for stood, one in judged if stood is stands]
            one = reviewing.rule(script, own, place, reading.at, by)
            found.append(_with_decision(one, decided.values()))
    return sorted(found, key=lambda one: (-one.verdict, not one.facts.active, one.key.system, one.key.name))


def decide_rules(
    office: Office,
    domains: Sequence[str],
    number: str,
    rules: Sequence[str],
    decision: RuleDecision,
    *,
    person: str,
    because: str = "",
    seen: int | None = None,
) -> str:
    """Record what IT decides on these rules (by id), and return what is now the case.

    Where the plan would be another one with it, that plan and its approval are void, and the departure is to be
    planned anew; what was carried out already is put back by an undo of that alone, which somebody approves. ``seen``
    is the number of the newest decision that the person knew of.

    Raises:
        NotAllowed: not IT, or the leaver.
        NoSuchDeparture: there is no such rule, or it was changed since.
        SaysNo: this cannot be decided on such a rule; or somebody decided meanwhile; or an undo is under way.
        Ended: the departure is closed, cancelled or undone.
        Busy: the departure is being carried out at this moment.
    """
    departure = office.store.departures.get(number)
    office.may_ask(person, departure)
    if Role.IT not in office.roles(person):
        raise NotAllowed(f"{person} may not decide on mail rules; it takes the role it")
    check_open(office, departure)
    _check_nothing_else(office, departure, seen)
    chosen = _chosen(office, domains, departure, rules, decision, because)
    at = instant(office.now())
    decided = [
        DecidedRule(departure.number, one.key, decision, person, at, because=" ".join(because.split()))
        for one in chosen
    ]
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    back = [change.id for one in chosen for change in _to_put_back(office, departure, one, decision)]
    anew = kept is None or any(_differs(office, departure, kept, one, decision) for one in chosen)
    # Whoever carries the plan out holds this too: nothing is written by a plan that is void.
    with office.store.leases.hold(departure.number):
        if back:
            plan_undo(office, departure.number, asked_by=person, only=back)
        _record(office, departure, decided, voids=kept if anew else None, anew=anew)
    return _said(departure, chosen, decision, anew=anew, back=back)


def _record(
    office: Office, departure: Departure, decided: Sequence[DecidedRule], *, voids: Kept | None, anew: bool
) -> None:
    if anew:
        begun = office.store.outcomes.begun(departure.number)
        office.store.departures.set_status(departure.number, Status.ATTENTION if begun else Status.PLANNED)
    plan = voids.plan if voids else None
    office.store.decisions.decide(decided, os_user=office.os_user, unplanned=anew, voids=plan)


def _check_nothing_else(office: Office, departure: Departure, seen: int | None) -> None:
    if seen is not None and seen != office.store.decisions.newest(departure.number):
        raise SaysNo(
            f"{departure.number}: somebody decided on a rule after you opened this; nothing was recorded",
            hint="Look at the rules as they are now, and decide then.",
        )
    if undo_under_way(office, departure):
        raise SaysNo(
            f"{departure.number}: an undo is under way; nothing is decided on rules meanwhile",
            hint="Let it come to its end, or call it off.",
        )


def _chosen(
    office: Office,
    domains: Sequence[str],
    departure: Departure,
    rules: Sequence[str],
    decision: RuleDecision,
    because: str,
) -> list[Reviewed]:
    known = {one.key.id: one for one in review(office, domains, departure.number)}
    gone = [rule for rule in rules if rule not in known]
    if gone or not rules:
        raise NoSuchDeparture(
            f"{departure.number} has no mail rule {', '.join(gone) or 'of that kind'}, or it was changed since",
            hint=f"Look at the rules as they are now: offboard rules review {departure.number}",
        )
    if decision is RuleDecision.HAND and HANDING not in {
        entry.step for entry in office.playbook(departure.playbook).entries
    }:
        raise SaysNo(
            f"the playbook {departure.playbook} hands no rules on",
            hint=f"Add {HANDING}: {{on: all}} to its phase hand_over, or decide otherwise.",
        )
    for rule in rules:
        one = known[rule]
        if no := objection(decision, one.facts, because=because, successor=departure.successor is not None):
            raise SaysNo(f'"{one.label}": {no[0]}', hint=no[1])
    return [known[rule] for rule in dict.fromkeys(rules)]


def _carried_out(office: Office, departure: Departure) -> list[Change]:
    """Return the changes that were carried out, or may have been, and were not put back."""
    back = put_back(office, departure)
    return [
        change
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is not PlanKind.UNDO
        for change in may_have_changed(office, kept)
        if change.id not in back
    ]


def _is_ours(script: Script, departure: Departure, done: Iterable[Change], mailbox: str) -> bool:
    """Say whether a script is exactly what we ourselves put there: the automatic reply, mail for the successor."""
    parts = read_managed(script.content) if script.name == NAME else None
    heir = departure.successor.mail if departure.successor else ""
    ours = {f"{mailbox}/{name}" for name in (NAME, DELIVERY)}
    return parts is not None and parts.copy_to in {"", heir} and any(c.target in ours for c in done)


def _to_put_back(office: Office, departure: Departure, one: Reviewed, decision: RuleDecision) -> list[Change]:
    """Return what was carried out for a rule and does not fit the decision, if it can be put back.

    Raises:
        SaysNo: it was stopped and cannot be put back.
    """
    done = [c for c in _carried_out(office, departure) if _about(c, one)]
    for change in done:
        if change.step != HANDING and decision is RuleDecision.LEAVE and change.one_way:
            raise SaysNo(f'"{one.label}" was stopped by {change.id}: {change.one_way}')
    if decision is RuleDecision.LEAVE and done and one.script.format == "sieve":
        # Only one script of a mailbox can be active: what we put in its place goes first.
        ours = {f"{one.key.mailbox}/{name}" for name in (NAME, DELIVERY)}
        done += [c for c in _carried_out(office, departure) if c.system == one.key.system and c.target in ours]
    return [
        change
        for change in done
        if (change.step != HANDING and decision is RuleDecision.LEAVE)
        or (change.step == HANDING and decision is not RuleDecision.HAND)
    ]


def _differs(office: Office, departure: Departure, kept: Kept, one: Reviewed, decision: RuleDecision) -> bool:
    """Say whether the plan in force would be another one with this decision."""
    back = put_back(office, departure)
    about = [c for c in _carried_out(office, departure) if _about(c, one)]
    planned = {c.step for c in kept.plan.changes if _about(c, one) and c.id not in back} & {STOPPING, HANDING}
    done, rests = {c.step for c in about} & {STOPPING, HANDING}, any(map(_rests, about))
    left = one.decided is not None and one.decided.decision is RuleDecision.LEAVE
    if one.script.format == "sieve" and one.facts.active and not rests and left != (decision is RuleDecision.LEAVE):
        # It stands in the place of the automatic reply and of the delivery to the successor, or no longer.
        return True
    wanted = set()
    if stops(decision, replace(one.facts, active=one.facts.active and not rests)):
        wanted.add(STOPPING)
    if decision is RuleDecision.HAND and HANDING not in done:
        wanted.add(HANDING)
    return planned - done != wanted


def _about(change: Change, one: Reviewed) -> bool:
    if change.system != one.key.system:
        return False
    after = cast("dict[str, State]", change.after or {})
    if change.step == HANDING:
        return after.get("rule") == one.key.id or change.target.endswith(one.key.id)
    before = cast("dict[str, State]", change.before or {})
    same = change.target == f"{one.key.mailbox}/{one.key.name}" and before.get("sha256") == one.key.sha256
    return same and _rests(change)


def _rests(change: Change) -> bool:
    """Say whether a change puts a rule out of service: by stopping it, or so that a script of ours can work."""
    before, after = (state if isinstance(state, dict) else {} for state in (change.before, change.after))
    return before.get("active") is True and not after.get("active") and "sha256" in before


def _with_decision(one: Reviewed, decided: Iterable[DecidedRule]) -> Reviewed:
    same = [
        by
        for by in decided
        if (by.rule.system, by.rule.mailbox, by.rule.name) == (one.key.system, one.key.mailbox, one.key.name)
    ]
    now = next((by for by in same if by.rule == one.key), None)
    before = max((by for by in same if by.rule != one.key), key=lambda by: by.seq, default=None)
    return replace(one, decided=now, before=None if now else before)


def _said(
    departure: Departure, chosen: Sequence[Reviewed], decision: RuleDecision, *, anew: bool, back: Sequence[str]
) -> str:
    names = ", ".join(f'"{one.label}"' for one in chosen)
    said = f"{departure.number}: {names}: {decision.value}"
    if back:
        said += f"; an undo of {', '.join(back)} waits for approval"
    if anew:
        said += "; the plan is made anew, and has to be approved"
    return said
