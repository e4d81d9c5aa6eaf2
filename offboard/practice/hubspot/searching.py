"""HubSpot's search: groups of filters of which one must hold, sorted, and never more than 10,000 results.

Source: developers.hubspot.com, "CRM search" (filters, limits).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Properties = dict[str, Any]

MOST_FOUND: Final = 10_000
MOST_ON_A_PAGE: Final = 200
MOST_GROUPS, MOST_FILTERS = 5, 6


class BadSearch(Exception):
    """The search is not one that HubSpot answers."""


def search(rows: Iterable[Properties], body: dict[str, Any]) -> tuple[list[Properties], int, str]:
    """Return one page of what is found, how much there is, and ``after`` of the next page (empty: none)."""
    groups = [group["filters"] for group in body.get("filterGroups", [])]
    if len(groups) > MOST_GROUPS or any(len(filters) > MOST_FILTERS for filters in groups):
        raise BadSearch("too many filters")
    limit, start = int(body.get("limit", 10)), int(body.get("after", 0) or 0)
    if limit > MOST_ON_A_PAGE:
        raise BadSearch("limit must be less than or equal to 200")
    if start + limit > MOST_FOUND:
        raise BadSearch("a search result cannot be paged beyond 10000 results")
    found = [one for one in rows if not groups or any(all(_holds(one, f) for f in filters) for filters in groups)]
    for sort in reversed(body.get("sorts", [])):
        found.sort(key=lambda one: _value(one, sort["propertyName"]) or 0, reverse=sort["direction"] == "DESCENDING")
    end = start + limit
    return found[start:end], len(found), str(end) if end < len(found) else ""


def _holds(one: Properties, condition: dict[str, Any]) -> bool:
    found, operator = _value(one, condition["propertyName"]), condition["operator"]
    if operator == "NOT_HAS_PROPERTY":
        return found is None
    if operator == "HAS_PROPERTY":
        return found is not None
    if found is None:
        return False
    if isinstance(found, list):
        return operator == "EQ" and condition["value"] in found
    if operator in {"IN", "NOT_IN"}:
        return (str(found) in condition["values"]) is (operator == "IN")
    if operator in {"EQ", "NEQ"}:
        return (str(found) == condition["value"]) is (operator == "EQ")
    if operator in {"GT", "LT"}:
        wanted = int(condition["value"])
        return int(found) > wanted if operator == "GT" else int(found) < wanted
    raise BadSearch(f"{operator} is no operator")


def _value(one: Properties, name: str) -> Any:
    """Return what the index holds: numbers, and moments as milliseconds."""
    value = one.get(name)
    if value in (None, ""):
        return None
    if name == "hs_object_id":
        return int(value)
    if name.endswith("_time") or name == "hs_timestamp":
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value
