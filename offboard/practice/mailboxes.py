"""The practice company's mailboxes: their Sieve scripts, their folders, and who is signed in."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.practice.entries import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offboard.practice.directory import Directory

INBOX = "INBOX"


class NoMailbox(Exception):
    """There is no mailbox of that name."""


class NoScript(Exception):
    """The mailbox has no script of that name."""


class ScriptInUse(Exception):
    """An active script is not deleted."""


@dataclass(frozen=True, slots=True)
class Mail:
    r"""One mail in a folder; ``flags`` are IMAP's, such as ``\Seen``."""

    content: bytes
    flags: frozenset[str] = frozenset()


@dataclass(slots=True)
class Mailbox:
    """One person's mail; ``active`` names the script that runs on each mail, empty for none."""

    login: str
    address: str
    scripts: dict[str, bytes] = field(default_factory=dict)
    active: str = ""
    folders: dict[str, list[Mail]] = field(default_factory=lambda: {INBOX: []})
    answered: set[tuple[str, str]] = field(default_factory=set)

    @property
    def home(self) -> str:
        """Where Dovecot would keep it."""
        return f"/srv/practice-mail/{self.login}"

    def activate(self, name: str) -> None:
        """Make this the active script.

        Raises:
            NoScript: there is none of that name.
        """
        if name not in self.scripts:
            raise NoScript(name)
        self.active = name

    def delete(self, name: str, *, even_active: bool = False) -> None:
        """Delete a script.

        Raises:
            NoScript, ScriptInUse: it is not there, or it is the active one.
        """
        if name not in self.scripts:
            raise NoScript(name)
        if self.active == name:
            if not even_active:
                raise ScriptInUse(name)
            self.active = ""
        del self.scripts[name]


@dataclass(slots=True)
class Session:
    """One open session; ``hang_up`` ends its connection, if it has one, and returns when that is done."""

    login: str
    service: str
    pid: int
    ip: str
    hang_up: Callable[[], None] = lambda: None


class Mailboxes:
    """All mailboxes and open sessions; people sign in with what the directory knows of them."""

    def __init__(self, directory: Directory, people_base: str, domain: str) -> None:
        self._directory = directory
        self._people_base = people_base
        self._domain = domain
        self._boxes: dict[str, Mailbox] = {}
        self._sessions: list[Session] = []
        self._pids = itertools.count(4101, 3)
        self._lock = threading.RLock()

    def add(self, login: str) -> Mailbox:
        """Open a mailbox as the company is founded."""
        box = Mailbox(login, f"{login}@{self._domain}")
        self._boxes[login] = box
        return box

    def find(self, name: str) -> Mailbox:
        """Return a mailbox by login or by address, whatever the case.

        Raises:
            NoMailbox: there is none.
        """
        found = self._boxes.get(name.casefold()) or self.of_address(name)
        if found is None:
            raise NoMailbox(name)
        return found

    def of_address(self, address: str) -> Mailbox | None:
        """Return the mailbox that mail to this address reaches."""
        return next((box for box in self._boxes.values() if box.address == address.casefold()), None)

    def all(self) -> Iterator[Mailbox]:
        """Yield every mailbox, in the order they were opened."""
        yield from self._boxes.values()

    def sign_in(
        self, name: str, password: str, *, ip: str = "127.0.0.1", hang_up: Callable[[], None] = lambda: None
    ) -> Session | None:
        """Open an IMAP session; ``None`` when the directory refuses the password, for whatever reason."""
        try:
            login = self.find(name).login
            found = self._directory.bind(f"uid={login},{self._people_base}", password.encode())
        except (NoMailbox, Refused):
            return None
        if found.refused:
            return None
        session = Session(login, "imap", next(self._pids), ip, hang_up)
        with self._lock:
            self._sessions.append(session)
        return session

    def sessions(self, login: str | None = None) -> list[Session]:
        """Return the open sessions, of one person or of all."""
        with self._lock:
            return [session for session in self._sessions if login in {None, session.login}]

    def end(self, session: Session) -> None:
        """End one session from outside; harmless when it has ended."""
        self.forget(session)
        session.hang_up()

    def forget(self, session: Session) -> None:
        """Note that a session is over."""
        with self._lock:
            self._sessions = [other for other in self._sessions if other is not session]
