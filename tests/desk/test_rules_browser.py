"""Reviewing rules in Debian's Chromium over the real servers: by keyboard, without scripts, on a laptop and a phone."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.desk.conftest import IT, running
from tests.desk.in_browser import PHONE, Person, is_whole, judge, served, take
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.servers.dovecot import Dovecot
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--successor", "bob")
MIXED = (
    'require ["copy", "fileinto"];\r\n# rule:[Alder]\r\n'
    'if address :domain "from" "alder.example" { fileinto "Alder"; }\r\n# rule:[.]\r\n'
    'redirect :copy "alice_archer@gmail.com";\r\n'
)


def test_it_hands_a_rule_on_and_the_successor_has_it(
    browser: Browser,
    workplace: Workplace,
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    tmp_path: Path,
) -> None:
    dovecot.put_script("alice", "holiday", MIXED)
    dovecot.put_script("alice", "old", 'redirect "x@freemail.invalid";', active=False)
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    with closing(workplace.firm()) as firm, running(firm) as address, served(firm):
        page = Person(browser, address, smtp_sink, IT, java_script_enabled=False).sign_in()
        page.goto(f"{address}/departures/{number}/rules")
        take(page, "desk-rules-review", tmp_path)
        tab_to(page, "Stop it")
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label("Hand it to Bob Baker").first).to_be_checked()
        tab_to(page, "Why")
        page.keyboard.type("Bob takes Alder on")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("The plan is made anew with it")
        wait_until(lambda: firm.store.decisions.to_plan() == [], seconds=30)
        page.goto(f"{address}/departures/{number}")
        expect(page.get_by_text('mail rule "holiday from alice" for Bob Baker', exact=True)).to_be_visible()
        page.get_by_role("button", name="Approve this plan").click()
        expect(page.get_by_text("Your approval is recorded.")).to_be_visible()
        wait_until(lambda: firm.store.departures.status(number).value == "informing", seconds=60)
        page.goto(f"{address}/departures/{number}/rules")
        expect(page.get_by_text("stopped by c")).to_be_visible()
    assert dovecot.active_script("bob") == "holiday from alice"
    dovecot.deliver("ida@alder.example", "bob@corp.test", "handed on")
    assert len(dovecot.doveadm("search", user="bob", query=["mailbox", "Alder", "all"])) == 1
    assert smtp_sink.to("alice_archer@gmail.com") == []
    assert dovecot.script_file("alice", "holiday").read_bytes() == MIXED.encode()


@pytest.mark.parametrize("width", ["laptop", "phone"])
def test_the_page_is_whole_at_any_width(
    width: str,
    browser: Browser,
    workplace: Workplace,
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    tmp_path: Path,
) -> None:
    dovecot.put_script("alice", "holiday", MIXED)
    dovecot.put_script(
        "alice", "x" * 120, "# " + "y" * 500 + '\r\nredirect "' + "z" * 60 + '@gmail.com";', active=False
    )
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    workplace.run("rules", "scan")
    with closing(workplace.firm()) as firm, running(firm) as address, served(firm):
        person = Person(browser, address, smtp_sink, IT)
        page = person.sign_in()
        if width == "phone":
            page.set_viewport_size(PHONE)
        for path in (f"/departures/{number}/rules", "/rules"):
            page.goto(f"{address}{path}")
            for summary in page.locator("details > summary").all():
                if summary.is_visible():
                    summary.click()
            is_whole(page)
            judge(page)
            take(page, f"desk{path.replace('/', '-')}-{width}".replace(number, "d"), tmp_path)
        assert person.complaints == []


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the field of that label has the focus."""
    wanted = page.get_by_label(label).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator("*:focus").count() and wanted.and_(page.locator("*:focus")).count():
            return
    raise AssertionError(f"{label!r} cannot be reached by keyboard")
