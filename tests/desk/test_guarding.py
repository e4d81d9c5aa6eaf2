"""What a browser is told, and what is refused: forged forms, stolen links, foreign names, large bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from offboard.desk.guarding import LARGEST
from offboard.engine.showing import show
from offboard.errors import BadSettings, Unreachable
from offboard.settings import DeskSection
from offboard.wiring_desk import desk_of, serve_desk
from tests.desk.conftest import HR, IT, OWNER, Forms

if TYPE_CHECKING:
    from tests.desk.conftest import Desk

PATHS = ["/sign-in", "/", "/departures/D-2026-0001", "/letters/none", "/nowhere", "/desk.css", "/desk.js", "/desk.ttf"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(desk: Desk, path: str) -> None:
    desk.company.start()
    it = desk.sign_in(IT)
    answer = it.client.get(path)
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("max-age=86400" if path.startswith("/desk.") else "no-store")
    assert "server" not in answer.headers


def test_cookies_are_for_this_host_alone(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.ask(visitor, OWNER)
    form = Forms(visitor.page).found["/sign-in/code"]
    answer = visitor.client.post("/sign-in/code", data=form | {"code": desk.code_for(OWNER)}, follow_redirects=False)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("desk="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host_and_sent_encrypted_only(desk: Desk) -> None:
    app = desk_of(desk.firm, "https://desk.corp.test", desk.office)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.corp.test") as client:
            return await client.get("/sign-in")

    import asyncio  # noqa: PLC0415 - this test alone

    answer = asyncio.run(ask())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-asking=")
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_form_from_elsewhere_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    number = desk.company.start()
    it = desk.sign_in(IT)
    it.open(f"/departures/{number}")
    form = Forms(it.page).found[f"/departures/{number}/approve"]
    it._show(it.client.post(f"/departures/{number}/approve", data=form, headers=headers))

    assert it.code == 403
    assert "does not come from a page that you opened here" in it.page
    assert show(desk.office, number)["status"] == "planned"


@pytest.mark.parametrize("token", ["", "0" * 64, "of another form", "of somebody else"])
def test_a_form_without_its_own_token_is_refused(desk: Desk, token: str) -> None:
    number = desk.company.start()
    path = f"/departures/{number}/approve"
    it, owner = desk.sign_in(IT), desk.sign_in(OWNER)
    owner.open(f"/departures/{number}")
    it.open(f"/departures/{number}")
    forms = Forms(it.page).found
    tokens = {
        "of another form": forms["/sign-out"]["token"],
        "of somebody else": Forms(owner.page).found[path]["token"],
    }
    it._show(it.client.post(path, data=forms[path] | {"token": tokens.get(token, token)}))

    assert it.code == 403
    assert "nothing was changed" in it.page
    assert show(desk.office, number)["status"] == "planned"


def test_a_link_alone_shows_nothing(desk: Desk) -> None:
    number = desk.company.start()
    thief = desk.visitor()
    for path in ("", "/letters", "/evidence.zip"):
        thief.open(f"/departures/{number}{path}")
        assert thief.path == "/sign-in"
        assert "Ann Lee" not in thief.page
    answer = thief.client.post(f"/departures/{number}/approve", data={"digest": "x"})
    assert answer.status_code == 403
    assert "You are not signed in any more" in answer.text


def test_looking_changes_nothing(desk: Desk) -> None:
    number = desk.company.start()
    owner = desk.sign_in(OWNER)
    for path in (f"/departures/{number}/approve", f"/departures/{number}/cancel", f"/letters/L-{number}-C1/approve"):
        assert owner.client.get(path).status_code in {404, 405}
    assert show(desk.office, number)["status"] == "planned"


def test_who_is_taken_off_the_list_is_out_at_once(desk: Desk) -> None:
    desk.sign_in(HR)
    stranger = desk.firm.store.sign_ins.begin("gone@corp.test", "a browser")
    visitor = desk.visitor()
    visitor.client.cookies.set("desk", stranger)
    assert "Your mail address" in visitor.open("/")


def test_a_foreign_name_for_this_machine_is_no_way_in(desk: Desk) -> None:
    answer = httpx.get(f"{desk.address}/sign-in", headers={"host": "evil.example"}, trust_env=False)
    assert answer.status_code == 421


def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_itself(desk: Desk) -> None:
    told = httpx.post(f"{desk.address}/sign-in", content=b"x" * (LARGEST + 1), trust_env=False)
    assert told.status_code == 413

    def pieces() -> object:
        for _ in range(80):
            yield b"x" * 100_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    try:
        untold = httpx.post(f"{desk.address}/sign-in", content=pieces(), headers=form, trust_env=False)
        assert untold.status_code >= 400
    except httpx.TransportError:
        pass


def test_no_address_of_a_page_holds_a_name_or_a_mail_address(desk: Desk) -> None:
    desk.serve()
    number = desk.company.start()
    hr = desk.sign_in(HR)
    for path in ("/", "/start", f"/departures/{number}", f"/departures/{number}/letters", "/tasks"):
        page = hr.open(path)
        links = [part.split('"')[0] for part in page.split('href="')[1:] + page.split('action="')[1:]]
        assert not [link for link in links if "ann" in link.casefold() or "lee" in link.casefold() or "@" in link]


def test_without_https_others_than_this_machine_are_refused(desk: Desk) -> None:
    with pytest.raises(BadSettings, match="loopback only"):
        serve_desk(desk.firm, host="0.0.0.0", port=0, say=print)  # noqa: S104 - that is what is refused
    with pytest.raises(ValueError, match="https"):
        DeskSection(url="http://desk.corp.test")


def test_a_port_that_is_taken_is_said(desk: Desk) -> None:
    with pytest.raises(Unreachable, match="in use"):
        serve_desk(desk.firm, host="127.0.0.1", port=int(desk.address.rpartition(":")[2]), say=print)


def test_the_desk_has_no_way_to_any_system(desk: Desk) -> None:
    number = desk.company.start()
    calls = desk.company.systems.calls
    it = desk.sign_in(IT)
    before = desk.company.systems.calls
    for path in (
        "/",
        f"/departures/{number}",
        f"/departures/{number}/rules",
        f"/departures/{number}/evidence",
        "/tasks",
    ):
        it.open(path)
        assert it.code == 200
    it.open(f"/departures/{number}")
    it.send(f"/departures/{number}/approve")
    assert desk.company.systems.calls == before >= calls
