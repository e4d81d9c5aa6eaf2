"""What a scan found, worst first, and what of it is new; and how a mailbox was on an earlier day."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.domain.departure import ENDED, instant
from offboard.errors import BadInput
from offboard.forwarding.kept import judged_of
from offboard.forwarding.model import Judged, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.scans import Finding, Scan

PAGE = 200
SINCE = "notice, scan, or a day such as 2026-12-01"


@dataclass(frozen=True, slots=True)
class Result:
    """One rule of a scan; ``new`` is ``None`` where no earlier scan could read the mailbox: nobody can tell."""

    judged: Judged
    new: bool | None
    finding: str
    mailbox: str

    def to_json(self) -> dict[str, Any]:
        """Return the shape that ``rules … --json`` prints, and whether it is new."""
        return self.judged.to_json() | {"new": self.new}


def results(office: Office, scan: Scan, *, least: Verdict = Verdict.NONE) -> Iterator[Result]:
    """Yield what a scan found, the worst first, and whether the scan before it had found it too."""
    before = office.store.scans.last(before=scan.id)
    found = (one for _, one in office.store.scans.findings(scan.id, least=least))
    while page := list(itertools.islice(found, PAGE)):
        known = office.store.scans.known(before.id, [one.finding for one in page]) if before else set()
        read = office.store.scans.was_read(before.id, [_place(one) for one in page]) if before else set()
        for one in page:
            new = one.finding not in known if _place(one) in read else None
            yield Result(judged_of(one.data), new, one.finding, one.mailbox)


def since(office: Office, text: str, departure: Departure | None = None) -> str:
    """Return the instant that ``--since`` means.

    Raises:
        BadInput: there is no such day, no scan has ended, or nobody has given notice.
    """
    if text == "scan":
        scan = office.store.scans.last()
        if scan is None:
            raise BadInput("--since scan: no scan has ended yet", hint="Make one: offboard rules scan")
        return scan.ended
    if text == "notice":
        if departure is None:
            raise BadInput(
                "--since notice: no departure of this person is on record", hint="Use --since scan, or a day."
            )
        return instant(departure.requested_at)
    try:
        day = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--since: {text!r} is no moment", hint=f"Write {SINCE}.") from error
    return instant(day if day.tzinfo else day.replace(tzinfo=UTC))


def departure_of(office: Office, system: str, mailbox: str) -> Departure | None:
    """Return the departure of whose mailbox this is: the one under way, else the latest; ``None`` without any."""
    found = [
        (status not in ENDED, departure.requested_at, departure)
        for departure, status in office.store.departures.every()
        if (account := departure.accounts.get(system)) and account.id == mailbox
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _place(one: Finding) -> tuple[str, str]:
    return one.system, one.mailbox
