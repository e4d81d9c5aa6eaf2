"""A Prefect server of our own on loopback, for the demo and for tests: its own folder, its own port, nothing shared."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from offboard.errors import Unreachable

PATIENCE = 120.0
GRACE = 15.0

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_API_URL": "/api",  # the pages ask the port that they came from
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_CLI_COLORS": "false",
}

BATCHES = {
    # SQLite has one writer. One at a time, these services write so often that others wait for a minute.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "2",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
}


class PrefectServer:
    """A server whose database lies in ``folder`` and whose words are in ``log``; it ends with :meth:`stop`."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder, self.log = folder.resolve(), log
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        """Return the variables that point at this server and at no other; they replace all others of Prefect."""
        return {**QUIET, **BATCHES, "PREFECT_HOME": str(self.folder), "PREFECT_API_URL": f"{self.address}/api"}

    def start(self) -> None:
        """Start the server and return at once; :meth:`wait` waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)],
                env=clean_environment() | self.env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            Unreachable: it ended, or did not answer in time; its log says why.
        """
        deadline = time.monotonic() + PATIENCE
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            while self._process and self._process.poll() is None and time.monotonic() < deadline:
                try:
                    if client.get(f"{self.address}/api/health").is_success:
                        return
                except httpx.HTTPError:
                    time.sleep(0.05)
        raise Unreachable("Prefect's server did not come up", system="prefect", hint=f"Read {self.log}.")

    def stop(self) -> None:
        """End the server, and only this one; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        self.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def clean_environment() -> dict[str, str]:
    """Return this process's variables without those of another Prefect."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
