"""Runs the practice company as a process of its own, found again by its folder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003 - a type of a variable
from typing import IO, TYPE_CHECKING, Any

from offboard.errors import SaysNo, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READY = "practice.json"
"""Written when everything answers, and only its owner may read it: it holds the secrets of this start."""

_LOCK = "practice.lock"
_LOG = "practice.log"
_PATIENCE = 30.0
_STARTED: dict[Path, subprocess.Popen[bytes]] = {}
"""The companies that this very process started: it must also take note of their end."""


def start_in_background(folder: Path) -> dict[str, Any]:
    """Start the company in ``folder``, wait until it answers and return what its ready file says.

    ``{"pid", "env", "ports", "clouds", "people", "passwords", "clients_csv", "interactions_csv"}``; when it is running
    there already, that one is returned.

    Raises:
        Unreachable: it did not come up; the end of its log says why.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_running(folder):
        (folder / READY).unlink(missing_ok=True)
        with (folder / _LOG).open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "offboard.practice", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _STARTED[folder] = process
        if not _wait(lambda: (folder / READY).exists() or process.poll() is not None) or process.poll() is not None:
            raise _not_started(folder)
    elif not _wait((folder / READY).exists):
        raise _not_started(folder)
    return _read(folder)


def stop(folder: Path) -> bool:
    """Stop the company of ``folder``; ``False`` when none is running there.

    The process is known to be ours by the lock that it holds on a file of the folder: a number alone, left over from
    an earlier start, may be anybody's by now.

    Raises:
        Unreachable: it does not end.
    """
    folder = folder.resolve()
    if not _is_running(folder):
        (folder / READY).unlink(missing_ok=True)
        return False
    os.kill(int((folder / _LOCK).read_text(encoding="ascii")), signal.SIGTERM)
    if not _wait(lambda: not _is_running(folder)):
        raise Unreachable(f"the practice company in {folder} does not end", hint=f"Read {folder / _LOG}.")
    if folder in _STARTED:
        _STARTED.pop(folder).wait(_PATIENCE)
    return True


def env(folder: Path) -> dict[str, str]:
    """Return the variables that point at the company of ``folder``.

    Raises:
        SaysNo: none is running there.
    """
    folder = folder.resolve()
    if not _is_running(folder):
        raise SaysNo(f"no practice company is running in {folder}", hint="Start one with: offboard practice start")
    found: dict[str, str] = _read(folder)["env"]
    return found


@contextmanager
def held(folder: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Hold the folder for this process until the block ends; what it yields writes the ready file.

    Raises:
        SaysNo: another process holds the folder.
    """
    with (folder / _LOCK).open("a+", encoding="ascii") as lock:
        if not _wait(lambda: _took(lock, fcntl.LOCK_EX), seconds=1.0):
            raise SaysNo(
                f"a practice company is running in {folder} already", hint="Stop it with: offboard practice stop"
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield lambda facts: _announce(folder, facts)
        finally:
            (folder / READY).unlink(missing_ok=True)


def _announce(folder: Path, facts: dict[str, Any]) -> None:
    made = folder / f"{READY}.new"
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts | {"pid": os.getpid()}, file, indent=2)
    made.replace(folder / READY)


def _is_running(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open(encoding="ascii") as lock:
            return not _took(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _took(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / READY).read_text(encoding="utf-8"))
    return found


def _wait(done: Callable[[], bool], *, seconds: float = _PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _not_started(folder: Path) -> Unreachable:
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    why = lines[-1] if lines else "it said nothing"
    missing = why.startswith("ModuleNotFoundError")
    hint = "Install what it needs: pip install 'offboard[practice]'" if missing else f"Read {folder / _LOG}."
    return Unreachable(f"the practice company did not start: {why}", hint=hint)
