"""What was done, entry by entry, and the bundle that an auditor checks offline."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Visiting
from offboard.domain.people import Role
from offboard.errors import EvidenceBroken
from offboard.storage import bundle

router = APIRouter()
LONG = frozenset({"plan", "request", "drafted"})
LONGEST = 200
DIGEST = re.compile("[0-9a-f]{64}")
PER_PAGE = 100


@router.get("/departures/{number}/evidence")
def listed(request: Request, visit: Visiting, number: str, page: int = 1) -> Response:
    """Show the entries, the newest first."""
    visit.need(*Role)
    departure = visit.departure(number)
    lines = visit.needs.store.evidence.lines(departure.number)
    pages = max(1, -(-len(lines) // PER_PAGE))
    page = min(max(page, 1), pages)
    shown = lines[::-1][(page - 1) * PER_PAGE : page * PER_PAGE]
    render: Renderer = request.app.state.render
    return render.page(
        "evidence.html",
        visit=visit,
        departure=departure,
        total=len(lines),
        rows=[_row(json.loads(line)) for line in shown],
        head=visit.needs.store.evidence.head(departure.number)[1],
        key=visit.needs.store.signing_key.public_key().public_bytes_raw().hex(),
        number=page,
        pages=pages,
    )


@router.get("/departures/{number}/evidence.zip")
def download(visit: Visiting, number: str) -> Response:
    """Return the bundle of this moment."""
    visit.need(*Role)
    departure = visit.departure(number)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evidence.zip"
        checked = bundle.export(visit.needs.store, departure, file)
        content = file.read_bytes()
    if not checked.ok:
        raise EvidenceBroken(f"the evidence of {departure.number} was altered in the store: {checked.reason}")
    named = f'attachment; filename="{departure.number}-evidence.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": named})


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    told = _words({key: value for key, value in entry["body"].items() if key not in LONG})
    return {
        "seq": entry["seq"],
        "at": entry["at"],
        "kind": entry["kind"],
        "told": told if len(told) <= LONGEST else told[: LONGEST - 1] + "…",
    }


def _words(value: Any) -> str:
    """Return what an entry tells in words, without what it leaves empty; of a digest its beginning is enough."""
    if isinstance(value, dict):
        told = ((key.replace("_", " "), _words(part)) for key, part in value.items() if part not in (None, "", [], {}))
        return ", ".join(f"{key}: {words}" for key, words in told)
    if isinstance(value, list):
        return (
            "; ".join(map(_words, value))
            if any(isinstance(part, dict) for part in value)
            else ", ".join(map(_words, value))
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value[:12]}…" if isinstance(value, str) and DIGEST.fullmatch(value) else str(value)
