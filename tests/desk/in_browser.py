"""People at the desk in Debian's Chromium, each in a browser of their own, and what is looked at on every page.

``PICTURES=docs/pictures python -m pytest tests/desk/test_browser.py`` takes the pictures of the documentation anew.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from offboard.engine import due
from offboard.engine.driving import carry_out
from offboard.engine.errands import run_errands
from tests.desk.conftest import CODE
from tests.servers.needed import needed_package
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from offboard.wiring import Firm
    from tests.servers.smtp import SmtpSink

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NUMBER = re.compile(r"D-\d{4}-\d{4}")


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


@cache
def axe() -> str:
    """Return axe-core's script."""
    return (needed_package("axe-core") / "axe.min.js").read_text(encoding="utf-8")


def look_over(page: Page, name: str, folder: Path) -> None:
    """Judge the page at a laptop's width and at a phone's, and take a picture of each."""
    for size, width in ((PHONE, "phone"), (LAPTOP, "laptop")):
        page.set_viewport_size(size)
        judge(page)
        is_whole(page)
        take(page, f"desk-{width}-{name}", folder)


def judge(page: Page) -> None:
    """Have axe-core look at the page: nothing that it calls serious or critical, and nothing in disorder either."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"{axe()};0")
    # Every rule is run; only what it says of the parts that keep them is not worked out.
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then(told => told.violations)")
    told = [f"{one['impact']}: {one['help']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    assert told == [], f"{page.url}: {told}"
