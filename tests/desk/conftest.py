"""A desk on loopback over the company in memory, and people who use it as a browser would."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from offboard.engine.errands import run_errands
from offboard.wiring_desk import desk_of, server_of
from tests.engine.conftest import Company
from tests.servers.needed import free_port, needed
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from offboard.engine.office import Office
    from offboard.wiring import Firm

HR, IT, OWNER, AUDITOR = "erin@corp.test", "dave@corp.test", "owner@corp.test", "audit@example.org"
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b")


class Forms(HTMLParser):
    """The forms of a page: where each is sent, and what it carries."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._here: dict[str, str] = {}
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._here = self.found.setdefault(given["action"], {})
        elif tag == "button" and given.get("name"):
            form = self.found.setdefault(given["formaction"], dict(self._here)) if "formaction" in given else self._here
            form[given["name"]] = given["value"]
        elif tag == "input" and given.get("type") not in {"checkbox", "file"}:
            self._here.setdefault(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._area = given["name"]
            self._here[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self._here[self._area] += data


@dataclass
class Visitor:
    """One person's browser; ``page`` is what it shows."""

    address: str
    client: httpx.Client
    page: str = ""
    code: int = 0
    path: str = ""

    def open(self, path: str) -> str:
        return self._show(self.client.get(path))

    def send(self, path: str, **fields: Any) -> str:
        """Fill in the form of this page that goes to ``path``, and send it."""
        form = Forms(self.page).found[path]
        return self._show(self.client.post(path, data=form | fields, headers={"origin": self.address}))

    def _show(self, answer: httpx.Response) -> str:
        self.page, self.code, self.path = answer.text, answer.status_code, answer.url.path
        return self.page


@dataclass
class Desk:
    """The running desk, and what ``serve`` would do for it meanwhile, when it is told to."""

    address: str
    firm: Firm
    office: Office
    company: Any
    visitors: list[httpx.Client] = field(default_factory=list)

    def visitor(self, **how: Any) -> Visitor:
        client = httpx.Client(base_url=self.address, follow_redirects=True, trust_env=False, timeout=20, **how)
        self.visitors.append(client)
        return Visitor(self.address, client)

    def serve(self) -> list[str]:
        return run_errands(self.office, self.firm.code_mails)

    def code_for(self, mail: str) -> str:
        """Return the newest code that was mailed to this address."""
        sent = [message for to, message in self.company.systems.outbox.sent if to == mail]
        text = message_from_bytes(sent[-1], policy=policy.default).get_body(("plain",)).get_content()
        return CODE.search(text)[0]

    def ask(self, visitor: Visitor, mail: str, back: str = "/") -> None:
        visitor.open(f"/sign-in?back={back}")
        visitor.send("/sign-in", mail=mail)
        self.serve()

    def sign_in(self, mail: str, visitor: Visitor | None = None, back: str = "/") -> Visitor:
        visitor = visitor or self.visitor()
        self.ask(visitor, mail, back)
        visitor.send("/sign-in/code", code=self.code_for(mail))
        return visitor


@contextmanager
def running(firm: Firm, office: Office | None = None) -> Iterator[str]:
    """Run the desk on a free port and return its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = server_of(desk_of(firm, address, office), host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def canary() -> str:
    """How many letters go first and wait for the owner's word."""
    return "0"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str) -> Iterator[Company]:
    monkeypatch.setenv("OFFBOARD_LETTERS__TEST_MODE", "false")
    monkeypatch.setenv("OFFBOARD_LETTERS__CANARY", canary)
    made = Company(tmp_path)
    yield made
    made.firm.close()


@pytest.fixture
def desk(company: Company) -> Iterator[Desk]:
    with running(company.firm, company.office) as address:
        made = Desk(address, company.firm, company.office, company)
        yield made
        for client in made.visitors:
            client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=needed("chromium"), headless=True, args=ALONE)
        yield started
        started.close()
