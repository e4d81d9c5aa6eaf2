"""The owner's own mailbox in Exchange Online by Microsoft Graph: letters lie there as drafts, or are sent from there.

Sources: https://learn.microsoft.com/graph/outlook-send-mime-message and https://learn.microsoft.com/graph/throttling.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from offboard.connectors._graph_drafts import READ, READ_WRITE, SEND, Drafts
from offboard.connectors._graph_link import Graph
from offboard.connectors._graph_tokens import Account
from offboard.connectors._loopback import is_loopback
from offboard.connectors._smtp_message import check_message
from offboard.connectors.entra import CLOUDS, Address, Name
from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault
    from offboard.domain.drafting import Drafted

MOST_PER_MINUTE: Final = 30
"""What Exchange Online lets one mailbox send."""


class Settings(Section):
    """``[systems.X]`` with ``kind = "graph_mail"``; ``url`` and ``authority``: other addresses than the cloud's.

    ``leave_drafts``: letters lie in the owner's Drafts, and the owner sends them: no right ``Mail.Send`` is needed.
    ``mailbox``: the owner's user name or id, where that is not their mail address.
    """

    kind: Literal["graph_mail"] = "graph_mail"
    tenant: Name
    client_id: Name
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = Field(default=None, description="private key and certificate in one PEM")
    passphrase: SecretRef | None = None
    cloud: Literal["global", "us-government", "us-defence", "china"] = "global"
    url: Address | None = None
    authority: Address | None = None
    ca_file: Path | None = None
    leave_drafts: bool = False
    mailbox: str = ""
    per_minute: float = Field(default=25, gt=0, le=MOST_PER_MINUTE)
    connect_timeout: int = Field(default=5, ge=1, le=120, description="seconds")
    timeout: int = Field(default=60, ge=1, le=600, description="seconds")

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.client_secret is None) == (self.certificate is None):
            raise ValueError("give exactly one of certificate (recommended) and client_secret")
        if self.passphrase and not self.certificate:
            raise ValueError("passphrase belongs to a certificate")
        return self

    @property
    def practice(self) -> bool:
        """Whether it reaches nobody: Microsoft is not on loopback."""
        return is_loopback(urlsplit(self.url or CLOUDS[self.cloud][0]).hostname or "")

    def account(self, system: str) -> Account:
        """Return who we are to Entra."""
        graph, login = CLOUDS[self.cloud]
        return Account(
            system=system,
            tenant=self.tenant,
            client_id=self.client_id,
            secret=self.client_secret,
            certificate=self.certificate,
            passphrase=self.passphrase,
            managed=False,
            authority=self.authority or login,
            known_cloud=self.authority is None,
            audience=graph,
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
        )


class Connection:
    """The owner's mailbox (capabilities ``Sender`` and ``Drafter``); one mail after another."""

    kind = "graph_mail"
    calls_at_once = 1

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        del vault
        self.name = name
        self.leaves_drafts = settings.leave_drafts
        self._settings = settings
        url = settings.url or f"{CLOUDS[settings.cloud][0]}/v1.0"
        self._graph = Graph(url, settings.account(name), lambda _method, _path: READ_WRITE)
        self.request_ids = self._graph.wire.request_ids
        self._drafts = Drafts(self._graph, settings.mailbox)
        self._pace = _Pace(settings.per_minute)

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._graph.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._graph.close()

    def health(self) -> Health:
        """Say whether Entra lets our app in, and what it may do there; reads no mailbox."""
        needed = {READ, READ_WRITE} | (set() if self.leaves_drafts else {SEND})
        started = time.monotonic()
        try:
            held = {str(role) for role in self._graph.wire.tokens.claims().get("roles") or ()}
        except OffboardError as fault:
            answers = not isinstance(fault, (Unreachable, Untrusted))
            return Health(self.name, self.kind, answers, self._graph.wire.tls, cannot=(str(fault),))
        return Health(
            self.name,
            self.kind,
            reachable=True,
            tls=self._graph.wire.tls,
            rights_held=tuple(sorted(held & {READ, READ_WRITE, SEND})),
            rights_missing=tuple(sorted(needed - held)),
            cannot=(
                "tell whether a mail arrived in the end: Graph says only that it was taken",
                "keep a mail byte for byte: Exchange writes it anew; words, people and attachment are compared",
                "confine itself to the owner's mailbox: grant it by role-based access control in Exchange Online alone",
            ),
            latency_ms=round((time.monotonic() - started) * 1000),
        )

    def draft(self, message: bytes, *, sender: str, recipient: str) -> str:
        """Lay one finished mail into the sender's Drafts, once, and return its id.

        Raises:
            Rejected: its bytes are not one mail for one person, or Exchange changed what a reader sees.
            Unreachable, Throttled, Denied, Untrusted: it was certainly not sent.
        """
        checked = check_message(self.name, message, sender=sender, recipient=recipient)
        return self._drafts.lay(checked.content, sender, recipient)[0]

    def drafted(self, draft_id: str, *, sender: str) -> Drafted:
        """Say what became of a draft."""
        return self._drafts.became(draft_id, sender)

    def withdraw(self, draft_id: str, *, sender: str) -> Drafted:
        """Take a draft away, read back whether it is gone, and say so; one that was sent stays as it is."""
        return self._drafts.withdraw(draft_id, sender)

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Lay one finished mail into the sender's Drafts, look at what lies there, and send it, exactly once.

        Raises:
            Rejected, Unreachable, Throttled, Denied, Untrusted: as :meth:`draft` raises them; it was not sent.
            Unclear: it was to be sent, and no answer came.
        """
        checked = check_message(self.name, message, sender=sender, recipient=recipient)
        draft, sent = self._drafts.lay(checked.content, sender, recipient)
        if not sent:
            self._pace.wait()
            self._drafts.send(draft, sender, recipient)


class _Pace:
    """At most so many mails a minute."""

    def __init__(self, per_minute: float) -> None:
        self._pause, self._not_before = 60 / per_minute, 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the turn of the next mail."""
        with self._lock:
            time.sleep(max(0.0, self._not_before - time.monotonic()))
            self._not_before = time.monotonic() + self._pause


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the tenant ``name``.

    Raises:
        Unreachable, Untrusted, Denied, BadSettings: as they say.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
