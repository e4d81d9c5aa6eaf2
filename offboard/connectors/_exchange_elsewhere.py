"""What somebody may do in mailboxes and calendars that are not theirs, and taking it away.

Exchange answers by one call who may send as others, and with the list of mailboxes who may send on their behalf. Who
may open a mailbox, or see its calendar, only each mailbox can tell: that is three calls for every one of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from offboard.connectors._exchange_link import SERVICE
from offboard.connectors._graph_wire import AT_ONCE
from offboard.domain.capabilities import Membership
from offboard.domain.mail import Elsewhere
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from offboard.connectors._exchange_link import Exchange
    from offboard.domain.canonical import Json

Tell: TypeAlias = "Callable[[int, int], None]"
"""Hears how much is done, of how much."""

FULL, SEND, BEHALF, CALENDAR = "full access", "send as", "send on behalf", "calendar"

_OWN: Final = "UserMailbox"
_FOR_GRANT: Final = "#Exchange.GenericHashTable"


class Others:
    """The other mailboxes of one organisation."""

    def __init__(self, exchange: Exchange, most: int) -> None:
        """Look into so many mailboxes at the ``most``."""
        self._exchange, self._most = exchange, most

    def rights(self, who: str, among: Collection[str] | None, tell: Tell) -> Elsewhere:
        """Return what the owner of the mailbox ``who`` may do in others: ``mailbox/right`` → it.

        Shared mailboxes, rooms and equipment are looked into first: they are what people are let into mostly. ``tell``
        hears how many of those that are asked for have answered.
        """
        mine = self._exchange.mailbox(who)
        every = [box for box in self._exchange.each_mailbox() if str(box["Guid"]) != who]
        boxes = [box for box in every if among is None or str(box["Guid"]) in among]
        boxes.sort(key=lambda box: (box.get("RecipientTypeDetails") == _OWN, str(box.get("PrimarySmtpAddress"))))
        found: dict[str, Membership] = {}
        senders = self._sends_as(mine)

        def look_into(place: int, box: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
            self._exchange.remember(box)
            return list(self._in(box, mine, senders, thoroughly=place < self._most))

        # As many at once as Exchange gets requests of ours; the first fault calls the others off.
        with ThreadPoolExecutor(AT_ONCE[SERVICE], thread_name_prefix=self._exchange.system) as pool:
            answers = zip(boxes, pool.map(look_into, range(len(boxes)), boxes), strict=True)
            for done, (box, rights) in enumerate(answers, start=1):
                tell(min(done, self._most), min(len(boxes), self._most))
                for right, state in rights:
                    name = right.partition(":")[0]
                    label = f"{name} of {box.get('PrimarySmtpAddress')}"
                    found[f"{box['Guid']}/{right}"] = Membership(label, state)
        return Elsewhere(found, max(0, len(boxes) - self._most) if among is None else 0)

    def bring(self, who: str, right: str, state: Json) -> None:
        """Take a right away (``None``), or give it back as it was held."""
        mailbox, _, kind = right.partition("/")
        kind, _, folder = kind.partition(":")
        login, wanted = self._exchange.login(who), cast("dict[str, Any] | None", state)
        box = self._exchange.mailbox(mailbox)
        there = dict(self._in(box, self._exchange.mailbox(who), None, thoroughly=True)).get(right.partition("/")[2])
        if there == state:
            return
        if kind == BEHALF:
            change = {"@odata.type": _FOR_GRANT, "add" if wanted else "remove": login}
            self._write("Set-Mailbox", mailbox, Identity=mailbox, GrantSendOnBehalfTo=change)
            return
        cmdlet, by, more = {
            FULL: ("MailboxPermission", "User", {"Identity": mailbox}),
            SEND: ("RecipientPermission", "Trustee", {"Identity": mailbox}),
            CALENDAR: ("MailboxFolderPermission", "User", {"Identity": f"{mailbox}:{folder}"}),
        }.get(kind, ("", "", {}))
        if not cmdlet:
            raise Rejected(f"{self._exchange.system}: {kind!r} is no right in a mailbox", system=self._exchange.system)
        if there is not None:
            held = {} if kind == CALENDAR else {"AccessRights": there["rights"]}
            self._write(f"Remove-{cmdlet}", mailbox, **more, **{by: login}, **held)
        if wanted is not None:
            flags = {"SharingPermissionFlags": ",".join(wanted["flags"])} if wanted.get("flags") else {}
            quiet = {"SendNotificationToUser": False} if kind == CALENDAR else {}
            self._write(
                f"Add-{cmdlet}", mailbox, **more, **{by: login}, AccessRights=wanted["rights"], **flags, **quiet
            )

    def _sends_as(self, mine: dict[str, Any]) -> set[str]:
        """Return the names of those that the person may send as: one call tells it for all."""
        found = self._exchange.run(
            "Get-RecipientPermission",
            "read whom they send as",
            Trustee=mine["UserPrincipalName"],
            ResultSize="Unlimited",
        )
        return {str(one.get("Identity")).casefold() for one in found if _allowed(one)}

    def _in(
        self, box: dict[str, Any], mine: dict[str, Any], senders: set[str] | None, *, thoroughly: bool
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each right in one mailbox; ``senders`` are those whom one call named, ``None``: ask this one."""
        mailbox, login = str(box["Guid"]), str(mine["UserPrincipalName"])
        names = {str(box.get(name) or "").casefold() for name in ("Identity", "Name", "Guid", "PrimarySmtpAddress")}
        if senders is None or senders & names:
            held = self._read("Get-RecipientPermission", mailbox, Identity=mailbox, Trustee=login)
            if rights := _rights(one for one in held if _allowed(one)):
                yield SEND, {"rights": rights}
        own = {str(mine.get(name) or "").casefold() for name in ("Identity", "Name", "Guid", "UserPrincipalName")}
        if any(str(one).casefold() in own for one in box.get("GrantSendOnBehalfTo") or ()):
            yield BEHALF, {"rights": ["SendOnBehalf"]}
        if not thoroughly:
            return
        held = self._read("Get-MailboxPermission", mailbox, Identity=mailbox, User=login)
        if rights := _rights(one for one in held if not one.get("IsInherited") and not one.get("Deny")):
            yield FULL, {"rights": rights}
        for folder in self._calendars(mailbox):
            for entry in self._entries(mailbox, folder, login):
                flags = [flag for flag in _several(entry.get("SharingPermissionFlags")) if flag != "None"]
                yield f"{CALENDAR}:{folder}", {"rights": _several(entry.get("AccessRights")), "flags": flags}

    def _calendars(self, mailbox: str) -> list[str]:
        """Return the calendars as folder names: what they are called depends on their owner's language."""
        found = self._read("Get-MailboxFolderStatistics", mailbox, Identity=mailbox, FolderScope="Calendar")
        return [str(one.get("FolderPath") or "").replace("/", "\\") for one in found if one.get("FolderPath")]

    def _entries(self, mailbox: str, folder: str, login: str) -> list[dict[str, Any]]:
        try:
            return self._read("Get-MailboxFolderPermission", mailbox, Identity=f"{mailbox}:{folder}", User=login)
        except NotFound:
            return []

    def _read(self, cmdlet: str, box: str, /, **parameters: Any) -> list[dict[str, Any]]:
        return self._exchange.run(cmdlet, "read who gets into a mailbox", mailbox=box, **parameters)

    def _write(self, cmdlet: str, box: str, /, **parameters: Any) -> None:
        self._exchange.run(cmdlet, "write who gets into a mailbox", mailbox=box, Confirm=False, **parameters)


def _allowed(entry: dict[str, Any]) -> bool:
    return not entry.get("IsInherited") and str(entry.get("AccessControlType") or "Allow") == "Allow"


def _rights(entries: Iterator[dict[str, Any]]) -> list[str]:
    return sorted({right for one in entries for right in _several(one.get("AccessRights"))})


def _several(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]
