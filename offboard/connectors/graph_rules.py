"""Mail rules by Microsoft Graph alone, where Exchange's own endpoint is not granted: inbox rules and replies.

What Graph does not show is said: it is no part of any of its answers. Sources: the pages "messageRule", "List rules",
"Get user mailbox settings" and "Throttling" below https://learn.microsoft.com/graph.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

from offboard.connectors import entra
from offboard.connectors._entra_people import People
from offboard.connectors._graph_link import Graph
from offboard.connectors._graph_message_rules import MessageRules
from offboard.connectors._graph_paths import at
from offboard.connectors._graph_rule_rights import missing, right_for
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Health
from offboard.domain.people import Person, same_person
from offboard.errors import NotFound, OffboardError, Rejected, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.domain.capabilities import Script, Vault
    from offboard.errors import SystemFault

UNSEEN: Final = (
    "Microsoft Graph does not show the forwarding of a whole mailbox: see Get-Mailbox (ForwardingSmtpAddress).",
    "Microsoft Graph does not show hidden rules, sweep rules and delegates' rules: see Get-InboxRule -IncludeHidden.",
    "Microsoft Graph does not show transport rules, remote domains and the outbound policy: see Get-TransportRule.",
    "Microsoft Graph does not show who else opens a mailbox or sends from it: see Get-MailboxPermission.",
    "Folders into which rules move mail are shown by their ids only.",
)

_SELECT: Final = "id,displayName,mail,userPrincipalName,userType"
_GUEST: Final = "guest"


class Settings(entra.Settings):
    """``[systems.X]`` with ``kind = "graph_rules"``: the same as for ``entra``."""

    kind: Literal["graph_rules"] = "graph_rules"  # type: ignore[assignment]  # each kind has its own word
    calls_at_once: int = 2


class Connection:
    """A connection to the mailboxes of one tenant."""

    kind = "graph_rules"

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        del vault
        self.name = name
        self.calls_at_once = settings.calls_at_once
        url = settings.url or f"{entra.CLOUDS[settings.cloud][0]}/v1.0"
        self._graph = Graph(url, settings.account(name), right_for)
        self.request_ids = self._graph.wire.request_ids
        self._rules = MessageRules(self._graph)

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._graph.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._graph.close()

    def mailbox(self, person: Person) -> Person | None:
        """Return this person's mailbox; its id is that of the account in Entra.

        Raises:
            Rejected: more than one could be meant.
        """
        same = [one for one in People(self._graph).recognise(person) if same_person(one, person)]
        if len(same) > 1:
            named = ", ".join(one.login for one in same)
            raise Rejected(f"{self.name}: more than one account could be {person.name}'s: {named}", system=self.name)
        if not same:
            return None
        try:
            self._rules.settings(same[0].id)
        except NotFound:
            return None
        return same[0]

    def mailboxes(self) -> Iterator[str]:
        """Yield the id of every account that has a mail address."""
        return (identity for identity, _ in self.named_mailboxes())

    def named_mailboxes(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the address of every account that has one, a page at a time; guests' are elsewhere."""
        ask = Ask("GET", at("users"), "list the mailboxes", {"$select": _SELECT, "$top": "999"})
        for user in self._graph.pages(ask, self._graph.ask(ask)):
            if user.get("mail") and str(user.get("userType") or "").casefold() != _GUEST:
                yield str(user["id"]).casefold(), str(user["mail"])

    def scripts(self, mailbox: str) -> list[Script]:
        """Return every rule of the inbox, and the automatic reply while it is on."""
        ((_, answer),) = self.scripts_of([mailbox])
        if isinstance(answer, list):
            return answer
        raise answer

    def scripts_of(self, mailboxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Yield each mailbox with its rules, twenty calls at a time; a fault of one is no fault of the others."""
        return self._rules.of(mailboxes)

    def unseen(self) -> tuple[str, ...]:
        """Return what Graph does not show of mailboxes."""
        return UNSEEN

    def stop_rule(self, mailbox: str, name: str) -> None:
        """Disable a rule; it stays where it is. The automatic reply is no rule."""
        self._rules.stop(mailbox, name)

    def restore_rule(self, mailbox: str, name: str, content: bytes, place: int) -> None:
        """Enable a rule, or make it anew from the copy where it is gone."""
        self._rules.restore(mailbox, name, content, place)

    def health(self) -> Health:
        """Say whether the tenant answers and what our app may do there; changes nothing, raises nothing."""
        wire = self._graph.wire
        try:
            claims = wire.tokens.claims()
            started = time.monotonic()
            self._graph.get(at("users"), "read one account", top="1", select="id")
        except OffboardError as fault:
            answers = not isinstance(fault, (Unreachable, Untrusted))
            return Health(self.name, self.kind, reachable=answers, tls=wire.tls, cannot=(str(fault),))
        held = tuple(sorted(map(str, claims.get("roles") or ())))
        return Health(
            self.name,
            self.kind,
            reachable=True,
            tls=wire.tls,
            rights_held=held,
            rights_missing=missing(held),
            cannot=UNSEEN,
            latency_ms=round((time.monotonic() - started) * 1000),
        )


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the tenant ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust.
        Denied: Entra refuses our app.
        BadSettings: the secret, the certificate or ca_file cannot be had.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
