"""Who dealt with which client, by HubSpot's activities: calls, mails, notes, and meetings that are over.

Sources, all under developers.hubspot.com: "Calls", "Emails", "Meetings", "Notes" (``hs_timestamp`` is when it was),
"CRM search" (``associations.company`` finds what belongs to one company).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from offboard.connectors._hubspot_reading import OWNER, is_id
from offboard.connectors._hubspot_sorts import CONTACTS, SORTS
from offboard.domain.clients import Interaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._crm_people import Users
    from offboard.connectors._hubspot_api import Api

WHEN: Final = "hs_timestamp"
KINDS: Final = {"calls": "call", "emails": "email", "meetings": "meeting", "notes": "note"}


class Diary:
    """Reads what was done since so many days."""

    def __init__(self, api: Api, days: int) -> None:
        self._api, self._days = api, days

    def dealt(self, users: Users, *only: str) -> Iterator[Interaction]:
        """Yield every time that one of us dealt with a client, or with these."""
        if not self._days or not all(map(is_id, only)):
            return
        # Activities hang on the right to contacts ("Activities", scope requirements).
        right, now = SORTS[CONTACTS].scopes()[0], datetime.now(UTC)
        within = [
            {"propertyName": WHEN, "operator": "GT", "value": _milliseconds(now - timedelta(self._days))},
            {"propertyName": WHEN, "operator": "LT", "value": _milliseconds(now)},
        ]
        groups = [
            [*within, {"propertyName": "associations.company", "operator": "EQ", "value": company}] for company in only
        ]
        for kind, what in KINDS.items():
            ids = self._api.search(kind, groups or [within], right)
            rows = self._api.read(kind, ids, [WHEN, OWNER], right)
            companies = self._api.companies_of(kind, ids, right)
            for row in rows:
                person, at = users.person(row["properties"].get(OWNER)), row["properties"].get(WHEN)
                for company in companies.get(row["id"], ()) if person and at else ():
                    if not only or company in only:
                        yield Interaction(company, person, at[:19], what)


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
