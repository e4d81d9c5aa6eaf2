"""A Prefect server of our own, the practice company, and ``offboard serve`` between the two.

Prefect is looked at through its REST API alone, as any other program would. The server and one served company last for
the session, since starting them takes ten seconds; tests that break something have a company of their own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from flows.server import PrefectServer, clean_environment
from offboard.domain.departure import Departure, Status
from offboard.domain.letter import Channel, LetterState
from offboard.domain.people import Person
from offboard.engine.deciding import approve, decide_letters
from offboard.engine.starting import Request, start
from offboard.practice.company import PracticeCompany
from offboard.wiring import Firm, open_firm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OVER = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
RUN_FLOW = """
import asyncio, json, sys
import flows.departures
state = asyncio.run(getattr(flows.departures, sys.argv[1])(sys.argv[2], return_state=True))
print(json.dumps({"type": state.type.value, "name": state.name, "message": state.message}))
"""


@dataclass
class Api:
    """Prefect's REST API."""

    address: str

    def ask(self, path: str, **body: Any) -> Any:
        # SQLite has one writer: a busy server answers 503, and Prefect's own client asks again too.
        for _ in range(20):
            answer = httpx.post(f"{self.address}/api/{path}", json=body, trust_env=False, timeout=20)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(0.5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def read(self, path: str) -> Any:
        answer = httpx.get(f"{self.address}/api/{path}", trust_env=False, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def deployment(self, name: str) -> dict[str, Any]:
        return self.read(f"deployments/name/{name}/{name}")

    def event(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event as another program would."""
        event = {
            "id": str(uuid4()),
            "event": name,
            "occurred": datetime.now(UTC).isoformat(),
            "resource": {"prefect.resource.id": "hr.system"},
            "payload": payload,
        }
        httpx.post(f"{self.address}/api/events", json=[event], trust_env=False).raise_for_status()

    def start(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Start a deployment and return its run when it has ended."""
        run = self.ask(f"deployments/{self.deployment(name)['id']}/create_flow_run", parameters=parameters)
        return self.over(run["id"])

    def running(self, name: str, **parameters: Any) -> str:
        """Put a run of the resident's on record that is under way, and in no process; return its id."""
        state = {"type": "RUNNING", "name": "Running"}
        flow = self.deployment(name)["flow_id"]
        run = self.ask("flow_runs/", flow_id=flow, state=state, tags=["offboard serve"], parameters=parameters)
        return str(run["id"])

    def over(self, run_id: str) -> dict[str, Any]:
        """Return a run once it has ended."""
        return self.wait_for(lambda: self._ended(run_id), "the run ended")

    def _ended(self, run_id: str) -> dict[str, Any] | None:
        run = self.read(f"flow_runs/{run_id}")
        return run if self.is_over(run) else None

    @staticmethod
    def is_over(run: dict[str, Any]) -> bool:
        return run["state_type"] in OVER

    def ended(self, name: str) -> dict[str, Any]:
        """Return the latest run of that name, once it has ended."""

        def look() -> dict[str, Any] | None:
            runs = sorted(self.runs(name={"any_": [name]}), key=lambda run: run["created"])
            return runs[-1] if runs and self.is_over(runs[-1]) else None

        return self.wait_for(look, f"{name} ended")

    def runs(self, **flow_runs: Any) -> list[dict[str, Any]]:
        return self.ask("flow_runs/filter", flow_runs=flow_runs, limit=200)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        return self.ask("task_runs/filter", flow_runs={"id": {"any_": [run_id]}}, limit=200)

    def task_states(self, run_id: str, wanted: set[str]) -> dict[str, str]:
        """Return task → state, once all these tasks are on record: the server writes them down a moment later."""

        def look() -> dict[str, str] | None:
            found = {task["name"]: task["state_type"] for task in self.tasks(run_id)}
            over = all(found.get(name) in OVER for name in wanted)
            return found if over else None

        return self.wait_for(look, "the tasks were on record")

    def artifacts(self, number: str) -> dict[str, Any]:
        """Return the artifacts of one departure by what comes after its number in their key."""
        found = self.ask("artifacts/latest/filter", limit=200)
        start = f"{number.lower()}-"
        return {a["key"].removeprefix(start): a for a in found if (a["key"] or "").startswith(start)}

    @staticmethod
    def wait_for(look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.1)
        pytest.fail(f"waited {seconds} seconds in vain until {what}")


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


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    folder = tmp_path_factory.mktemp("prefect")
    with PrefectServer(folder / "home", folder / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def place(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A company that is served for the whole session."""
    folder = tmp_path_factory.mktemp("place")
    with PracticeCompany.start(folder / "company") as company:
        place = Place(company, prefect_server, folder)
        place.clients()
        place.serve()
        try:
            place.ready()
            yield place
        finally:
            place.end()


HUNDREDS = count(100, 100)


@pytest.fixture
def own_place(prefect_server: PrefectServer, tmp_path: Path) -> Iterator[Place]:
    """A company of one test, which may break it; nobody serves it until the test does.

    Its departures have numbers of their own, so that Prefect's one server can tell the companies apart.
    """
    with PracticeCompany.start(tmp_path / "company") as company:
        place = Place(company, prefect_server, tmp_path)
        place.clients()
        place.count_from(next(HUNDREDS))
        try:
            yield place
        finally:
            place.end()


@pytest.fixture(scope="session")
def carried(place: Place) -> str:
    """The number of a departure that went the whole way: by its deployment, approved, carried out, letters sent."""
    domain = place.company.leaver.partition("@")[2]
    request = {
        "person": place.company.leaver,
        "last_moment": "2026-01-30T17:00:00+00:00",
        "playbook": "employee",
        "successor": f"sophie.adeyemi@{domain}",
    }
    run = place.api.start("plan_departure", request=request)
    assert run["state_type"] == "COMPLETED", run["state"]
    with place.firm() as firm:
        ((departure, _),) = firm.store.departures.every()
        assert departure.requested_by == "", "Prefect does not know who pressed its button"
        approve(firm.office, departure.number, place.company.it)
    number = departure.number
    assert place.wait_for_status(number, "informing", "attention") == "informing"
    with place.firm() as firm:
        letters = firm.store.letters.letters(number)
        decide_letters(firm.office, number, letters, place.company.owner, to=LetterState.APPROVED)
    by_mail = {letter.id for letter in letters if letter.channel is Channel.MAIL}

    def sent() -> bool:
        with place.firm() as firm:
            now = firm.store.letters.letters(number)
        return by_mail == {letter.id for letter in now if letter.state is LetterState.SENT}

    place.api.wait_for(sent, "the letters were sent")
    return number
