"""Letters on paper: the file for the printer, and that they are at the post; and the owner's word after the first."""

from __future__ import annotations

from io import BytesIO

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from offboard.desk.visiting import Posted
from offboard.domain.people import Role
from offboard.errors import SaysNo

router = APIRouter()
PRINTING = (Role.OWNER, Role.HR)


@router.post("/departures/{number}/letters/print")
def print_them(post: Posted, number: str) -> Response:
    """Return the approved letters that go by post as one PDF, by country and postcode, and mark them printed."""
    visit = post.visit
    visit.need(*PRINTING)
    departure = visit.departure(number)
    again = post.text("again") == "yes"
    if not again:
        visit.need_fresh()
    paper, file = visit.needs.paper, BytesIO()
    letters = paper.chosen(departure.number, visit.person, again=again)
    if not letters:
        raise SaysNo(
            f"{departure.number}: no letter waits for the printer",
            hint="Approve those that go by post; those whose clients are to be called first wait for the call.",
        )
    paper.print(letters, visit.person, file)
    named = f'attachment; filename="{departure.number}-letters.pdf"'
    return Response(file.getvalue(), media_type="application/pdf", headers={"Content-Disposition": named})


@router.post("/departures/{number}/letters/posted")
def posted(post: Posted, number: str) -> Response:
    """Record that what was printed is at the post."""
    visit = post.visit
    visit.need(*PRINTING)
    departure = visit.departure(number)
    letters = visit.needs.store.letters.letters(departure.number)
    visit.needs.paper.posted(letters, departure.number, visit.person)
    return RedirectResponse(f"/departures/{departure.number}/letters?said=posted", 303)


@router.post("/departures/{number}/letters/go")
def go(post: Posted, number: str) -> Response:
    """Say that the first letters are right: the others go out."""
    visit = post.visit
    visit.need(Role.OWNER)
    departure = visit.departure(number)
    visit.need_fresh()
    visit.needs.decides.let_go(departure.number, visit.person)
    return RedirectResponse(f"/departures/{departure.number}/letters?said=go", 303)
