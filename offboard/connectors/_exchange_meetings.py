"""Meetings that the owner of a mailbox called, by Microsoft Graph: the admin endpoint has no way to list them.

Nobody can change who called a meeting. Whoever takes over can be invited to it; or they call a new one, by hand.
Source: https://learn.microsoft.com/graph/api/user-list-calendarview and …/event-update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_link import Graph
from offboard.connectors._graph_paths import at, guid, opaque
from offboard.connectors._graph_wire import Ask
from offboard.domain.mail import Meeting
from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.connectors._exchange_link import Exchange
    from offboard.connectors._graph_paths import Path
    from offboard.connectors._graph_tokens import Account

NEEDED: Final[Mapping[str, str]] = {
    "GET /users/{id}/calendarView": "Calendars.ReadBasic",
    "GET /users/{id}/events/{id}": "Calendars.ReadBasic",
    "PATCH /users/{id}/events/{id}": "Calendars.ReadWrite",
}
"""Each call → the least right for it (https://learn.microsoft.com/graph/permissions-reference)."""

_LASTING: Final = {"Prefer": 'IdType="ImmutableId", outlook.timezone="UTC"'}
_PAGE: Final = "200"
_KNOWN: Final = "id,subject,isOrganizer,isCancelled,attendees,seriesMasterId,start"


class Calendars:
    """The calendars of one organisation; Graph is asked for nothing before somebody asks for meetings."""

    def __init__(self, exchange: Exchange, url: str, account: Account) -> None:
        self._exchange = exchange
        self._url, self._account = url, account
        self._opened: Graph | None = None

    def close(self) -> None:
        """Give the connection back; never raises."""
        if self._opened:
            self._opened.close()

    def called(self, mailbox: str, since: str, until: str) -> list[Meeting]:
        """Return the meetings with others that the mailbox's owner called, each series once, by when it is next."""
        box = self._exchange.mailbox(mailbox)
        own = {fold(str(address).partition(":")[2]) for address in box.get("EmailAddresses") or ()}
        found: dict[str, Meeting] = {}
        query = {"startDateTime": since, "endDateTime": until, "$select": _KNOWN, "$top": _PAGE}
        ask = Ask("GET", self._user(box) / "calendarView", "read the meetings", query, headers=_LASTING)
        for event in self._graph.pages(ask, self._graph.ask(ask)):
            series = str(event.get("seriesMasterId") or "")
            invited = tuple(address for address in _addresses(event) if fold(address) not in own)
            if not event.get("isOrganizer") or event.get("isCancelled") or not invited:
                continue
            begins = f"{str((event.get('start') or {}).get('dateTime') or '')[:19]}Z"
            meeting = Meeting(
                series or str(event["id"]), str(event.get("subject") or ""), begins, bool(series), invited
            )
            if meeting.id not in found or begins < found[meeting.id].next:
                found[meeting.id] = meeting
        return sorted(found.values(), key=lambda meeting: (meeting.next, meeting.id))

    def invite(self, mailbox: str, meeting: str, address: str, *, invited: bool) -> None:
        """Have somebody among those invited, or no longer; Exchange writes to everybody invited."""
        path = self._user(self._exchange.mailbox(mailbox)) / "events" / opaque(meeting)
        doing = "read a meeting"
        ask = Ask("GET", path, doing, {"$select": "id,attendees"}, headers=_LASTING)
        event = self._graph.do(ask)
        if not isinstance(event, dict):
            raise self._graph.strange(doing)
        others = [one for one in event.get("attendees") or () if fold(_address(one)) != fold(address)]
        if invited == (len(others) < len(event.get("attendees") or ())):
            return
        new = [{"type": "required", "emailAddress": {"address": address}}] if invited else []
        self._graph.do(Ask("PATCH", path, "invite somebody", body={"attendees": [*others, *new]}, headers=_LASTING))

    @property
    def _graph(self) -> Graph:
        if self._opened is None:
            self._opened = Graph(self._url, self._account, lambda method, path: NEEDED.get(f"{method} {path}", ""))
        return self._opened

    def _user(self, box: dict[str, Any]) -> Path:
        return at("users", guid(str(box.get("ExternalDirectoryObjectId"))))


def _addresses(event: dict[str, Any]) -> list[str]:
    people = [one for one in event.get("attendees") or () if one.get("type") != "resource"]
    return [address for address in map(_address, people) if address]


def _address(attendee: dict[str, Any]) -> str:
    return str((attendee.get("emailAddress") or {}).get("address") or "")
