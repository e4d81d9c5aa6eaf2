"""What people decide on letters beside their text: to stop one, to let the others follow the first, and from when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.approval import may_approve
from offboard.domain.departure import instant
from offboard.domain.letter_sending import going, rehearsed
from offboard.domain.people import Role
from offboard.domain.plan import PlanKind
from offboard.errors import NotAllowed, SaysNo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.domain.letter_sending import Marks, Waiting
    from offboard.engine.office import Office


def hold_letters(office: Office, number: str, letters: Sequence[Letter], person: str, reason: str) -> int:
    """Stop letters until they are released; return how many. An approval that they had is void.

    Raises:
        NotAllowed: not an owner (HR for the leaver's own letter), or the leaver.
        SaysNo: no reason was given, or a letter was sent or changed meanwhile.
    """
    departure = _may_decide(office, number, letters, person)
    if not reason.strip():
        raise SaysNo("a letter is held with a reason only", hint='Add --reason "wait for the new price list", say.')
    for letter in letters:
        if not office.store.letters.hold(letter, person=person, os_user=office.os_user, reason=reason.strip()):
            raise SaysNo(
                f"{letter.id}: it was sent, held or changed meanwhile; nothing was done with it",
                hint=f"See where it stands: offboard letters list {departure.number}",
            )
    return len(letters)


def release_letters(office: Office, number: str, letters: Sequence[Letter], person: str) -> int:
    """Let held letters go on: they wait to be read and approved; return how many.

    Raises:
        NotAllowed: not an owner (HR for the leaver's own letter), or the leaver.
        SaysNo: nobody holds it.
    """
    _may_decide(office, number, letters, person)
    for letter in letters:
        if not office.store.letters.release(letter, person=person, os_user=office.os_user):
            raise SaysNo(
                f"{letter.id}: nobody holds it, or it was changed meanwhile",
                hint="Where nobody knows whether it was sent, decide on it: offboard letters approve or reject.",
            )
    return len(letters)


def let_go(office: Office, number: str, person: str) -> None:
    """Record the owner's word that the first letters are right, so that the others go out.

    Raises:
        NotAllowed: not an owner, or the leaver.
        SaysNo: nothing is out yet that could have been looked at.
    """
    departure = office.store.departures.get(number)
    may_approve(PlanKind.SENDING, person, office.roles(person), leaver=departure.leaver, asked_by="")
    box = office.store.letters
    letters, marks = box.letters(departure.number), box.marks(departure.number)
    left = going(letters, marks, office.sending, box.gate(departure.number), office.now())
    shown = any(rehearsed(letter, marks) for letter in letters) or any(marks.values())
    if left.ready or not shown:
        raise SaysNo(
            f"{departure.number}: the first letters are not out yet, so that nobody can have looked at them",
            hint=f"Send them: offboard letters send {departure.number}",
        )
    box.tick(departure.number, person=person, os_user=office.os_user)


def set_embargo(office: Office, number: str, moment: datetime | None, person: str) -> str:
    """Let no letter of a departure go out before this moment; ``None`` takes that back. Return what is now the case.

    Raises:
        NotAllowed: neither HR nor an owner, or the leaver.
    """
    departure = office.store.departures.get(number)
    office.may_ask(person, departure)
    if not office.roles(person) & {Role.HR, Role.OWNER}:
        raise NotAllowed(f"{person} does not say when letters go out; it takes the role hr or owner")
    office.store.letters.set_embargo(departure.number, moment, person=person, os_user=office.os_user)
    until = f"not before {instant(moment)}" if moment else "as soon as they are approved and access is shut"
    return f"{departure.number}: letters go out {until}"


def why_they_wait(office: Office, number: str, letters: Iterable[Waiting], marks: Marks) -> str:
    """Say why approved letters are not out yet, where it is neither the owner nor a system; else nothing."""
    found = going(letters, marks, office.sending, office.store.letters.gate(number), office.now())
    if len(found.ready) == len(found.ways):
        return ""
    return found.why or "an older draft lies in the owner's mailbox: it is taken away before another is laid there"


def _may_decide(office: Office, number: str, letters: Sequence[Letter], person: str) -> Departure:
    departure = office.store.departures.get(number)
    roles = office.roles(person)
    if all(letter.to_leaver for letter in letters) and roles & {Role.HR}:
        office.may_ask(person, departure)
    else:
        may_approve(PlanKind.SENDING, person, roles, leaver=departure.leaver, asked_by="")
    for letter in letters:
        if letter.departure != departure.number:
            raise SaysNo(f"{letter.id} belongs to another departure", hint=f"List: offboard letters list {number}")
    return departure
