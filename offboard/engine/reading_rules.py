"""Reading the mail rules of one person, with the verdict on each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Mailboxes
from offboard.domain.departure import ENDED, instant
from offboard.domain.mail import ForwardingRules, ManyMailboxes, SeesInPart
from offboard.errors import SystemFault
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Action, Judged, Rule, Verdict
from offboard.forwarding.ordering import in_order
from offboard.forwarding.scripts import read_scripts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from offboard.domain.capabilities import Script
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.engine.office import Office

Leaving = dict[tuple[str, str], "Departure"]
"""System and mailbox → the departure of whose mailbox it is."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one mailbox; with a fault nothing is known, and nothing is called clean."""

    system: str
    mailbox: str
    scripts: tuple[Script, ...] = ()
    judged: tuple[Judged, ...] = ()
    fault: SystemFault | None = None


def mailboxes_of(office: Office, person: Person) -> list[tuple[str, str, str]]:
    """Return the person's mailbox in each mail system that knows them: system, id, what people call it."""
    found = []
    for name in office.systems.having(ForwardingRules, Mailboxes):
        with office.systems.reader(name) as mail:
            box = mail.mailbox(person)
        if box:
            many = name in office.systems.having(ManyMailboxes)
            found.append((name, box.id, (many and box.mail) or box.id))
    return found


def rules_of(office: Office, person: Person, domains: Sequence[str]) -> list[Read]:
    """Read the rules of one person in every mail system that knows them; what one does not show is said."""
    found: list[Read] = []
    leaving = who_leaves(office)
    for name, box, label in mailboxes_of(office, person):
        found.append(_read(office, (name, box, label), domains, leaving))
        if limits := unseen_in(office, name):
            found.append(Read(name, "", judged=limits))
    return found


def judged_scripts(
    office: Office,
    place: tuple[str, str, str],
    scripts: Sequence[Script],
    domains: Sequence[str],
    departure: Departure | None,
    *,
    read_at: datetime | None = None,
) -> list[tuple[Script, Judged]]:
    """Judge what a mailbox (system, id, label) has, each rule with the script that it stands in.

    Of a leaver's also what is there only since notice was given, and what leads to their private address. ``read_at``
    is when it was read, now unless said otherwise.
    """
    system, mailbox, label = place
    notice, private = (departure.requested_at, departure.private_addresses) if departure else (None, ())
    had = office.store.rules.at(system, mailbox, instant(notice)) if notice else None
    before = None if had is None else {content for _, _, content in had}
    found = read_scripts(scripts, mailbox=label, system=system, domains=domains)
    judged: list[Judged] = []
    for script, rule in found:
        later = before is not None and script.content not in before
        changed = rule.changed_at or ((read_at or office.now()) if later else None)
        judged.append(judge(rule, domains=domains, private_addresses=private, notice_given=notice, changed_at=changed))
    return [(script, one) for (script, _), one in zip(found, in_order(judged), strict=True)]


def who_leaves(office: Office) -> Leaving:
    """Return the mailboxes of everybody whose departure is under way."""
    return {
        (system, account.id): departure
        for departure, status in office.store.departures.every()
        if status not in ENDED
        for system, account in departure.accounts.items()
    }


def unseen_in(office: Office, system: str) -> tuple[Judged, ...]:
    """Return what stands for everything that a system does not show us: never *none*."""
    if system not in office.systems.having(SeesInPart):
        return ()
    with office.systems.reader(system) as mail:
        sentences: tuple[str, ...] = mail.unseen()
    return (_nobody_can_tell(system, "", "unseen", sentences),)


def unread(system: str, mailbox: str, fault: SystemFault) -> Judged:
    """Return what stands for a mailbox that could not be read: nobody can tell, which is never *none*."""
    return _nobody_can_tell(system, mailbox, "unread", (f"Could not be read: {fault}",))


def fingerprint(system: str, mailbox: str, one: Judged) -> str:
    """Return what tells one finding from another: where it is and what it does, not the verdict on it."""
    told = one.to_json()
    does = {key: told[key] for key in ("source", "name", "label", "active", "conditions", "actions", "keeps_copy")}
    text = json.dumps([system, mailbox, does, one.rule.hidden], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(
    office: Office, place: tuple[str, str, str], domains: Sequence[str], leaving: Mapping[tuple[str, str], Departure]
) -> Read:
    """Read one mailbox, keep a copy of each of its scripts and records, and judge what they do."""
    system, mailbox, label = place
    try:
        with office.systems.reader(system) as mail:
            scripts: list[Script] = mail.scripts(mailbox)
    except SystemFault as fault:
        return Read(system, mailbox, judged=(unread(system, label, fault),), fault=fault)
    judged = [one for _, one in judged_scripts(office, place, scripts, domains, leaving.get((system, mailbox)))]
    office.store.rules.note_reading(system, mailbox, scripts)
    return Read(system, mailbox, tuple(scripts), tuple(sorted(judged, key=lambda one: -one.verdict)))


def _nobody_can_tell(system: str, mailbox: str, source: str, reasons: tuple[str, ...]) -> Judged:
    rule = Rule(
        mailbox=mailbox, system=system, source=source, name="", active=True, conditions=(),
        actions=(Action("unknown", external=None),), keeps_copy=True, hidden=False, raw_sha256="",
    )  # fmt: skip
    return Judged(rule, Verdict.NOTICE, reasons)
