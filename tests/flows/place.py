"""The practice company under Prefect, with ``offboard serve`` between the two."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.server import PrefectServer, clean_environment
from offboard.domain.departure import Departure, Status
from offboard.domain.people import Person
from offboard.domain.question import questions_of
from offboard.engine.deciding import approve
from offboard.engine.questions import answer
from offboard.engine.starting import Request, start
from offboard.wiring import Firm, open_firm
from tests.flows.prefect_api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.practice.company import PracticeCompany

RUN_FLOW = """
import asyncio, json, sys
import flows.departures
state = asyncio.run(getattr(flows.departures, sys.argv[1])(sys.argv[2], return_state=True))
print(json.dumps({"type": state.type.value, "name": state.name, "message": state.message}))
"""


def say_no(firm: Firm, number: str, person: str) -> None:
    """Answer whatever planning asks with no."""
    asked = [one.id for kept in firm.store.plans.every(number) for one in questions_of(kept.plan)]
    answer(firm.office, number, asked, person, yes=False, because="it is used")


@dataclass
class Place:
    """A practice company under Prefect; ``served`` is its ``offboard serve``, when one runs."""

    company: PracticeCompany
    server: PrefectServer
    folder: Path
    served: subprocess.Popen[bytes] | None = None

    @property
    def api(self) -> Api:
        return Api(self.server.address)

    @property
    def log(self) -> str:
        """What the resident has said."""
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def env(self) -> dict[str, str]:
        return clean_environment() | self.server.env() | self.company.env()

    @contextmanager
    def firm(self) -> Iterator[Firm]:
        """The company's store and systems, opened as commands open them."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.company.env().items():
                patch.setenv(name, value)
            firm = open_firm()
            try:
                yield firm
            finally:
                firm.close()

    def clients(self) -> None:
        """Import the company's clients as anybody would."""
        files = [str(self.company.clients_csv), "--interactions", str(self.company.interactions_csv)]
        command = [sys.executable, "-m", "offboard", "clients", "import", *files]
        subprocess.run(command, env=self.env(), check=True, capture_output=True)

    def count_from(self, first: int) -> None:
        """Let the next departure have a number above this one."""
        nobody = Person(id="nobody", system="none", login="nobody", name="Nobody At All")
        now = datetime.now(UTC)
        with self.firm() as firm:
            number = f"D-{now.year}-{first:04d}"
            firm.store.departures.add(
                lambda _: Departure(number, nobody, now, "UTC", "contractor", self.company.hr, now), {}
            )
            firm.store.departures.set_status(number, Status.CANCELLED)

    def run_flow(self, name: str, number: str) -> dict[str, str]:
        """Run a flow in a process of its own, without any deployment, and return its last state."""
        command = [sys.executable, "-c", RUN_FLOW, name, number]
        done = subprocess.run(command, env=self.env(), check=True, capture_output=True, text=True, timeout=120)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def serve(self, more: dict[str, str] | None = None) -> None:
        """Start ``offboard serve``; :meth:`ready` waits until its deployments are up."""
        with (self.folder / "serve.log").open("ab") as log:
            self.served = subprocess.Popen(
                [sys.executable, "-m", "offboard", "serve"],
                env=self.env() | (more or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> None:
        self.api.wait_for(lambda: "deployments of prefect.yaml are up" in self.log, "every deployment was up")

    def kill(self) -> None:
        """End ``offboard serve`` as a power cut would, with everything that it started."""
        assert self.served
        os.killpg(self.served.pid, signal.SIGKILL)
        self.served.wait()

    def end(self) -> None:
        if self.served and self.served.poll() is None:
            self.served.terminate()
            try:
                self.served.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def status(self, number: str) -> str:
        with self.firm() as firm:
            return firm.store.departures.status(number).value

    def wait_for_status(self, number: str, *wanted: str) -> str:
        named = " or ".join(wanted)
        return self.api.wait_for(
            lambda: status if (status := self.status(number)) in wanted else None, f"{number} was {named}"
        )

    def due_in(self, person: str, seconds: float) -> str:
        """Start a departure whose moment is in a few seconds, approved by as many as any guard wants."""
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        with self.firm() as firm:
            request = Request(person, moment, "UTC", "contractor", "", self.company.hr)
            number = start(firm.office, request).departure.number
            say_no(firm, number, self.company.it)
            approve(firm.office, number, self.company.it)
            approve(firm.office, number, self.company.owner)
        return number

    def others(self) -> list[str]:
        """Return people without clients whom nobody protects, so that their departures need no successor."""
        company = self.company
        ours = {company.hr, company.it, company.owner, company.leaver, company.successor}
        found = []
        with self.firm() as firm, firm.systems.reader("clients") as register:
            busy = {client.responsible for client in register.clients()}
            for login in sorted(company.passwords):
                with firm.systems.reader("office-ldap") as directory:
                    people = directory.find(login)
                if people and not people[0].keys() & {key.casefold() for key in busy | ours}:
                    found.append(people[0].mail)
        return found
