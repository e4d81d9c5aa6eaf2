"""Reading the mail rules of everybody: within each system's limits, in any size of company, and from where it stopped.

A scan is a record in the store. Each mailbox waits there until it was read, or could not be; nothing is held in memory
but what is under way.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Mailboxes
from offboard.domain.mail import ForwardingRules, HouseRules, ManyMailboxes, SeesInPart
from offboard.engine.reading_rules import fingerprint, judged_scripts, unread, unseen_in, who_leaves
from offboard.errors import Rejected, SystemFault, Throttled, Unreachable
from offboard.forwarding.crowding import Crowds
from offboard.forwarding.kept import judged_of, kept_as
from offboard.forwarding.model import Verdict
from offboard.storage.scans import LISTING, Finding, MailboxRead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from offboard.domain.capabilities import Script
    from offboard.engine.office import Office
    from offboard.engine.reading_rules import Leaving
    from offboard.forwarding.model import Judged
    from offboard.storage.leases import Lease
    from offboard.storage.scans import Scan

log = logging.getLogger("offboard.engine")

AT_ONCE = 8
"""The most mailboxes of one system that are read side by side, whatever it allows."""

LISTED_AT_ONCE = 1000
TOGETHER = 10
"""How many mailboxes one worker takes where the system shows many in fewer calls."""

NOTED_EVERY = 1.0
"""Seconds after which what was read is on disk: so much is read again after an interruption, not more."""

NOTED_AT_MOST = 100

TRIES = 3
LONGEST_WAIT = 120.0
"""Seconds that a mailbox waits when the system tells us to come back later."""

GIVE_UP = 10
"""After so many mailboxes in a row for which nobody answered, the others are not asked for."""

HOUSE = "the whole organisation"
LEASE = "the scan of mail rules"


def scan(
    office: Office,
    domains: Sequence[str],
    *,
    fresh: bool = False,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Scan:
    """Read every mailbox of every mail system, keep a copy of each rule and the verdict on it, and return the scan.

    One that was interrupted goes on; ``fresh`` begins anew. What cannot be read is noted as such, and the rest goes on.
    ``tell`` hears how many mailboxes had their turn, of how many.

    Raises:
        Busy: another process is at it.
    """
    with office.store.leases.hold(LEASE) as lease:
        begun = office.store.scans.begin(fresh=fresh)
        scanning = Scanning(office, tuple(domains), begun, lease, tell, who_leaves(office))
        systems = office.systems.having(ForwardingRules, Mailboxes)
        for system in systems:
            scanning.list_mailboxes(system)
        scanning.count()
        for system in systems:
            scanning.read(system)
        scanning.look_across()
        return office.store.scans.finish(begun.id)


@dataclass(slots=True)
class Scanning:
    """One scan under way."""

    office: Office
    domains: tuple[str, ...]
    scan: Scan
    lease: Lease
    tell: Callable[[int, int], None]
    leaving: Leaving
    done: int = 0
    all: int = 0

    def list_mailboxes(self, system: str) -> None:
        """Put every mailbox of a system on the scan's list; new ones join those that were listed before."""
        scans = self.office.store.scans
        if self._have(system, HouseRules) or self._have(system, SeesInPart):
            scans.await_mailboxes(self.scan.id, system, [("", HOUSE)])
        try:
            with self.office.systems.reader(system) as mail:
                for some in _batched(_named(mail), LISTED_AT_ONCE):
                    scans.await_mailboxes(self.scan.id, system, some)
        except SystemFault as fault:
            scans.await_mailboxes(self.scan.id, system, [(LISTING, "mailboxes that could not be listed")])
            scans.note(self.scan.id, system, [self._unread(system, LISTING, fault)], self.lease)

    def count(self) -> None:
        """Learn how many mailboxes there are, and how many had their turn before."""
        counts = self.office.store.scans.counts(self.scan.id)
        self.all = sum(counts.values())
        self.done = self.all - counts.get("waiting", 0)
        self.tell(self.done, self.all)

    def read(self, system: str) -> None:
        """Read what waits in a system, several mailboxes at once."""
        waiting = self.office.store.scans.waiting(self.scan.id, system)
        size = TOGETHER if self._have(system, ManyMailboxes) else 1
        workers = max(1, min(AT_ONCE, self.office.systems.calls_at_once(system)))
        reader = Reader(self, system)
        gathered: list[MailboxRead] = []
        since = time.monotonic()
        pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=f"scan-{system}")
        try:
            for reads in _in_turn(pool, reader.read, _batched(waiting, size), workers * 2):
                gathered += reads
                if len(gathered) >= NOTED_AT_MOST or time.monotonic() - since > NOTED_EVERY:
                    self._note(system, gathered)
                    gathered, since = [], time.monotonic()
        finally:
            reader.stopping.set()
            pool.shutdown(cancel_futures=True)
            self._note(system, gathered)

    def look_across(self) -> None:
        """Judge again what only shows across mailboxes: many people's mail to one place, and what may not leave."""
        scans, crowds = self.office.store.scans, Crowds()
        for _, one in scans.findings(self.scan.id, mailbox=""):
            # The organisation's policies keep mail inside, which is no finding.
            if (of_house := judged_of(one.data)).verdict < Verdict.NOTICE:
                crowds.add(of_house)
        for _, one in scans.findings(self.scan.id, least=Verdict.NOTICE):
            crowds.add(judged_of(one.data))
        changed: list[tuple[int, Finding]] = []
        for row, one in scans.findings(self.scan.id, least=Verdict.NOTICE):
            before = judged_of(one.data)
            after = crowds.tell(before)
            if after != before:
                changed.append((row, replace(one, verdict=int(after.verdict), data=kept_as(after))))
        # Written only now: findings come back in the order of the verdicts.
        scans.raise_verdicts(changed)

    def found(self, system: str, mailbox: str, judged: Iterable[Judged]) -> list[Finding]:
        """Return judged rules as they are kept."""
        return [Finding(fingerprint(system, mailbox, one), int(one.verdict), kept_as(one)) for one in judged]

    def _note(self, system: str, reads: list[MailboxRead]) -> None:
        if reads:
            self.office.store.scans.note(self.scan.id, system, reads, self.lease)
            self.done += sum(1 for read in reads if read.mailbox)
            self.tell(self.done, self.all)

    def _unread(self, system: str, mailbox: str, fault: SystemFault) -> MailboxRead:
        return MailboxRead(mailbox, (), self.found(system, mailbox, [unread(system, "", fault)]), str(fault))

    def _have(self, system: str, capability: type) -> bool:
        return system in self.office.systems.having(capability)


