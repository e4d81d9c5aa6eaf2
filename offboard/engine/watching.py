"""Telling people of alarms among the mail rules: each finding once by each way, and no more of it than they need."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from offboard.domain.capabilities import Sender, Unclear
from offboard.engine.scan_results import results
from offboard.errors import RETRIED, SystemFault
from offboard.forwarding.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.engine.office import Office
    from offboard.engine.scan_results import Result
    from offboard.storage.scans import Scan

EVENT = "event"
EVERYBODY = "the whole organisation"


class AlarmMails(Protocol):
    """Writes the mails that tell of alarms."""

    def alarm_mail(self, alarms: Sequence[tuple[str, str, int]], *, key: str, sender: str, recipient: str) -> bytes:
        """Return the finished mail; an alarm is whose mailbox, in which system, and how many rules of it."""


def alarms_of(office: Office, scan: Scan) -> list[Result]:
    """Return every alarm of a scan."""
    return list(results(office, scan, least=Verdict.ALARM))


def alarms_for_events(office: Office, scan: Scan) -> list[Result]:
    """Return the alarms of which no event has told, and note that one is about to."""
    found = {one.finding: one for one in alarms_of(office, scan)}
    return [found[finding] for finding in office.store.alarms.claim(list(found), EVENT)]


def mail_alarms(office: Office, scan: Scan, mails: AlarmMails) -> list[str]:
    """Mail everybody of IT the alarms of which no mail has told them, and return whom; nothing while all is stopped.

    Raises:
        SystemFault: the mail server did not take one; what it certainly did not get is tried again the next time.
    """
    senders = office.systems.having(Sender)
    if office.store.leases.stopped() or not senders or not office.people.it:
        return []
    found = {one.finding: one for one in alarms_of(office, scan)}
    written: list[str] = []
    faults: list[SystemFault] = []
    for recipient in office.people.it if found else ():
        mine = office.store.alarms.claim(list(found), f"mail to {recipient}")
        if not mine:
            continue
        fault = _mail(office, mails, [found[finding] for finding in mine], senders[0], recipient)
        faults += [fault] if fault else []
        written += [] if fault else [recipient]
    if faults:
        raise faults[0]
    return written


def _mail(
    office: Office, mails: AlarmMails, alarms: Sequence[Result], system: str, recipient: str
) -> SystemFault | None:
    book, way, sender = office.store.alarms, f"mail to {recipient}", office.people.it[0]
    findings = [one.finding for one in alarms]
    counts = Counter((one.judged.rule.mailbox or EVERYBODY, one.judged.rule.system) for one in alarms)
    listed = [(mailbox, name, count) for (mailbox, name), count in sorted(counts.items())]
    state = "sent"
    fault: SystemFault | None = None
    try:
        message = mails.alarm_mail(listed, key=min(findings), sender=sender, recipient=recipient)
        with office.systems.writer(system) as smtp:
            smtp.send(message, sender=sender, recipient=recipient)
    except Unclear:
        state = "unclear"
    except RETRIED as error:
        book.not_told(findings, way)
        return error
    except SystemFault as error:
        state, fault = "refused", error
    book.told(findings, way, state)
    return fault
