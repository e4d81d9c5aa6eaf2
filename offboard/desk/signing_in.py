"""Signing in by a code that comes by mail; the mail holds no link, and the code works in this browser only.

Where the company has a sign-in service there are no codes: whoever it shuts out is out.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from offboard.desk.needs import Needs
from offboard.desk.rendering import Renderer
from offboard.desk.visiting import (
    asking_cookie,
    check_origin,
    check_token,
    fields_of,
    local,
    session_cookie,
)
from offboard.errors import NoSuchDeparture, NotAllowed, OffboardError, SaysNo
from offboard.storage.sign_ins import CODE_LIFE, SESSION_LIFE

if TYPE_CHECKING:
    from datetime import datetime

router = APIRouter()
MAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")
ODD = "That is no mail address. Write it like name@company.example."


@router.get("/sign-in")
def ask(request: Request, back: str = "/", out: str = "") -> Response:
    """Show where somebody asks for a code, or goes to the company's sign-in service; ``out``: they have just left."""
    ends = "yes" if out and _ends_elsewhere(request.app.state.needs) else ""
    return _page(request, "sign_in.html", _browser(request), back=local(back), said="", out=out, ends=ends)


@router.post("/sign-in")
async def asked(request: Request) -> Response:
    """Note that a code is asked for; the answer is the same whether the address is known or not."""
    needs = _by_code(request)
    check_origin(request, needs)
    fields = await fields_of(request)
    check_token(request, request.cookies.get(asking_cookie(needs), ""), fields)
    mail, back = _first(fields, "mail").strip(), local(_first(fields, "back"))
    if not MAIL.fullmatch(mail):
        return _page(request, "sign_in.html", _browser(request), back=back, said=ODD, out="", ends="", code=400)
    browser = secrets.token_urlsafe(32)
    try:
        await run_in_threadpool(needs.store.sign_ins.ask, browser, mail)
    except NotAllowed as error:
        text = f"{str(error).capitalize()}. {error.hint}"
        return _page(request, "sign_in.html", _browser(request), back=back, said=text, out="", ends="", code=429)
    return _page(request, "code.html", browser, back=back, said="")


@router.post("/sign-in/code")
async def typed(request: Request) -> Response:
    """Let in whoever typed the code that was mailed for this browser."""
    needs = _by_code(request)
    check_origin(request, needs)
    fields = await fields_of(request)
    browser = request.cookies.get(asking_cookie(needs), "")
    check_token(request, browser, fields)
    back = local(_first(fields, "back"))
    try:
        mail = await run_in_threadpool(needs.store.sign_ins.redeem, browser, _first(fields, "code"))
    except SaysNo as error:
        text = f"{str(error).capitalize()}. {error.hint}"
        return _page(request, "code.html", browser, back=back, said=text, code=403)
    answer = await run_in_threadpool(lambda: admit(request, mail, back, proved=needs.now()))
    answer.delete_cookie(asking_cookie(needs), secure=needs.https, httponly=True, samesite="strict")
    return answer


def admit(request: Request, mail: str, back: str, *, proved: datetime | None) -> Response:
    """Begin a session for whoever proved to have this address, in place of the one that the browser had.

    Raises:
        NotAllowed: this address may not sign in here.
    """
    needs: Needs = request.app.state.needs
    if not needs.may_sign_in(mail):
        raise NotAllowed(f"the desk does not know {mail}", hint="Whoever shall is listed in the settings; ask IT.")
    held = request.cookies.get(session_cookie(needs), "")
    agent = request.headers.get("user-agent", "")
    token = needs.store.sign_ins.begin(mail, agent, instead_of=held, proved=proved)
    answer = RedirectResponse(back, 303)
    # Lax, so that a link in a mail of ours finds the session; what changes anything needs the form's token besides.
    life = int(SESSION_LIFE.total_seconds())
    answer.set_cookie(session_cookie(needs), token, max_age=life, secure=needs.https, httponly=True, samesite="lax")
    return answer


def _by_code(request: Request) -> Needs:
    needs: Needs = request.app.state.needs
    if needs.sign_in_service:
        raise NoSuchDeparture("there are no codes here; sign in with the company's account")
    return needs


def _ends_elsewhere(needs: Needs) -> bool:
    """Say whether the company's sign-in service lets people sign out there too."""
    with suppress(OffboardError):
        return bool(needs.sign_in_service and needs.sign_in_service.ending(""))
    return False


def _browser(request: Request) -> str:
    return request.cookies.get(asking_cookie(request.app.state.needs)) or secrets.token_urlsafe(32)


def _page(request: Request, template: str, browser: str, *, code: int = 200, **facts: str) -> Response:
    needs: Needs = request.app.state.needs
    render: Renderer = request.app.state.render
    answer = render.page(template, visit=None, secret=browser, code=code, **facts)
    life = int(CODE_LIFE.total_seconds()) * 2
    answer.set_cookie(asking_cookie(needs), browser, max_age=life, secure=needs.https, httponly=True, samesite="strict")
    return answer


def _first(fields: dict[str, list[object]], name: str) -> str:
    value = next(iter(fields.get(name, [])), "")
    return value if isinstance(value, str) else ""
