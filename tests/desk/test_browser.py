"""The desk in Debian's Chromium, with the real servers behind it: from the form to the letters in the mail server.

``PICTURES=docs/pictures python -m pytest tests/desk/test_browser.py`` takes the pictures of the documentation anew.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from offboard.engine import due
from offboard.engine.driving import carry_out
from offboard.engine.errands import run_errands
from tests.desk.conftest import CODE, HR, IT, OWNER, running
from tests.servers.needed import needed
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from offboard.wiring import Firm
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ALONE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NUMBER = re.compile(r"D-\d{4}-\d{4}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=needed("chromium"), headless=True, args=ALONE)
        yield started
        started.close()


@contextmanager
def served(firm: Firm) -> Iterator[None]:
    """Do meanwhile what ``offboard serve`` does, without Prefect: errands of the desk, and what is due."""
    stop = threading.Event()

    def stay() -> None:
        while not stop.wait(0.2):
            run_errands(firm.office, firm.code_mails)
            for number in {*due.to_carry_out(firm.office), *due.to_deliver(firm.office)}:
                carry_out(firm.office, number)

    thread = threading.Thread(target=stay)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


class Person:
    """One person with a browser of their own."""

    def __init__(self, browser: Browser, address: str, sink: SmtpSink, mail: str, **how: Any) -> None:
        self.address, self.sink, self.mail = address, sink, mail
        context = browser.new_context(viewport=LAPTOP, timezone_id="Europe/London", **how)
        context.set_default_timeout(20_000)
        context.route("**/*", lambda r: r.continue_() if r.request.url.startswith(f"{address}/") else r.abort())
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def sign_in(self) -> Page:
        """Sign in by keyboard alone."""
        before = len(self.sink.to(self.mail))
        self.page.goto(f"{self.address}/")
        expect(self.page.get_by_label("Your mail address")).to_be_focused()
        self.page.keyboard.type(self.mail)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_label("Code", exact=True)).to_be_focused()
        wait_until(lambda: len(self.sink.to(self.mail)) > before, seconds=30)
        self.page.keyboard.type(CODE.search(text_of(self.sink.to(self.mail)[-1].content))[0])
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        return self.page


def text_of(mail: bytes) -> str:
    return message_from_bytes(mail, policy=policy.default).get_body(("plain",)).get_content()


def take(page: Page, name: str, folder: Path) -> None:
    """Take a picture, for a person to look at; ``PICTURES`` names the folder where it is kept."""
    page.mouse.move(0, 0)
    file = Path(os.environ.get("PICTURES", folder)) / f"{name}.png"
    page.screenshot(path=file)
    assert file.stat().st_size > 10_000


def is_whole(page: Page) -> None:
    """Check that nothing on the page is wider than the screen, and that every field has its label."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    unnamed = """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
        .filter(field => !field.labels.length && !field.ariaLabel).map(field => field.name)"""
    assert page.evaluate(unnamed) == []
    assert page.locator("main").count() == 1
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_form_to_the_letters_by_three_people(
    scripts: bool, browser: Browser, workplace: Workplace, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    # A laptop's browser lets a page's scripts be looked into only where they may run.
    look = is_whole if scripts else (lambda _: None)
    with closing(workplace.firm()) as firm, running(firm) as address, served(firm):
        hr, it, owner = (
            Person(browser, address, smtp_sink, mail, java_script_enabled=scripts) for mail in (HR, IT, OWNER)
        )

        page = hr.sign_in()
        take(page, "desk-empty", tmp_path)
        page.get_by_role("link", name="Start one").first.click()
        page.get_by_label("Who leaves?").fill("alice")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="1 found")).to_be_visible()
        look(page)
        page.get_by_role("button", name="Choose Alice").click()
        page.get_by_label("Day").fill("2026-01-05")
        page.get_by_label("Who takes the clients over?").fill("bob@corp.test")
        look(page)
        take(page, "desk-start", tmp_path)
        page.get_by_role("button", name="Plan this departure").click()
        page.wait_for_url("**/departures/*")
        number = NUMBER.search(page.url)[0]
        expect(page.get_by_text("cannot approve it as well")).to_be_visible()

        page = it.sign_in()
        page.goto(f"{address}/departures/{number}")
        expect(page.get_by_role("heading", name="What cannot be undone")).to_be_visible()
        look(page)
        take(page, "desk-plan", tmp_path)
        page.get_by_role("button", name="Approve this plan").click()
        expect(page.get_by_text("Your approval is recorded.")).to_be_visible()
        wait_until(lambda: firm.store.departures.status(number).value == "informing", seconds=60)
        page.goto(f"{address}/departures/{number}/rules")
        expect(page.get_by_text("alice.archer@freemail.invalid").first).to_be_visible()
        look(page)
        take(page, "desk-rules", tmp_path)

        page = owner.sign_in()
        take(page, "desk-departures", tmp_path)
        page.get_by_role("link", name="letters").click()
        expect(page.get_by_role("heading", name="Letters to the clients")).to_be_visible()
        look(page)
        take(page, "desk-letters", tmp_path)
        page.get_by_role("link", name="Alder & Co").click()
        body = page.get_by_label("Letter", exact=True)
        written = body.input_value().replace("\r\n", "\n")
        body.fill(written.rstrip() + "\n\nI shall ring you myself on Monday.\n")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Not kept yet.")).to_be_visible()
        look(page)
        take(page, "desk-letter", tmp_path)
        page.get_by_role("button", name="Keep this text").click()
        expect(page.get_by_text("Your text is kept.")).to_be_visible()
        page.get_by_role("button", name="Approve this letter").click()
        expect(page.get_by_text("This text, and no other")).to_be_visible()
        page.get_by_role("link", name="Cedar Ltd").click()
        page.get_by_label("Reason").fill("told by telephone")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_text("This client is not written to.")).to_be_visible()
        page.get_by_role("link", name="Buchen GmbH").click()
        page.get_by_role("link", name="All letters").click()
        page.get_by_role("button", name="Approve 1 letter").click()
        expect(page.get_by_text("These texts, and no others")).to_be_visible()

        wait_until(lambda: firm.store.departures.status(number).value == "closed", seconds=60)
        letters = {letter.client: letter for letter in firm.store.letters.letters(number)}
        assert {c: x.state.value for c, x in letters.items()} == {"C1": "sent", "C2": "sent", "C3": "rejected"}
        for client in ("C1", "C2"):
            (arrived,) = smtp_sink.to(letters[client].recipient)
            assert arrived.content.replace(b"\r\n", b"\n") == firm.book.message(letters[client]).replace(b"\r\n", b"\n")
        assert "I shall ring you myself on Monday." in text_of(smtp_sink.to("ida@alder.example")[0].content)
        assert [*hr.complaints, *it.complaints, *owner.complaints] == [], "a browser had something to say"

        page.set_viewport_size(PHONE)
        for path, name in (
            ("/", "list"),
            (f"/departures/{number}", "plan"),
            (f"/departures/{number}/letters", "letters"),
        ):
            page.goto(address + path)
            look(page)
            take(page, f"desk-phone-{name}", tmp_path)
        page.goto(f"{address}/letters/{letters['C3'].id}")
        look(page)
        take(page, "desk-phone-letter", tmp_path)
        page.goto(f"{address}/departures/{number}/evidence")
        look(page)
        take(page, "desk-phone-evidence", tmp_path)
