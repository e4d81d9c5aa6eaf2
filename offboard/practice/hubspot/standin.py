"""The account: its owners and records, the scopes of its one private app, and the answers to each call.

Sources, all under developers.hubspot.com: "Owners", "Objects", "CRM search", "Associations v4", "Pipelines", "Error
handling", "API usage guidelines", "Meetings" (library), "Private apps".
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from offboard.practice.crm import Call, CrmStandIn
from offboard.practice.graph.calls import Reply
from offboard.practice.hubspot.batches import Batches, Quirks, Refused
from offboard.practice.hubspot.searching import BadSearch, search

if TYPE_CHECKING:
    from pathlib import Path

KINDS: Final = {
    "companies": "crm.objects.companies", "contacts": "crm.objects.contacts", "deals": "crm.objects.deals",
    "tickets": "tickets", "tasks": "crm.objects.contacts", "meetings": "crm.objects.contacts",
    "calls": "crm.objects.contacts", "emails": "crm.objects.contacts", "notes": "crm.objects.contacts",
}  # fmt: skip
SCOPES: Final = frozenset(
    {f"{scope}.{verb}" for scope in KINDS.values() if scope != "tickets" for verb in ("read", "write")}
    | {"tickets", "crm.objects.owners.read", "scheduler.meetings.meeting-link.read"}
)
MOST_ON_A_PAGE: Final = 100
STAGES: Final = {"1": "OPEN", "2": "OPEN", "3": "OPEN", "4": "CLOSED"}


class HubSpotStandIn(Batches, CrmStandIn):
    """One account; ``records`` holds kind → id → properties, ``companies_of`` record → its companies."""

    maker = "HubSpot"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.token = f"pat-eu1-{secrets.token_hex(16)}"
        self.scopes = set(SCOPES)
        self.quirks = Quirks()
        self.owners: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.companies_of: dict[str, list[str]] = {}
        self.links: list[dict[str, Any]] = []
        self._given = 5_000_000
        self._times: deque[float] = deque()
        self._index: dict[str, dict[str, dict[str, Any]]] = {}

    def add_owner(self, name: str, mail: str, *, archived: bool = False) -> str:
        """Add a user, who may own records; return the owner's id, which is not the user's."""
        first, _, last = name.partition(" ")
        self._given += 7
        user = self._given + 3
        owner: dict[str, Any] = {
            "id": str(self._given), "email": mail, "type": "PERSON", "firstName": first, "lastName": last,
            "userId": user, "userIdIncludingInactive": user, "archived": archived,
        }  # fmt: skip
        self.owners[owner["id"]] = owner
        if archived:
            self.deactivate(owner["id"])
        return str(owner["id"])

    def deactivate(self, owner_id: str) -> None:
        """Deactivate a user: nothing of theirs moves, and the list of owners leaves them out."""
        self.owners[owner_id] |= {"archived": True, "userId": None}

    def add(self, kind: str, *, company: str = "", **properties: str) -> str:
        """Add a record as somebody on HubSpot's own pages would; return its id."""
        self._given += 1
        record_id = str(self._given)
        self.records[kind][record_id] = {**properties, "hs_object_id": record_id}
        if company:
            self.companies_of[record_id] = [company]
            if kind == "contacts":
                self.records[kind][record_id]["associatedcompanyid"] = company
        return record_id

    def add_link(self, name: str, owner_id: str) -> str:
        """Add a scheduling page of an owner's; return its id."""
        self._given += 1
        slug = name.casefold().replace(" ", "-")
        link = {"id": str(self._given), "name": name, "slug": slug, "type": "PERSONAL_LINK", "defaultLink": True}
        self.links.append(link | {"organizerUserId": str(self.owners[owner_id]["userId"])})
        return str(self._given)

    def change(self, kind: str, record_id: str, **properties: str) -> None:
        """Change a record as somebody on HubSpot's own pages would."""
        self.records[kind][record_id].update(properties)

    def fall_behind(self) -> None:
        """Let searches see records as they are now, whatever is written from now on."""
        self._index = {kind: {one: dict(row) for one, row in rows.items()} for kind, rows in self.records.items()}
        self.quirks.index_behind = True

    def owned(self, kind: str, name: str = "hubspot_owner_id") -> dict[str, Any]:
        """Return record → owner, of every record of a kind, closed ones too."""
        return {one: row.get(name) for one, row in self.records[kind].items()}

    def is_write(self, call: Call) -> bool:
        """Say whether a call writes records."""
        return call.path.endswith("/batch/update") or call.method == "PATCH"

    def answer(self, call: Call) -> Reply:
        """Answer one call."""
        told = {"X-HubSpot-RateLimit-Interval-Milliseconds": str(int(self.quirks.interval * 1000))}
        try:
            self._admit(call)
            self._count()
            status, body = self._route(call)
        except (Refused, BadSearch) as refused:
            status = refused.status if isinstance(refused, Refused) else 400
            body = {
                "status": "error", "message": str(refused), "correlationId": secrets.token_hex(16),
                "category": refused.category if isinstance(refused, Refused) else "VALIDATION_ERROR",
                **(refused.more if isinstance(refused, Refused) else {}),
            }  # fmt: skip
        return Reply(status, body, told)

    def _admit(self, call: Call) -> None:
        if call.headers.get("authorization", "") != f"Bearer {self.token}":
            raise Refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")

    def _count(self) -> None:
        now = time.monotonic()
        while self._times and self._times[0] <= now - self.quirks.interval:
            self._times.popleft()
        if self.quirks.daily and len(self.calls) > self.quirks.daily:
            raise Refused(
                429, "RATE_LIMITS", "You have reached your daily limit.", errorType="RATE_LIMIT", policyName="DAILY"
            )
        if len(self._times) >= self.quirks.calls:
            text = "You have reached your ten_secondly_rolling limit."
            raise Refused(429, "RATE_LIMITS", text, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
        self._times.append(now)

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            text = "This app hasn't been granted all required scopes to make this call."
            raise Refused(403, "MISSING_SCOPES", text, errors=[{"context": {"requiredGranularScopes": [scope]}}])

    def _route(self, call: Call) -> tuple[int, Any]:
        parts = call.path.strip("/").split("/")
        if parts[:3] == ["crm", "v3", "objects"] and len(parts) > 3 and parts[3] in KINDS:  # noqa: PLR2004 - a kind
            return self._object(call, parts[3], "/".join([call.method, *parts[4:]]))
        if call.method == "POST" and call.path.startswith("/crm/v4/associations/"):
            self._need(self._scope(parts[3], "read"))
            return self._pairs(call.body)
        known = {
            "POST /oauth/v2/private-apps/get/access-token-info": ("", self._token_info),
            "GET /crm/v3/owners": ("crm.objects.owners.read", self._owners),
            "GET /crm/v3/pipelines/tickets": ("tickets", self._stages),
            "GET /scheduler/v3/meetings/meeting-links": ("scheduler.meetings.meeting-link.read", self._links),
        }
        scope, answer = known.get(f"{call.method} {call.path}", ("", None))
        if answer is None:
            raise Refused(404, "OBJECT_NOT_FOUND", f"nothing is at {call.path}")
        if scope:
            self._need(scope)
        return 200, answer(call)

    def _object(self, call: Call, kind: str, what: str) -> tuple[int, Any]:
        writes = what == "POST/batch/update" or what.startswith("PATCH/")
        self._need(self._scope(kind, "write" if writes else "read"))
        if what == "GET":
            names = call.query.get("properties", "").split(",")
            rows = [self._shown(kind, one, names) for one in self.records[kind]]
            return 200, self._page(rows, call.query, MOST_ON_A_PAGE)
        if what == "POST/search":
            return 200, self._search(kind, call.body)
        if what == "POST/batch/read":
            return self._read(kind, call.body)
        if what == "POST/batch/update":
            return self._update(kind, call.body)
        if what.startswith("PATCH/"):
            record_id = what.removeprefix("PATCH/")
            self._write(kind, record_id, call.body["properties"])
            return 200, self._shown(kind, record_id, [])
        raise Refused(404, "OBJECT_NOT_FOUND", f"nothing is at {call.path}")

    def _token_info(self, call: Call) -> dict[str, Any]:
        if call.body != {"tokenKey": self.token}:
            raise Refused(404, "OBJECT_NOT_FOUND", "unknown token")
        return {"hubId": 1234567, "userId": 293199, "appId": 14474, "scopes": sorted(self.scopes)}

    def _owners(self, call: Call) -> dict[str, Any]:
        wanted = call.query.get("archived", "false").casefold()
        rows = [one for one in self.owners.values() if str(one["archived"]).casefold() == wanted]
        return self._page(rows, call.query, 500)

    def _stages(self, call: Call) -> dict[str, Any]:
        del call
        stages = [{"id": one, "metadata": {"ticketState": state}} for one, state in STAGES.items()]
        return {"results": [{"id": "0", "label": "Support", "stages": stages}]}

    def _links(self, call: Call) -> dict[str, Any]:
        return self._page(self.links, call.query, 100)

    @staticmethod
    def _scope(kind: str, verb: str) -> str:
        return KINDS[kind] if KINDS[kind] == "tickets" else f"{KINDS[kind]}.{verb}"

    @staticmethod
    def _page(rows: list[dict[str, Any]], query: dict[str, str], most: int) -> dict[str, Any]:
        limit, start = int(query.get("limit", 10)), int(query.get("after", 0))
        if limit > most:
            raise Refused(400, "VALIDATION_ERROR", f"limit must be at most {most}")
        end = start + limit
        following = {"paging": {"next": {"after": str(end)}}} if end < len(rows) else {}
        return {"results": rows[start:end], **following}

    def _search(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        rows = (self._index if self.quirks.index_behind else self.records)[kind]
        known = [row | {"associations.company": self.companies_of.get(one, [])} for one, row in rows.items()]
        found, total, after = search(known, body)
        shown = [
            {"id": row["hs_object_id"], "properties": {name: row.get(name) for name in body.get("properties", [])}}
            for row in found
        ]
        return {"total": total, "results": shown, **({"paging": {"next": {"after": after}}} if after else {})}
