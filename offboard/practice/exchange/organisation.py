"""What the organisation of the stand-in holds, and founding it: mailboxes, contacts, rules, devices."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

from offboard.practice.exchange.commands import AMBIGUOUS, Refused, not_found

if TYPE_CHECKING:
    from offboard.practice.graph.standin import GraphStandIn

Thing: TypeAlias = "dict[str, Any]"
"""One object as the endpoint shows it; keys that begin with ``_`` are ours and never leave."""

SYSTEM = "bb558c35-97f1-4cb9-8ff7-d53741dc928c"
"""The organisation's own mailbox, which requests about no single mailbox are led to."""

RECIPIENTS = "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn="
NO_REPLY = {
    "AutoReplyState": "Disabled", "ExternalAudience": "All", "InternalMessage": "", "ExternalMessage": "",
    "StartTime": "2024-01-08T09:00:00", "EndTime": "2024-01-09T09:00:00",
}  # fmt: skip
OPEN_DOORS = {
    "ActiveSyncEnabled": True, "OWAEnabled": True, "OWAforDevicesEnabled": True, "PopEnabled": True,
    "ImapEnabled": True, "MAPIEnabled": True, "EwsEnabled": True, "SmtpClientAuthenticationDisabled": None,
}  # fmt: skip


class Organisation:
    """The mailboxes and everything around them; ``sharing_takes`` is in seconds."""

    def __init__(self, graph: GraphStandIn) -> None:
        self.graph = graph
        self.mailboxes: dict[str, Thing] = {}
        self.contacts: dict[str, Thing] = {}
        self.transport: list[Thing] = []
        self.remote_domains: list[Thing] = [
            {"Name": "Default", "Identity": "Default", "DomainName": "*", "AutoForwardEnabled": True},
        ]
        self.outbound: list[Thing] = [
            {"Name": "Default", "Identity": "Default", "IsDefault": True, "Enabled": True,
             "AutoForwardingMode": "Automatic"},
        ]  # fmt: skip
        self.sharing_takes = 0.0

    def add_mailbox(self, who: str) -> Thing:
        """Give somebody of the directory a mailbox."""
        person = self.graph.look(who)
        address, name = str(person["mail"]), str(person["displayName"])
        nick = address.partition("@")[0]
        box: Thing = {
            "Guid": _id(who, "mailbox"), "ExchangeGuid": _id(who, "store"), "ExternalDirectoryObjectId": who,
            "Identity": name, "Name": name, "DisplayName": name, "Alias": nick,
            "UserPrincipalName": person["userPrincipalName"], "PrimarySmtpAddress": address,
            "EmailAddresses": [f"SMTP:{address}", f"smtp:{nick}@acme.onmicrosoft.test"],
            "LegacyExchangeDN": f"{RECIPIENTS}{_id(who, nick)}", "IsDirSynced": False,
            "RecipientType": "UserMailbox", "RecipientTypeDetails": "UserMailbox",
            "ForwardingAddress": None, "ForwardingSmtpAddress": None, "DeliverToMailboxAndForward": False,
            "HiddenFromAddressListsEnabled": False, "GrantSendOnBehalfTo": [], "LitigationHoldEnabled": False,
            "ArchiveStatus": "None",
            "_rules": {}, "_devices": {}, "_reply": dict(NO_REPLY), "_doors": dict(OPEN_DOORS), "_readers": [],
            "_senders": [], "_shared_at": None, "_sweeps": [],
            "_calendars": {"/Calendar": []},
            "_calendar": {
                "AutomateProcessing": "AutoUpdate", "ResourceDelegates": [], "ForwardRequestsToDelegates": True,
            },
        }  # fmt: skip
        self.mailboxes[box["Guid"]] = box
        return box

    def add_contact(self, name: str, address: str) -> Thing:
        """List somebody outside in the address book; rules can name them without their address being seen."""
        contact: Thing = {
            "Guid": str(uuid.uuid4()), "ExternalDirectoryObjectId": str(uuid.uuid4()), "Identity": name, "Name": name,
            "DisplayName": name, "Alias": name.replace(" ", ""), "RecipientType": "MailContact",
            "RecipientTypeDetails": "MailContact", "PrimarySmtpAddress": address,
            "ExternalEmailAddress": f"SMTP:{address}", "EmailAddresses": [f"SMTP:{address}"],
            "LegacyExchangeDN": f"{RECIPIENTS}{uuid.uuid4().hex}",
        }  # fmt: skip
        self.contacts[contact["Guid"]] = contact
        return contact

    def add_rule(
        self,
        box: Thing,
        name: str,
        *,
        hidden: bool = False,
        in_outlook: bool = False,
        enabled: bool = True,
        **said: Any,
    ) -> Thing:
        """Let a mailbox have a rule, by the cmdlet's own words; ``in_outlook``: it runs in Outlook alone."""
        identity = str(random.randrange(10**18, 10**19))  # noqa: S311 - a number, no secret
        sending = ("ForwardTo", "ForwardAsAttachmentTo", "RedirectTo")
        if ":\\" in str(said.get("MoveToFolder") or ""):
            said["MoveToFolder"] = said["MoveToFolder"].rpartition("\\")[2]
        shown = {key: [self.written(one) for one in value] if key in sending else value for key, value in said.items()}
        rule: Thing = {
            "Name": name, "Identity": f"{box['Name']}\\{identity}", "RuleIdentity": identity,
            "MailboxOwnerId": box["Name"], "Enabled": enabled, "Priority": len(box["_rules"]) + 1,
            "SupportedByTask": not in_outlook, "InError": False, "IsValid": True, "ObjectState": "Unchanged",
            "DeleteMessage": False, "MarkAsRead": False, "StopProcessingRules": False, "ForwardTo": None,
            "ForwardAsAttachmentTo": None, "RedirectTo": None, "MoveToFolder": None, "SubjectContainsWords": None,
            "_hidden": hidden, "_in_outlook": in_outlook,
        } | shown  # fmt: skip
        box["_rules"][identity] = rule
        return rule

    def add_sweep(self, box: Thing, name: str, *, enabled: bool = True, **said: Any) -> Thing:
        """Let a mailbox have a sweep rule, by the cmdlet's own words."""
        rule: Thing = {
            "RuleId": uuid.uuid4().hex, "Name": name, "Enabled": enabled, "Provider": "Exchange16", "Sender": None,
            "ExceptionSenders": None, "DestinationFolder": "Deleted Items", "SourceFolder": "Inbox", "KeepForDays": 0,
            "KeepLatest": 0, "SystemCategory": None,
        } | said  # fmt: skip
        box["_sweeps"].append(rule)
        return rule

    def let_in(self, box: Thing, who: Thing, *, rights: str = "FullAccess") -> None:
        """Let somebody into another mailbox: open it, ``SendAs`` or ``SendOnBehalf``."""
        if rights == "SendOnBehalf":
            box["GrantSendOnBehalfTo"].append(who["Name"])
            return
        entry = {"Identity": box["Identity"], "AccessRights": [rights], "IsInherited": False}
        if rights == "SendAs":
            box["_senders"].append(entry | {"Trustee": who["UserPrincipalName"], "AccessControlType": "Allow"})
        else:
            box["_readers"].append(entry | {"User": who["UserPrincipalName"], "Deny": False, "_mapped": True})

    def share_calendar(
        self, box: Thing, who: Thing, *, rights: str = "Editor", flags: str = "None", folder: str = "/Calendar"
    ) -> None:
        """Let somebody into another one's calendar; ``folder`` is what its owner's language calls it."""
        entry = {"Identity": folder, "FolderName": folder[1:], "User": who["DisplayName"], "AccessRights": [rights],
                 "SharingPermissionFlags": flags, "_who": who["Guid"]}  # fmt: skip
        box["_calendars"].setdefault(folder, []).append(entry)

    def add_transport_rule(self, name: str, **said: Any) -> Thing:
        """Let the organisation have a rule."""
        rule: Thing = {
            "Name": name, "Identity": name, "Guid": str(uuid.uuid4()), "Priority": len(self.transport),
            "State": "Enabled", "Mode": "Enforce", "RuleVersion": "15.0.5.2", "From": None, "SentTo": None,
            "BlindCopyTo": None, "CopyTo": None, "RedirectMessageTo": None, "AddToRecipients": None,
            "SetAuditSeverity": None,
        } | said  # fmt: skip
        self.transport.append(rule)
        return rule

    def add_device(self, box: Thing, model: str) -> Thing:
        """Let a phone fetch the mail of a mailbox."""
        device_id = uuid.uuid4().hex.upper()
        identity = f"{box['Name']}/ExchangeActiveSyncDevices/{model}§{device_id}"
        device: Thing = {
            "Identity": identity, "Guid": str(uuid.uuid4()), "DeviceId": device_id, "FriendlyName": model,
            "DeviceModel": model, "DeviceOS": "iOS 18.1", "DeviceAccessState": "Allowed", "ClientType": "EAS",
            "FirstSyncTime": "2025-03-01T08:00:00Z", "_last": "2026-11-20T07:30:00Z", "_wiped": False,
        }  # fmt: skip
        box["_devices"][identity] = device
        return device

    def mailbox(self, identity: str) -> Thing:
        """Return a mailbox by anything that names it.

        Raises:
            Refused: there is none, or more than one.
        """
        return self._one(identity, list(self.mailboxes.values()))

    def recipient(self, identity: str) -> Thing:
        """Return a mailbox or a contact by anything that names it.

        Raises:
            Refused: there is none, or more than one.
        """
        return self._one(identity, [*self.mailboxes.values(), *self.contacts.values()])

    def written(self, address: str) -> str:
        """Return a recipient as inbox rules show it: those of the address book by their name in the directory."""
        try:
            found = self.recipient(address)
        except Refused:
            return f'"{address}" [SMTP:{address}]'
        return f'"{found["DisplayName"]}" [EX:{found["LegacyExchangeDN"]}]'

    def settle(self) -> None:
        """Let what takes its time come about."""
        for box in self.mailboxes.values():
            if box["_shared_at"] is not None and time.monotonic() >= box["_shared_at"]:
                box["RecipientTypeDetails"], box["_shared_at"] = box["_becomes"], None

    def _one(self, identity: str, among: list[Thing]) -> Thing:
        wanted = identity.casefold().removeprefix("smtp:")
        found = [thing for thing in among if wanted in _names(thing)]
        if not found or not wanted:
            raise not_found(identity)
        if len(found) > 1:
            raise Refused(
                AMBIGUOUS, f"The operation couldn't be performed because '{identity}' matches multiple entries."
            )
        return found[0]


def _id(who: str, part: str) -> str:
    """Return an id that is the same whenever the same person gets the same thing."""
    return str(uuid.uuid5(uuid.UUID(who), part))


def _names(thing: Thing) -> set[str]:
    keys = ("Guid", "ExchangeGuid", "ExternalDirectoryObjectId", "Identity", "Alias", "UserPrincipalName",
            "PrimarySmtpAddress", "LegacyExchangeDN")  # fmt: skip
    addresses = [str(address).partition(":")[2] for address in thing["EmailAddresses"]]
    return {str(name).casefold() for name in (*(thing.get(key) for key in keys), *addresses) if name}