class Reader:
    """Reads mailboxes of one system; each worker calls :meth:`read` with those that it takes next."""

    def __init__(self, scanning: Scanning, system: str) -> None:
        self.scanning, self.system = scanning, system
        self.stopping = threading.Event()
        self._silent = 0
        self._down: SystemFault | None = None

    def read(self, boxes: Sequence[tuple[str, str]]) -> list[MailboxRead]:
        """Return what was read of each mailbox (id, label); a fault of one is no fault of the others."""
        labels = dict(boxes)
        done: list[MailboxRead] = []
        for attempt in range(1, TRIES + 1):
            later: list[str] = []
            waits = [0.0]
            # All of them first: whoever judges holds no connection.
            for box, answer in list(self._answers(list(labels))):
                if isinstance(answer, Throttled) and attempt < TRIES and not self.stopping.is_set():
                    later.append(box)
                    waits.append(answer.retry_after)
                else:
                    done.append(self._of(box, labels[box], answer))
            if not later:
                break
            labels = {box: labels[box] for box in later}
            self.stopping.wait(min(max(waits), LONGEST_WAIT))
        return done

    def _answers(self, boxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        left = dict.fromkeys(boxes)
        try:
            if self._down is None and not self.stopping.is_set():
                with self.scanning.office.systems.reader(self.system) as mail:
                    for box, answer in _asked(mail, boxes):
                        left.pop(box, None)
                        yield box, answer
        except Exception as error:  # noqa: BLE001 - a mailbox that breaks us is told of, and the rest goes on
            fault = error if isinstance(error, SystemFault) else self._broken(error)
            yield from ((box, fault) for box in left)
            return
        if self._down is not None:
            yield from ((box, self._down) for box in left)

    def _of(self, box: str, label: str, answer: list[Script] | SystemFault) -> MailboxRead:
        try:
            return self._judged(box, label, answer)
        except Exception as error:  # noqa: BLE001 - as above
            return self._judged(box, label, self._broken(error))

    def _judged(self, box: str, label: str, answer: list[Script] | SystemFault) -> MailboxRead:
        scanning = self.scanning
        if isinstance(answer, SystemFault):
            self._count_silence(answer)
            found = scanning.found(self.system, box, [unread(self.system, label, answer)])
            return MailboxRead(box, (), found, str(answer))
        self._silent = 0
        place, departure = (self.system, box, label if box else ""), scanning.leaving.get((self.system, box))
        judged = [one for _, one in judged_scripts(scanning.office, place, answer, scanning.domains, departure)]
        if not box:
            judged += unseen_in(scanning.office, self.system)
        return MailboxRead(box, answer, scanning.found(self.system, box, judged))

    def _broken(self, error: Exception) -> Rejected:
        log.error("a mailbox could not be understood", exc_info=error)
        return Rejected(f"{self.system}: what it answered could not be understood ({type(error).__name__})")

    def _count_silence(self, fault: SystemFault) -> None:
        self._silent = self._silent + 1 if isinstance(fault, Unreachable) else 0
        if self._silent >= GIVE_UP:
            self._down = fault


def _asked(mail: Any, boxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
    """Ask for mailboxes, together where that is possible; the empty id stands for the rules of the organisation."""
    if "" in boxes:
        yield "", _house_rules(mail)
    boxes = [box for box in boxes if box]
    if isinstance(mail, ManyMailboxes):
        yield from mail.scripts_of(boxes)
        return
    for box in boxes:
        yield box, mail.scripts(box)


def _house_rules(mail: Any) -> list[Script] | SystemFault:
    try:
        return mail.house_rules() if isinstance(mail, HouseRules) else []
    except SystemFault as fault:
        return fault


def _named(mail: Any) -> Iterator[tuple[str, str]]:
    if isinstance(mail, ManyMailboxes):
        return mail.named_mailboxes()
    return ((box, box) for box in mail.mailboxes())


def _batched(items: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while some := list(itertools.islice(items, size)):
        yield some


def _in_turn(
    pool: ThreadPoolExecutor,
    work: Callable[[list[tuple[str, str]]], list[MailboxRead]],
    batches: Iterator[list[tuple[str, str]]],
    most: int,
) -> Iterator[list[MailboxRead]]:
    """Yield what comes of each batch, in their order, with no more than ``most`` under way."""
    under_way: deque[Any] = deque()
    for batch in batches:
        under_way.append(pool.submit(work, batch))
        if len(under_way) >= most:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()
