"""A company in memory with a journal: every system the engine may meet, and what really happened to each.

The journal is what the judge compares the evidence with; the engine cannot see it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import (
    Accounts,
    Directory,
    Groups,
    Mailboxes,
    MailRules,
    Membership,
    Roster,
    Script,
    Sender,
    Unclear,
)
from offboard.domain.clients import Client, Contact
from offboard.domain.mail import ForwardingRules, MailSessions
from offboard.domain.people import Person
from offboard.domain.register import ClientRegister
from offboard.errors import NotFound, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANN = Person("id-ann", "office", "ann", "Ann Lee", "ann@corp.test", "1001", "Sales")
JOE = Person("id-joe", "office", "joe", "Joe Fox", "joe@corp.test", "1002", "Sales", "+44 117 496 0123")


@dataclass
class TwinOffice:
    """Directory, accounts and groups."""

    name: str = "office"
    people: list[Person] = field(default_factory=lambda: [ANN, JOE])
    open: dict[str, bool] = field(default_factory=lambda: {"id-ann": True, "id-joe": True})
    groups: dict[str, set[str]] = field(default_factory=lambda: {"vpn": {"id-ann"}, "staff": {"id-ann", "id-joe"}})
    journal: list[tuple[str, ...]] = field(default_factory=list)
    tickets_until: str = ""

    def find(self, key: str) -> list[Person]:
        return [p for p in self.people if key.casefold() in {p.login, p.mail, p.employee_number}]

    def near(self, key: str) -> list[Person]:
        return [p for p in self.people if key[:3].casefold() in p.name.casefold()]

    def recognise(self, person: Person) -> list[Person]:
        return [p for p in self.people if p.login == person.login]

    def staff(self) -> int:
        return len(self.people)

    def everybody(self) -> Iterator[Person]:
        yield from self.people

    def account(self, account_id: str) -> Any:
        if account_id not in self.open:
            return None
        if self.open[account_id]:
            return {"sign_in": "open", "password": "0" * 16}
        return {"sign_in": "shut", **({"tickets_until": self.tickets_until} if self.tickets_until else {})}

    def set_account(self, account_id: str, state: Any) -> None:
        self.journal.append(("account", account_id, state["sign_in"]))
        self.open[account_id] = state["sign_in"] == "open"

    def memberships(self, account_id: str) -> dict[str, Membership]:
        return {g: Membership(g, {"in": g}) for g, members in self.groups.items() if account_id in members}

    def membership(self, account_id: str, group_id: str) -> Any:
        return {"in": group_id} if account_id in self.groups[group_id] else None

    def set_membership(self, account_id: str, group_id: str, state: Any) -> None:
        if group_id not in self.groups:
            raise NotFound(f"no group {group_id}", system=self.name)
        self.journal.append(("group", group_id, "in" if state else "out"))
        (self.groups[group_id].discard if state is None else self.groups[group_id].add)(account_id)


@dataclass
class TwinMail:
    """Mailboxes, sessions and rules."""

    name: str = "mail"
    open_sessions: int = 2
    stored: dict[str, bytes] = field(default_factory=lambda: {"fwd": b'redirect "x@freemail.invalid";\r\n'})
    active: str | None = "fwd"
    journal: list[tuple[str, ...]] = field(default_factory=list)

    def mailbox(self, person: Person) -> Person | None:
        return Person("ann", "mail", "ann", person.name, person.mail) if person.login == "ann" else None

    def mailboxes(self) -> Iterator[str]:
        yield "ann"

    def sessions(self, mailbox: str) -> int:
        return self.open_sessions if mailbox == "ann" else 0

    def end_sessions(self, mailbox: str) -> None:
        self.journal.append(("kick", mailbox))
        self.open_sessions = 0

    def scripts(self, mailbox: str) -> list[Script]:
        del mailbox
        return [Script(name, name == self.active, content) for name, content in sorted(self.stored.items())]

    def put_script(self, mailbox: str, name: str, content: bytes | None) -> None:
        self.journal.append(("script", mailbox, name, "gone" if content is None else "put"))
        if content is None:
            self.stored.pop(name, None)
            self.active = None if self.active == name else self.active
        else:
            self.stored[name] = content

    def activate(self, mailbox: str, name: str | None) -> None:
        self.journal.append(("active", mailbox, str(name)))
        self.active = name


@dataclass
class TwinRegister:
    """Three clients, two of them the leaver's."""

    name: str = "clients"
    responsibles: dict[str, str] = field(default_factory=lambda: {"C1": "ann", "C2": "ann", "C3": "joe"})
    journal: list[tuple[str, ...]] = field(default_factory=list)
    unwilling: set[str] = field(default_factory=set)

    def clients(self) -> list[Client]:
        return [self._client(i) for i in self.responsibles]

    def client(self, client_id: str) -> Client | None:
        return self._client(client_id) if client_id in self.responsibles else None

    def _client(self, client_id: str) -> Client:

        mail = f"{client_id.lower()}@client.example"
        name, worth = f"Client {client_id}", 1000 - int(client_id[1:])
        contact, refuses = Contact("Pat Poe", "", mail), client_id in self.unwilling
        return Client(client_id, name, self.responsibles[client_id], contact, value=worth, do_not_contact=refuses)

    def responsible(self, client_id: str) -> Any:
        return self.responsibles.get(client_id)

    def set_responsible(self, client_id: str, responsible: str) -> None:
        self.journal.append(("responsible", client_id, responsible))
        self.responsibles[client_id] = responsible


