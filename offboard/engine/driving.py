"""A departure from wherever it stands to wherever it can get now, without Prefect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.departure import ENDED, Status
from offboard.engine.ending import end_what_is_over
from offboard.engine.running import start_run
from offboard.engine.sending import sending_runs
from offboard.engine.status import access_to_do, undo_under_way

if TYPE_CHECKING:
    from offboard.engine.office import Office
    from offboard.storage.leases import Lease


def carry_out(office: Office, number: str, *, now: bool = False) -> None:
    """Carry out what is approved and due: an undo, or access and then what the owner approved to be sent.

    What was to end by now ends. What is closed or undone stays so, and needs nothing more.

    Raises:
        Ended: the departure was cancelled.
    """
    departure = office.store.departures.get(number)
    end_what_is_over(office, departure)
    undo = undo_under_way(office, departure)
    status = office.store.departures.status(departure.number)
    if not undo and status in ENDED and status is not Status.CANCELLED:
        return
    if undo or access_to_do(office, departure):
        with start_run(office, number, now=now) as run:
            run.carry_out()
            if not undo:
                deliver(office, number, run.lease)
    elif not undo:
        deliver(office, number)


def deliver(office: Office, number: str, lease: Lease | None = None) -> None:
    """Send what the owner has approved by now, and set the status that this leaves the departure in.

    ``lease`` is the departure's, where the caller holds it.
    """
    with sending_runs(office, number, lease) as runs:
        for run in runs:
            run.carry_out()
