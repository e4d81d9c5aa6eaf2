"""Exchange Online by its admin endpoint: mailboxes, everything that passes mail on, replies, phones, who gets in.

The endpoint is the one of Microsoft's PowerShell module (https://learn.microsoft.com/powershell/exchange).
"""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import Field, model_validator

from offboard.connectors._exchange_delivery import Delivery
from offboard.connectors._exchange_elsewhere import Others, Tell
from offboard.connectors._exchange_holdings import Holdings
from offboard.connectors._exchange_link import Exchange
from offboard.connectors._exchange_meetings import Calendars
from offboard.connectors._exchange_records import agreeing
from offboard.connectors._exchange_rules import Rules
from offboard.connectors._graph_tokens import Account
from offboard.connectors.entra import CLOUDS, Address, Name
from offboard.domain.capabilities import Health
from offboard.domain.people import Person
from offboard.errors import NotFound, OffboardError, Rejected, Unreachable, Untrusted
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Membership, Script, Vault
    from offboard.domain.mail import Elsewhere, Meeting, Reply
    from offboard.errors import SystemFault

OFFICE: Final = {
    "global": "https://outlook.office365.com",
    "us-government": "https://outlook.office365.us",
    "us-defence": "https://outlook-dod.office365.us",
    "china": "https://partner.outlook.cn",
}
"""Cloud → where Exchange Online answers; tokens are asked for the same address."""

RIGHT: Final = "Exchange.ManageAsApp"

BLIND: Final = (
    "see rules that a mail program keeps to itself, or that its owner's other accounts have",
    "make a rule of Outlook alone again: changing any rule of a mailbox deletes them, so each is listed before",
    "tell a hidden rule without readable actions from those of Exchange itself, if it has their name",
)


class Settings(Section):
    """``[systems.X]`` with ``kind = "exchange"``; ``url`` and ``authority``: other addresses than the cloud's."""

    kind: Literal["exchange"] = "exchange"
    tenant: Name
    client_id: Name
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = Field(default=None, description="private key and certificate in one PEM")
    passphrase: SecretRef | None = None
    cloud: Literal["global", "us-government", "us-defence", "china"] = "global"
    url: Address | None = None
    graph_url: Address | None = Field(default=None, description="Microsoft Graph, for meetings; url unless told")
    authority: Address | None = None
    ca_file: Path | None = None
    connect_timeout: int = Field(default=5, ge=1, le=120, description="seconds")
    timeout: int = Field(default=60, ge=1, le=600, description="seconds")
    calls_at_once: int = Field(default=4, ge=1, le=16)
    look_into: int = Field(default=300, ge=1, description="mailboxes asked who may open them, at three calls each")

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.client_secret is None) == (self.certificate is None):
            raise ValueError("give exactly one of certificate (recommended) and client_secret")
        if self.passphrase and not self.certificate:
            raise ValueError("passphrase belongs to a certificate")
        return self

    def account(self, system: str, audience: str = "") -> Account:
        """Return who we are to Entra; tokens are for Exchange unless another ``audience`` is named."""
        return Account(
            system=system,
            tenant=self.tenant,
            client_id=self.client_id,
            secret=self.client_secret,
            certificate=self.certificate,
            passphrase=self.passphrase,
            managed=False,
            authority=self.authority or CLOUDS[self.cloud][1],
            known_cloud=self.authority is None,
            audience=audience or OFFICE[self.cloud],
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
        )


