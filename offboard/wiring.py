"""The one place where settings, steps, connectors and storage meet."""

from __future__ import annotations

import getpass
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from offboard import connectors
from offboard.domain.capabilities import Company, House
from offboard.domain.playbook import Playbook, parse_playbook
from offboard.engine.office import Office
from offboard.errors import BadInput, BadSettings
from offboard.letters.book import Book
from offboard.letters.places import shipped
from offboard.settings import Settings, explain, load_settings
from offboard.steps import Step, step_class, words
from offboard.storage.database import absolute
from offboard.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offboard.domain.capabilities import Connector, Vault


def os_user() -> str:
    """Return the operating system's user, which the evidence records beside the acting person."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


class ConnectedSystems:
    """Lends connections to the systems of the settings, and keeps them open for the next who asks.

    Writers and readers are never the same connection, so that the look after a write is an independent one.
    """

    def __init__(self, settings: Settings, folder: Path, vault: Callable[[], Vault]) -> None:
        self._tables = {name: _typed(name, table, folder) for name, table in settings.systems.items()}
        self._vault = vault
        self._free: dict[tuple[str, bool], list[Connector]] = {}
        self._places = {
            name: threading.BoundedSemaphore(_calls_at_once(kind, table))
            for name, (kind, table) in self._tables.items()
        }
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Return every system's name, in the order of the settings."""
        return list(self._tables)

    def kind(self, name: str) -> str:
        """Return the kind of a system."""
        return self._tables[name][0]

    def having(self, *needs: type) -> list[str]:
        """Return the systems that have all these capabilities, without connecting."""
        return [name for name, (kind, _) in self._tables.items() if all(_fulfils(kind, need) for need in needs)]

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
        with self._places[name], self._take(name, writes=writes) as connector:
            yield connector

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
    if isinstance(table.get("ca_file"), str):
        table["ca_file"] = str(folder / table["ca_file"])
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
def _fulfils(kind: str, need: type) -> bool:
    methods = [m for m, value in vars(need).items() if callable(value) and not m.startswith("_")]
    return all(hasattr(connectors.kind(kind).Connection, method) for method in methods)


class Firm:
    """Everything of one company, opened: what commands and flows work with."""

    def __init__(self, settings: Settings, folder: Path, *, now: Callable[[], datetime] | None = None) -> None:
        """Put the parts together; the store is opened, no system is connected to yet."""
        self.settings, self.folder = settings, folder
        self.now = now or (lambda: datetime.now(UTC))
        self.store = Store(settings.store, folder, self.now)
        self.systems = ConnectedSystems(settings, folder, lambda: self.store.vault)
        owner = settings.people.owner[0] if settings.people.owner else ""
        self.book = Book(settings.company, owner, folder=folder, now=self.now)
        company = Company(
            name=settings.company.name,
            domains=tuple(settings.company.domains),
            timezone=settings.company.timezone,
            languages=tuple(settings.company.languages),
            owner_name=settings.company.owner_name,
            owner_mail=owner,
            owner_title=settings.company.owner_title,
            owner_phone=settings.company.owner_phone,
        )
        self.house = House(company, self.store.rules, self.book, self.store.letters, self.now)
        self.office = Office(
            store=self.store,
            systems=self.systems,
            step=self.step,
            playbook=self.playbook,
            people=settings.people,
            guards=settings.guards,
            own=tuple(_own_accounts(settings)),
            now=self.now,
            os_user=os_user(),
        )

    def step(self, word: str) -> Step[Any]:
        """Return the step of that word, ready to be used."""
        return step_class(word)(self.house)

    def playbook(self, name: str) -> Playbook:
        """Return the playbook of that name, the company's own before the shipped one.

        Raises:
            BadInput: there is none, or it has faults.
        """
        return read_playbook(playbook_file(name, self._playbook_folders()))

    def playbooks(self) -> list[str]:
        """Return the names of all playbooks."""
        return sorted({path.stem for folder in self._playbook_folders() for path in folder.glob("*.yaml")})

    def close(self) -> None:
        """Close every connection and the store."""
        self.systems.close()
        self.store.close()

    def _playbook_folders(self) -> list[Path]:
        own = self.settings.company.playbooks
        return [*([self.folder / own] if own else []), shipped("")]


def open_firm(config: Path | None = None, *, now: Callable[[], datetime] | None = None) -> Firm:
    """Read the settings and put everything together."""
    settings, folder = load_settings(config)
    return Firm(settings, folder, now=now)


def playbook_file(name: str, folders: list[Path]) -> Path:
    """Return the file of a playbook by its name.

    Raises:
        BadInput: there is none; the known ones are named.
    """
    known = {path.stem: path for folder in reversed(folders) for path in sorted(folder.glob("*.yaml"))}
    if name not in known:
        raise BadInput(f"playbook: {name!r} is unknown", hint=f"The playbooks are: {', '.join(sorted(known))}.")
    return known[name]


def read_playbook(path: Path) -> Playbook:
    """Read a playbook file and check it completely.

    Raises:
        BadInput: it cannot be read or has faults; all of them are named with their lines.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})", hint="Name a file in UTF-8.") from error
    return _parsed(text, path.name)


@lru_cache(maxsize=64)
def _parsed(text: str, source: str) -> Playbook:
    return parse_playbook(text, source=source, steps={word: tuple(step_class(word).options) for word in words()})


def _own_accounts(settings: Settings) -> Iterator[str]:
    """Yield what our own accounts are called, so that nobody can let the tool itself leave."""
    for table in settings.systems.values():
        for key in ("bind_dn", "username"):
            value = str(table.get(key, ""))
            if value:
                yield value
                yield value.split(",", 1)[0].partition("=")[2] or value
