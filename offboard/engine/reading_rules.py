"""Reading the mail rules of one person, or of everybody, with the verdict on each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Mailboxes
from offboard.domain.mail import ForwardingRules, HouseRules
from offboard.errors import SystemFault
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Action, Judged, Rule, Verdict
from offboard.forwarding.scripts import read_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from offboard.domain.capabilities import Script
    from offboard.domain.people import Person
    from offboard.engine.office import Office

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one mailbox; with a fault nothing is known, and nothing is called clean."""

    system: str
    mailbox: str
    scripts: tuple[Script, ...] = ()
    judged: tuple[Judged, ...] = ()
    fault: SystemFault | None = None


def mailboxes_of(office: Office, person: Person) -> list[tuple[str, str]]:
    """Return the person's mailbox in each mail system that knows them: system, mailbox."""
    found = []
    for name in office.systems.having(ForwardingRules, Mailboxes):
        with office.systems.reader(name) as mail:
            box = mail.mailbox(person)
        if box:
            found.append((name, box.id))
    return found


def rules_of(office: Office, person: Person, domains: Sequence[str]) -> list[Read]:
    """Read the rules of one person in every mail system that knows them."""
    return [read_mailbox(office, name, box, domains) for name, box in mailboxes_of(office, person)]


def rules_of_everybody(
    office: Office, domains: Sequence[str], advance: Callable[[], None] = lambda: None
) -> Iterator[Read]:
    """Read the rules of every mailbox of every mail system, several at once, and keep a copy of each.

    A mailbox that cannot be read is reported as such, and the rest goes on.
    """
    house = office.systems.having(HouseRules)
    for name in office.systems.having(ForwardingRules, Mailboxes):
        if name in house:
            yield _read(office, name, "", domains)
        try:
            with office.systems.reader(name) as mail:
                boxes = list(mail.mailboxes())
                at_once = min(AT_ONCE, mail.calls_at_once)
        except SystemFault as fault:
            yield Read(name, "", judged=(unread(name, "", fault),), fault=fault)
            continue
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            for read in pool.map(lambda box, name=name: read_mailbox(office, name, box, domains), boxes):
                advance()
                yield read


def read_mailbox(office: Office, system: str, mailbox: str, domains: Sequence[str]) -> Read:
    """Read one mailbox, keep a copy of each of its scripts and records, and judge what they do."""
    return _read(office, system, mailbox, domains)


def _read(office: Office, system: str, mailbox: str, domains: Sequence[str]) -> Read:
    """Read one mailbox, or, where none is named, the rules of the whole organisation."""
    try:
        with office.systems.reader(system) as mail:
            scripts: list[Script] = mail.scripts(mailbox) if mailbox else mail.house_rules()
    except SystemFault as fault:
        return Read(system, mailbox, judged=(unread(system, mailbox, fault),), fault=fault)
    office.store.rules.note_reading(system, mailbox, scripts)
    judged: list[Judged] = []
    for script in scripts:
        rules = read_script(script, mailbox=mailbox, system=system, domains=domains)
        judged += [judge(rule, domains=domains) for rule in rules]
    return Read(system, mailbox, tuple(scripts), tuple(sorted(judged, key=lambda one: -one.verdict)))


def unread(system: str, mailbox: str, fault: SystemFault) -> Judged:
    """Return what stands for a mailbox that could not be read: nobody can tell, which is never *none*."""
    rule = Rule(
        mailbox=mailbox, system=system, source="unread", name="", active=True, conditions=(),
        actions=(Action("unknown", external=None),), keeps_copy=True, hidden=False, raw_sha256="",
    )  # fmt: skip
    return Judged(rule, Verdict.NOTICE, (f"Could not be read: {fault}",))


def worst_of(reads: Sequence[Read]) -> Verdict:
    """Return the worst verdict of all."""
    return max((one.verdict for read in reads for one in read.judged), default=Verdict.NONE)
