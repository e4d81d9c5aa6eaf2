"""What a connected system can do for us, and what the house offers to steps.

Connectors fulfil the first group, ``wiring`` the second. A connector has a capability when it has its methods; each
raises the errors under ``SystemFault`` and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from offboard.domain.letter_sending import SendingRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from offboard.domain.asking import TaskBook
    from offboard.domain.change import State
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.domain.letter_keeping import LetterBook, LetterBox
    from offboard.domain.mail import RuleKeeper
    from offboard.domain.people import Person
    from offboard.domain.rule_review import DecidedRule
    from offboard.domain.shared import SharedCredential


@dataclass(frozen=True, slots=True)
class Health:
    """What ``doctor`` prints of one system; ``latency_ms`` is the time of one harmless request."""

    system: str
    kind: str
    reachable: bool
    tls: str
    rights_held: tuple[str, ...] = ()
    rights_missing: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    latency_ms: int = 0


class Named(Protocol):
    """A connected system; ``name`` is its name in the settings."""

    name: str


class Connector(Named, Protocol):
    """A connection to one system of the settings, open until :meth:`close`.

    One thread uses one connection at a time; ``calls_at_once`` says how many connections the system allows.
    """

    kind: str
    calls_at_once: int

    def health(self) -> Health:
        """Say whether the system answers and what we may do there; changes nothing, raises nothing."""

    def close(self) -> None:
        """Give the connection back; never raises."""


@runtime_checkable
class Directory(Named, Protocol):
    """Knows people."""

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""

    def near(self, key: str) -> list[Person]:
        """Return at most ten people whose login, mail, name or number is like ``key``; for messages only."""

    def recognise(self, person: Person) -> list[Person]:
        """Return the accounts here that share at least one of login, mail, employee number with ``person``."""

    def staff(self) -> int:
        """Return how many people there are."""


@runtime_checkable
class Roster(Named, Protocol):
    """Can name everybody."""

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""


@runtime_checkable
class Accounts(Named, Protocol):
    """Lets people sign in, or not."""

    def account(self, account_id: str) -> State:
        """Return the state of sign-in by immutable id, ``None`` when there is no such account.

        ``{"sign_in": "open", "password": FINGERPRINT}``, or ``{"sign_in": "shut"}`` when *proved*: by a bind refused
        with the password that we ourselves set, or, where no lock is honoured, by that password being the only one;
        ``{"sign_in": "unproved"}`` when it was shut but no proof can be had. FINGERPRINT is keyed and says nothing of
        the password; it is ``"unreadable"`` where the directory does not show the hash. ``"unfinished"``, a sentence,
        says what is still to be written of what we began; see ``change.unfinished``.
        """

    def set_account(self, account_id: str, state: State) -> None:
        """Bring sign-in to ``state``: ``{"sign_in": "shut"}``, or a former state, with the former password."""


@runtime_checkable
class Groups(Named, Protocol):
    """Knows who is in which group."""

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the account's direct memberships: the group's immutable id → what it is."""

    def membership(self, account_id: str, group_id: str) -> State:
        """Return the state of one membership, ``None`` when the account is no member."""

    def set_membership(self, account_id: str, group_id: str, state: State) -> None:
        """Add the account to the group as ``state`` says, or remove it when ``state`` is ``None``."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One thing that somebody holds; ``state`` is all that is needed to restore it.

    ``note`` is a known case that the approver should know, ``one_way`` why it cannot be given back; ``beyond`` says why
    we cannot take it away at all, and who can: it is listed as not covered.
    """

    label: str
    state: State
    note: str = ""
    one_way: str | None = None
    beyond: str = ""


@runtime_checkable
class Mailboxes(Named, Protocol):
    """Keeps people's mail."""

    def mailbox(self, person: Person) -> Person | None:
        """Return this person's mailbox, found by login and by mail alike, or ``None``."""

    def mailboxes(self) -> Iterator[str]:
        """Yield every mailbox there is."""


