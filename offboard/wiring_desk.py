"""The desk, put together: it gets the store and what the engine shows and decides, and no way to any system."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from offboard.desk.app import make_app
from offboard.desk.needs import Needs
from offboard.desk.oidc import SignInService
from offboard.engine import asking, calling, deciding, letting_out, questions, reviewing, undoing
from offboard.engine.errands import may_sign_in
from offboard.engine.showing import show, show_plan
from offboard.errors import BadSettings, NotAllowed, Unreachable
from offboard.wiring_paper import Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from fastapi import FastAPI

    from offboard.domain.asking import Task
    from offboard.domain.letter import Letter, LetterState
    from offboard.domain.rule_review import RuleDecision
    from offboard.engine.office import Office, Systems
    from offboard.settings import SecretRef
    from offboard.wiring import Firm

FAREWELL = 5
"""Seconds that pages under way get when the desk is told to end."""


class OutOfReach:
    """The systems by name, none of which can be connected to: what the desk may know of them."""

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    def names(self) -> list[str]:
        """Return every system's name, in the order of the settings."""
        return self._systems.names()

    def having(self, *needs: type) -> list[str]:
        """Return the systems that have all these capabilities, without connecting."""
        return self._systems.having(*needs)

    def calls_at_once(self, name: str) -> int:
        """Return how many connections a system allows at once."""
        return self._systems.calls_at_once(name)

    def places(self, name: str) -> int:
        """Return how many connections whoever holds one may use now, that one and those that nobody else holds."""
        return self._systems.places(name)

    @contextmanager
    def writer(self, name: str) -> Iterator[Any]:
        """Refuse.

        Raises:
            NotAllowed: always.
        """
        raise NotAllowed(f"the desk has no way to {name}", hint="This is done by 'offboard serve'.")
        yield

    reader = writer


class Decisions:
    """What people decide at the desk (fulfils ``Decides``)."""

    def __init__(self, office: Office, domains: Sequence[str]) -> None:
        self._office, self._domains = office, domains

    def approve(self, number: str, person: str, *, decline: Sequence[str] = (), read: str = "", heard: str = "") -> str:
        """Approve the plan of the digest ``read``, with the answers of the digest ``heard``, but for what is declined.

        Returns what is now the case.
        """
        return deciding.approve(self._office, number, person, decline=decline, read=read, heard=heard)

    def undo(self, number: str, person: str, *, only: Sequence[str] = ()) -> None:
        """Have a plan made that puts back what was done, all of it or these changes."""
        undoing.plan_undo(self._office, number, asked_by=person, only=only)

    def settle(self, number: str, change: str, person: str, reason: str) -> None:
        """Close a change that could not be carried out."""
        deciding.settle(self._office, number, change, person, reason)

    def answer(self, number: str, question: str, person: str, *, yes: bool, because: str) -> None:
        """Answer what planning asks."""
        questions.answer(self._office, number, [question], person, yes=yes, because=because)

    def stop(self, person: str) -> None:
        """Stop everything: no system is written to."""
        deciding.stop(self._office, person)

    def resume(self, person: str) -> None:
        """Let things go on."""
        deciding.resume(self._office, person)

    def cancel(self, number: str, person: str) -> str:
        """Call a departure off."""
        return deciding.cancel(self._office, number, person)

    def letters(self, number: str, letters: Sequence[Letter], person: str, *, to: LetterState, reason: str = "") -> int:
        """Decide on letters as they read now; return on how many."""
        return deciding.decide_letters(self._office, number, letters, person, to=to, reason=reason)

    def rules(
        self, number: str, rules: Sequence[str], decision: RuleDecision, person: str, *, because: str, seen: int
    ) -> str:
        """Decide on mail rules, by their ids, knowing of every decision up to ``seen``; return what is now the case."""
        return reviewing.decide_rules(
            self._office, self._domains, number, rules, decision, person=person, because=because, seen=seen
        )

    def hold(self, letter: Letter, person: str, *, reason: str) -> None:
        """Stop exactly this letter until it is released."""
        letting_out.hold_letters(self._office, letter.departure, [letter], person, reason)

    def release(self, letter: Letter, person: str) -> None:
        """Let a letter go on that a person held."""
        letting_out.release_letters(self._office, letter.departure, [letter], person)

    def let_go(self, number: str, person: str) -> None:
        """Say that the first letters are right: the others go out."""
        letting_out.let_go(self._office, number, person)

    def edit(self, letter: Letter, new: Letter, person: str) -> None:
        """Keep another text for exactly this letter."""
        deciding.edit_letter(self._office, letter, new, person)

    def called(self, number: str, person: str, client: str, *, note: str = "") -> None:
        """Say that the owner has called a client."""
        calling.called(self._office, self._office.store.departures.get(number), person, client, note)

    def confirm(self, task: Task, person: str, **shown: Any) -> None:
        """Say that a task is done."""
        asking.confirm(self._office, task, person, **shown)

    def refuse(self, task: Task, person: str, reason: str) -> None:
        """Say that a task cannot be done."""
        asking.refuse(self._office, task, person, reason)


