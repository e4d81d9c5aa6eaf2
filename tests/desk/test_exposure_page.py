"""The exposure page in Debian's Chromium, over the practice company's register: whole names, bars, a trend."""

from __future__ import annotations

from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import offboard.practice
from offboard.connectors.register import import_clients
from offboard.domain.exposure import Exposure, exposure
from offboard.domain.people import Person
from offboard.engine import clientele, weighing
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.desk.conftest import running
from tests.desk.in_browser import LAPTOP, PHONE, is_whole, take
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DATA = Path(offboard.practice.__file__).parent / "data"
OWNER = "eleanor.harcombe@harcombe.example"
WEEKS = (("2026-10-26", 512_300), ("2026-11-02", 498_000), ("2026-11-09", 441_700), ("2026-11-16", 395_200))


def staff() -> Iterator[Person]:
    """Yield the people of the practice company as its directory has them."""
    for entry in (DATA / "people.ldif").read_text(encoding="utf-8").split("\n\n"):
        lines = (line.partition(":")[::2] for line in entry.splitlines())
        of = {name: b64decode(value[1:]).decode() if value[:1] == ":" else value.strip() for name, value in lines}
        if "mail" in of:
            yield Person(of["uid"], "office", of["uid"], of["cn"], of["mail"], of.get("employeeNumber", ""))


def test_whoever_depends_on_one_person_is_seen_at_a_glance(browser: Browser, tmp_path: Path) -> None:
    given = settings_of(clients={"kind": "register", "url": f"sqlite:///{tmp_path}/clients.db"})
    given["company"]["name"], given["people"]["owner"] = "Harcombe Pumps & Valves Ltd", [OWNER]
    with closing(Firm(Settings(**given), tmp_path)) as firm:
        with firm.systems.writer("clients") as register:
            import_clients(register, DATA / "clients.csv", interactions_file=DATA / "interactions.csv")
        for week, value in WEEKS:
            firm.store.clients.keep_week(week, [Exposure("martin.thorne", 16, 3, value, None, 12)])
        assert weighing.keep(firm.office).rows, "a register alone is enough"
        known, dealt = clientele.clients(firm.office), clientele.dealings(firm.office)
        people = list(staff())
        rows = exposure(known, dealt, owners=[OWNER], staff=people, today=firm.now().date())
        shown = {"rows": [row.to_json() for row in rows], "without_responsible": 0}
        firm.store.clients.keep_view(weighing.VIEW, shown)
        firm.store.requests.keep_people("office", people)
        with running(firm) as address:
            context = browser.new_context(viewport=LAPTOP)
            token = firm.store.sign_ins.begin(OWNER, "a browser", proved=firm.now())
            context.add_cookies([{"name": "desk", "value": token, "url": address}])
            page = context.new_page()
            page.goto(f"{address}/clients")
            bars = page.locator(".bars li")
            expect(bars).to_have_count(len(rows))
            names = [bar.locator(".person").inner_text() for bar in bars.all()]
            assert len(set(names)) == len(names)
            assert set(names) <= {person.name for person in people}
            for size, name in ((PHONE, "desk-phone-exposure"), (LAPTOP, "desk-exposure")):
                page.set_viewport_size(size)
                is_whole(page)
                cut = "it => it.scrollWidth > it.clientWidth + 1"
                assert not any(bar.locator(".person").evaluate(cut) for bar in bars.all())
                take(page, name, tmp_path)
