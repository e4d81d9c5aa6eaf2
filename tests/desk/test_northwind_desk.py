"""Northwind's employee 4 is taken through the desk by three people, from the form to letters sent, printed and posted.

Over https, signed in by npm's ``oidc-provider``, with a real directory, real mail and a real mail server behind it.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
import uvicorn
from playwright.sync_api import expect

from offboard.desk.oidc import BACK
from offboard.wiring_desk import desk_of
from tests.desk.conftest import HR, IT, OWNER
from tests.desk.in_browser import LAPTOP, NUMBER, served, take
from tests.servers.needed import free_port
from tests.servers.openid import SECRET, start_sign_in_server
from tests.servers.waiting import wait_until
from tests.test_northwind import import_clients, load_staff, northwind  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from offboard.wiring import Firm
    from tests.servers.authority import Authority
    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@contextmanager
def encrypted(firm: Firm, authority: Authority, port: int) -> Iterator[str]:
    """Run the desk as people reach it: over https."""
    address = f"https://localhost:{port}"
    config = uvicorn.Config(
        desk_of(firm, address), port=port, lifespan="off", log_level="warning",
        ssl_certfile=authority.cert_file, ssl_keyfile=authority.key_file,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(20)


def signed_in(browser: Browser, address: str, mail: str) -> Page:
    """Sign in with the company's account."""
    context = browser.new_context(viewport=LAPTOP, ignore_https_errors=True, accept_downloads=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{address}/")
    page.get_by_role("link", name="Sign in with your company account").click()
    page.get_by_placeholder("Enter any login").fill(mail)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    (cookie,) = [one for one in context.cookies() if one["name"] == "__Host-desk"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    return page


def test_employee_4_is_taken_through_the_desk(
    northwind: Path,  # noqa: F811 - the fixture
    browser: Browser,
    workplace: Workplace,
    slapd: Slapd,
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    load_staff(northwind, slapd, dovecot)
    expected = import_clients(northwind, workplace)
    port = free_port()
    monkeypatch.setenv("DESK_SECRET", SECRET)
    with start_sign_in_server(authority, f"https://localhost:{port}{BACK}") as service:
        workplace.settings["desk"] = {"url": f"https://localhost:{port}", "oidc": service.settings()}
        workplace.write()
        with closing(workplace.firm()) as firm, encrypted(firm, authority, port) as address, served(firm):
            page = signed_in(browser, address, HR)
            page.get_by_role("link", name="Start one").first.click()
            page.get_by_label("Who leaves?").fill("peacock")
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Choose Margaret Peacock").click()
            page.get_by_label("Day").fill("2026-01-05")
            page.get_by_label("Who takes the clients over?").fill("davolio")
            page.get_by_role("button", name="Plan this departure").click()
            page.wait_for_url("**/departures/*")
            number = NUMBER.search(page.url)[0]

            page = signed_in(browser, address, IT)
            page.goto(f"{address}/departures/{number}")
            expect(page.get_by_role("heading", name="What cannot be undone")).to_be_visible()
            take(page, "northwind-plan", tmp_path)
            page.get_by_role("button", name="Approve this plan").click()
            expect(page.get_by_text("Your approval is recorded.")).to_be_visible()
            wait_until(lambda: firm.store.departures.status(number).value == "informing", seconds=90)
            assert not slapd.bind("uid=peacock,ou=people,dc=corp,dc=test", "peacockpw")

            page = signed_in(browser, address, OWNER)
            page.goto(f"{address}/departures/{number}/letters")
            expect(page.get_by_text("12 of 12 letters")).to_be_visible()
            take(page, "northwind-letters", tmp_path)
            for letter in firm.store.letters.letters(number):
                page.goto(f"{address}/letters/{letter.id}")
                if letter.warnings:
                    page.get_by_role("button", name="Approve this letter").click()
                    expect(page.get_by_text("This text, and no other")).to_be_visible()
            page.goto(f"{address}/departures/{number}/letters")
            together = page.get_by_role("button", name="Approve", exact=False)
            if together.count():
                together.first.click()
                expect(page.get_by_text("These texts, and no others")).to_be_visible()
            with page.expect_download() as download:
                page.get_by_role("button", name="Print").click()
            by_mail = [mail for _, mail in expected.values() if mail]
            printed = pikepdf.open(BytesIO(Path(download.value.path()).read_bytes()))
            assert len(printed.pages) == len(expected) - len(by_mail)
            page.reload()
            page.get_by_role("button", name="They are at the post").click()
            expect(page.get_by_text("recorded that they are at the post")).to_be_visible()
            wait_until(lambda: firm.store.departures.status(number).value == "closed", seconds=90)

            letters = firm.store.letters.letters(number)
            assert {x.client for x in letters} == set(expected)
            assert {x.state.value for x in letters} == {"sent"}
            arrived = [e for e in smtp_sink.envelopes if e.rcpt_tos[0].endswith("customer.example")]
            assert Counter(e.rcpt_tos[0] for e in arrived) == Counter(by_mail)
            for letter in letters:
                for mail in smtp_sink.to(letter.recipient) if letter.recipient else []:
                    assert mail.content.replace(b"\r\n", b"\n") == firm.book.message(letter).replace(b"\r\n", b"\n")
                assert firm.store.letters.approved(letter.id) == letter.digest
