"""HubSpot's CRM interface (v3 objects, v4 associations): lists, searches, and a hundred records to a call.

Sources, all under developers.hubspot.com: "Error handling" (207, ``objectWriteTraceId``), "API usage guidelines"
(limits and their headers), "CRM search" (200 to a page, 10,000 results to a query, five a second), "Owners", the
changelog "Batch Read Limit for HubSpot Associations API" (1,000 ids).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_wire import Ask, Wire
from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from offboard.connectors._graph_faults import Answer

Record = dict[str, Any]

AT_ONCE: Final = 100
PAGE: Final = 100
FOUND: Final = 200
PAIRS: Final = 1_000
DAY_IS_OVER: Final = 900.0
"""Seconds after which we ask again when the calls of a day are used up."""

_SERVER: Final = 500
_LONGEST: Final = 300


class Dialect:
    """What HubSpot's refusals mean; the token is one for ever, until somebody rotates it."""

    def __init__(self, system: str, token: str) -> None:
        self._system, self._token = system, token

    def authorization(self, *, refused: str = "") -> str:
        """Return the header that signs us in."""
        del refused
        return f"Bearer {self._token}"

    def pause(self, answer: Answer) -> float | None:
        """Return how long to wait when there were too many calls: ten seconds, one, or until the day is over."""
        if answer.status != 429:  # noqa: PLR2004 - too many requests
            return None
        told = answer.body if isinstance(answer.body, dict) else {}
        policy = str(told.get("policyName") or "").upper()
        if policy == "DAILY":
            return DAY_IS_OVER
        interval = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
        if policy.startswith("TEN_SECONDLY"):
            return int(interval) / 1000 if interval.isdecimal() else 10.0
        return answer.wait() or 1.0

    def fault(self, answer: Answer, doing: str, right: str) -> SystemFault:
        """Turn an answer that is no success into our error."""
        told = answer.body if isinstance(answer.body, dict) else {}
        category = str(told.get("category") or told.get("errorType") or "")
        message = self._plain(told.get("message"))
        number = str(told.get("correlationId") or "")
        said = ": ".join(part for part in (category, message) if part) or "no reason given"
        ref = f"; correlation {number[:64]}" if number else ""
        text = f"{self._system}: cannot {doing} (HTTP {answer.status}, {said}{ref})"
        pause = self.pause(answer)
        if pause is not None:
            return Throttled(text, system=self._system, retry_after=pause)
        if answer.status >= _SERVER:
            return Unreachable(text, system=self._system)
        if answer.status == 401:  # noqa: PLR2004 - unauthorized
            hint = "Check token of this system: it was rotated, or is another account's. It needs the scopes in README."
            return Denied(text, system=self._system, hint=hint)
        if answer.status == 403:  # noqa: PLR2004 - forbidden
            hint = f"Grant our private app the scope {right}, in Settings, Integrations, Private Apps."
            return Denied(text, system=self._system, hint=hint)
        kinds: dict[int, type[SystemFault]] = {404: NotFound, 409: Drifted, 412: Drifted}
        return kinds.get(answer.status, Rejected)(text, system=self._system)

    def _plain(self, message: object) -> str:
        text = message if isinstance(message, str) and self._token not in message else ""
        kept = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)
        return " ".join(kept.split())[:_LONGEST]


