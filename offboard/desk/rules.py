"""The leaver's mail rules with the verdict on each, from the copies that were kept; nothing is asked of any system."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Visit, Visiting
from offboard.domain.departure import Departure
from offboard.domain.people import Role
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Judged
from offboard.forwarding.sieve import read_sieve

router = APIRouter()


@router.get("/departures/{number}/rules")
def listed(request: Request, visit: Visiting, number: str) -> Response:
    """Show where the leaver's mail went, as the kept copies tell."""
    visit.need(Role.IT, Role.OWNER, Role.AUDITOR)
    departure = visit.departure(number)
    render: Renderer = request.app.state.render
    return render.page("rules.html", visit=visit, departure=departure, found=_judged(visit, departure))


def _judged(visit: Visit, departure: Departure) -> list[tuple[str, Judged]]:
    """Return each rule of the newest copy of each script, the worst first, with when the copy was taken."""
    domains = visit.needs.company.domains
    found: list[tuple[str, Judged]] = []
    for system, account in departure.accounts.items():
        newest = {
            name: (active, at, text) for name, active, at, text in visit.needs.store.rules.copies(system, account.id)
        }
        for name, (active, at, text) in newest.items():
            rules = read_sieve(text, mailbox=account.id, system=system, name=name, active=active, domains=domains)
            found += [(at, judge(rule, domains=domains)) for rule in rules]
    return sorted(found, key=lambda one: -one[1].verdict)
