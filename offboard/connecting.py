"""The connections to the systems of the settings: made at first use, lent, and kept for the next who asks."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from offboard import connectors
from offboard.errors import BadSettings
from offboard.settings import Settings, explain
from offboard.storage.database import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offboard.domain.capabilities import Connector, Vault

PEOPLE = "people"
"""The kind of system that is always there."""


class ConnectedSystems:
    """Lends connections to the systems of the settings, and keeps them open for the next who asks.

    Writers and readers are never the same connection, so that the look after a write is an independent one.
    """

    def __init__(self, settings: Settings, folder: Path, vault: Callable[[], Vault]) -> None:
        self._named = tuple(settings.systems)
        self._tables = {
            name: _typed(name, table, folder) for name, table in (settings.systems | _always(settings)).items()
        }
        self._vault = vault
        self._free: dict[tuple[str, bool], list[Connector]] = {}
        self._lent: Counter[str] = Counter()
        self._places = {
            name: threading.BoundedSemaphore(_calls_at_once(kind, table))
            for name, (kind, table) in self._tables.items()
        }
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Return every system's name, in the order of the settings."""
        return list(self._named)

    def kind(self, name: str) -> str:
        """Return the kind of a system."""
        return self._tables[name][0]

    def having(self, *needs: type) -> list[str]:
        """Return the systems that have all these capabilities, without connecting; people can always be asked."""
        return [name for name, (kind, _) in self._tables.items() if all(fulfils(kind, need) for need in needs)]

    def practice_only(self, *needs: type) -> bool:
        """Say whether no system with all these capabilities reaches anybody outside."""
        return all(getattr(self._tables[name][1], "practice", False) for name in self.having(*needs))

    def calls_at_once(self, name: str) -> int:
        """Return how many connections a system allows at once."""
        return _calls_at_once(*self._tables[name])

    def places(self, name: str) -> int:
        """Return how many connections whoever holds one may use now, that one and those that nobody else holds.

        Where several departures run side by side each keeps to its own: more threads would only wait for one another.
        """
        with self._lock:
            return max(1, self.calls_at_once(name) - self._lent[name] + 1)

    @contextmanager
    def writer(self, name: str) -> Iterator[Any]:
        """Lend a connection for looking and writing."""
        with self._lend(name, writes=True) as connector:
            yield connector

    @contextmanager
    def reader(self, name: str) -> Iterator[Any]:
        """Lend a connection that was never used for writing."""
        with self._lend(name, writes=False) as connector:
            yield connector

    def close(self) -> None:
        """Close every connection that nobody is using."""
        with self._lock:
            free, self._free = self._free, {}
        for pool in free.values():
            for connector in pool:
                connector.close()

    @contextmanager
    def _lend(self, name: str, *, writes: bool) -> Iterator[Connector]:
        """Lend a free connection or a new one, as soon as the system has a place for one more caller."""
        if name not in self._tables:
            raise BadSettings(f"systems.{name}: there is no such system")
        with self._places[name], self._counted(name), self._take(name, writes=writes) as connector:
            yield connector

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        with self._lock:
            self._lent[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._lent[name] -= 1

    @contextmanager
    def _take(self, name: str, *, writes: bool) -> Iterator[Connector]:
        with self._lock:
            pool = self._free.setdefault((name, writes), [])
            connector = pool.pop() if pool else None
        connector = connector or self._connect(name)
        try:
            yield connector
        except BaseException:
            # Whatever went wrong, this connection may be the reason; the next one starts anew.
            connector.close()
            raise
        with self._lock:
            self._free.setdefault((name, writes), []).append(connector)

    def _connect(self, name: str) -> Connector:
        kind, table = self._tables[name]
        return connectors.kind(kind).connect(name, table, self._vault())


def _always(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the system that no settings have to name: the company's people, who do what no interface can."""
    if any(table.get("kind") == PEOPLE for table in settings.systems.values()):
        return {}
    name = PEOPLE if PEOPLE not in settings.systems else f"{PEOPLE}-asked"
    return {name: {"kind": PEOPLE}}


def _calls_at_once(kind: str, table: Any) -> int:
    """Return how many callers a system of these settings may have at once."""
    fixed = getattr(connectors.kind(kind).Connection, "calls_at_once", 1)
    return int(getattr(table, "calls_at_once", fixed))


def _typed(name: str, table: dict[str, Any], folder: Path) -> tuple[str, Any]:
    kind = table.get("kind")
    if kind not in connectors.kinds():
        known = ", ".join(connectors.kinds())
        raise BadSettings(f"systems.{name}.kind: {kind!r} is no kind of system", hint=f"Known are: {known}.")
    table = dict(table)
    for key in ("ca_file", "certificate_file", "key_file"):
        if isinstance(table.get(key), str):
            table[key] = str(folder / table[key])
    for key, value in table.items():
        if isinstance(value, dict) and isinstance(value.get("file"), str):
            table[key] = value | {"file": str(folder / value["file"])}
    if str(table.get("url", "")).startswith("sqlite:"):
        table["url"] = absolute(table["url"], folder).render_as_string(hide_password=False)
    model = connectors.kind(str(kind)).Settings
    try:
        return str(kind), model.model_validate(table)
    except ValidationError as error:
        faults = explain(error, model, f"systems.{name}")
        raise BadSettings(f"systems.{name}: the settings are wrong", faults=faults) from error


@cache
def fulfils(kind: str, need: type) -> bool:
    """Say whether systems of this kind have all methods of a capability."""
    methods = [m for m, value in vars(need).items() if callable(value) and not m.startswith("_")]
    return all(hasattr(connectors.kind(kind).Connection, method) for method in methods)