class Api:
    """One connection to one account."""

    def __init__(self, wire: Wire, dialect: Dialect, token: str) -> None:
        self.wire, self.system = wire, wire.system
        self._dialect, self._token = dialect, token

    def scopes(self) -> frozenset[str]:
        """Return the scopes that our token has ("Private apps", access token information)."""
        doing = "read what our token may do"
        ask = Ask(
            "POST", "/oauth/v2/private-apps/get/access-token-info", doing, body={"tokenKey": self._token}, safe=True
        )
        told = self._ask(ask).get("scopes")
        if not isinstance(told, list):
            raise self.wire.strange(doing)
        return frozenset(map(str, told))

    def listed(self, path: str, *, doing: str, right: str, limit: int = PAGE, **query: str) -> Iterator[Record]:
        """Yield everything of a list, page after page by ``paging.next.after``."""
        after, seen = "", set[str]()
        while True:
            asked = query | {"limit": str(limit)} | ({"after": after} if after else {})
            page = self._ask(Ask("GET", path, doing, right, query=asked))
            yield from self.wire.rows(page.get("results"), doing)
            after = _next(page)
            if not after:
                return
            if after in seen:
                raise self.wire.strange(doing)
            seen.add(after)

    def search(self, kind: str, groups: Sequence[Sequence[Record]], right: str) -> list[str]:
        """Return the ids of everything that a search finds, in the order of the ids.

        A search ends at 10,000 results, so each one asks for what comes after the last id: it never gets there. The
        index behind it is a moment late, so nothing but ids is taken from it.
        """
        doing, found = f"search {kind}", list[str]()
        while True:
            last = {"propertyName": "hs_object_id", "operator": "GT", "value": found[-1] if found else "0"}
            body = {
                "filterGroups": [{"filters": [*group, last]} for group in groups],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": ["hs_object_id"],
                "limit": FOUND,
            }
            page = self._ask(Ask("POST", f"/crm/v3/objects/{kind}/search", doing, right, body=body, safe=True))
            ids = [str(row.get("id")) for row in self.wire.rows(page.get("results"), doing)]
            if not ids:
                return found
            if any(int(one) <= int(found[-1] if found else 0) for one in ids):
                raise self.wire.strange(doing)
            found += ids
            if page.get("total") == len(ids):
                return found

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str], right: str) -> list[Record]:
        """Return records by their ids, a hundred to a call, without those that are gone."""
        doing, found = f"read {kind}", list[Record]()
        for start in range(0, len(ids), AT_ONCE):
            inputs = [{"id": one} for one in ids[start : start + AT_ONCE]]
            body = {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": []}
            page = self._ask(Ask("POST", f"/crm/v3/objects/{kind}/batch/read", doing, right, body=body, safe=True))
            found += [row for row in self.wire.rows(page.get("results"), doing) if not row.get("archived")]
        return found

    def companies_of(self, kind: str, ids: Sequence[str], right: str) -> dict[str, list[str]]:
        """Return record → the companies that it belongs to: its primary one first, then by their ids."""
        doing, found = f"read which company {kind} belong to", dict[str, list[str]]()
        for start in range(0, len(ids), PAIRS):
            body = {"inputs": [{"id": one} for one in ids[start : start + PAIRS]]}
            path = f"/crm/v4/associations/{kind}/companies/batch/read"
            page = self._ask(Ask("POST", path, doing, right, body=body, safe=True))
            for row in self.wire.rows(page.get("results"), doing):
                ranked = sorted(
                    (not _is_primary(one), int(one["toObjectId"])) for one in self.wire.rows(row.get("to"), doing)
                )
                if ranked:
                    found[str(row["from"]["id"])] = [str(company) for _, company in ranked]
        return found

    def update(self, kind: str, records: Mapping[str, Mapping[str, str]], right: str) -> dict[str, SystemFault]:
        """Write properties of at most a hundred records of one kind; return the refused ones.

        Each is named by a trace id, so that a refusal can be told from a success. Where the call is refused as a
        whole, which one bad value does, each record is written by itself.
        """
        doing = f"write {len(records)} {kind}"
        inputs = [{"id": one, "properties": values, "objectWriteTraceId": one} for one, values in records.items()]
        # Setting what is set already changes nothing, so this POST may come twice.
        ask = Ask("POST", f"/crm/v3/objects/{kind}/batch/update", doing, right, body={"inputs": inputs}, safe=True)
        try:
            page = self._ask(ask)
        except (Rejected, NotFound):
            return {one: fault for one, values in records.items() if (fault := self._alone(kind, one, values, right))}
        done = {str(row.get("id")) for row in self.wire.rows(page.get("results"), doing)}
        reasons: dict[str, str] = {}
        for error in self.wire.rows(page.get("errors") or [], doing):
            context = error.get("context")
            context = context if isinstance(context, dict) else {}
            said = f"{error.get('category') or 'refused'}: {str(error.get('message') or '')[:_LONGEST]}"
            for one in (*context.get("objectWriteTraceId", ()), *context.get("ids", ())):
                reasons[str(one)] = said
        return {
            one: self._refused(kind, one, reasons.get(one, "it did not come back"))
            for one in records
            if one not in done
        }

    def _alone(self, kind: str, record_id: str, values: Mapping[str, str], right: str) -> SystemFault | None:
        doing = f"write {kind} {record_id}"
        ask = Ask("PATCH", f"/crm/v3/objects/{kind}/{record_id}", doing, right, body={"properties": values})
        try:
            self._ask(ask)
        except (Rejected, NotFound) as fault:
            return fault
        return None

    def _refused(self, kind: str, record_id: str, said: str) -> SystemFault:
        text = f"{self.system}: {kind} {record_id} was not changed ({said})"
        return (NotFound if said.startswith("OBJECT_NOT_FOUND") else Rejected)(text, system=self.system)

    def _ask(self, ask: Ask) -> Record:
        return self.wire.table(self.wire.ask(self._dialect, ask), ask.doing)


def _next(page: Record) -> str:
    paging = page.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return str(following.get("after") or "") if isinstance(following, dict) else ""


def _is_primary(pair: Record) -> bool:
    return any(one.get("label") == "Primary" for one in pair.get("associationTypes", ()))
