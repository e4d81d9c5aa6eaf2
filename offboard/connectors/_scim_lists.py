"""Lists of users and groups: filters, and pages (RFC 7644 §3.4.2) from servers that count wrongly, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from offboard.connectors._scim_faults import strange
from offboard.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._scim_api import Api, Resource
    from offboard.connectors._scim_offers import Offers


def equal(attribute: str, value: str) -> str:
    """Return the filter that asks for equality; nothing in ``value`` can widen it (RFC 7644 figure 1)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def contains(attribute: str, value: str) -> str:
    """Return the filter that asks for ``value`` anywhere; never to tell people apart."""
    return f"{attribute} co {json.dumps(value, ensure_ascii=False)}"


def is_text(value: str) -> bool:
    """Say whether ``value`` can be sent at all."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Lists:
    """Reads lists page by page."""

    def __init__(self, api: Api, offers: Offers) -> None:
        self.api = api
        self.offers = offers

    def every(self, kind: str, *, doing: str, filter_: str = "") -> Iterator[Resource]:
        """Yield every resource once, or every one that matches.

        Raises:
            Rejected: the server promises more than it ever shows.
        """
        seen: set[str] = set()
        query: dict[str, str | int] = {"filter": filter_} if filter_ else {}
        place: dict[str, str | int] = {"cursor": ""} if self.offers.cursors and not filter_ else {}
        while True:
            page = self.api.get(kind, doing=doing, **query, **place, count=self.offers.page)
            resources = self._resources(page, doing, begun=bool(seen))
            fresh = [resource for resource in resources if resource["id"] not in seen]
            yield from fresh
            seen.update(resource["id"] for resource in fresh)
            if "cursor" in place:
                following = page.get("nextCursor")
                place = {"cursor": following} if isinstance(following, str) and following else {}
                if not place:
                    return
                if fresh:
                    continue
            # A total that counts too high ends with an empty page; one that counts too low with a page that is not full
            elif not resources or (len(seen) >= _total(page) and len(resources) < self.offers.page):
                return
            elif fresh:
                place = {"startIndex": len(seen) + 1}
                continue
            elif len(seen) >= _total(page):
                return
            raise Rejected(
                f"{self.api.system}: cannot {doing}: the server shows {len(seen)} of {_total(page)} and begins again",
                system=self.api.system,
                hint="Its lists cannot be read beyond the first page: ask the vendor, or name the product in settings.",
            )

    def total(self, kind: str, *, doing: str) -> int:
        """Return how many there are, as the server counts."""
        page = self.api.get(kind, doing=doing, count=1)
        return max(_total(page), len(self._resources(page, doing)))

    def first(self, kind: str, *, doing: str, count: int) -> list[Resource]:
        """Return the first page of what there is."""
        return self._resources(self.api.get(kind, doing=doing, count=min(count, self.offers.page)), doing)

    def _resources(self, page: Resource, doing: str, *, begun: bool = False) -> list[Resource]:
        # Nothing need be listed when nothing is there (RFC 7644 §3.4.2), or nothing more.
        nothing: list[Resource] | None = [] if begun or page.get("totalResults") == 0 else None
        listed: Any = page.get("Resources", nothing)
        if not isinstance(listed, list) or not all(isinstance(one, dict) and _has_id(one) for one in listed):
            raise strange(self.api.system, self.api.url, doing)
        return listed


def _has_id(resource: Resource) -> bool:
    return isinstance(resource.get("id"), str) and bool(resource["id"])


def _total(page: Resource) -> int:
    total = page.get("totalResults")
    return total if isinstance(total, int) else 0
