"""What people do when things do not go as planned: stop everything, settle what failed, answer, put things back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.departures import CLOSING, DECIDING
from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Posted, Visiting
from offboard.domain.people import Role
from offboard.errors import SaysNo

if TYPE_CHECKING:
    from offboard.desk.visiting import Post

router = APIRouter()


@router.get("/stop")
def ask(request: Request, visit: Visiting) -> Response:
    """Show what stopping everything means, or who stopped it."""
    visit.need(*Role)
    render: Renderer = request.app.state.render
    return render.page("stop.html", visit=visit, resumes=visit.is_any(*CLOSING))


@router.post("/stop/everything")
def stop(post: Posted) -> Response:
    """Stop everything: from now on no system is written to and no letter goes out."""
    post.visit.need(*Role)
    post.visit.needs.decides.stop(post.visit.person)
    return RedirectResponse("/stop", 303)


@router.post("/stop/over")
def resume(post: Posted) -> Response:
    """Let things go on."""
    post.visit.need(*CLOSING)
    post.visit.need_fresh()
    post.visit.needs.decides.resume(post.visit.person)
    return RedirectResponse("/stop", 303)


@router.post("/departures/{number}/undo")
def undo(post: Posted, number: str) -> Response:
    """Have a plan made that puts things back, all of them or those that are ticked; somebody else approves it."""
    visit = post.visit
    visit.need(*DECIDING)
    departure = visit.departure(number)
    only = post.texts("change") if post.text("what") == "ticked" else []
    if post.text("what") == "ticked" and not only:
        raise SaysNo("nothing is ticked", hint="Go back and tick what shall be put back, or choose everything.")
    visit.needs.decides.undo(departure.number, visit.person, only=only)
    return _back(departure.number, "undo")


@router.post("/departures/{number}/settle")
def settle(post: Posted, number: str) -> Response:
    """Close a change that could not be carried out, with a reason."""
    visit = post.visit
    visit.need(*CLOSING)
    departure = visit.departure(number)
    visit.needs.decides.settle(departure.number, post.text("change"), visit.person, _written(post, "reason"))
    return _back(departure.number, "settled")


@router.post("/departures/{number}/answer")
def answer(post: Posted, number: str) -> Response:
    """Answer what planning asks with yes or no, and say why."""
    visit = post.visit
    visit.need(*DECIDING)
    departure = visit.departure(number)
    word = post.text("answer")
    if word not in {"yes", "no"}:
        raise SaysNo("this is answered with yes or no", hint="Go back and choose one of the two.")
    because = post.text("because")
    visit.needs.decides.answer(
        departure.number, post.text("question"), visit.person, yes=word == "yes", because=because
    )
    return _back(departure.number, "answered")


def _written(post: Post, name: str) -> str:
    text = post.text(name).strip()
    if not text:
        raise SaysNo("this takes a sentence of yours", hint="Go back and write it.")
    return text


def _back(number: str, said: str) -> Response:
    return RedirectResponse(f"/departures/{number}?said={said}", 303)
