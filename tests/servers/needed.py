"""Finds the programs that the real servers of the tests are made of."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest


def needed(program: str) -> str:
    """Return the path of a program; without it a test fails in CI (``CI=true``) and is skipped on a laptop."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/lib/dovecot")
    return found or _missing(program)


def needed_package(name: str) -> Path:
    """Return the folder of a package of npm; what holds of programs holds of it."""
    folder = Path(__file__).parent / "npm" / "node_modules" / name
    return folder if (folder / "package.json").is_file() else _missing(f"npm's {name}")


def _missing(what: str) -> NoReturn:
    reason = f"{what} is not installed; tests/servers/install installs it on Debian"
    if os.environ.get("CI", "").casefold() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


_GIVEN: set[int] = set()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago.

    It lies below those that the system gives to clients (32768 and up on Linux), so that no connection of another test
    takes it before the server does. None is given out twice.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        if port in _GIVEN:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _GIVEN.add(port)
        return port
