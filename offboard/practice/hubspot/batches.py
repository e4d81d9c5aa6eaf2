"""Many records in one call: reading, writing, and which company each belongs to; what fails is told record by record.

Sources: developers.hubspot.com, "Error handling" (multi-status errors), "Associations v4".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

OWNERS_HOLD: Final = frozenset({"hubspot_owner_id", "second_owner"})
MOST_IN_A_BATCH, MOST_PAIRS = 100, 1_000


@dataclass
class Quirks:
    """What of HubSpot's known behaviour is switched on, and what is planted."""

    calls: int = 190
    """Calls in each interval."""
    interval: float = 10.0
    """Seconds of the interval."""
    daily: int = 0
    """Calls in a day; 0: enough."""
    archived_owners_refused: bool = True
    whole_batch_refused: bool = True
    """A value that no record may have refuses the whole batch (400), as HubSpot does without multi-status."""
    index_behind: bool = False
    """Searches see records as they were when this was switched on."""
    writes_work: bool = True
    """Whether what is accepted is written."""
    refused: dict[str, str] = field(default_factory=dict)
    """Record → message with which every write of it is refused."""


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.category, self.more = status, category, more


class Batches:
    """What answers the calls that concern many records."""

    quirks: Quirks
    owners: dict[str, dict[str, Any]]
    records: dict[str, dict[str, dict[str, Any]]]
    companies_of: dict[str, list[str]]

    def _shown(self, kind: str, record_id: str, names: list[str]) -> dict[str, Any]:
        row = self.records[kind][record_id]
        shown = {name: row.get(name) for name in names if name} | {"hs_object_id": record_id}
        return {"id": record_id, "properties": shown, "archived": False}

    def _inputs(self, body: dict[str, Any], most: int) -> list[dict[str, Any]]:
        inputs: list[dict[str, Any]] = body["inputs"]
        if len(inputs) > most:
            raise Refused(
                400, "VALIDATION_ERROR", f"The maximum number of inputs supported in a batch request is {most}."
            )
        return inputs

    def _read(self, kind: str, body: dict[str, Any]) -> tuple[int, Any]:
        inputs = self._inputs(body, MOST_IN_A_BATCH)
        gone = [one["id"] for one in inputs if one["id"] not in self.records[kind]]
        rows = [self._shown(kind, one["id"], body["properties"]) for one in inputs if one["id"] not in gone]
        if not gone:
            return 200, {"status": "COMPLETE", "results": rows}
        return 207, {"status": "COMPLETE", "results": rows, "numErrors": 1, "errors": [_missing(gone)]}

    def _pairs(self, body: dict[str, Any]) -> tuple[int, Any]:
        rows, errors = [], []
        for one in self._inputs(body, MOST_PAIRS):
            mine = self.companies_of.get(one["id"], [])
            labels = ["Primary"] + [None] * (len(mine) - 1)
            to = [
                {"toObjectId": int(company), "associationTypes": [{"category": "HUBSPOT_DEFINED", "label": label}]}
                for company, label in zip(mine, labels, strict=False)
            ]
            if to:
                rows.append({"from": {"id": one["id"]}, "to": list(reversed(to))})
            else:
                errors.append({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "No associations",
                               "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"})  # fmt: skip
        more = {"numErrors": len(errors), "errors": errors} if errors else {}
        return (207 if errors else 200), {"status": "COMPLETE", "results": rows, **more}

    def _update(self, kind: str, body: dict[str, Any]) -> tuple[int, Any]:
        inputs = self._inputs(body, MOST_IN_A_BATCH)
        traced = all(one.get("objectWriteTraceId") for one in inputs)
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for one in inputs:
            try:
                self._check(kind, one["id"], one["properties"])
            except Refused as refused:
                if refused.category == "VALIDATION_ERROR" and self.quirks.whole_batch_refused and not traced:
                    raise
                error = {"status": "error", "category": refused.category, "message": str(refused)}
                errors.append({**error, "context": {"objectWriteTraceId": [one["objectWriteTraceId"]]}})
        failed = {one for error in errors for one in error["context"]["objectWriteTraceId"]}
        for one in inputs:
            if one.get("objectWriteTraceId") not in failed:
                self._write(kind, one["id"], one["properties"])
                results.append(self._shown(kind, one["id"], []))
        more = {"numErrors": len(errors), "errors": errors} if errors else {}
        return (207 if errors else 200), {"status": "COMPLETE", "results": results, **more}

    def _check(self, kind: str, record_id: str, properties: dict[str, str]) -> None:
        if record_id not in self.records[kind]:
            raise Refused(
                404, "OBJECT_NOT_FOUND", f"Could not get some {kind} objects, they may be deleted: {record_id}"
            )
        if record_id in self.quirks.refused:
            raise Refused(400, "VALIDATION_ERROR", self.quirks.refused[record_id])
        for name in OWNERS_HOLD & set(properties):
            owner = self.owners.get(properties[name])
            if owner is None or (owner["archived"] and self.quirks.archived_owners_refused):
                raise Refused(400, "VALIDATION_ERROR", f"{properties[name]} is no valid owner (INVALID_OWNER_ID)")

    def _write(self, kind: str, record_id: str, properties: dict[str, str]) -> None:
        self._check(kind, record_id, properties)
        if self.quirks.writes_work:
            self.records[kind][record_id].update(properties)


def _missing(gone: list[str]) -> dict[str, Any]:
    text = "Could not get some objects, they may be deleted or not exist."
    return {"status": "error", "category": "OBJECT_NOT_FOUND", "message": text, "context": {"ids": gone}}