@dataclass(frozen=True, slots=True)
class Script:
    """One mail-rule script, byte for byte; or one record of a system that holds each rule by itself.

    ``format`` says how to read it: ``sieve``, or ``exchange``, a record as JSON. ``part``: a ``rule`` of the mailbox, a
    rule of the ``house``, a ``reply``, or ``access`` that somebody else has. ``place`` is its turn among the others.
    A record that does not ``rest`` is gone when it is out of service; a ``fragile`` one is lost when another changes.
    ``inexact`` says what of it cannot be put back from a copy.
    """

    name: str
    active: bool
    content: bytes
    format: str = "sieve"
    part: str = "rule"
    place: int = 0
    rests: bool = True
    fragile: bool = False
    inexact: str = ""


@runtime_checkable
class MailRules(Named, Protocol):
    """Runs a script on each mail that comes in (Sieve, RFC 5228)."""

    def scripts(self, mailbox: str) -> list[Script]:
        """Return every script of the mailbox with its bytes."""

    def put_script(self, mailbox: str, name: str, content: bytes | None) -> None:
        """Store a script of that name, or remove it when ``content`` is ``None``."""

    def activate(self, mailbox: str, name: str | None) -> None:
        """Make this the one active script; ``None``: no script is active."""


@runtime_checkable
class Traced(Protocol):
    """A connection whose service gives each request an id, under which its operator finds it again."""

    def request_ids(self) -> list[str]:
        """Return the ids of the requests since the last time, but for mere reading."""


@runtime_checkable
class Sender(Named, Protocol):
    """Sends mail."""

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Hand one finished message for one recipient over, exactly once.

        Raises:
            Rejected: the server refused it for good; it was not sent.
            Unreachable: it was certainly not sent.
            Unclear: the connection broke after the message went out and before the answer came.
        """


class Unclear(Exception):
    """Nobody can know whether the message was sent; a person decides."""


class Vault(Protocol):
    """Keeps secrets encrypted; nothing but ciphertext reaches a disk."""

    def put(self, ref: str, secret: bytes) -> None:
        """Keep a secret durably under ``ref``, before this returns; what is kept so already costs nothing."""

    def note(self, ref: str, secret: bytes) -> None:
        """Keep a secret durably with whatever our store commits next; until then it is there for this process alone."""

    def get(self, ref: str) -> bytes | None:
        """Return the secret, also one that is only noted, or ``None``."""

    def fingerprint(self, secret: bytes) -> str:
        """Return a keyed fingerprint (16 hex digits) that is equal for equal secrets and tells nothing else."""


@dataclass(frozen=True, slots=True)
class Company:
    """What letters and rules must know of the company."""

    name: str
    domains: tuple[str, ...]
    timezone: str
    languages: tuple[str, ...]
    owner_name: str = ""
    owner_mail: str = ""
    owner_title: str = ""
    owner_phone: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What ``wiring`` gives every step.

    ``addressee`` returns the mail address of whom a playbook means by ``it``, ``manager`` …, empty when nobody is
    known; ``shared`` the logins that several people know; ``decided`` what was decided on a leaver's mail rules;
    ``must_not_go`` why a letter must not go to its client, by what the registers say now, empty when it may.
    ``tell`` hears how far a look is that takes its time: what it is, how much is done, of how much.
    """

    company: Company
    keeper: RuleKeeper
    book: LetterBook
    box: LetterBox
    now: Callable[[], datetime]
    tasks: TaskBook
    addressee: Callable[[str, Departure], str]
    shared: Callable[[], Sequence[SharedCredential]]
    sending: SendingRules = field(default_factory=SendingRules)
    decided: Callable[[str], Sequence[DecidedRule]] = field(default=lambda _: ())
    tell: Callable[[str, int, int], None] = field(default=lambda _what, _done, _all: None)
    must_not_go: Callable[[Letter], str] = field(default=lambda _: "")
