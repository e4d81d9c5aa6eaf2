"""Who dealt with which client, by what Dataverse calls activities: tasks, calls, mails, meetings that are completed.

Source: https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/activitypointer
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from offboard.connectors._dataverse_reading import client_behind
from offboard.connectors._dataverse_tables import ACTIVITY
from offboard.domain.clients import Interaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._crm_people import Users
    from offboard.connectors._dataverse_link import Link
    from offboard.connectors._dataverse_lists import Lists

_COLUMNS: Final = "activitytypecode,actualend,scheduledend,_ownerid_value,_regardingobjectid_value"
_WORDS: Final = {"phonecall": "call", "appointment": "meeting"}


class Diary:
    """Reads what was completed since so many days; what it was about leads to the client."""

    def __init__(self, link: Link, lists: Lists, days: int) -> None:
        self._link, self._lists, self._days = link, lists, days

    def dealt(self, users: Users, *only: str) -> Iterator[Interaction]:
        """Yield every time that one of us dealt with a client, or with these."""
        if not self._days:
            return
        since = f"{datetime.now(UTC) - timedelta(self._days):%Y-%m-%dT%H:%M:%SZ}"
        ended = f"(actualend ge {since} or (actualend eq null and scheduledend ge {since}))"
        done = f"statecode eq 1 and _regardingobjectid_value ne null and {ended}"
        rows = self._link.rows("activitypointers", "read who dealt with clients", select=_COLUMNS, filter=done)
        known = self._lists.behind([(ACTIVITY, row) for row in rows])
        for row in rows:
            client, person = client_behind(ACTIVITY, row, known), users.person(row.get("_ownerid_value"))
            if client and person and (not only or client in only):
                kind = str(row.get("activitytypecode") or "activity")
                at = str(row.get("actualend") or row.get("scheduledend"))
                yield Interaction(client, person, at[:19], _WORDS.get(kind, kind))
