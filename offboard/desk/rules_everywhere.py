"""The whole company's mail rules, as the last scan found them; no system is asked."""

from __future__ import annotations

from itertools import islice

from fastapi import APIRouter, Request, Response

from offboard.desk.rendering import Renderer
from offboard.desk.rule_words import InWords
from offboard.desk.rules import READERS, VERDICTS
from offboard.desk.visiting import Visiting
from offboard.forwarding.kept import judged_of
from offboard.forwarding.model import Verdict

router = APIRouter()
MOST = 200
"""Rules on one page, the worst first; whoever wants all has the report of the scan."""


@router.get("/rules")
def listed(request: Request, visit: Visiting, show: str = "") -> Response:
    """Show what the last scan found, from *notice* on, and which mailboxes nobody could read."""
    visit.need(*READERS)
    scans = visit.needs.store.scans
    scan = scans.last()
    least = Verdict[show.upper()] if show in VERDICTS else Verdict.NOTICE
    found = (
        list(islice((judged_of(one.data) for _, one in scans.findings(scan.id, least=least)), MOST + 1)) if scan else []
    )
    render: Renderer = request.app.state.render
    return render.page(
        "rules_everywhere.html",
        visit=visit,
        scan=scan,
        counts=scans.counts(scan.id) if scan else {},
        found=found[:MOST],
        more=len(found) > MOST,
        unread=list(scans.unread(scan.id)) if scan else [],
        show=show if show in VERDICTS else "",
        levels=("alarm", "suspicious", "notice"),
        in_words=InWords,
    )
