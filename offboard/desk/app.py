"""The desk as a whole: its pages, its guard, and what it says when something is not so."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse

from offboard.desk import (
    accounts,
    clients,
    departures,
    evidence,
    letters,
    mending,
    paper,
    rules,
    rules_everywhere,
    sessions,
    signing_in,
    starting,
    tasks,
)
from offboard.desk.guarding import Guard
from offboard.desk.letter_list import LetterList
from offboard.desk.rendering import FOLDER, Renderer
from offboard.desk.visiting import Forged, SignInAgain, SignInFirst, Visit, local, visit
from offboard.errors import BadInput, Guarded, NoSuchDeparture, NotAllowed, OffboardError, SystemFault

if TYPE_CHECKING:
    from offboard.desk.needs import Needs

CODES: tuple[tuple[type[OffboardError], int], ...] = (
    (NoSuchDeparture, 404),
    (NotAllowed, 403),
    (BadInput, 400),
    (SystemFault, 503),
    (OffboardError, 409),
)
"""What browsers are told, by the kind of error."""

AT_COMMAND_LINE = ("offboard ", "--")
"""Hints that speak of the command line help nobody here."""


def make_app(needs: Needs) -> FastAPI:
    """Return the desk as an ASGI application."""
    app = FastAPI(title="offboard", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.needs, app.state.render, app.state.letters = needs, Renderer(needs), LetterList(needs.store)
    for part in (
        signing_in,
        accounts,
        sessions,
        departures,
        clients,
        mending,
        starting,
        letters,
        paper,
        tasks,
        rules,
        rules_everywhere,
        evidence,
    ):
        app.include_router(part.router)
    app.add_middleware(Guard, address=needs.address)
    app.add_exception_handler(OffboardError, _say_no)
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(SignInAgain, _sign_in_again)
    app.add_exception_handler(Forged, _forged)
    app.add_exception_handler(HTTPException, _no_such_page)
    app.add_exception_handler(Exception, _broken)

    @app.get("/desk.css")
    def style() -> FileResponse:
        return FileResponse(FOLDER / "desk.css", media_type="text/css")

    @app.get("/desk.js")
    def script() -> FileResponse:
        return FileResponse(FOLDER / "desk.js", media_type="text/javascript")

    @app.get("/desk.ttf")
    def font() -> FileResponse:
        return FileResponse(_font(), media_type="font/ttf")

    return app


@lru_cache
def _font() -> Path:
    return Path(str(files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"


def _visitor(request: Request) -> Visit | None:
    try:
        return visit(request)
    except (SignInFirst, OffboardError):
        return None


def _said(
    request: Request, title: str, text: str, code: int, *, hint: str = "", listed: list[str] | None = None
) -> Response:
    render: Renderer = request.app.state.render
    facts: dict[str, Any] = {"title": title, "text": text, "hint": hint, "listed": listed or [], "again": ""}
    return render.page("said.html", visit=_visitor(request), code=code, **facts)


def _say_no(request: Request, error: Exception) -> Response:
    code = next(code for kind, code in CODES if isinstance(error, kind))
    hint = error.hint if isinstance(error, OffboardError) else ""
    listed = error.faults if isinstance(error, BadInput) else error.reasons if isinstance(error, Guarded) else []
    helps = "" if any(word in hint for word in AT_COMMAND_LINE) else hint
    title = "That is not here" if code == CODES[0][1] else "That was not done"
    return _said(request, title, f"{error}.", code, hint=helps, listed=listed)


def _sign_in_first(request: Request, _: Exception) -> Response:
    if request.method == "GET":
        back = local(request.url.path)
        return RedirectResponse("/sign-in" if back == "/" else f"/sign-in?back={back}", 303)
    text = "You are not signed in any more, so nothing was done with what you sent."
    return _said(request, "Please sign in", text, 403, hint="Sign in and open the page anew.")


def _sign_in_again(request: Request, _: Exception) -> Response:
    render: Renderer = request.app.state.render
    facts: dict[str, Any] = {
        "title": "Please sign in once more",
        "text": "What cannot be taken back needs a sign-in of the last quarter of an hour. Nothing was done yet.",
        "hint": "Sign in again, and you come back to where you were.",
        "listed": [],
        "again": _page_of(request.url.path),
    }
    return render.page("said.html", visit=_visitor(request), code=403, **facts)


def _page_of(path: str) -> str:
    """Return the page that a form stood on: forms are sent to a place below it."""
    return local(path.rpartition("/")[0] or "/")


def _forged(request: Request, _: Exception) -> Response:
    text = "This form does not come from a page that you opened here, or the page is older than your sign-in."
    return _said(request, "That was not done", text, 403, hint="Open the page anew and try again; nothing was changed.")


def _no_such_page(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 404
    return _said(request, "That is not here", "There is no such page, or it takes no such request.", code)


def _broken(request: Request, _: Exception) -> Response:
    text = "Something is wrong with the desk itself. What you sent may not have been kept: look before you try again."
    return _said(request, "That did not work", text, 500)
