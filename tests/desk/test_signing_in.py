"""Getting in at the desk: a code by mail, once, soon, in the browser that asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desk.conftest import AUDITOR, HR, IT, OWNER

if TYPE_CHECKING:
    from tests.desk.conftest import Desk


@pytest.mark.parametrize("mail", [HR, IT, OWNER, AUDITOR, "Owner@Corp.test"])
def test_whoever_is_listed_gets_in_by_the_code_that_is_mailed(desk: Desk, mail: str) -> None:
    desk.company.systems.outbox.sent.clear()
    visitor = desk.visitor()
    desk.ask(visitor, mail)
    visitor.send("/sign-in/code", code=desk.code_for(mail.lower()).lower().replace("-", " "))

    assert (visitor.code, visitor.path) == (200, "/")
    assert mail.lower() in visitor.page


def test_an_unknown_address_gets_the_same_answer_and_no_mail(desk: Desk) -> None:
    known, unknown = desk.visitor(), desk.visitor()
    desk.ask(known, OWNER)
    first = known.page.count("<"), known.code
    sent = len(desk.company.systems.outbox.sent)
    desk.ask(unknown, "nobody@corp.test")

    assert (unknown.page.count("<"), unknown.code) == first
    assert len(desk.company.systems.outbox.sent) == sent


def test_a_code_works_once(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.ask(visitor, OWNER)
    form, code = visitor.page, desk.code_for(OWNER)
    cookies = dict(visitor.client.cookies)
    visitor.send("/sign-in/code", code=code)

    again = desk.visitor()
    again.client.cookies.update(cookies)
    again.page = form
    again.send("/sign-in/code", code=code)
    assert again.code == 403
    assert "does not let you in" in again.page


def test_a_code_works_in_no_other_browser(desk: Desk) -> None:
    victim, thief = desk.visitor(), desk.visitor()
    desk.ask(victim, OWNER)
    code = desk.code_for(OWNER)
    desk.ask(thief, "nobody@corp.test")
    thief.send("/sign-in/code", code=code)

    assert thief.code == 403
    assert "in the browser where it was asked for" in thief.page


def test_a_code_is_over_after_ten_minutes(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.ask(visitor, OWNER)
    desk.company.wait(minutes=10, seconds=1)
    visitor.send("/sign-in/code", code=desk.code_for(OWNER))
    assert visitor.code == 403


def test_five_wrong_codes_spend_the_right_one(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.ask(visitor, OWNER)
    for _ in range(5):
        visitor.send("/sign-in/code", code="AAAA-AAAA")
        assert visitor.code == 403
    visitor.send("/sign-in/code", code=desk.code_for(OWNER))
    assert visitor.code == 403


def test_codes_cannot_be_asked_for_without_end(desk: Desk) -> None:
    visitor = desk.visitor()
    for _ in range(5):
        desk.ask(visitor, OWNER)
        assert visitor.code == 200
    desk.ask(visitor, OWNER)
    assert visitor.code == 429
    assert "quarter of an hour" in visitor.page
    assert len([to for to, _ in desk.company.systems.outbox.sent if to == OWNER]) == 5

    desk.company.wait(minutes=16)
    desk.ask(visitor, OWNER)
    assert visitor.code == 200


def test_the_store_holds_neither_code_nor_cookie(desk: Desk) -> None:
    visitor = desk.sign_in(OWNER)
    held = b"".join(path.read_bytes() for path in desk.company.folder.glob("offboard.db*"))

    assert visitor.client.cookies["desk"].encode() not in held
    assert desk.code_for(OWNER).replace("-", "").encode() not in held
    assert OWNER.encode() in held


def test_a_session_ends_by_signing_out_by_being_ended_elsewhere_and_by_itself(desk: Desk) -> None:
    first, second = desk.sign_in(OWNER), desk.sign_in(OWNER)
    cookie = first.client.cookies["desk"]
    first.send("/sign-out")
    first.client.cookies.set("desk", cookie)
    assert "Your mail address" in first.open("/")

    third = desk.sign_in(OWNER)
    third.open("/sessions")
    assert third.page.count("/sessions/end") == 2
    ended = desk.firm.store.sign_ins.session(second.client.cookies["desk"]).id
    third.send("/sessions/end", session=ended)
    assert "Your mail address" in second.open("/")

    desk.company.wait(hours=8, seconds=1)
    assert "Your mail address" in third.open("/")


def test_nobody_ends_a_session_of_somebody_else(desk: Desk) -> None:
    owner, it = desk.sign_in(OWNER), desk.sign_in(IT)
    it.open("/sessions")
    it.send("/sessions/end", session=desk.firm.store.sign_ins.session(owner.client.cookies["desk"]).id)
    assert "Sign out" in owner.open("/")


def test_signing_in_leads_back_to_where_one_was_and_nowhere_else(desk: Desk) -> None:
    number = desk.company.start()
    visitor = desk.visitor()
    visitor.open(f"/departures/{number}")
    assert visitor.path == "/sign-in"
    assert desk.sign_in(OWNER, back=f"/departures/{number}").path == f"/departures/{number}"
    for elsewhere in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        assert desk.sign_in(IT, back=elsewhere).path == "/"
        desk.company.wait(minutes=5)


def test_a_mail_server_that_is_down_is_told_of_and_a_new_code_can_be_asked_for(desk: Desk) -> None:
    desk.company.systems.down.add("outbox")
    visitor = desk.visitor()
    visitor.open("/sign-in")
    visitor.send("/sign-in", mail=OWNER)
    assert "could not be mailed" in desk.serve()[0]
    desk.company.systems.down.clear()
    assert desk.sign_in(OWNER, visitor).path == "/"
