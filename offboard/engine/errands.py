"""What the resident process does for the desk, which holds no key: it mails codes, plans requests, reads people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from offboard.domain.asking import TaskState
from offboard.domain.capabilities import Roster, Sender, Unclear
from offboard.domain.people import fold
from offboard.engine.asking import INSTEAD
from offboard.engine.client_errands import run_client_errands
from offboard.engine.planning_anew import plan_anew
from offboard.engine.starting import Request, start
from offboard.errors import RETRIED, OffboardError, SystemFault

if TYPE_CHECKING:
    from offboard.engine.office import Office
    from offboard.storage.desk_requests import DeskRequest

PEOPLE_EVERY = timedelta(minutes=15)


class CodeMails(Protocol):
    """Writes the mails that carry a code."""

    def code_mail(self, code: str, until: str, *, sender: str, recipient: str) -> bytes:
        """Return the finished mail; ``until`` is an instant."""


def may_sign_in(office: Office, mail: str) -> bool:
    """Say whether this address may sign in at the desk: listed in [people], or asked for something."""
    asked = (task.assignee for task in office.store.tasks.every(TaskState.ASKED, TaskState.REFUSED))
    return bool(office.people.roles(mail)) or fold(mail) in map(fold, asked)


def send_codes(office: Office, mails: CodeMails) -> int:
    """Mail each code that somebody waits for, once, and return how many went out; whoever may not sign in gets none.

    Raises:
        SystemFault: the mail server did not take one; a new code has to be asked for.
    """
    asked = office.store.sign_ins.waiting()
    senders = office.systems.having(Sender) if asked else []
    listed = (mail for part in INSTEAD for mail in getattr(office.people, part))
    sender = next(listed, "")
    if not asked or not senders or not sender:
        return 0
    sent = 0
    faults: list[SystemFault] = []
    for one in asked:
        if not may_sign_in(office, one.mail):
            office.store.sign_ins.drop(one)
            continue
        given = office.store.sign_ins.give(one)
        if given is None:
            continue
        message = mails.code_mail(*given, sender=sender, recipient=one.mail)
        try:
            with office.systems.writer(senders[0]) as system:
                system.send(message, sender=sender, recipient=one.mail)
        except Unclear:
            continue
        except SystemFault as fault:
            faults.append(fault)
            continue
        sent += 1
    if faults:
        raise faults[0]
    return sent


def run_errands(office: Office, mails: CodeMails, *, calm: bool = True) -> list[str]:
    """Do what the desk waits for, and return what there is to say about it; only codes where it is not ``calm``."""
    said: list[str] = []
    try:
        send_codes(office, mails)
    except OffboardError as error:
        said.append(f"a code for the desk could not be mailed: {error}")
    if not calm:
        return said
    said += plan_requests(office)
    said += run_client_errands(office)
    said += plan_anew(office)
    if people_due(office):
        try:
            read_people(office)
        except OffboardError as error:
            said.append(f"not everybody's names could be read for the desk: {error}")
    return said


def plan_requests(office: Office) -> list[str]:
    """Plan what was asked for at the desk, and return what became of each request in a sentence."""
    return [_plan(office, request) for request in office.store.requests.waiting()]


def _plan(office: Office, request: DeskRequest) -> str:
    wanted = request.wanted
    asked = Request(
        wanted.person,
        datetime.fromisoformat(wanted.moment),
        wanted.timezone,
        wanted.playbook,
        wanted.successor,
        wanted.asked_by,
    )
    try:
        started = start(office, asked)
    except RETRIED as fault:
        return f"request {request.id} waits: {fault}"
    except OffboardError as error:
        office.store.requests.settle(request.id, said=f"{error}. {error.hint}")
        return f"request {request.id} was refused: {error}"
    office.store.requests.settle(request.id, departure=started.departure.number)
    return f"{started.departure.number}: planned as {wanted.asked_by} asked at the desk"


def people_due(office: Office) -> bool:
    """Say whether it is time to read everybody's names again."""
    read = office.store.requests.people_read()
    return not read or datetime.fromisoformat(read) + PEOPLE_EVERY <= office.now()


def read_people(office: Office) -> int:
    """Read everybody's names from each directory that can name them, and return how many there are.

    Raises:
        SystemFault: a directory did not answer; whom it named before are kept.
    """
    count = 0
    faults: list[SystemFault] = []
    for name in office.systems.having(Roster):
        try:
            with office.systems.reader(name) as directory:
                people = list(directory.everybody())
        except SystemFault as fault:
            faults.append(fault)
            continue
        office.store.requests.keep_people(name, people)
        count += len(people)
    if faults:
        raise faults[0]
    return count
