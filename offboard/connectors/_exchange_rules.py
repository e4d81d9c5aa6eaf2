"""Everything that passes on, hides or answers the mail of a mailbox, record by record; and putting rules back.

Names are those of Microsoft's cmdlet references (learn.microsoft.com, module ExchangePowerShell).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._exchange_records import (
    FORWARDING,
    OWN,
    RULE,
    address_in,
    content_of,
    lacking,
    names_person,
    new_rule,
    parameter,
    runs_for_the_system,
)
from offboard.connectors._exchange_sweep import SWEEP, Sweeps
from offboard.domain.capabilities import Script
from offboard.errors import Drifted, Rejected, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.connectors._exchange_link import Exchange

_ORGANISED: Final = "forwarding"
_SENDING: Final = ("ForwardTo", "ForwardAsAttachmentTo", "RedirectTo")


class Rules:
    """The rules of one organisation's mailboxes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._sweeps = Sweeps(exchange)

    def of(self, mailboxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Yield each mailbox with its records, or with what stood against it; the organisation's rules are read once.

        Raises:
            SystemFault: these cannot be read.
        """
        house = list(self._transport())
        for mailbox in mailboxes:
            try:
                yield mailbox, self.all(mailbox, house)
            except SystemFault as fault:
                yield mailbox, fault

    def all(self, mailbox: str, house: Sequence[tuple[Script, dict[str, Any]]] | None = None) -> list[Script]:
        """Return every record of a mailbox: its forwarding, its rules, its reply, who else gets in, rules about it.

        ``house`` are the organisation's rules, where they were read before.
        """
        box = self._exchange.mailbox(mailbox)
        house = list(self._transport()) if house is None else house
        return [
            *self._forwarding(box),
            *(script for script, _ in self._inbox(box)),
            *(script for script, _ in self._sweeps.all(box)),
            *self._reply(box),
            *self._access(box),
            *(script for script, record in house if names_person(record, box)),
        ]

    def of_the_house(self) -> list[Script]:
        """Return the organisation's rules, and what lets mail leave it by itself."""
        found = [script for script, _ in self._transport()]
        for cmdlet, kind, keys in (
            ("Get-RemoteDomain", "remote domain", ("DomainName", "AutoForwardEnabled")),
            ("Get-HostedOutboundSpamFilterPolicy", "outbound policy", ("AutoForwardingMode", "Enabled", "IsDefault")),
        ):
            for record in self._exchange.run(cmdlet, "read whether mail may leave by itself"):
                name = str(record.get("Name") or "")
                kept = {"Policy": kind, "Name": name} | {key: record.get(key) for key in keys}
                found.append(Script(f"{kind}/{name}", True, content_of(kept), format="exchange", part="policy"))  # noqa: FBT003 - it is in force
        return found

    def stop(self, mailbox: str, name: str) -> None:
        """Put a record out of service: the forwarding is cleared, a rule is disabled."""
        box = self._exchange.mailbox(mailbox)
        if name == FORWARDING:
            self._forward(box, {"ForwardingAddress": None, "ForwardingSmtpAddress": None})
            return
        if name.startswith(SWEEP):
            self._sweeps.stop(box, name)
            return
        for script, record in self._inbox(box):
            if script.name == name and script.fragile:
                self._run("Remove-InboxRule", "remove a mail rule", box, record)
            elif script.name == name:
                self._run("Disable-InboxRule", "disable a mail rule", box, record)

    def restore(self, mailbox: str, name: str, content: bytes, place: int) -> None:
        """Put a record into service: enabled where it still is as it was, else made anew.

        Raises:
            Drifted: a rule of that name is there, and is another one.
            Rejected: it is nothing that we can write.
        """
        box, wanted = self._exchange.mailbox(mailbox), cast("dict[str, Any]", json.loads(content))
        if name == FORWARDING:
            self._forward(box, wanted)
            return
        if name.startswith(SWEEP):
            self._sweeps.restore(box, name, content)
            return
        if not name.startswith(RULE):
            raise Rejected(f"{self._exchange.system}: {name} is no rule of a mailbox", system=self._exchange.system)
        for script, record in self._inbox(box):
            if script.name != name:
                continue
            if script.content != content:
                text = f'{self._exchange.system}: the mail rule "{wanted.get("Name")}" was changed meanwhile'
                raise Drifted(text, system=self._exchange.system)
            self._run("Enable-InboxRule", "enable a mail rule", box, record)
            return
        self._exchange.run(
            "New-InboxRule",
            "make a mail rule again",
            mailbox=mailbox,
            Mailbox=mailbox,
            Force=True,
            Confirm=False,
            **new_rule(wanted, str(box["UserPrincipalName"])),
            **({"Priority": place} if place else {}),
        )

    def _forward(self, box: dict[str, Any], wanted: dict[str, Any]) -> None:
        smtp = str(wanted.get("ForwardingSmtpAddress") or "")
        self._exchange.run(
            "Set-Mailbox",
            "write the forwarding of a mailbox",
            mailbox=str(box["Guid"]),
            Identity=box["Guid"],
            ForwardingAddress=parameter(wanted.get("ForwardingAddress")) or None,
            ForwardingSmtpAddress=smtp or None,
            DeliverToMailboxAndForward=bool(wanted.get("DeliverToMailboxAndForward")),
            Confirm=False,
        )

    def _run(self, cmdlet: str, doing: str, box: dict[str, Any], record: dict[str, Any]) -> None:
        guid = str(box["Guid"])
        self._exchange.run(
            cmdlet, doing, mailbox=guid, Mailbox=guid, Identity=record["RuleIdentity"], Confirm=False, Force=True
        )

    def _forwarding(self, box: dict[str, Any]) -> Iterator[Script]:
        keys = ("ForwardingAddress", "ForwardingSmtpAddress", "DeliverToMailboxAndForward")
        if box.get(keys[0]) or box.get(keys[1]):
            record = {"Mailbox": box["PrimarySmtpAddress"]} | {key: box.get(key) for key in keys}
            record[keys[0]] = self._resolved(record[keys[0]])
            yield Script(FORWARDING, True, content_of(record), format="exchange", rests=False)  # noqa: FBT003 - it is set

    def _inbox(self, box: dict[str, Any]) -> list[tuple[Script, dict[str, Any]]]:
        """Return the rules with the records that they come from, by their turn; names that repeat are counted."""
        guid, doing = str(box["Guid"]), "read the mail rules"
        every = self._exchange.run("Get-InboxRule", doing, mailbox=guid, Mailbox=guid, IncludeHidden=True)
        made = [record for record in every if not runs_for_the_system(record)]
        # Which are hidden is asked only where there are any: most people have no rule.
        seen = self._exchange.run("Get-InboxRule", doing, mailbox=guid, Mailbox=guid) if made else []
        shown = {str(rule.get("RuleIdentity")) for rule in seen}
        found, called = [], dict[str, int]()
        for record in sorted(made, key=lambda rule: str(rule.get("RuleIdentity")).zfill(20)):
            name = str(record.get("Name") or "")
            called[name] = called.get(name, 0) + 1
            hidden = str(record.get("RuleIdentity")) not in shown
            kept = {key: value for key, value in record.items() if key not in OWN}
            kept |= {key: self._each_resolved(kept[key]) for key in _SENDING if kept.get(key)}
            kept |= {"Mailbox": box["PrimarySmtpAddress"], "Hidden": hidden}
            script = Script(
                f"{RULE}{name}" + (f" #{called[name]}" if called[name] > 1 else ""),
                active=bool(record.get("Enabled")),
                content=content_of(kept),
                format="exchange",
                place=int(record.get("Priority") or 0),
                fragile=record.get("SupportedByTask") is False,
                inexact=lacking(kept),
            )
            found.append((script, record))
        return sorted(found, key=lambda one: one[0].place)

    def _reply(self, box: dict[str, Any]) -> Iterator[Script]:
        guid = str(box["Guid"])
        for record in self._exchange.run(
            "Get-MailboxAutoReplyConfiguration", "read the automatic reply", mailbox=guid, Identity=guid
        ):
            active = str(record.get("AutoReplyState") or "Disabled") != "Disabled"
            if active:
                kept = {"Mailbox": box["PrimarySmtpAddress"]} | record
                yield Script("automatic reply", active, content_of(kept), format="exchange", part="reply")

    def _access(self, box: dict[str, Any]) -> Iterator[Script]:
        guid, found = str(box["Guid"]), list[tuple[str, str]]()
        for cmdlet, who, access in (
            ("Get-MailboxPermission", "User", "open the mailbox"),
            ("Get-RecipientPermission", "Trustee", "send as the person"),
        ):
            for record in self._exchange.run(cmdlet, "read who else gets in", mailbox=guid, Identity=guid):
                others = not str(record.get(who) or "").upper().startswith("NT AUTHORITY")
                if others and not record.get("IsInherited") and not record.get("Deny"):
                    found.append((access, str(record.get(who))))
        found += [("send on behalf of the person", str(name)) for name in box.get("GrantSendOnBehalfTo") or ()]
        for record in self._exchange.run("Get-CalendarProcessing", "read the calendar", mailbox=guid, Identity=guid):
            found += [("get the invitations too", str(name)) for name in record.get("ResourceDelegates") or ()]
        for access, who in found:
            kept = {"Mailbox": box["PrimarySmtpAddress"], "Access": access, "Who": self._resolved(who)}
            yield Script(f"access/{access}/{who}", True, content_of(kept), format="exchange", part="access")  # noqa: FBT003 - they have it

    def _transport(self) -> Iterator[tuple[Script, dict[str, Any]]]:
        for record in self._exchange.run("Get-TransportRule", "read the rules of the organisation"):
            active = str(record.get("State") or "Enabled") == "Enabled"
            yield Script(f"transport/{record.get('Name')}", active, content_of(record), "exchange", "house"), record

    def _each_resolved(self, value: Any) -> Any:
        return [self._resolved(one) for one in value] if isinstance(value, list) else self._resolved(value)

    def _resolved(self, text: Any) -> Any:
        """Return a recipient with the address that mail to them goes to, where the text itself names none."""
        if not isinstance(text, str) or not text or address_in(text):
            return text
        address = self._exchange.recipient(str(parameter(text)))
        return {"Recipient": text, "PrimarySmtpAddress": address} if address else text
