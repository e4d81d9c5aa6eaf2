"""What the demo plays on: the practice company, a Prefect server and the resident, started and ended together."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.server import PrefectServer, clean_environment, free_port
from offboard.errors import SaysNo
from offboard.practice import running

GRACE = 30.0
LOOK_EVERY = 0.1
LOOKED_AT_FIRST = {"OFFBOARD_LETTERS__CANARY": "1"}
"""The owner looks at a letter before the others go, as in every company whose mail reaches somebody."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs for the demo; ``company`` is what the practice company says of itself when it is ready."""

    folder: Path
    logs: Path
    company: dict[str, Any]
    server: PrefectServer

    @property
    def config(self) -> Path:
        """The settings that point at the practice company."""
        return Path(self.company["env"]["OFFBOARD_CONFIG"])

    @property
    def people(self) -> dict[str, str]:
        """Who plays which part: mail addresses by leaver, successor, hr, it, owner."""
        found: dict[str, str] = self.company["people"]
        return found


@contextmanager
def staged(logs: Path) -> Iterator[Stage]:
    """Start the practice company and the server, which comes up meanwhile; when the block ends, so do they.

    This process and what it starts find both by their variables.
    """
    before = dict(os.environ)
    with ExitStack() as ended:
        folder = Path(tempfile.mkdtemp(prefix="offboard-demo-"))
        ended.callback(shutil.rmtree, folder, ignore_errors=True)
        server = PrefectServer(folder / "prefect", logs / "prefect-server.log")
        ended.callback(server.stop)
        server.start()
        company = running.start_in_background(folder / "company")
        ended.callback(_end_company, folder / "company", logs)
        ended.callback(_restore, before)
        _restore(clean_environment() | server.env() | company["env"] | LOOKED_AT_FIRST)
        yield Stage(folder, logs, company, server)


@contextmanager
def resident(stage: Stage) -> Iterator[None]:
    """Run ``offboard serve`` as a process of its own until the block ends."""
    with _beside(stage, "serve"):
        yield


@contextmanager
def desk(stage: Stage) -> Iterator[str]:
    """Run ``offboard desk`` as a process of its own until the block ends; yields its address once it answers.

    Raises:
        SaysNo: it does not answer.
    """
    port = free_port()
    with _beside(stage, "desk", "--port", str(port)):
        deadline = time.monotonic() + GRACE
        while not _answers(port):
            if time.monotonic() > deadline:
                raise SaysNo(f"the desk did not answer within {GRACE:.0f} s", hint="Read the logs named below.")
            time.sleep(LOOK_EVERY)
        yield f"http://127.0.0.1:{port}"


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=LOOK_EVERY):
        return True
    return False


@contextmanager
def _beside(stage: Stage, *words: str) -> Iterator[None]:
    command = "from offboard.cli import main; main()"
    with (stage.logs / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and command
            [sys.executable, "-c", command, *words, "--config", str(stage.config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_company(folder: Path, logs: Path) -> None:
    running.stop(folder)
    shutil.copy(folder / "practice.log", logs / "practice-company.log")


def _restore(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
