"""Cmdlets about mailboxes: forwarding, kind, address list, automatic replies, protocols, calendars, recipients."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from offboard.practice.exchange.commands import RECIPIENT_NOT_FOUND, Refused, Run, cmdlet, wrong
from offboard.practice.exchange.organisation import OPEN_DOORS

if TYPE_CHECKING:
    from offboard.practice.exchange.organisation import Thing

KINDS = {"Shared": "SharedMailbox", "Regular": "UserMailbox"}
REPLY = ("AutoReplyState", "ExternalAudience", "InternalMessage", "ExternalMessage", "StartTime", "EndTime")
STATES = {"Disabled", "Enabled", "Scheduled"}
WRITABLE = ("ForwardingSmtpAddress", "DeliverToMailboxAndForward", "HiddenFromAddressListsEnabled")


@cmdlet("Get-Mailbox", "Identity", "ResultSize", "RecipientTypeDetails")
def read_mailboxes(run: Run) -> list[Thing]:
    """Return one mailbox, or every one."""
    if run.get("Identity"):
        return [run.mailbox()]
    kinds = run.get("RecipientTypeDetails")
    return [
        box
        for box in run.organisation.mailboxes.values()
        if not kinds or box["RecipientTypeDetails"] in _several(kinds)
    ]


@cmdlet("Get-Recipient", "Identity", "ResultSize")
def read_recipients(run: Run) -> list[Thing]:
    """Return a mailbox or a contact."""
    found = dict(run.organisation.recipient(str(run.get("Identity") or "")))
    return [{"ExternalEmailAddress": None} | found]


@cmdlet("Set-Mailbox", "Identity", "Type", "ForwardingAddress", "GrantSendOnBehalfTo", *WRITABLE)
def change_mailbox(run: Run) -> list[Thing]:
    """Write a mailbox; becoming a shared one takes its time."""
    box = run.mailbox()
    if box["IsDirSynced"] and run.given("HiddenFromAddressListsEnabled"):
        raise wrong("The operation on mailbox failed because it's out of the current user's write scope: the object is "
                    "being synchronized from your on-premises organization.")  # fmt: skip
    if run.given("ForwardingAddress"):
        box["ForwardingAddress"] = _of_the_book(run, str(run.get("ForwardingAddress") or ""))
    for name in WRITABLE:
        if run.given(name):
            box[name] = run.get(name)
    if run.get("ForwardingSmtpAddress"):
        box["ForwardingSmtpAddress"] = f"smtp:{str(run.get('ForwardingSmtpAddress')).removeprefix('smtp:')}"
    if run.given("GrantSendOnBehalfTo"):
        _write_on_behalf(run, box)
    if run.given("Type"):
        if run.get("Type") not in KINDS:
            raise wrong(f'Cannot convert value "{run.get("Type")}" to type ConvertibleMailboxSubType.')
        box["_becomes"] = KINDS[run.get("Type")]
        box["_shared_at"] = time.monotonic() + run.organisation.sharing_takes
    return []


@cmdlet("Get-MailboxAutoReplyConfiguration", "Identity")
def read_reply(run: Run) -> list[Thing]:
    """Return the automatic reply."""
    box = run.mailbox()
    return [{"Identity": box["Identity"], "MailboxOwnerId": box["Identity"]} | box["_reply"]]


@cmdlet("Set-MailboxAutoReplyConfiguration", "Identity", *REPLY)
def change_reply(run: Run) -> list[Thing]:
    """Write the automatic reply; what is not named stays, and texts become HTML."""
    box = run.mailbox()
    if run.get("AutoReplyState", "Disabled") not in STATES:
        raise wrong(f'Cannot convert value "{run.get("AutoReplyState")}" to type OofState.')
    for name in REPLY:
        if run.given(name):
            box["_reply"][name] = _as_html(str(run.get(name) or "")) if name.endswith("Message") else run.get(name)
    return []


@cmdlet("Get-CASMailbox", "Identity")
def read_doors(run: Run) -> list[Thing]:
    """Return which protocols a mailbox answers to."""
    box = run.mailbox()
    names = ("Identity", "Guid", "PrimarySmtpAddress", "ExternalDirectoryObjectId")
    return [{name: box[name] for name in names} | box["_doors"]]


@cmdlet("Set-CASMailbox", "Identity", *OPEN_DOORS)
def change_doors(run: Run) -> list[Thing]:
    """Open or close protocols."""
    box = run.mailbox()
    box["_doors"] |= {name: run.get(name) for name in OPEN_DOORS if run.given(name)}
    return []


@cmdlet("Get-CalendarProcessing", "Identity")
def read_calendar(run: Run) -> list[Thing]:
    """Return what a calendar does with invitations, and who gets them too."""
    box = run.mailbox()
    return [{"Identity": box["Identity"]} | box["_calendar"]]


def _of_the_book(run: Run, wanted: str) -> str | None:
    """Return how a recipient is shown whom the address book must have; nobody: ``None``."""
    try:
        return str(run.organisation.recipient(wanted)["Name"]) if wanted else None
    except Refused as refused:
        raise Refused(RECIPIENT_NOT_FOUND, f'Couldn\'t find object "{wanted}".') from refused


def _write_on_behalf(run: Run, box: Thing) -> None:
    """Write who sends on behalf: a whole list, or a table of what is added and removed."""
    said = run.get("GrantSendOnBehalfTo") or []
    known = run.organisation.recipient
    if not isinstance(said, dict):
        box["GrantSendOnBehalfTo"] = [known(one)["Name"] for one in _several(said)]
        return
    if said.get("@odata.type") != "#Exchange.GenericHashTable" or not said.keys() & {"add", "remove"}:
        raise wrong("Cannot convert the value to type MultiValuedProperty.")
    less = {known(one)["Name"] for one in _several(said.get("remove") or [])}
    more = [known(one)["Name"] for one in _several(said.get("add") or [])]
    kept = [name for name in box["GrantSendOnBehalfTo"] if name not in less]
    box["GrantSendOnBehalfTo"] = kept + [name for name in more if name not in kept]


def _several(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [part.strip() for part in str(value).split(",")]


def _as_html(text: str) -> str:
    if not text or text.lstrip().startswith("<html"):
        return text
    return f"<html>\n<body>\n{text}\n</body>\n</html>\n"
