"""What a mailbox has besides mail: protocols, phones, its kind, its place in the address list, who else gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.domain.capabilities import Membership
from offboard.domain.mail import Reply
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._exchange_link import Exchange
    from offboard.domain.canonical import Json

DOORS: Final = {
    "ActiveSync": ("ActiveSyncEnabled", False),
    "IMAP": ("ImapEnabled", False),
    "POP": ("PopEnabled", False),
    "SMTP AUTH": ("SmtpClientAuthenticationDisabled", True),
}
"""Protocol → its property, and the value by which it is closed. Outlook and the web stay: who takes over uses them."""

_OPEN: Final = {True: "yes", False: "no", None: "as the company has it"}
_KINDS: Final = {"user": "Regular", "shared": "Shared"}
_AUDIENCES: Final = {"all": "All", "known": "Known", "none": "None"}
_SYNCED: Final = "It comes from Active Directory: set msExchHideFromAddressLists there."
_GONE: Final = "The phone makes a new one when somebody signs in there again; nothing on it was deleted."
_FULL, _SEND = "full access", "send as"


class Holdings:
    """What the mailboxes of one organisation have."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def protocols(self, mailbox: str) -> dict[str, Membership]:
        """Return the protocols that may be closed."""
        (record,) = self._read("Get-CASMailbox", "read the protocols", mailbox, Identity=mailbox) or [{}]
        found: dict[str, Membership] = {}
        for protocol, (name, closed) in DOORS.items():
            value = record.get(name)
            state: dict[str, Json] = {"open": _OPEN[None if value is None else bool(value) is not closed]}
            found[protocol] = Membership(protocol, state)
        return found

    def set_protocol(self, mailbox: str, protocol: str, state: Json) -> None:
        """Open or close one."""
        name, closed = DOORS[protocol]
        wanted = cast("dict[str, str]", state)["open"]
        value = None if wanted == _OPEN[None] else closed if wanted == _OPEN[False] else not closed
        self._write("Set-CASMailbox", f"write {protocol}", mailbox, Identity=mailbox, **{name: value})

    def devices(self, mailbox: str) -> dict[str, Membership]:
        """Return the phones, and when each came last."""
        last = {
            str(one.get("Guid")): str(one.get("LastSuccessSync") or "")
            for one in self._read("Get-MobileDeviceStatistics", "read the phones", mailbox, Mailbox=mailbox)
        }
        found: dict[str, Membership] = {}
        for device in self._read("Get-MobileDevice", "read the phones", mailbox, Mailbox=mailbox):
            guid = str(device.get("Guid"))
            model = str(device.get("FriendlyName") or device.get("DeviceModel") or device.get("DeviceId"))
            came = last.get(guid, "")[:10]
            note = f"It came last on {came}." if came else ""
            state: dict[str, Json] = {"device": str(device.get("DeviceId")), "model": model}
            found[guid] = Membership(f"{model} ({device.get('DeviceOS') or 'unknown'})", state, note, one_way=_GONE)
        return found

    def forget_device(self, mailbox: str, device: str) -> None:
        """Forget a phone; that it is gone already is no fault."""
        try:
            self._write("Remove-MobileDevice", "forget a phone", mailbox, Identity=device)
        except NotFound:
            return

    def kind(self, mailbox: str) -> Json:
        """Return whether it is one person's or shared, as Exchange has it by now."""
        try:
            box = self._exchange.mailbox(mailbox)
        except NotFound:
            return None
        return {"kind": "shared" if box.get("RecipientTypeDetails") == "SharedMailbox" else "user"}

    def set_kind(self, mailbox: str, kind: str) -> None:
        """Ask for another kind; it comes about later."""
        self._write("Set-Mailbox", f"make it a {kind} mailbox", mailbox, Identity=mailbox, Type=_KINDS[kind])

    def listed(self, mailbox: str) -> dict[str, Membership]:
        """Return whether the address list names it."""
        box = self._exchange.mailbox(mailbox)
        state: dict[str, Json] = {"listed": not box.get("HiddenFromAddressListsEnabled")}
        beyond = _SYNCED if box.get("IsDirSynced") else ""
        return {mailbox: Membership(str(box["PrimarySmtpAddress"]), state, beyond=beyond)}

    def set_listed(self, mailbox: str, state: Json) -> None:
        """List it, or no longer."""
        hidden = not cast("dict[str, bool]", state)["listed"]
        doing = "hide it from the address list" if hidden else "list it again"
        self._write("Set-Mailbox", doing, mailbox, Identity=mailbox, HiddenFromAddressListsEnabled=hidden)

    def access(self, mailbox: str, heir: str) -> dict[str, Membership]:
        """Return what the other mailbox's owner may do in this one."""
        login = self._exchange.login(heir).casefold()
        readers = self._read("Get-MailboxPermission", "read who else gets in", mailbox, Identity=mailbox)
        senders = self._read("Get-RecipientPermission", "read who sends as them", mailbox, Identity=mailbox)
        opens = any(str(r.get("User")).casefold() == login and "FullAccess" in _several(r) for r in readers)
        sends = any(str(r.get("Trustee")).casefold() == login and "SendAs" in _several(r) for r in senders)
        return {_FULL: Membership(_FULL, {"given": opens}), _SEND: Membership(_SEND, {"given": sends})}

    def set_access(self, mailbox: str, heir: str, access: str, state: Json) -> None:
        """Give full access (not opened by itself in their Outlook) or sending as, or take it away."""
        if access not in (_FULL, _SEND):
            raise Rejected(f"{self._exchange.system}: {access!r} is no access to a mailbox")
        given = cast("dict[str, bool]", state)["given"]
        verb, login = "Add" if given else "Remove", self._exchange.login(heir)
        if self.access(mailbox, heir)[access].state == state:
            return
        if access == _FULL:
            more: dict[str, Any] = {"AutoMapping": False} if given else {}
            rights: dict[str, Any] = {"User": login, "AccessRights": ["FullAccess"], **more}
            self._write(f"{verb}-MailboxPermission", "write full access", mailbox, Identity=mailbox, **rights)
        else:
            rights = {"Trustee": login, "AccessRights": ["SendAs"]}
            self._write(f"{verb}-RecipientPermission", "write who sends as them", mailbox, Identity=mailbox, **rights)

    def reply(self, mailbox: str) -> Reply:
        """Return the automatic reply; its dates only when it has any."""
        doing = "read the automatic reply"
        (record,) = self._read("Get-MailboxAutoReplyConfiguration", doing, mailbox, Identity=mailbox) or [{}]
        state, audience = str(record.get("AutoReplyState")), str(record.get("ExternalAudience")).casefold()
        dated = state == "Scheduled"
        return Reply(
            active=state != "Disabled",
            inside=str(record.get("InternalMessage") or ""),
            outside=str(record.get("ExternalMessage") or ""),
            audience=audience if audience in _AUDIENCES else "none",
            begins=str(record.get("StartTime") or "") if dated else "",
            ends=str(record.get("EndTime") or "") if dated else "",
        )

    def set_reply(self, mailbox: str, reply: Reply) -> None:
        """Write the automatic reply."""
        dates = {"StartTime": reply.begins, "EndTime": reply.ends} if reply.ends else {}
        self._write(
            "Set-MailboxAutoReplyConfiguration",
            "write the automatic reply",
            mailbox,
            Identity=mailbox,
            AutoReplyState="Disabled" if not reply.active else "Scheduled" if dates else "Enabled",
            InternalMessage=reply.inside,
            ExternalMessage=reply.outside,
            ExternalAudience=_AUDIENCES[reply.audience],
            **dates,
        )

    def _read(self, cmdlet: str, doing: str, box: str, /, **parameters: Any) -> list[dict[str, Any]]:
        return self._exchange.run(cmdlet, doing, mailbox=box, **parameters)

    def _write(self, cmdlet: str, doing: str, box: str, /, **parameters: Any) -> None:
        self._exchange.run(cmdlet, doing, mailbox=box, Confirm=False, **parameters)


def _several(record: dict[str, Any]) -> list[str]:
    rights = record.get("AccessRights")
    return [str(right) for right in rights] if isinstance(rights, list) else str(rights or "").split(", ")
