"""Where somebody is signed in, and signing out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Posted, Visiting, session_cookie

router = APIRouter()


@router.get("/sessions")
def listed(request: Request, visit: Visiting) -> Response:
    """Show in which browsers this person is signed in."""
    render: Renderer = request.app.state.render
    return render.page("sessions.html", visit=visit, sessions=visit.needs.store.sign_ins.sessions(visit.person))


@router.post("/sessions/end")
def end(post: Posted) -> Response:
    """End one of this person's sessions."""
    post.visit.needs.store.sign_ins.end(post.visit.person, post.text("session"))
    return RedirectResponse("/sessions", 303)


@router.post("/sign-out")
def sign_out(post: Posted) -> Response:
    """End the session of this browser; where the company's account is still signed in, offer to end that too."""
    needs = post.visit.needs
    needs.store.sign_ins.end(post.visit.person, post.visit.session.id)
    answer = RedirectResponse("/sign-in?out=yes" if needs.sign_in_service else "/sign-in", 303)
    answer.delete_cookie(session_cookie(needs), secure=needs.https, httponly=True, samesite="lax")
    return answer
