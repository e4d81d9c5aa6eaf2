"""Carries a departure out in a process that kills itself at its n-th dangerous moment.

Dangerous moments are: after each commit of the store, and before and after each write to a system. What runs is the
product as it is; only the connections it is handed, and the commit, count.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.engine.driving import carry_out
from offboard.storage.database import Database
from offboard.wiring import ConnectedSystems, open_firm

if TYPE_CHECKING:
    from pathlib import Path

WRITES = frozenset(
    {"set_account", "set_membership", "end_sessions", "put_script", "activate", "set_responsible", "send"}
)


WRITTEN = "written.jsonl"
"""Beside the settings: each write that a system took, one to a line."""


class Moments:
    """Counts dangerous moments and ends the process, hard, at the chosen one: a number, or a name such as "after send".

    Every write that a system took is noted in ``journal``, before anything else can end the process.
    """

    def __init__(self, fatal: int | str, journal: Path) -> None:
        self._left = fatal if isinstance(fatal, int) else 0
        self._named = fatal
        self._journal = journal
        self._lock = threading.Lock()

    def one(self, name: str = "") -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0 or (name and name == self._named):
                os.kill(os.getpid(), signal.SIGKILL)

    def written(self, *what: object) -> None:
        with self._lock, self._journal.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps([str(one) for one in what])}\n")


class Watched:
    """A connection whose writes are dangerous moments."""

    def __init__(self, connection: Any, moments: Moments) -> None:
        self._connection, self._moments = connection, moments

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._connection, name)
        if name not in WRITES:
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._moments.one(f"before {name}")
            answer = value(*args, **kwargs)
            self._moments.written(name, *args, *kwargs.values())
            self._moments.one(f"after {name}")
            return answer

        return call


class WatchedSystems(ConnectedSystems):
    """The systems of the settings, over watched connections."""

    moments: Moments

    def _connect(self, name: str) -> Any:
        return Watched(super()._connect(name), self.moments)


def carry_out_until(config: Path, number: str, fatal: int | str) -> None:
    """Carry out a departure; ``fatal`` counts from 1 or names a moment, 0 means to live."""
    moments = Moments(fatal, config.with_name(WRITTEN))
    commit = Database._commit_together

    def counted(self: Database, batch: Any) -> None:
        commit(self, batch)
        moments.one()

    Database._commit_together = counted  # type: ignore[method-assign]
    firm = open_firm(config)
    systems = WatchedSystems(firm.settings, firm.folder, lambda: firm.store.vault)
    systems.moments = moments
    carry_out(replace(firm.office, systems=systems), number)
    systems.close()
    firm.close()
