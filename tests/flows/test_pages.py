"""Prefect's pages as HR and IT see them, in Debian's Chromium.

``PICTURES=docs/pictures python -m pytest tests/flows/test_pages.py`` takes the pictures of the documentation anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.servers.needed import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

    from tests.flows.place import Place

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.browser,
    pytest.mark.xdist_group("prefect"),
    pytest.mark.timeout(240),
]

ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 30_000
LARGEST = 300_000


@pytest.fixture(scope="module")
def page(place: Place) -> Iterator[Page]:
    """A page that may talk to our server and to nobody else: Prefect's pages call their maker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed("chromium"), headless=True, args=ALONE)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/London")
        context.set_default_timeout(SLOW)
        mine = f"{place.server.address}/"
        context.route("**/*", lambda r: r.continue_() if r.request.url.startswith(mine) else r.abort())
        yield context.new_page()
        browser.close()


def see(page: Page, text: str, *, patience: int = SLOW) -> None:
    """Wait until a text can be seen; the page holds some of it a second time, hidden, as raw data."""
    expect(page.get_by_text(text, exact=False).locator("visible=true").first).to_be_visible(timeout=patience)


def visit(page: Page, address: str, texts: Sequence[str]) -> None:
    """Open a page and wait for these texts; one that Prefect's own client left half empty is opened again."""
    for last in (False, False, True):
        page.goto(address)
        try:
            for text in texts:
                see(page, text, patience=SLOW if last else SLOW // 2)
        except AssertionError:
            if last:
                raise
        else:
            return


def take(page: Page, name: str, folder: Path) -> None:
    """Take a picture, for a person to look at; ``PICTURES`` names the folder where it is kept."""
    page.mouse.move(0, 0)
    file = Path(os.environ.get("PICTURES", folder)) / f"{name}.png"
    page.screenshot(path=file)
    assert 10_000 < file.stat().st_size < LARGEST


def test_the_run_form_asks_in_words_and_starts_a_departure(place: Place, page: Page, tmp_path: Path):
    deployment = place.api.deployment("plan_departure")["id"]
    page.goto(f"{place.server.address}/v2/deployments/deployment/{deployment}/run")
    for label in ("Who leaves", "Last moment", "Playbook", "Successor"):
        see(page, label)
    assert "json" not in page.inner_text("main").casefold()
    assert "none" not in page.inner_text("main").casefold()
    person = place.others()[3]
    fields = page.locator("main textarea")
    fields.nth(0).fill(person)

    take(page, "prefect-form", tmp_path)


def test_the_run_page_shows_each_step(place: Place, page: Page, carried: str, tmp_path: Path):
    run = place.api.ended(f"carry out {carried}")
    texts = (f"carry out {carried}", "Completed", f"{carried.lower()}-outcome")
    visit(page, f"{place.server.address}/v2/runs/flow-run/{run['id']}?tab=Artifacts", texts)

    page.wait_for_timeout(1500)  # the timeline is drawn on a canvas, which nothing in the page tells of
    take(page, "prefect-run", tmp_path)


@pytest.mark.parametrize(
    ("artifact", "seen", "picture"),
    [
        ("plan", ["Shut the doors", "Last moment", "Sophie Adeyemi"], "prefect-plan"),
        ("mail-rules", ["alarm", "m.thorne.home@privatepost.example"], "prefect-rules"),
        ("clients", ["old person", "new person", "Pemberton & Sons (Dairies)"], "prefect-clients"),
    ],
)
def test_an_artifact_reads_well(
    artifact: str, seen: list[str], picture: str, place: Place, page: Page, carried: str, tmp_path: Path
):
    found = place.api.artifacts(carried)[artifact]["latest_id"]
    visit(page, f"{place.server.address}/v2/artifacts/artifact/{found}", seen)

    take(page, picture, tmp_path)
