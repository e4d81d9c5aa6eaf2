"""A Prefect server of our own, the practice company, and ``offboard serve`` between the two.

Prefect is looked at through its REST API alone, as any other program would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from flows.server import PrefectServer, clean_environment
from offboard.practice.company import PracticeCompany
from offboard.wiring import Firm, open_firm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = "from offboard.cli import main; main()"


@dataclass
class Api:
    """Prefect's REST API."""

    address: str

    def ask(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.address}/api/{path}", json=body, trust_env=False, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def read(self, path: str) -> Any:
        answer = httpx.get(f"{self.address}/api/{path}", trust_env=False, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def deployment(self, name: str) -> dict[str, Any]:
        return self.read(f"deployments/name/{name}/{name}")

    def start(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Start a deployment and return its run when it has ended."""
        run = self.ask(f"deployments/{self.deployment(name)['id']}/create_flow_run", parameters=parameters)
        return self.wait_for(lambda: self._ended(run["id"]), f"the run of {name} ended")

    def _ended(self, run_id: str) -> dict[str, Any] | None:
        run = self.read(f"flow_runs/{run_id}")
        return run if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

    def runs(self, **flow_runs: Any) -> list[dict[str, Any]]:
        return self.ask("flow_runs/filter", flow_runs=flow_runs, limit=200)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        return self.ask("task_runs/filter", flow_runs={"id": {"any_": [run_id]}}, limit=200)

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
    """The practice company under Prefect, with ``offboard serve`` running."""

    company: PracticeCompany
    server: PrefectServer
    folder: Path
    served: subprocess.Popen[bytes] | None = None

    @property
    def api(self) -> Api:
        return Api(self.server.address)

    def env(self) -> dict[str, str]:
        return clean_environment() | self.server.env() | self.company.env()

    @contextmanager
    def firm(self) -> Iterator[Firm]:
        firm = open_firm()
        yield firm
        firm.close()

    def serve(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            self.served = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "serve"],
                env=self.env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.api.wait_for(self._all_up, "every deployment was up")

    def _all_up(self) -> bool:
        return len(self.api.ask("deployments/filter", limit=50)) == 5

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


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    folder = tmp_path_factory.mktemp("prefect")
    with PrefectServer(folder / "home", folder / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def place(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    with PracticeCompany.start(folder / "company") as company, pytest.MonkeyPatch.context() as patch:
        place = Place(company, prefect_server, folder)
        for name, value in company.env().items():
            patch.setenv(name, value)
        imported = ["clients", "import", str(company.clients_csv), "--interactions", str(company.interactions_csv)]
        subprocess.run([sys.executable, "-c", COMMAND, *imported], env=place.env(), check=True, capture_output=True)
        place.serve()
        try:
            yield place
        finally:
            place.end()


def now() -> datetime:
    return datetime.now(UTC)
