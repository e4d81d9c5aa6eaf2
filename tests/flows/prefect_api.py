"""Prefect's REST API, as any other program would use it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

OVER = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


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
