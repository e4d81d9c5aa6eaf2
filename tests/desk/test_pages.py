"""Every page of the desk in Debian's Chromium: axe-core has nothing to say, nothing is cut off, keys are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from offboard.domain.asking import Task, TaskKind
from offboard.domain.departure import instant
from offboard.engine.driving import carry_out
from offboard.engine.undoing import plan_undo
from tests.desk.conftest import HR, IT, OWNER
from tests.desk.in_browser import LAPTOP, judge, look_over, take

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.desk.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def signed_in(browser: Browser, desk: Desk, mail: str, **how: object) -> Page:
    """Return a page of somebody who is signed in already."""
    context = browser.new_context(**({"viewport": LAPTOP} | how))
    context.set_default_timeout(20_000)
    token = desk.firm.store.sign_ins.begin(mail, "a browser", proved=desk.office.now())
    context.add_cookies([{"name": "desk", "value": token, "url": desk.address}])
    return context.new_page()


@pytest.fixture
def number(desk: Desk) -> str:
    """A departure in the middle of things: letters wait, one change failed, somebody is asked for something."""
    desk.serve()
    number = desk.company.approved()
    carry_out(desk.office, number)
    due = instant(desk.company.time.replace(year=2027))
    task = Task(f"T-{number}-1", number, "ask_person", "laptop", "Bring the laptop back.", TaskKind.PROPERTY, IT, due)
    desk.firm.store.tasks.ask(task)
    return number


def test_no_page_has_a_fault_that_axe_finds(browser: Browser, desk: Desk, number: str, tmp_path: Path) -> None:
    stranger = browser.new_page(viewport=LAPTOP)
    for path, picture in (("/nowhere", "nowhere"), ("/sign-in", "sign-in")):
        stranger.goto(desk.address + path)
        look_over(stranger, picture, tmp_path)
    stranger.get_by_label("Your mail address").fill(OWNER)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("heading", name="Type the code")).to_be_visible()
    look_over(stranger, "code", tmp_path)

    pages = {mail: signed_in(browser, desk, mail) for mail in (HR, IT, OWNER)}
    for mail, path, picture in (
        (IT, "/", "departures"), (IT, f"/departures/{number}", "departure"),
        (IT, f"/departures/{number}/rules", "rules"), (IT, "/rules", "rules-everywhere"),
        (IT, f"/departures/{number}/evidence", "evidence"), (IT, "/tasks", "tasks"),
        (IT, f"/tasks/T-{number}-1", "task"),
        (IT, "/sessions", "sessions"), (IT, "/stop", "stop"), (HR, "/start", "start"),
        (HR, f"/departures/{number}/clients", "proposals"), (OWNER, f"/departures/{number}/calls", "calls"),
        (OWNER, "/clients", "exposure"),
        (OWNER, f"/departures/{number}/letters", "letters"), (OWNER, f"/letters/L-{number}-C1", "letter"),
        (OWNER, "/departures/D-2026-0777", "not-here"),
    ):  # fmt: skip
        page = pages[mail]
        page.goto(desk.address + path)
        look_over(page, picture, tmp_path)

    page = pages[HR]
    page.goto(f"{desk.address}/start")
    page.get_by_label("Who leaves?").fill("joe")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    look_over(page, "found", tmp_path)
    page.get_by_role("button", name="Choose Joe").click()
    expect(page.get_by_label("Day")).to_be_visible()
    look_over(page, "chosen", tmp_path)
    page.get_by_label("Day").fill("2026-12-01")
    page.get_by_role("button", name="Plan this departure").click()
    expect(page.get_by_role("heading", name="is being planned")).to_be_visible()
    judge(page)

    plan_undo(desk.office, number, asked_by=HR)
    desk.firm.store.leases.stop(HR)
    page = pages[IT]
    page.goto(f"{desk.address}/departures/{number}")
    expect(page.get_by_role("heading", name="What is put back")).to_be_visible()
    look_over(page, "undo", tmp_path)
    page.goto(f"{desk.address}/stop")
    look_over(page, "stopped", tmp_path)


def test_the_page_follows_the_text_while_somebody_writes(
    browser: Browser,
    desk: Desk,
    number: str,
    tmp_path: Path,
) -> None:
    page = signed_in(browser, desk, OWNER)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.goto(f"{desk.address}/letters/L-{number}-C1")
    first = page.get_by_role("img", name="The first page").get_attribute("src")
    assert first.endswith("/page.png")
    body = page.get_by_label("Letter", exact=True)
    written = body.input_value()
    body.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("I shall ring you on Monday, <b>whatever</b> happens.")
    expect(page.get_by_text("Not kept yet.")).to_be_visible()
    expect(page.get_by_role("img", name="The first page")).not_to_have_attribute("src", first)
    assert page.get_by_role("img", name="The first page").get_attribute("src").startswith("data:image/png;base64,")
    expect(page.get_by_role("button", name="Approve this letter")).to_have_count(0)
    expect(body).to_be_focused()
    page.get_by_text("Plain text, as it stands in the mail").click()
    expect(page.locator("#plain")).to_contain_text("I shall ring you on Monday, <b>whatever</b> happens.")
    judge(page)
    take(page, "desk-live", tmp_path)
    assert desk.firm.store.letters.letter(f"L-{number}-C1").body.strip() == written.replace("\r\n", "\n").strip()

    body.fill(written)
    expect(page.get_by_role("button", name="Approve this letter")).to_be_visible()
    expect(page.get_by_text("Not kept yet.")).to_have_count(0)
    assert said == []

    body.fill("")
    expect(page.get_by_role("alert")).to_contain_text("needs its")
    letter = desk.firm.store.letters.letter(f"L-{number}-C1")
    new = desk.firm.book.edited(letter, letter.subject, "Dear Pat,\n\nAnother text.\n")
    desk.firm.store.letters.edit(letter, new, person=OWNER, os_user="x")
    body.fill(written + " More.")
    expect(page.get_by_role("alert")).to_contain_text("changed after you opened the page")
    assert body.input_value().endswith(" More.")


def test_a_letter_is_held_and_one_approved_by_keys_alone(
    browser: Browser,
    desk: Desk,
    number: str,
) -> None:
    page = signed_in(browser, desk, OWNER)
    page.goto(f"{desk.address}/departures/{number}/letters")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the page")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "link", "Client C1")
    page.keyboard.press("Enter")
    reach(page, "textbox", "Reason")
    page.keyboard.type("I meet them on Monday")
    reach(page, "button", "Hold")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Held.")
    reach(page, "link", "Client C2")
    page.keyboard.press("Enter")
    reach(page, "button", "Approve this letter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("This text, and no other")
    states = {letter.client: letter.state.value for letter in desk.firm.store.letters.letters(number)}
    assert (states["C1"], states["C2"]) == ("held", "approved")


def reach(page: Page, role: str, name: str) -> None:
    """Go to this part of the page with the Tab key, and see that it shows that it has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            assert wanted.evaluate(SHOWS_FOCUS), f"{name} does not show that it has the focus"
            return
    pytest.fail(f"{name} cannot be reached by keys")


SHOWS_FOCUS = """it => [getComputedStyle(it), getComputedStyle(it, "::after")].some(
    style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)"""
