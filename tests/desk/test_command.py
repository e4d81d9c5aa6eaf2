"""``offboard desk`` as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace


def test_it_runs_without_any_password_of_a_system_and_ends_when_told_to(empty_workplace: Workplace) -> None:
    empty_workplace.settings["systems"] = {
        "office": {
            "kind": "ldap", "url": "ldaps://127.0.0.1:1", "base": "dc=corp,dc=test",
            "bind_dn": "cn=offboard,dc=corp,dc=test", "password": {"env": "NO_SUCH_PASSWORD"},
        },
        "outbox": {"kind": "smtp", "host": "127.0.0.1", "port": 1},
    }  # fmt: skip
    empty_workplace.write()
    process = subprocess.Popen(
        [sys.executable, "-m", "offboard", "desk", "--port", "0"],
        env=os.environ | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = process.stdout.readline().split()[-1]
        answer = httpx.get(f"{address}/", trust_env=False, follow_redirects=True, timeout=20)
        assert (answer.status_code, "Your mail address" in answer.text) == (200, True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(20) in {0, -signal.SIGTERM}


def test_wrong_use_says_what_to_do(empty_workplace: Workplace) -> None:
    empty_workplace.run("desk", "--host", "0.0.0.0", "--port", "0", code=2)  # noqa: S104 - that is what is refused
    assert "[desk] url" in empty_workplace.last_error
    empty_workplace.settings["desk"] = {"url": "http://desk.corp.test"}
    empty_workplace.write()
    empty_workplace.run("desk", code=2)
    assert "https" in empty_workplace.last_error
