"""BottleCRM's REST interface as the connector uses it: whole lists, single records, and one field that is written.

What is said of it here was tried with version 1.35.0 (``django-crm`` on PyPI), whose ``/schema/`` describes every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_wire import Ask, Wire
from offboard.errors import Denied, NotFound, Rejected, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.connectors._crm_wire import Door
    from offboard.connectors._graph_faults import Answer
    from offboard.errors import SystemFault

Row = dict[str, Any]
PAGE: Final = 100
ASSIGNED: Final = "assigned_to"
_WAIT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: ``rows`` and ``count`` are where its list has them; ``closed`` says what is history."""

    path: str
    rows: tuple[str, ...]
    count: tuple[str, ...]
    title: str
    due: str
    closed: Callable[[Row], bool]


KINDS: Final[dict[str, Kind]] = {
    kind.path: kind
    for kind in (
        Kind("accounts", ("active_accounts", "open_accounts"), ("active_accounts", "open_accounts_count"), "name", "",
             lambda row: row.get("is_active") is False),
        Kind("contacts", ("results",), ("count",), "email", "", lambda row: row.get("is_active") is False),
        Kind("opportunities", ("opportunities",), ("opportunities_count",), "name", "closed_on",
             lambda row: row.get("stage_kind") != "open"),
        Kind("cases", ("cases",), ("cases_count",), "name", "",
             lambda row: row.get("status") in {"Closed", "Rejected", "Duplicate"}),
        Kind("tasks", ("tasks",), ("tasks_count",), "title", "due_date", lambda row: row.get("status") == "Completed"),
        Kind("leads", ("open_leads", "open_leads"), ("open_leads", "leads_count"), "title", "close_date",
             lambda row: row.get("status") in {"converted", "closed", "recycled"}),
    )
}  # fmt: skip
"""The records that are assigned to people, by their word in addresses."""


class _Token:
    """Signs in with a personal access token: JSON Web Tokens go to browsers alone (by Google or a mailed link)."""

    def __init__(self, system: str, token: Callable[[], str]) -> None:
        self._system, self._token = system, token

    def authorization(self, *, refused: str = "") -> str:
        """Return the header; a token that was refused has no other."""
        return refused or f"Bearer {self._token()}"

    def fault(self, answer: Answer, doing: str, right: str) -> SystemFault:
        """Turn an answer that is no success into our error; 403 stands for a wrong token here as well."""
        told = answer.body if isinstance(answer.body, dict) else {}
        reason = str(told.get("detail") or told.get("errors") or told.get("error") or "no reason given")[:300]
        text = f"{self._system}: cannot {doing} (HTTP {answer.status}, {reason})"
        if answer.status in (401, 403):
            hint = "Check token of this system: a personal access token of a user with the role ADMIN, not revoked."
            return Denied(text, system=self._system, hint=hint)
        if answer.status == 404:  # noqa: PLR2004 - Not Found
            return NotFound(text, system=self._system)
        if answer.status == 429:  # noqa: PLR2004 - Too Many Requests
            return Throttled(text, system=self._system, retry_after=answer.wait() or _WAIT)
        del right
        kind = Unreachable if answer.status >= 500 else Rejected  # noqa: PLR2004 - the server's fault
        return kind(text, system=self._system)

    def pause(self, answer: Answer) -> float | None:
        """Return the seconds after which it may come again."""
        return _WAIT if answer.status == 429 else None  # noqa: PLR2004 - Too Many Requests


class Api:
    """One connection to a BottleCRM."""

    def __init__(self, door: Door, token: Callable[[], str]) -> None:
        self.wire = Wire(door)
        self.system = door.system
        self._dialect = _Token(door.system, token)

    def get(self, path: str, doing: str, **query: str) -> Row:
        """Return what an address answers."""
        ask = Ask("GET", f"/api/{path}/", doing, query=query or None)
        return self.wire.table(self.wire.ask(self._dialect, ask), doing)

    def every(self, kind: Kind) -> list[Row]:
        """Return every record of a kind, over all pages.

        Raises:
            Unreachable: records came or went while they were read.
        """
        doing = f"read the {kind.path}"
        found: dict[str, Row] = {}
        while True:
            told = self.get(kind.path, doing, limit=str(PAGE), offset=str(len(found)))
            rows, count = _within(told, kind.rows), _within(told, kind.count)
            if not isinstance(rows, list) or not isinstance(count, int):
                raise self.wire.strange(doing)
            before = len(found)
            found |= {str(row["id"]): row for row in self.wire.rows(rows, doing)}
            if len(found) == count:
                return [found[key] for key in sorted(found)]
            if len(found) == before or len(found) > count:
                raise Unreachable(f"{self.system}: cannot {doing}: they changed meanwhile", system=self.system)

    def one(self, path: str, record_id: str) -> Row | None:
        """Return one record, ``None`` where there is none."""
        doing = f"read one of the {path}"
        try:
            told = self.get(f"{path}/{record_id}", doing)
        except NotFound:
            return None
        found = [one for one in told.values() if isinstance(one, dict) and one.get("id") == record_id]
        if not found:
            raise self.wire.strange(doing)
        return found[0]

    def assign(self, path: str, record_id: str, profile: str) -> None:
        """Assign a record to one person, and nobody besides."""
        body = {ASSIGNED: [profile]}
        place = f"{path}/{record_id}"
        self.wire.ask(self._dialect, Ask("PATCH", f"/api/{place}/", f"assign {place}", body=body))


def _within(told: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        told = told.get(key) if isinstance(told, dict) else None
    return told