def desk_of(firm: Firm, address: str, office: Office | None = None) -> FastAPI:
    """Return the desk of a company, which people find at ``address``."""
    office = office or firm.office
    apart = replace(office, systems=OutOfReach(office.systems))
    needs = Needs(
        address=address,
        company=firm.settings.company,
        people=firm.settings.people,
        store=apart.store,
        pages=firm.book,
        decides=Decisions(apart, firm.settings.company.domains),
        show=partial(show, apart),
        show_plan=partial(show_plan, apart),
        review=partial(reviewing.review, apart, firm.settings.company.domains),
        playbooks=firm.playbooks,
        may_sign_in=partial(may_sign_in, apart),
        now=apart.now,
        paper=Paper(apart, firm.book),
        why_letters_wait=partial(letting_out.why_they_wait, apart),
        sign_in_service=_sign_in_service(firm, address, apart.now),
    )
    return make_app(needs)


def _sign_in_service(firm: Firm, address: str, now: Callable[[], datetime]) -> SignInService | None:
    section = firm.settings.desk.oidc
    if section is None:
        return None

    def secret(given: SecretRef | None) -> SecretRef | None:
        return given.model_copy(update={"file": firm.folder / given.file}) if given and given.file else given

    placed = section.model_copy(
        update={
            "ca_file": section.ca_file and firm.folder / section.ca_file,
            "client_secret": secret(section.client_secret),
            "certificate": secret(section.certificate),
        }
    )
    return SignInService(placed, address=address, now=now)


def serve_desk(firm: Firm, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the desk until SIGTERM or SIGINT.

    Raises:
        BadSettings: without https, others than this machine would reach it.
        Unreachable: the port is taken, or the address is none of this machine.
    """
    url = firm.settings.desk.url
    if not url and not _is_loopback(host):
        raise BadSettings(
            f"desk: without [desk] url it listens on loopback only, not on {host}",
            hint='Put something that speaks https before it, and set [desk] url = "https://desk.acme.example".',
        )
    try:
        taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Unreachable(
            f"desk: {host}:{port}: {error.strerror}", system="desk", hint="Choose another --port."
        ) from error
    with taken:
        shown = f"[{host}]" if ":" in host else host
        address = url or f"http://{shown}:{taken.getsockname()[1]}"
        say(f"The desk is at {address}")
        server_of(desk_of(firm, address)).run(sockets=[taken])


def server_of(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Server:
    """Return the web server of a desk; what the addresses of its pages say is nobody's log's business."""
    config = uvicorn.Config(
        app, host=host, port=port, lifespan="off", ws="none", access_log=False, log_level="warning",
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=FAREWELL,
    )  # fmt: skip
    return uvicorn.Server(config)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
