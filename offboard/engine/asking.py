"""What people are asked to do: who that is, what they may decide, and the mails that ask and remind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from offboard.domain.asking import Confirmation, Task, TaskKind, TaskState
from offboard.domain.capabilities import Directory, Sender, Unclear
from offboard.domain.departure import Status, instant
from offboard.domain.people import Role, fold
from offboard.errors import RETRIED, BadInput, NotAllowed, OffboardError, SaysNo, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.departure import Departure
    from offboard.engine.office import Office

FIRST_PART = re.compile(r"[A-Za-z][A-Za-z0-9-]*=([^,+\\]+)(?:[,+].*)?")
"""The first part of a name as directories write it (RFC 4514), where it holds nothing that is escaped."""

DECIDING = frozenset({Role.IT, Role.HR, Role.OWNER})
INSTEAD = ("hr", "it", "owner")
"""Who is asked when nobody knows whom the playbook means, or it means the leaver."""


class TaskMails(Protocol):
    """Writes the mails that ask and remind."""

    def task_mail(self, task: Task, departure: Departure, *, sender: str, recipient: str, reminder: bool) -> bytes:
        """Return the finished mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is due: about which task, on which occasion, to whom."""

    task: Task
    occasion: str
    recipient: str
    reminder: bool


def addressee(office: Office, part: str, departure: Departure) -> str:
    """Return the mail address of whom a playbook means by ``it``, ``manager`` …; an address stands for itself.

    Nobody is asked about their own leaving: then, and where nobody is known, HR is asked, else IT, else the owner.
    """
    if "@" in part:
        return part
    if part == "leaver" and departure.leaver.mail:
        return departure.leaver.mail
    found = {
        "manager": lambda: [_manager(office, departure)],
        "successor": lambda: [departure.successor.mail] if departure.successor else [],
    }.get(part, lambda: _listed(office, part))()
    candidates = [*found, *(mail for other in INSTEAD for mail in _listed(office, other))]
    return next((mail for mail in candidates if mail and not departure.leaver.answers_to(mail)), "")


def confirm(
    office: Office, task: Task, person: str, *, note: str = "", on: str = "", name: str = "", file: str = "",
    content: bytes = b"",
) -> None:  # fmt: skip
    """Record that ``person`` says it is done, with a note or a file; a signed letter needs date, name and file.

    Raises:
        NotAllowed: neither the one who is asked, nor HR, IT or the owner; the leaver never.
        BadInput: nothing shows that it is done.
        SaysNo: nobody asks for it any more.
    """
    _may_decide(office, task, person)
    signed = task.kind is TaskKind.ACKNOWLEDGEMENT
    given = {"--on DATE": on, "--name NAME": name, "--file FILE": file}
    missing = [option for option, value in given.items() if not value.strip()] if signed else []
    if missing:
        raise BadInput(
            f"{task.id}: the letter's acknowledgement is recorded with its date, the name and the signed page",
            hint=f"Add {' and '.join(missing)}.",
        )
    if not note.strip() and not file:
        raise BadInput(f"{task.id}: say what shows that it is done", hint="Add --note TEXT or --file FILE.")
    said = Confirmation(person, instant(office.now()), note.strip(), on, name.strip(), file)
    if not office.store.tasks.confirm(task.id, said, content=content, os_user=office.os_user):
        raise _no_longer(office, task)


def refuse(office: Office, task: Task, person: str, reason: str) -> None:
    """Record that it cannot be done, and why; IT or the owner then decides what becomes of it.

    Raises:
        NotAllowed: as for :func:`confirm`.
        SaysNo: without a reason, or nobody asks for it any more.
    """
    _may_decide(office, task, person)
    if not reason.strip():
        raise SaysNo("a task is refused with a reason only", hint="Add --reason TEXT.")
    if not office.store.tasks.refuse(task.id, by=person, reason=reason.strip(), os_user=office.os_user):
        raise _no_longer(office, task)


def reassign(office: Office, task: Task, person: str, to: str) -> None:
    """Ask somebody else for it.

    Raises:
        NotAllowed: as for :func:`confirm`, or the other one is the leaver.
        SaysNo: nobody asks for it any more.
    """
    _may_decide(office, task, person)
    if office.store.departures.get(task.departure).leaver.answers_to(to):
        raise NotAllowed(f"{to} is the person who leaves, and cannot be asked for this")
    if not office.store.tasks.reassign(task.id, to=to, by=person, os_user=office.os_user):
        raise _no_longer(office, task)


def mails_due(office: Office) -> list[Mail]:
    """Return the mails that ask or remind somebody and have not gone out yet."""
    now = instant(office.now())
    due: list[Mail] = []
    for task in office.store.tasks.every(TaskState.ASKED):
        departure = office.store.departures.get(task.departure)
        if office.store.departures.status(task.departure) in {Status.CANCELLED, Status.UNDONE}:
            continue
        # Whoever has left has no mailbox any more: HR talks to them.
        to_leaver = departure.leaver.answers_to(task.assignee)
        recipient = addressee(office, "hr", departure) if to_leaver else task.assignee
        if recipient:
            # Whoever is to speak with clients in three months is told when it is time, not today.
            asks = task.kind is not TaskKind.FOLLOW_UP
            due += [
                *([Mail(task, f"asked {task.assignee} {task.asked_at}", recipient, reminder=False)] if asks else []),
                *(Mail(task, f"reminder {at}", recipient, reminder=True) for at in task.reminders if at <= now),
            ]
    known = office.store.tasks.mails({mail.task.id for mail in due})
    return [mail for mail in due if (mail.task.id, mail.occasion) not in known]


def send_mails(office: Office, mails: TaskMails) -> list[Mail]:
    """Send what is due, each at most once, and return what went out; nothing while everything is stopped.

    Raises:
        SystemFault: the mail server did not take one; what it certainly did not get is tried again.
    """
    if office.store.leases.stopped():
        return []
    due = mails_due(office)
    senders, sender = office.systems.having(Sender), next(_senders(office), "")
    if not due or not senders or not sender:
        return []
    sent: list[Mail] = []
    faults: list[SystemFault] = []
    with office.systems.writer(senders[0]) as system:
        for mail in due:
            fault = _send(office, mails, mail, system, sender)
            faults += [fault] if fault else []
            sent += [] if fault else [mail]
    if faults:
        raise faults[0]
    return sent


def _send(office: Office, mails: TaskMails, mail: Mail, system: Sender, sender: str) -> SystemFault | None:
    book = office.store.tasks
    departure = office.store.departures.get(mail.task.departure)
    message = mails.task_mail(mail.task, departure, sender=sender, recipient=mail.recipient, reminder=mail.reminder)
    if not book.claim_mail(mail.task, mail.occasion):
        return None
    try:
        system.send(message, sender=sender, recipient=mail.recipient)
    except Unclear:
        book.mailed(mail.task, mail.occasion, state="unclear", system=system.name)
    except RETRIED as fault:
        book.not_mailed(mail.task, mail.occasion)
        return fault
    except SystemFault as fault:
        book.mailed(mail.task, mail.occasion, state="refused", system=system.name)
        return fault
    else:
        book.mailed(mail.task, mail.occasion, state="sent", system=system.name)
    return None


def _may_decide(office: Office, task: Task, person: str) -> None:
    departure = office.store.departures.get(task.departure)
    if not person.strip():
        raise NotAllowed("nobody said who decides this", hint="Add --as EMAIL, or set OFFBOARD_AS.")
    if departure.leaver.answers_to(person):
        raise NotAllowed(f"{person} is the person who leaves, and confirms nothing")
    roles = office.people.roles(person)
    if task.kind is TaskKind.ACKNOWLEDGEMENT:
        if not roles & {Role.HR, Role.OWNER}:
            raise NotAllowed(f"{person} may not record this; it takes the role hr or owner")
    elif fold(person) != fold(task.assignee) and not roles & DECIDING:
        raise NotAllowed(f"{person} may not decide on {task.id}: {task.assignee or 'nobody'} was asked")


def _no_longer(office: Office, task: Task) -> OffboardError:
    state = office.store.tasks.task(task.id).state.value
    return SaysNo(f"{task.id} is {state}; nothing was recorded", hint=f"See: offboard tasks list {task.departure}")


def _listed(office: Office, part: str) -> list[str]:
    return list({"it": office.people.it, "hr": office.people.hr, "owner": office.people.owner}.get(part, []))


def _senders(office: Office) -> Iterator[str]:
    yield from (mail for part in INSTEAD for mail in _listed(office, part))


def _manager(office: Office, departure: Departure) -> str:
    """Return the mail address of the leaver's manager, whom a directory names by mail, login or distinguished name."""
    given = departure.leaver.manager.strip()
    if "@" in given and "=" not in given:
        return given
    named = FIRST_PART.fullmatch(given)
    key = named[1].strip() if named else given
    for name in office.systems.having(Directory) if key else ():
        try:
            with office.systems.reader(name) as directory:
                found = directory.find(key) or [p for p in directory.near(key) if fold(p.name) == fold(key)]
        except SystemFault:
            continue
        if len(found) == 1:
            return str(found[0].mail)
    return ""
