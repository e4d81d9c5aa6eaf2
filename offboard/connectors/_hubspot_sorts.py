"""The kinds of record that may be open in HubSpot: how each is called, when it is closed, which scope it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from offboard.domain.clients import ItemKind

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPANIES, CONTACTS = "companies", "contacts"


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of record that may be open: how it is called, when it is due, the scope that writes it."""

    kind: ItemKind = ItemKind.OTHER
    title: str = "name"
    due: str = ""
    state: str = ""
    scope: str = "crm.objects.companies"

    def scopes(self) -> tuple[str, str]:
        """Return the scope that reads it, and the one that writes it."""
        return (self.scope, self.scope) if self.scope == "tickets" else (f"{self.scope}.read", f"{self.scope}.write")


SORTS: Final[Mapping[str, Sort]] = {
    "deals": Sort(ItemKind.OPPORTUNITY, "dealname", "closedate", "hs_is_closed", "crm.objects.deals"),
    "tickets": Sort(ItemKind.CASE, "subject", "", "hs_pipeline_stage", "tickets"),
    # Tasks and meetings hang on the right to contacts ("Activities", scope requirements).
    "tasks": Sort(ItemKind.TASK, "hs_task_subject", "hs_timestamp", "hs_task_status", "crm.objects.contacts"),
    "meetings": Sort(
        ItemKind.MEETING, "hs_meeting_title", "hs_meeting_start_time", "hs_meeting_end_time", "crm.objects.contacts"
    ),
    COMPANIES: Sort(),
    CONTACTS: Sort(title="email", scope="crm.objects.contacts"),
}


def open_filters(kind: str, closed: frozenset[str]) -> list[list[dict[str, Any]]]:
    """Return groups of filters, of which one must hold; what has no state at all is open."""
    state = SORTS[kind].state
    none = [{"propertyName": state, "operator": "NOT_HAS_PROPERTY"}]
    if kind == "meetings":
        now = str(int(datetime.now(UTC).timestamp() * 1000))
        return [[{"propertyName": state, "operator": "GT", "value": now}]]
    if kind == "tickets":
        return [[{"propertyName": state, "operator": "NOT_IN", "values": sorted(closed)}], none] if closed else [[]]
    value = "true" if kind == "deals" else "COMPLETED"
    return [[{"propertyName": state, "operator": "NEQ", "value": value}], none]


def is_closed(kind: str, row: dict[str, Any], closed: frozenset[str]) -> bool:
    """Say whether a record is closed; ``closed`` are the stages of tickets that mean so."""
    state = str(row["properties"].get(SORTS[kind].state) or "") if SORTS[kind].state else ""
    if kind == "meetings":
        return bool(state) and state[:19] <= datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return state in {"deals": {"true"}, "tickets": closed, "tasks": {"COMPLETED"}}.get(kind, ())