@dataclass
class TwinOutbox:
    """Keeps what was sent; may be told to lose its answer."""

    name: str = "outbox"
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        del sender
        self.sent.append((recipient, message))
        if recipient in self.unclear:
            raise Unclear("the connection broke before the answer came")


CAPABILITIES = {
    "office": (Directory, Roster, Accounts, Groups),
    "mail": (Mailboxes, MailRules, MailSessions, ForwardingRules),
    "clients": (ClientRegister,),
    "outbox": (Sender,),
}


class Faulty:
    """A connection whose n-th call goes wrong, before or after it took effect."""

    def __init__(self, system: Any, systems: TwinSystems) -> None:
        self._system, self._systems = system, systems

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._system, name)
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._systems.before_call(name)
            answer = value(*args, **kwargs)
            self._systems.after_call(name)
            return answer

        return call


class TwinSystems:
    """The systems of the twin company (the engine's ``Systems``)."""

    def __init__(self) -> None:
        self.all: dict[str, Any] = {
            "office": TwinOffice(),
            "mail": TwinMail(),
            "clients": TwinRegister(),
            "outbox": TwinOutbox(),
        }
        self.down: set[str] = set()
        self.width: dict[str, int] = {}
        self.fault: Callable[[int, str, bool], None] = lambda _call, _name, _done: None
        self.calls = 0
        self._lock = threading.Lock()

    @property
    def office(self) -> TwinOffice:
        return self.all["office"]

    @property
    def mail(self) -> TwinMail:
        return self.all["mail"]

    @property
    def register(self) -> TwinRegister:
        return self.all["clients"]

    @property
    def outbox(self) -> TwinOutbox:
        return self.all["outbox"]

    def names(self) -> list[str]:
        return list(self.all)

    def having(self, *needs: type) -> list[str]:
        return [name for name in self.all if set(needs) <= set(CAPABILITIES[name])]

    def calls_at_once(self, name: str) -> int:
        return self.width.get(name, 1)

    def places(self, name: str) -> int:
        return self.calls_at_once(name)

    def before_call(self, name: str) -> None:
        with self._lock:
            self.calls += 1
        self.fault(self.calls, name, False)

    def after_call(self, name: str) -> None:
        self.fault(self.calls, name, True)

    @contextmanager
    def writer(self, name: str) -> Iterator[Any]:
        if name in self.down:
            raise Unreachable(f"{name} does not answer", system=name)
        yield Faulty(self.all[name], self)

    reader = writer

    def picture(self) -> dict[str, Any]:
        """Return everything that an undo must put back."""
        return {
            "open": dict(self.office.open),
            "groups": {name: sorted(members) for name, members in self.office.groups.items()},
            "scripts": dict(self.mail.stored),
            "active": self.mail.active,
            "responsibles": dict(self.register.responsibles),
        }
