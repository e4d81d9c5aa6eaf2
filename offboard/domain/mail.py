"""What mail systems can do besides keeping mail: rules of any kind, replies, sessions, devices, who else gets in.

``mailbox`` is the mailbox's immutable id in its system. Like all capabilities: a connector has one when it has its
methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from offboard.domain.capabilities import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from offboard.domain.capabilities import Membership, Script
    from offboard.domain.change import State
    from offboard.errors import SystemFault


@runtime_checkable
class MailSessions(Named, Protocol):
    """Keeps mail programs signed in."""

    def sessions(self, mailbox: str) -> int:
        """Return how many sessions are open."""

    def end_sessions(self, mailbox: str) -> None:
        """End every open session."""


@runtime_checkable
class ForwardingRules(Named, Protocol):
    """Shows everything that can pass on, hide or answer the mail of a mailbox."""

    def scripts(self, mailbox: str) -> list[Script]:
        """Return every script or record with its bytes."""


@runtime_checkable
class ManyMailboxes(Named, Protocol):
    """Shows the rules of many mailboxes in fewer calls than one after another."""

    def named_mailboxes(self) -> Iterator[tuple[str, str]]:
        """Yield the id of every mailbox with what people call it, a page at a time."""

    def scripts_of(self, mailboxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Yield each of these mailboxes with what ``scripts`` would return for it, or raise."""


@runtime_checkable
class SeesInPart(Named, Protocol):
    """Can do more with mail than it shows us."""

    def unseen(self) -> tuple[str, ...]:
        """Return what passes mail on or hides it and is not shown to us, each a sentence that says where to look."""


@runtime_checkable
class SeparateRules(Named, Protocol):
    """Holds each rule by itself: one can be put out of service while the others work (Exchange)."""

    def stop_rule(self, mailbox: str, name: str) -> None:
        """Put the record of that name out of service; nothing happens when it is not there."""

    def restore_rule(self, mailbox: str, name: str, content: bytes, place: int) -> None:
        """Put the record into service with this content: as it is where it still is, else made anew in its place."""


@runtime_checkable
class HouseRules(Named, Protocol):
    """Has rules that work on everybody's mail."""

    def house_rules(self) -> list[Script]:
        """Return each rule of the organisation, and what lets mail leave it by itself."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An automatic reply; ``audience`` outside is ``all``, ``known`` or ``none``. The texts may be HTML.

    ``begins`` and ``ends`` are as the system writes them, empty for a reply without dates.
    """

    active: bool
    inside: str
    outside: str
    audience: str = "all"
    begins: str = ""
    ends: str = ""


@runtime_checkable
class AutoReplies(Named, Protocol):
    """Answers mail by itself, besides any rules."""

    def auto_reply(self, mailbox: str) -> Reply:
        """Return the automatic reply, active or not."""

    def set_auto_reply(self, mailbox: str, reply: Reply) -> None:
        """Write the automatic reply."""


@runtime_checkable
class MailProtocols(Named, Protocol):
    """Lets mail programs in by protocols, each of which can be closed."""

    def protocols(self, mailbox: str) -> dict[str, Membership]:
        """Return those that may be closed without locking out who takes the mailbox over.

        The state is ``{"open": "yes" | "no" | "as the company has it"}``.
        """

    def set_protocol(self, mailbox: str, protocol: str, state: State) -> None:
        """Open or close one."""


@runtime_checkable
class MailDevices(Named, Protocol):
    """Lets phones fetch mail."""

    def mail_devices(self, mailbox: str) -> dict[str, Membership]:
        """Return the phones; the state says what is known of each."""

    def forget_mail_device(self, mailbox: str, device: str) -> None:
        """Forget a phone: it gets no more mail; nothing on it is deleted."""


@runtime_checkable
class MailboxKind(Named, Protocol):
    """Keeps mailboxes of one person, and shared ones, which need no licence."""

    def mailbox_kind(self, mailbox: str) -> State:
        """Return ``{"kind": "user" | "shared"}``, ``None`` when there is no such mailbox."""

    def set_mailbox_kind(self, mailbox: str, kind: str) -> None:
        """Ask for the mailbox to become a ``user`` or a ``shared`` one; that may take a while."""


@runtime_checkable
class AddressList(Named, Protocol):
    """Lists people for others to write to."""

    def listed(self, mailbox: str) -> dict[str, Membership]:
        """Return the mailbox with ``{"listed": bool}``."""

    def set_listed(self, mailbox: str, state: State) -> None:
        """List the mailbox, or no longer."""


@runtime_checkable
class MailboxAccess(Named, Protocol):
    """Lets others into a mailbox."""

    def mailbox_access(self, mailbox: str, heir: str) -> dict[str, Membership]:
        """Return ``full access`` and ``send as``, each with ``{"given": bool}`` to the mailbox ``heir``."""

    def set_mailbox_access(self, mailbox: str, heir: str, access: str, state: State) -> None:
        """Give one of the two, or take it away."""


@runtime_checkable
class MailboxDelivery(Named, Protocol):
    """Delivers new mail of a mailbox to another one as well."""

    def delivered(self, mailbox: str, heir: str) -> State:
        """Return ``{"given": bool, "other": str}``: does ``heir`` get a copy, or who gets the mail instead."""

    def set_delivered(self, mailbox: str, heir: str, state: State) -> None:
        """Deliver new mail to ``heir`` too, or to nobody else any more.

        Raises:
            Drifted: it is forwarded to somebody else already.
        """


@runtime_checkable
class OtherMailboxes(Named, Protocol):
    """Lets people into mailboxes and calendars that are not theirs."""

    def rights_elsewhere(
        self,
        account_id: str,
        among: Collection[str] | None = None,
        tell: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> Elsewhere:
        """Return what an account may do in other mailboxes: these alone, else in as many as the settings allow.

        ``tell`` hears how many were looked into, of how many.
        """

    def set_right_elsewhere(self, account_id: str, right: str, state: State) -> None:
        """Take a right away (``None``), or give it back as it was held."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What somebody may do in other mailboxes: ``mailbox/right`` → it; and how many mailboxes were not looked into."""

    rights: dict[str, Membership]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting to come that the leaver called; ``outside`` are those invited who are not of the organisation.

    ``id`` is short and the same for all occurrences of a series, ``next`` the instant at which the next one begins.
    """

    id: str
    subject: str
    next: str
    series: bool
    invited: tuple[str, ...]


@runtime_checkable
class Meetings(Named, Protocol):
    """Knows who called which meeting."""

    def meetings(self, mailbox: str, since: str, until: str) -> list[Meeting]:
        """Return the meetings with others between two instants that the mailbox's owner called.

        Raises:
            Denied: our account may not read calendars.
        """

    def invite(self, mailbox: str, meeting: str, address: str, *, invited: bool) -> None:
        """Have somebody among those invited, or no longer; everybody invited gets an update by mail."""


class RuleKeeper(Protocol):
    """Keeps copies of mail rules."""

    def keep(self, system: str, mailbox: str, script: Script) -> str:
        """Keep a copy durably and return its SHA-256."""

    def kept(self, system: str, mailbox: str, sha256: str) -> bytes | None:
        """Return the copy with that SHA-256, or ``None``."""