class Connection:
    """A connection to the mailboxes of one organisation."""

    kind = "exchange"

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        del vault
        self.name = name
        self.calls_at_once = settings.calls_at_once
        self._exchange = Exchange(settings.url or OFFICE[settings.cloud], settings.account(name))
        self.request_ids = self._exchange.wire.request_ids
        self._rules = Rules(self._exchange)
        self._holdings = Holdings(self._exchange)
        self._delivery = Delivery(self._exchange)
        self._others = Others(self._exchange, settings.look_into)
        graph = CLOUDS[settings.cloud][0]
        there = f"{settings.graph_url or settings.url or graph}/v1.0"
        self._calendars = Calendars(self._exchange, there, settings.account(name, audience=graph))

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._exchange.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._exchange.close()
        self._calendars.close()

    def mailbox(self, person: Person) -> Person | None:
        """Return this person's mailbox; its id is the GUID that Exchange gave it.

        Raises:
            Rejected: login and mail address lead to different mailboxes, or only one attribute agrees.
        """
        boxes = {str(box["Guid"]): box for key in (person.mail, person.login) if key for box in self._named(key)}
        if not boxes:
            return None
        if len(boxes) > 1:
            raise Rejected(
                f"{self.name}: login {person.login!r} and mail address {person.mail!r} lead to different mailboxes",
                system=self.name,
                hint="Find out whose mailbox each of them is; one was given to somebody else.",
            )
        ((guid, box),) = boxes.items()
        if agreeing(person, box) < 2:  # noqa: PLR2004 - two attributes, as everywhere
            raise Rejected(
                f"{self.name}: only one attribute agrees with the mailbox {box['PrimarySmtpAddress']}; two must",
                system=self.name,
                hint="Let login, mail address or name be the same in both places.",
            )
        login, mail = str(box["UserPrincipalName"]), str(box["PrimarySmtpAddress"])
        return Person(id=guid, system=self.name, login=login, name=str(box.get("DisplayName") or ""), mail=mail)

    def mailboxes(self) -> Iterator[str]:
        """Yield the GUID of every mailbox."""
        return (guid for guid, _ in self.named_mailboxes())

    def named_mailboxes(self) -> Iterator[tuple[str, str]]:
        """Yield the GUID and the address of every mailbox, a page at a time."""
        return ((str(box["Guid"]), str(box["PrimarySmtpAddress"])) for box in self._exchange.each_mailbox())

    def scripts_of(self, mailboxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Yield each mailbox with its records; what is the organisation's is read once for all of them."""
        return self._rules.of(mailboxes)

    def scripts(self, mailbox: str) -> list[Script]:
        """Return every record that passes on, hides or answers mail of the mailbox, hidden ones included."""
        return self._rules.all(mailbox)

    def house_rules(self) -> list[Script]:
        """Return the organisation's rules, and what lets mail leave it by itself."""
        return self._rules.of_the_house()

    def stop_rule(self, mailbox: str, name: str) -> None:
        """Put one record out of service; a rule is disabled, and stays where it is."""
        self._rules.stop(mailbox, name)

    def restore_rule(self, mailbox: str, name: str, content: bytes, place: int) -> None:
        """Put one record into service, from the copy where it is gone."""
        self._rules.restore(mailbox, name, content, place)

    def auto_reply(self, mailbox: str) -> Reply:
        """Return the automatic reply, active or not."""
        return self._holdings.reply(mailbox)

    def set_auto_reply(self, mailbox: str, reply: Reply) -> None:
        """Write the automatic reply."""
        self._holdings.set_reply(mailbox, reply)

    def protocols(self, mailbox: str) -> dict[str, Membership]:
        """Return the protocols that may be closed: those of phones and of mail programs other than Outlook."""
        return self._holdings.protocols(mailbox)

    def set_protocol(self, mailbox: str, protocol: str, state: Json) -> None:
        """Open or close one."""
        self._holdings.set_protocol(mailbox, protocol, state)

    def mail_devices(self, mailbox: str) -> dict[str, Membership]:
        """Return the phones that fetch mail."""
        return self._holdings.devices(mailbox)

    def forget_mail_device(self, mailbox: str, device: str) -> None:
        """Forget a phone; it is never wiped."""
        self._holdings.forget_device(mailbox, device)

    def mailbox_kind(self, mailbox: str) -> Json:
        """Return whether it is one person's or shared, as Exchange has it by now."""
        return self._holdings.kind(mailbox)

    def set_mailbox_kind(self, mailbox: str, kind: str) -> None:
        """Ask for another kind; Exchange takes its time."""
        self._holdings.set_kind(mailbox, kind)

    def listed(self, mailbox: str) -> dict[str, Membership]:
        """Return whether the address list names it."""
        return self._holdings.listed(mailbox)

    def set_listed(self, mailbox: str, state: Json) -> None:
        """List it, or no longer."""
        self._holdings.set_listed(mailbox, state)

    def mailbox_access(self, mailbox: str, heir: str) -> dict[str, Membership]:
        """Return what the owner of another mailbox may do in this one."""
        return self._holdings.access(mailbox, heir)

    def set_mailbox_access(self, mailbox: str, heir: str, access: str, state: Json) -> None:
        """Give access, or take it away."""
        self._holdings.set_access(mailbox, heir, access, state)

    def delivered(self, mailbox: str, heir: str) -> Json:
        """Return whether another mailbox gets a copy of what arrives here, or who gets it instead."""
        return self._delivery.state(mailbox, heir)

    def set_delivered(self, mailbox: str, heir: str, state: Json) -> None:
        """Deliver new mail to another mailbox too, or to nobody else any more."""
        self._delivery.bring(mailbox, heir, state)

    def rights_elsewhere(
        self, account_id: str, among: Collection[str] | None = None, tell: Tell = lambda _done, _all: None
    ) -> Elsewhere:
        """Return what the owner of a mailbox may do in others."""
        return self._others.rights(account_id, among, tell)

    def set_right_elsewhere(self, account_id: str, right: str, state: Json) -> None:
        """Take a right in another mailbox away, or give it back as it was held."""
        self._others.bring(account_id, right, state)

    def meetings(self, mailbox: str, since: str, until: str) -> list[Meeting]:
        """Return the meetings with others that the mailbox's owner called; asks Microsoft Graph."""
        return self._calendars.called(mailbox, since, until)

    def invite(self, mailbox: str, meeting: str, address: str, *, invited: bool) -> None:
        """Have somebody among those invited to a meeting, or no longer."""
        self._calendars.invite(mailbox, meeting, address, invited=invited)

    def health(self) -> Health:
        """Say whether Exchange answers and what our app may do there; changes nothing, raises nothing."""
        wire = self._exchange.wire
        started = time.monotonic()
        try:
            wire.tokens.get()
            started = time.monotonic()
            self._exchange.run("Get-RemoteDomain", "read one setting")
        except OffboardError as fault:
            reachable, held = not isinstance(fault, (Unreachable, Untrusted)), self._held()
            lacks = () if RIGHT in held else (RIGHT,)
            return Health(self.name, self.kind, reachable, wire.tls, held, lacks, cannot=(str(fault),))
        latency = round((time.monotonic() - started) * 1000)
        return Health(
            self.name, self.kind, reachable=True, tls=wire.tls, rights_held=self._held(), cannot=BLIND,
            latency_ms=latency,
        )  # fmt: skip

    def _held(self) -> tuple[str, ...]:
        """Return the rights that our token names, which after a refusal is a new one; none where there is no token."""
        try:
            return tuple(sorted(map(str, self._exchange.wire.tokens.claims().get("roles") or ())))
        except OffboardError:
            return ()

    def _named(self, key: str) -> list[dict[str, Any]]:
        try:
            return [self._exchange.mailbox(key)]
        except NotFound:
            return []


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the organisation ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust.
        Denied: Entra refuses our app.
        BadSettings: the secret, the certificate or ca_file cannot be had.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
