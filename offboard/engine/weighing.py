"""Who depends on one person, looked at now and kept every week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from offboard.domain.exposure import Exposure, exposure
from offboard.domain.register import ClientRegister
from offboard.domain.trend import monday, trend
from offboard.engine import clientele

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.trend import Point
    from offboard.engine.office import Office
    from offboard.errors import SystemFault

VIEW = "exposure"
EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weight:
    """Everybody's exposure, the weeks so far, how many clients have nobody, and which directory did not answer."""

    rows: tuple[Exposure, ...]
    weeks: tuple[Point, ...]
    without_responsible: int
    fault: SystemFault | None = None


def weigh(office: Office) -> Weight:
    """Look at every register now; nothing is kept.

    Raises:
        SystemFault: a register does not answer.
    """
    known, dealt = clientele.clients(office), clientele.dealings(office)
    people, fault = clientele.staff(office, known, dealt)
    owners = [*office.people.owner, *filter(None, [office.owner_name])]
    rows = exposure(known, dealt, owners=owners, staff=people, today=office.now().date())
    without = sum(1 for client in known if not client.responsible)
    return Weight(tuple(rows), tuple(trend(office.store.clients.weeks())), without, fault)


def keep(office: Office) -> Weight:
    """Look at every register, and keep what is found as this week's and for the desk.

    Raises:
        SystemFault: a register does not answer.
    """
    found = weigh(office)
    office.store.clients.keep_week(monday(office.now().date()), found.rows)
    weeks = trend(office.store.clients.weeks())
    shown: dict[str, Json] = {
        "rows": [row.to_json() for row in found.rows],
        "without_responsible": found.without_responsible,
    }
    office.store.clients.keep_view(VIEW, shown)
    return Weight(found.rows, tuple(weeks), found.without_responsible, found.fault)


def weighing_due(office: Office) -> bool:
    """Say whether it is time to look again, where there is a register; a week is kept as it was seen last."""
    if not office.systems.having(ClientRegister):
        return False
    view = office.store.clients.view(VIEW)
    return view is None or datetime.fromisoformat(view.at) + EVERY <= office.now()
