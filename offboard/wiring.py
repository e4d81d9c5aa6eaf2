"""The one place where settings, steps, connectors and storage meet."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from offboard.connecting import ConnectedSystems
from offboard.domain.capabilities import Company, House, Sender
from offboard.domain.plan import PlanKind
from offboard.domain.playbook import Playbook, parse_playbook
from offboard.domain.shared import SharedCredential, read_shared
from offboard.engine.asking import addressee
from offboard.engine.office import Office
from offboard.engine.sparing import must_not_go
from offboard.errors import BadInput
from offboard.letters.alarm_mails import AlarmMails
from offboard.letters.book import Book
from offboard.letters.code_mails import CodeMails
from offboard.letters.places import shipped
from offboard.letters.task_mails import TaskMails
from offboard.settings import Settings, load_settings
from offboard.steps import Step, step_class, words
from offboard.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from offboard.domain.departure import Departure

DELIVERING = "deliver_to_successor"
"""The step by which new mail of the leaver reaches the successor too, which letters promise where it is planned."""


def os_user() -> str:
    """Return the operating system's user, which the evidence records beside the acting person."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


class Firm:
    """Everything of one company, opened: what commands and flows work with."""

    def __init__(self, settings: Settings, folder: Path, *, now: Callable[[], datetime] | None = None) -> None:
        """Put the parts together; the store is opened, no system is connected to yet."""
        self.settings, self.folder = settings, folder
        self._hears: list[Callable[[str, int, int], None]] = []
        self.now = now or (lambda: datetime.now(UTC))
        self.store = Store(settings.store, folder, self.now)
        self.systems = ConnectedSystems(settings, folder, lambda: self.store.vault)
        practice = self.systems.practice_only(Sender)
        sending = settings.letters.rules(practice=practice)
        self.left_off = settings.letters.left_off(practice=practice and bool(self.systems.having(Sender)))
        owner = settings.people.owner[0] if settings.people.owner else ""
        self.book = Book(settings.company, owner, folder=folder, now=self.now)
        self.book.mail_until = self.mail_until
        self.task_mails = TaskMails(self.book, settings.company, self.now)
        self.code_mails = CodeMails(self.book, settings.company, self.now)
        self.alarm_mails = AlarmMails(self.book, settings.company, self.now)
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
        self.house = House(
            company=company,
            keeper=self.store.rules,
            book=self.book,
            box=self.store.letters,
            now=self.now,
            tasks=self.store.tasks,
            addressee=lambda part, departure: addressee(self.office, part, departure),
            shared=self.shared,
            sending=sending,
            decided=self.store.decisions.decisions,
            tell=self._tell,
            must_not_go=lambda letter: must_not_go(self.office, letter),
        )
        self.office = Office(
            store=self.store,
            systems=self.systems,
            step=self.step,
            playbook=self.playbook,
            people=settings.people,
            guards=settings.guards,
            clients=settings.clients,
            owner_name=settings.company.owner_name,
            own=tuple(_own_accounts(settings)),
            now=self.now,
            os_user=os_user(),
            sending=sending,
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

    def mail_until(self, departure: Departure) -> date | None:
        """Return the last whole day on which the plan in force has new mail of the leaver reach the successor too."""
        kept = self.store.plans.in_force(departure.number, PlanKind.ACCESS)
        step = self.step(DELIVERING)
        planned = [change for change in kept.plan.changes if change.step == DELIVERING] if kept else []
        ends = [datetime.fromisoformat(until) for change in planned if (until := step.ends(change.after))]
        return (min(ends) - timedelta(days=1)).astimezone(ZoneInfo(departure.timezone)).date() if ends else None

    def shared(self) -> tuple[SharedCredential, ...]:
        """Return the shared logins of the list that the settings name, read anew.

        Raises:
            BadInput: the list cannot be read, or has faults.
        """
        file = self.settings.company.shared_credentials
        return read_shared(_text(self.folder / file), source=str(file)) if file else ()

    @contextmanager
    def heard_by(self, hear: Callable[[str, int, int], None]) -> Iterator[None]:
        """Let somebody hear meanwhile how far looks are that take their time: what, how much is done, of how much."""
        self._hears.append(hear)
        try:
            yield
        finally:
            self._hears.remove(hear)

    def close(self) -> None:
        """Close every connection and the store."""
        self.systems.close()
        self.store.close()

    def _tell(self, what: str, done: int, of: int) -> None:
        for hear in self._hears:
            hear(what, done, of)

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
    return _parsed(_text(path), path.name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})", hint="Name a file in UTF-8.") from error


@lru_cache(maxsize=64)
def _parsed(text: str, source: str) -> Playbook:
    known = {word: step_class(word) for word in words()}
    return parse_playbook(
        text,
        source=source,
        steps={word: tuple(step.options) for word, step in known.items()},
        accepts={word: step.accepts for word, step in known.items()},
    )


def _own_accounts(settings: Settings) -> Iterator[str]:
    """Yield what our own accounts are called, so that nobody can let the tool itself leave."""
    for table in settings.systems.values():
        for key in ("bind_dn", "username"):
            value = str(table.get(key, ""))
            if value:
                yield value
                # A whole name (uid=offboard,…), an address (svc@corp.example), or DOMAIN\name.
                yield value.split(",", 1)[0].partition("=")[2] or value.partition("@")[0].rpartition("\\")[2]
