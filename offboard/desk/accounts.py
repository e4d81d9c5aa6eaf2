"""Signing in with the company's own account: away to the sign-in service, and back from there."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.needs import Needs
from offboard.desk.oidc import BACK, SignInService
from offboard.desk.signing_in import admit
from offboard.desk.visiting import away_cookie, hint_cookie, local
from offboard.errors import NoSuchDeparture, SaysNo
from offboard.storage.sign_ins import CODE_LIFE, SESSION_LIFE

router = APIRouter()


@router.get("/sign-in/company")
def go(request: Request, back: str = "/", again: str = "") -> Response:
    """Send the browser to the sign-in service; ``again``: whoever it is has to prove it anew."""
    needs: Needs = request.app.state.needs
    address, flow = _service(needs).begin(fresh=bool(again))
    answer = RedirectResponse(address, 303)
    kept = needs.store.sign_ins.remember(flow | {"back": local(back)})
    # Lax, since the way back begins at another site.
    answer.set_cookie(
        away_cookie(needs), kept, max_age=int(CODE_LIFE.total_seconds()), secure=needs.https, httponly=True,
        samesite="lax",
    )  # fmt: skip
    return answer


@router.get(BACK)
def come_back(request: Request) -> Response:
    """Let in whom the sign-in service vouches for, in the browser that was sent there, once."""
    needs: Needs = request.app.state.needs
    service = _service(needs)
    flow = needs.store.sign_ins.recall(request.cookies.get(away_cookie(needs), ""))
    answered = dict(request.query_params)
    if len(answered) != len(request.query_params.multi_items()):
        raise SaysNo("this answer says one thing twice", hint="Begin again.")
    proved = service.finish(flow, answered)
    answer = admit(request, proved.mail, local(flow["back"]), proved=proved.at)
    answer.delete_cookie(away_cookie(needs), secure=needs.https, httponly=True, samesite="lax")
    # Strict, so that no other site can make somebody sign out there unasked. It opens nothing, here or there.
    answer.set_cookie(
        hint_cookie(needs), proved.hint, max_age=int(SESSION_LIFE.total_seconds()), secure=needs.https, httponly=True,
        samesite="strict",
    )  # fmt: skip
    return answer


@router.get("/sign-out/company")
def go_and_sign_out(request: Request) -> Response:
    """Send the browser to the sign-in service, to sign out there too."""
    needs: Needs = request.app.state.needs
    address = _service(needs).ending(request.cookies.get(hint_cookie(needs), ""))
    if not address:
        raise SaysNo(
            "the sign-in service cannot be told that you sign out", hint="Sign out there, or close the browser."
        )
    answer = RedirectResponse(address, 303)
    answer.delete_cookie(hint_cookie(needs), secure=needs.https, httponly=True, samesite="strict")
    return answer


def _service(needs: Needs) -> SignInService:
    if needs.sign_in_service is None:
        raise NoSuchDeparture("there is no such page")
    return needs.sign_in_service
