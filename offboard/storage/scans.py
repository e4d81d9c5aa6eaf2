"""Scans of everybody's mail rules: which mailboxes each has to read, which it has read, and what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update

from offboard.domain.departure import instant
from offboard.storage.scan_tables import scan_mailboxes, scan_rules, scans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from offboard.domain.capabilities import Script
    from offboard.storage.database import Database
    from offboard.storage.leases import Lease, Leases
    from offboard.storage.rule_copies import RuleCopies

PAGE = 500
"""How many rows are held at once: a company may have any number."""

KEPT = 2
"""Finished scans whose findings stay, beside the one under way: the last and the one to compare it with."""

LISTING = "*"
"""Stands among the mailboxes for a system whose mailboxes could not even be listed; the empty id for its own rules."""

RUNNING, DONE, GIVEN_UP = "running", "done", "given up"
WAITING, READ, UNREAD = "waiting", "read", "unread"


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan; instants, ``ended`` empty while it is under way."""

    id: int
    began: str
    ended: str
    state: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a scan found: its fingerprint, the verdict as a number, and everything said about it.

    ``system`` and ``mailbox`` (the id) say where; both are empty until it comes back from the store.
    """

    finding: str
    verdict: int
    data: dict[str, Any]
    system: str = ""
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class MailboxRead:
    """What was read of one mailbox; with a ``fault`` it is *unread*."""

    mailbox: str
    scripts: Sequence[Script]
    findings: Sequence[Finding]
    fault: str = ""


class Scans:
    """Keeps scans."""

    def __init__(self, database: Database, now: Callable[[], datetime], rules: RuleCopies, leases: Leases) -> None:
        self._database, self._now = database, now
        self._rules, self._leases = rules, leases

    def begin(self, *, fresh: bool) -> Scan:
        """Return the scan that is under way, or a new one; ``fresh`` gives up the one under way.

        What could not be read before an interruption waits again.
        """

        def work(connection: Connection) -> Scan:
            found = connection.execute(select(scans).filter_by(state=RUNNING).order_by(scans.c.id.desc())).first()
            if found and not fresh:
                self._await_again(connection, found.id)
                return _scan(found)
            connection.execute(update(scans).filter_by(state=RUNNING).values(state=GIVEN_UP))
            row = {"began": instant(self._now()), "ended": "", "state": RUNNING}
            made = connection.execute(insert(scans).values(**row).returning(scans)).one()
            return _scan(made)

        return self._database.write(work)

    def last(self, before: int | None = None) -> Scan | None:
        """Return the last scan that ended, or the last one before another; ``None`` when there is none."""
        query = select(scans).filter_by(state=DONE).order_by(scans.c.id.desc()).limit(1)
        with self._database.read() as connection:
            found = connection.execute(query if before is None else query.where(scans.c.id < before)).first()
        return _scan(found) if found else None

    def await_mailboxes(self, scan: int, system: str, mailboxes: Sequence[tuple[str, str]]) -> None:
        """Add mailboxes (id, label) that the scan has to read; those that it knows stay as they are."""

        def work(connection: Connection) -> None:
            ids = [mailbox for mailbox, _ in mailboxes]
            known = set(
                connection.execute(
                    select(scan_mailboxes.c.mailbox)
                    .filter_by(scan=scan, system=system)
                    .where(scan_mailboxes.c.mailbox.in_(ids))
                ).scalars()
            )
            common = {"scan": scan, "system": system, "state": WAITING, "at": "", "fault": ""}
            rows = {box: common | {"mailbox": box, "label": label} for box, label in mailboxes if box not in known}
            if rows:
                connection.execute(insert(scan_mailboxes), list(rows.values()))

        self._database.write(work)

    def waiting(self, scan: int, system: str) -> Iterator[tuple[str, str]]:
        """Yield the mailboxes (id, label) that are still to be read, a page at a time."""
        last: str | None = None
        while True:
            query = select(scan_mailboxes.c.mailbox, scan_mailboxes.c.label).filter_by(
                scan=scan, system=system, state=WAITING
            )
            if last is not None:
                query = query.where(scan_mailboxes.c.mailbox > last)
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(scan_mailboxes.c.mailbox).limit(PAGE)).all()
            yield from ((row.mailbox, row.label) for row in rows)
            if len(rows) < PAGE:
                return
            last = rows[-1].mailbox

    def note(self, scan: int, system: str, reads: Sequence[MailboxRead], lease: Lease) -> None:
        """Keep what was read of some mailboxes: a copy of each script, what was found, and that they were read.

        Raises:
            Busy: another run has taken the scan over.
        """

        def work(connection: Connection) -> None:
            self._leases.renew(connection, lease)
            self._rules.note_readings(
                connection, system, [(read.mailbox, read.scripts) for read in reads if not read.fault]
            )
            at, c = instant(self._now()), scan_mailboxes.c
            of_scan = update(scan_mailboxes).filter_by(scan=scan, system=system)
            done = [read.mailbox for read in reads if not read.fault]
            connection.execute(of_scan.where(c.mailbox.in_(done)).values(state=READ, at=at, fault=""))
            for read in reads:
                if read.fault:
                    row = {"state": UNREAD, "at": at, "fault": read.fault}
                    connection.execute(of_scan.where(c.mailbox == read.mailbox).values(**row))
            rows = [
                {"scan": scan, "system": system, "mailbox": read.mailbox} | _row(one)
                for read in reads
                for one in read.findings
            ]
            if rows:
                connection.execute(insert(scan_rules), rows)

        self._database.write(work)

    def raise_verdicts(self, changed: Sequence[tuple[int, Finding]]) -> None:
        """Write findings (by their row) anew, on which the other mailboxes threw another light."""

        def work(connection: Connection) -> None:
            for row, one in changed:
                connection.execute(update(scan_rules).filter_by(id=row).values(**_row(one)))

        self._database.write(work)

    def finish(self, scan: int) -> Scan:
        """Note that every mailbox had its turn; findings of older scans are dropped, copies of rules never are."""

        def work(connection: Connection) -> Scan:
            row = {"ended": instant(self._now()), "state": DONE}
            ended = connection.execute(update(scans).filter_by(id=scan).values(**row).returning(scans)).one()
            done = select(scans.c.id).filter_by(state=DONE).order_by(scans.c.id.desc()).limit(KEPT)
            oldest = min(connection.execute(done).scalars())
            given_up = select(scans.c.id).filter_by(state=GIVEN_UP)
            for table in (scan_rules, scan_mailboxes):
                connection.execute(delete(table).where((table.c.scan < oldest) | table.c.scan.in_(given_up)))
            return _scan(ended)

        return self._database.write(work)

    def counts(self, scan: int) -> dict[str, int]:
        """Return state → how many mailboxes are in it."""
        c = scan_mailboxes.c
        query = select(c.state, func.count()).filter_by(scan=scan).where(c.mailbox.not_in(["", LISTING]))
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(c.state))}

    def unread(self, scan: int) -> Iterator[tuple[str, str, str]]:
        """Yield the mailboxes that could not be read: system, label, why."""
        query = select(scan_mailboxes).filter_by(scan=scan, state=UNREAD).order_by("system", "label")
        with self._database.read() as connection:
            yield from ((row.system, row.label, row.fault) for row in connection.execute(query))

    def findings(self, scan: int, *, least: int = 0, mailbox: str | None = None) -> Iterator[tuple[int, Finding]]:
        """Yield what a scan found (row, finding), the worst first, from the verdict ``least`` on.

        ``mailbox``: in the mailboxes of this id alone, the empty one for what the organisation has.
        """
        worst, place = 99, 0
        while True:
            after = (scan_rules.c.verdict < worst) | ((scan_rules.c.verdict == worst) & (scan_rules.c.id > place))
            query = select(scan_rules).filter_by(scan=scan).where(scan_rules.c.verdict >= least, after)
            query = query if mailbox is None else query.where(scan_rules.c.mailbox == mailbox)
            with self._database.read() as connection:
                order = (scan_rules.c.verdict.desc(), scan_rules.c.id)
                rows = connection.execute(query.order_by(*order).limit(PAGE)).all()
            yield from ((row.id, _finding(row)) for row in rows)
            if len(rows) < PAGE:
                return
            worst, place = rows[-1].verdict, rows[-1].id

    def label(self, system: str, mailbox: str) -> str:
        """Return what people call a mailbox: as a scan listed it last, else its id."""
        query = select(scan_mailboxes.c.label).filter_by(system=system, mailbox=mailbox)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(scan_mailboxes.c.scan.desc()).limit(1)).scalar()
        return str(found or mailbox)

    def was_read(self, scan: int, mailboxes: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of these mailboxes (system, mailbox) that a scan could read."""
        wanted = set(mailboxes)
        c = scan_mailboxes.c
        query = select(c.system, c.mailbox).filter_by(scan=scan, state=READ)
        query = query.where(c.mailbox.in_({mailbox for _, mailbox in wanted}))
        with self._database.read() as connection:
            return wanted & {(row.system, row.mailbox) for row in connection.execute(query)}

    def known(self, scan: int, findings: Iterable[str]) -> set[str]:
        """Return those of these fingerprints that a scan found too."""
        query = select(scan_rules.c.finding).filter_by(scan=scan).where(scan_rules.c.finding.in_(list(findings)))
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    @staticmethod
    def _await_again(connection: Connection, scan: int) -> None:
        unread = select(scan_mailboxes.c.mailbox).filter_by(scan=scan, state=UNREAD)
        same = scan_mailboxes.c.system == scan_rules.c.system
        connection.execute(
            delete(scan_rules)
            .filter_by(scan=scan)
            .where(scan_rules.c.mailbox.in_(unread.where(same).scalar_subquery()))
        )
        connection.execute(delete(scan_mailboxes).filter_by(scan=scan, mailbox=LISTING))
        connection.execute(update(scan_mailboxes).filter_by(scan=scan, state=UNREAD).values(state=WAITING, fault=""))


def _scan(row: Any) -> Scan:
    return Scan(row.id, row.began, row.ended, row.state)


def _finding(row: Any) -> Finding:
    return Finding(row.finding, row.verdict, json.loads(row.data), row.system, row.mailbox)


def _row(one: Finding) -> dict[str, Any]:
    return {"finding": one.finding, "verdict": one.verdict, "data": json.dumps(one.data)}
