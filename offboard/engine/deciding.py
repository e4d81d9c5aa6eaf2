"""What people decide: approve, cancel, stop, settle, and what becomes of each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.approval import Approval, may_approve
from offboard.domain.change import Phase
from offboard.domain.departure import Status, instant
from offboard.domain.evidence import Kind
from offboard.domain.guards import Reason, approvers_needed
from offboard.domain.letter import LetterState
from offboard.domain.people import Role, fold
from offboard.domain.plan import PlanKind
from offboard.engine.questions import decided, heard_now
from offboard.engine.running import consent
from offboard.engine.status import (
    approvers_of,
    check_open,
    text_digest,
    texts,
    undo_under_way,
    waiting_for_answers,
)
from offboard.engine.undoing import owner_decides
from offboard.errors import NoSuchDeparture, NotAllowed, NotApproved, SaysNo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept


MOST_NAMED = 3
"""How many open questions are named where there are many."""


def approve(
    office: Office, number: str, person: str, *, decline: Sequence[str] = (), read: str = "", heard: str = ""
) -> str:
    """Record that ``person`` approves the plan in force, but for the declined changes; return what is now the case.

    ``read`` is the digest of the plan that they have read, and ``heard`` that of its answers, where these are known.
    What was answered with no is declined; what a question is open about is held back, and nothing else waits for it.

    Raises:
        NotAllowed: not listed, not this person's to decide, or asked for by the same person.
        Guarded: a guard refuses the plan.
        NoSuchDeparture: a declined change is not in the plan.
        NotApproved: there is no plan.
        Ended: the departure is closed, cancelled or undone.
        SaysNo: the plan that was read is not the one in force any more, or answers changed.
    """
    departure = office.store.departures.get(number)
    roles = office.roles(person)
    check_open(office, departure)
    kept = _in_force(office, departure)
    if read and read != kept.plan.digest:
        raise SaysNo(
            f"{departure.number} was planned anew after you opened this; nothing was approved",
            hint="Read the plan as it is now, and approve that one.",
        )
    refused, waiting, left = decided(office, kept.plan)
    answered = waiting_for_answers(office, kept.plan) - set(waiting)
    if kept.plan.kind is PlanKind.ACCESS and _informing(office, departure) and not answered:
        return _approve_texts(office, departure, person, roles)
    unknown = [change_id for change_id in decline if kept.plan.change(change_id) is None]
    if unknown:
        raise NoSuchDeparture(f"the plan has no change {', '.join(unknown)}", hint=f"Read it: offboard plan {number}")
    # Who asked for the departure cannot approve it either when somebody else had it planned anew.
    asked = {kept.asked_by, departure.requested_by if kept.plan.kind is PlanKind.ACCESS else ""}
    for asked_by in asked:
        may_approve(
            kept.plan.kind,
            person,
            roles,
            leaver=departure.leaver,
            asked_by=asked_by,
            letters_sent=kept.plan.kind is PlanKind.UNDO and owner_decides(office, kept.plan),
        )
    consent(office, kept)
    if heard and heard != heard_now(office, kept.plan):
        raise SaysNo(
            f"{departure.number}: somebody answered otherwise after you opened this; nothing was approved",
            hint="Read the answers as they are now, and approve those.",
        )
    office.store.plans.approve(
        Approval(
            departure=departure.number,
            digest=kept.plan.digest,
            person=person,
            os_user=office.os_user,
            at=instant(office.now()),
            phases=tuple(Phase),
            declined=tuple(dict.fromkeys((*decline, *refused))),
            held_back=tuple(waiting),
        )
    )
    needed = approvers_needed([Reason.from_json(guard) for guard in kept.guards])
    given = {
        fold(x.person)
        for x in office.store.plans.approvals(kept.plan.digest)
        if set(Phase) <= set(x.phases) and set(x.held_back) <= set(waiting)
    }
    if len(given) < needed:
        return f"{departure.number}: approved by {person}; a second person has to approve it too"
    if kept.plan.kind is PlanKind.ACCESS and not office.store.outcomes.begun(departure.number):
        due = departure.moment <= office.now()
        office.store.departures.set_status(departure.number, Status.APPROVED if due else Status.SCHEDULED)
    if not left:
        return f"{departure.number}: approved by {person}"
    named = ", ".join(one.id for one in left[:MOST_NAMED]) + (" …" if len(left) > MOST_NAMED else "")
    word = "a question is" if len(left) == 1 else f"{len(left)} questions are"
    return (
        f"{departure.number}: approved by {person}; {word} open ({named}), and what is asked about stays as it is "
        f"until somebody answers, offboard answer {departure.number} {left[0].id} yes|no, and approves again"
    )


def cancel(office: Office, number: str, person: str) -> str:
    """Call a departure off before anything was written, or an undo before it began; return what is now the case.

    Raises:
        SaysNo: something was written already; undo is the way back.
        Ended: the departure is closed, cancelled or undone.
        NotAllowed: not listed, an auditor, or the leaver.
    """
    departure = office.store.departures.get(number)
    office.may_ask(person, departure)
    check_open(office, departure)
    told: dict[str, Json] = {"cancelled_by": person, "os_user": office.os_user}
    undo = undo_under_way(office, departure)
    if undo and not office.store.outcomes.intents(undo.plan.digest):
        office.store.plans.void(undo.plan, told)
        return f"{departure.number}: the undo is called off; what was done stays done"
    if office.store.outcomes.begun(departure.number):
        raise SaysNo(
            f"{departure.number} has been carried out, at least in part",
            hint=f"Put it back with: offboard undo {departure.number} --as EMAIL",
        )
    office.store.evidence.note(departure.number, Kind.SETTLED, told)
    office.store.departures.set_status(departure.number, Status.CANCELLED)
    return f"{departure.number}: cancelled; nothing was changed in any system"


def stop(office: Office, person: str) -> None:
    """Stop everything: no system is written to until :func:`resume`; anybody in ``[people]`` may."""
    office.roles(person)
    office.store.leases.stop(person)
    _tell_open(office, Kind.STOPPED, person)


def resume(office: Office, person: str) -> None:
    """Let things go on; IT or the owner decides that."""
    if not office.roles(person) & {Role.IT, Role.OWNER}:
        raise NotAllowed(f"{person} may not let things go on; it takes the role it or owner")
    office.store.leases.resume()
    _tell_open(office, Kind.RESUMED, person)


def settle(office: Office, number: str, change_id: str, person: str, reason: str) -> None:
    """Close a change that could not be carried out, with a reason; IT or the owner, never the leaver.

    Raises:
        NoSuchDeparture: there is no such change, or nothing came of it yet.
        NotAllowed: neither IT nor the owner, or the leaver.
    """
    departure = office.store.departures.get(number)
    office.may_ask(person, departure)
    if not office.roles(person) & {Role.IT, Role.OWNER}:
        raise NotAllowed(f"{person} may not close a change that failed; it takes the role it or owner")
    if not reason.strip():
        raise SaysNo("a change is closed with a reason only", hint="Add --reason TEXT.")
    for kept in office.store.plans.every(departure.number):
        known = office.store.outcomes.of(kept.plan.digest)
        if not kept.voided and change_id in known and not known[change_id].settled:
            office.store.outcomes.settle(kept.plan, change_id, person, reason.strip())
            return
    raise NoSuchDeparture(f"{number} has no open change {change_id!r}", hint=f"List them: offboard show {number}")


def decide_letters(
    office: Office, number: str, letters: Sequence[Letter], person: str, *, to: LetterState, reason: str = ""
) -> int:
    """Record the owner's decision on these letters as they read now; return how many it was recorded for.

    Approving letters approves the automatic reply with them, which says the same to whoever writes to the leaver. The
    leaver's own letter is HR's to decide on as well.

    Raises:
        NotAllowed: not an owner, or the leaver.
        SaysNo: a letter was sent already, or changed meanwhile.
    """
    departure = office.store.departures.get(number)
    roles = office.roles(person)
    to_clients = [letter for letter in letters if not letter.to_leaver]
    if to_clients or not roles & {Role.HR}:
        may_approve(PlanKind.SENDING, person, roles, leaver=departure.leaver, asked_by="")
    else:
        office.may_ask(person, departure)
    if to is LetterState.REJECTED and not reason.strip():
        raise SaysNo("a letter is rejected with a reason only", hint='Add --reason "told by telephone", for example.')
    for letter in letters:
        if letter.departure != departure.number:
            raise SaysNo(f"{letter.id} belongs to another departure", hint=f"List: offboard letters list {number}")
        decided = office.store.letters.decide(
            letter, to=to, person=person, os_user=office.os_user, reason=reason.strip()
        )
        if not decided:
            raise SaysNo(
                f"{letter.id}: it was sent or changed meanwhile; nothing was decided on it",
                hint=f"Read it again: offboard letters preview {letter.id}",
            )
    if to is LetterState.APPROVED and to_clients:
        _approve_texts(office, departure, person, roles)
    return len(letters)


def edit_letter(office: Office, letter: Letter, new: Letter, person: str) -> None:
    """Record the text that ``person`` wrote for exactly this letter; it waits to be read and approved again.

    Raises:
        NotAllowed: not an owner, or the leaver; the leaver's own letter is HR's as well.
        SaysNo: the letter was sent already, or changed meanwhile.
    """
    departure = office.store.departures.get(letter.departure)
    roles = office.roles(person)
    if letter.to_leaver and roles & {Role.HR}:
        office.may_ask(person, departure)
    else:
        may_approve(PlanKind.SENDING, person, roles, leaver=departure.leaver, asked_by="")
    if not office.store.letters.edit(letter, new, person=person, os_user=office.os_user):
        raise SaysNo(
            f"{letter.id}: it was sent or changed meanwhile; your text was not kept",
            hint="Open the letter again and look at what it says now.",
        )


def _approve_texts(office: Office, departure: Departure, person: str, roles: frozenset[Role]) -> str:
    may_approve(PlanKind.SENDING, person, roles, leaver=departure.leaver, asked_by="")
    waiting = [text for text in texts(office, departure) if not approvers_of(office, departure, text)]
    for text in waiting:
        office.store.plans.approve(
            Approval(
                departure=departure.number,
                digest=text_digest(text),
                person=person,
                os_user=office.os_user,
                at=instant(office.now()),
                phases=(Phase.INFORM,),
            )
        )
    return f"{departure.number}: " + ("the automatic reply is approved" if waiting else "nothing waits for approval")


def _in_force(office: Office, departure: Departure) -> Kept:
    kept = undo_under_way(office, departure) or office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    if kept is None:
        raise NotApproved(
            f"{departure.number} has no plan", hint=f"Make one: offboard plan {departure.number} --again --as EMAIL"
        )
    return kept


def _informing(office: Office, departure: Departure) -> bool:
    return office.store.departures.status(departure.number) is Status.INFORMING


def _tell_open(office: Office, kind: Kind, person: str) -> None:
    for departure, status in office.store.departures.every():
        if status not in {Status.CLOSED, Status.CANCELLED, Status.UNDONE}:
            office.store.evidence.note(departure.number, kind, {"person": person, "os_user": office.os_user})
