"""Exchange's admin endpoint: one cmdlet at a time, over all pages of what it returns.

It is what Microsoft's own PowerShell module speaks (ExchangeOnlineManagement 3). A next page is asked for by sending
the same body again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._exchange_faults import refused
from offboard.connectors._graph_paths import at
from offboard.connectors._graph_wire import Ask, Wire
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._graph_tokens import Account

SERVICE: Final = "exchange"
PAGE: Final = 1000
MOST_PAGES: Final = 10_000
REMEMBERED: Final = 1000
"""Of so many mailboxes the login is remembered: a scan reads any number, one after another."""

_SYSTEM_MAILBOX: Final = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
"""The organisation's own mailbox: requests about no single mailbox are led to where it is."""

_NEVER: Final = frozenset({"clear-mobiledevice"})
"""Wiping a phone is no part of anybody's departure."""


class Exchange:
    """One connection to the endpoint of one organisation."""

    def __init__(self, url: str, account: Account) -> None:
        self.wire = Wire(f"{url}/adminapi/beta/{account.tenant}", account)
        self.system = account.system
        self._tenant = account.tenant
        self._anchor = ""
        self._logins: dict[str, str] = {}

    def close(self) -> None:
        """Give the connection back; never raises."""
        self.wire.close()

    def run(self, cmdlet: str, doing: str, *, mailbox: str = "", **parameters: Any) -> list[dict[str, Any]]:
        """Run a cmdlet and return its objects; ``mailbox`` is the id of the one that it is about, if any.

        Raises:
            NotFound: what it names is not there.
            Denied: our app lacks the role.
            Rejected, Throttled, Unreachable, Untrusted: as they say.
        """
        anchor = f"UPN:{self.login(mailbox)}" if mailbox else self._of_all()
        return list(self._pages(cmdlet, doing, anchor, parameters))

    def each_mailbox(self) -> Iterator[dict[str, Any]]:
        """Yield every mailbox, a page at a time: there may be more than memory should hold."""
        return self._pages("Get-Mailbox", "list the mailboxes", self._of_all(), {"ResultSize": "Unlimited"})

    def mailbox(self, identity: str) -> dict[str, Any]:
        """Return a mailbox by its id, or by anything that names it.

        Raises:
            NotFound: there is none.
            Rejected: more than one is called so.
        """
        doing = "read the mailbox"
        found = list(self._pages("Get-Mailbox", doing, self._of_all(), {"Identity": identity}))
        if len(found) != 1:
            raise self.strange(doing)
        self.remember(found[0])
        return found[0]

    def recipient(self, identity: str) -> str:
        """Return where mail to somebody of the address book goes; empty when there is nobody of that name."""
        try:
            found = list(self._pages("Get-Recipient", "read a recipient", self._of_all(), {"Identity": identity}))
        except NotFound:
            return ""
        one = found[0] if len(found) == 1 else {}
        address = str(one.get("ExternalEmailAddress") or one.get("PrimarySmtpAddress") or "")
        return address.partition(":")[2] if address[:5].casefold() == "smtp:" else address

    def login(self, mailbox: str) -> str:
        """Return the login of a mailbox, which leads requests to it; it is only a hint, so it is asked for once."""
        if mailbox not in self._logins:
            self.mailbox(mailbox)
        return self._logins.get(mailbox, mailbox)

    def remember(self, box: dict[str, Any]) -> None:
        """Remember whose mailbox this is."""
        if len(self._logins) >= REMEMBERED:
            self._logins.clear()
        self._logins[str(box.get("Guid"))] = str(box.get("UserPrincipalName"))

    def strange(self, doing: str) -> Rejected:
        """Return the error for an answer of another shape."""
        text = f"{self.system}: cannot {doing}: {self.wire.url} answered, but not as Exchange does"
        return Rejected(text, system=self.system, hint="Check the url of this system.")

    def _of_all(self) -> str:
        if not self._anchor:
            tenant = str(self.wire.tokens.claims().get("tid") or self._tenant)
            self._anchor = f"APP:{_SYSTEM_MAILBOX}@{tenant}"
        return self._anchor

    def _pages(self, cmdlet: str, doing: str, anchor: str, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if cmdlet.casefold() in _NEVER:
            raise Rejected(f"{self.system}: {cmdlet} is never run", system=self.system)
        body = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}
        headers = {"X-AnchorMailbox": anchor, "X-CmdletName": cmdlet, "Prefer": f"odata.maxpagesize={PAGE}"}
        ask = Ask("POST", at("InvokeCommand"), doing, body=body, headers=headers)
        url, seen = self.wire.url + ask.url, set[str]()
        while True:
            # Whatever is run twice by us leads to the same, but for making something.
            answer = self.wire.repeat(ask, url, repeatable=not cmdlet.startswith("New-"), service=SERVICE)
            if not answer.ok:
                raise refused(answer, self.system, doing, cmdlet)
            body_read = answer.body if isinstance(answer.body, dict) else {"value": []}
            values = body_read.get("value")
            if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
                raise self.strange(doing)
            yield from (_plain(value) for value in values)
            following = body_read.get("@odata.nextLink")
            if not following:
                return
            if following in seen or len(seen) >= MOST_PAGES:
                raise self.strange(doing)
            seen.add(following)
            url = self.wire.ours(following)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the notes of types that come beside values."""
    return {name: value for name, value in record.items() if "@" not in name}
