"""Who dealt with which client, by Salesforce's activities: tasks that were done (calls and mails too), and meetings.

A colleague who was invited has a record of their own of the same meeting, so that everybody who was there counts.
Activities that Salesforce has archived are not among them. Source: Object Reference, Task and Event.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from offboard.connectors._salesforce_api import is_id, listed
from offboard.domain.clients import Interaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.connectors._crm_people import Users
    from offboard.connectors._salesforce_api import Api


class Diary:
    """Reads what was done since so many days."""

    def __init__(self, api: Api, objects: Sequence[str], days: int) -> None:
        self._api, self._days = api, days
        self._objects = [kind for kind in ("Task", "Event") if kind in objects and days]

    def dealt(self, users: Users, *only: str) -> Iterator[Interaction]:
        """Yield every time that one of us dealt with a client, or with these."""
        if not all(map(is_id, only)):
            return
        now = datetime.now(UTC)
        moments = {"now": f"{now:{_MOMENT}}", "since": f"{now - timedelta(self._days):{_MOMENT}}"}
        of_these = f" AND AccountId IN {listed(only)}" if only else ""
        for kind in self._objects:
            done = _DONE[kind].format(**moments)
            soql = f"SELECT {_FIELDS[kind]} FROM {kind} WHERE {done} AND AccountId != null{of_these}"  # noqa: S608 - see listed()
            for row in self._api.query(soql, doing=f"read who dealt with clients ({kind})", right=f"Read on {kind}"):
                person = users.person(row["OwnerId"])
                if person:
                    at = row["CompletedDateTime"] if kind == "Task" else row["StartDateTime"]
                    what = (row["TaskSubtype"] or kind) if kind == "Task" else "Meeting"
                    yield Interaction(row["AccountId"], person, at[:19], what.casefold())


_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_FIELDS = {
    "Task": "Id, AccountId, OwnerId, CompletedDateTime, TaskSubtype",
    "Event": "Id, AccountId, OwnerId, StartDateTime",
}
_DONE = {
    "Task": "IsClosed = true AND CompletedDateTime >= {since}",
    "Event": "EndDateTime <= {now} AND StartDateTime >= {since}",
}
