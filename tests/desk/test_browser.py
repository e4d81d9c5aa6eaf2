"""The desk in Debian's Chromium, with the real servers behind it: from the form to the letters in the mail server."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.desk.conftest import HR, IT, OWNER, running
from tests.desk.in_browser import NUMBER, PHONE, Person, is_whole, served, take, text_of
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


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
