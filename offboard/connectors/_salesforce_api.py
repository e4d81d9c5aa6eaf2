"""Salesforce's REST interface: questions in SOQL, page by page, and owners two hundred to a call.

Sources: REST API Developer Guide, "Query", "Query Options Header" (2,000 records to a page), "Update Records Using
sObject Collections" (200 records; one result for each, in order), "Status Codes and Error Responses", "Limit Info
Header"; SOQL and SOSL Reference, "Quoted String Escape Sequences".
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_wire import Ask, Wire
from offboard.connectors._graph_wire import TRIES, pause_of
from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offboard.connectors._graph_faults import Answer
    from offboard.connectors._salesforce_sign_in import SignIn

Record = dict[str, Any]

AT_ONCE: Final = 200
DAY_IS_OVER: Final = 900.0
"""Seconds after which we ask again when the calls of 24 hours are used up: the limit rolls."""

_ID: Final = re.compile(r"[a-zA-Z0-9]{18}")
_FORBIDDEN: Final = 403
_SERVER: Final = 500
_TOO_MANY: Final = "REQUEST_LIMIT_EXCEEDED"
_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
_GONE: Final = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"})
_RIGHTS: Final = frozenset(
    {
        "INSUFFICIENT_ACCESS_OR_READONLY", "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "INSUFFICIENT_ACCESS",
        "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "TRANSFER_REQUIRES_READ", "INVALID_FIELD_FOR_INSERT_UPDATE",
    }
)  # fmt: skip
_INACTIVE: Final = frozenset({"INACTIVE_OWNER_OR_USER", "OPERATION_WITH_INACTIVE_OWNER"})
_LONGEST: Final = 300


class Dialect:
    """What Salesforce's refusals mean: a list of ``{"errorCode", "message"}`` under a status."""

    def __init__(self, system: str, sign_in: SignIn) -> None:
        self._system, self._sign_in = system, sign_in

    def authorization(self, *, refused: str = "") -> str:
        """Return the header that signs us in."""
        return self._sign_in.authorization(refused=refused)

    def pause(self, answer: Answer) -> float | None:
        """Return how long to wait when there were too many calls; those of a day come back slowly."""
        code, message = told(answer)
        if code == _TOO_MANY or answer.status == 429:  # noqa: PLR2004 - too many requests
            return answer.wait() or (5.0 if "concurrent" in message.casefold() else DAY_IS_OVER)
        return None

    def fault(self, answer: Answer, doing: str, right: str) -> SystemFault:
        """Turn an answer that is no success into our error."""
        code, message = told(answer)
        said = ": ".join(part for part in (code, message) if part)[:_LONGEST] or "no reason given"
        text = f"{self._system}: cannot {doing} (HTTP {answer.status}, {said})"
        pause = self.pause(answer)
        if pause is not None:
            return Throttled(text, system=self._system, retry_after=pause)
        if answer.status >= _SERVER:
            return Unreachable(text, system=self._system)
        if answer.status == 401:  # noqa: PLR2004 - unauthorized
            return Denied(text, system=self._system, hint="Check the app of this system: its token is not taken.")
        if answer.status == _FORBIDDEN:
            hint = f"Grant the user that our app runs as: {right or 'API Enabled'}."
            return Denied(text, system=self._system, hint=hint)
        if code in {"INVALID_FIELD", "INVALID_TYPE"}:
            # What our user may not see, Salesforce says is not there.
            hint = f"Check the fields in the settings of this system, and grant our user to see them: {right}."
            return Denied(text, system=self._system, hint=hint)
        kinds: dict[int, type[SystemFault]] = {404: NotFound, 412: Drifted}
        return kinds.get(answer.status, Rejected)(text, system=self._system)


def told(answer: Answer) -> tuple[str, str]:
    """Return code and message of a refusal, empty where there are none."""
    first = answer.body[0] if isinstance(answer.body, list) and answer.body else None
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("errorCode") or ""), str(first.get("message") or "")


class Api:
    """One connection to one organisation, by one version of its interface."""

    def __init__(self, wire: Wire, sign_in: SignIn, version: str) -> None:
        self.wire, self.system = wire, wire.system
        self._dialect = Dialect(wire.system, sign_in)
        self._root = f"/services/data/v{version}"

    def query(self, soql: str, *, doing: str, right: str) -> list[Record]:
        """Return every record that a question finds, page after page.

        Raises:
            Rejected: a page is missing, or leads elsewhere.
        """
        ask = Ask("GET", f"{self._root}/query", doing, right, query={"q": soql})
        found: list[Record] = []
        while True:
            page = self.wire.table(self.wire.ask(self._dialect, ask), doing)
            found += self.wire.rows(page.get("records"), doing)
            if page.get("done") is True:
                break
            following = page.get("nextRecordsUrl")
            if not isinstance(following, str) or not following.startswith(f"{self._root}/query/"):
                raise self.wire.strange(doing)
            ask = Ask("GET", following, doing, right)
        if len(found) != page.get("totalSize", len(found)):
            text = f"{self.system}: cannot {doing}: {page['totalSize']} records were told of, {len(found)} came"
            raise Unreachable(text, system=self.system)
        return found

    def describe(self, kind: str) -> Record:
        """Return what our user may do with a kind of record and its fields."""
        doing = f"ask what we may do with {kind}"
        return self.wire.table(
            self.wire.ask(self._dialect, Ask("GET", f"{self._root}/sobjects/{kind}/describe", doing)), doing
        )

    def update(self, kind: str, records: Mapping[str, Mapping[str, str]]) -> dict[str, SystemFault]:
        """Write fields of records of one kind (id → field → value), at most 200; return the refused ones.

        What somebody else is just writing is tried again for a moment.
        """
        left, refused = dict(records), dict[str, SystemFault]()
        for attempt in range(TRIES):
            results = self._patch(kind, left)
            locked = {}
            refused = {one: fault for one, fault in refused.items() if one not in left}
            for record_id, result in zip(left, results, strict=True):
                if result.get("success") is True:
                    continue
                code, message = _first(result)
                if code == _LOCKED:
                    locked[record_id] = left[record_id]
                refused[record_id] = self._fault(kind, record_id, code, message)
            if not locked:
                break
            left = locked
            if attempt + 1 < TRIES:
                time.sleep(pause_of(attempt, None))
        return refused

    def create(self, kind: str, records: Sequence[Record]) -> None:
        """Add records of one kind, two hundred to a call.

        Raises:
            SystemFault: one of them was refused; the others are there.
        """
        refused: list[SystemFault] = []
        for start in range(0, len(records), AT_ONCE):
            doing = f"add records of {kind}"
            lot = [{"attributes": {"type": kind}, **one} for one in records[start : start + AT_ONCE]]
            ask = Ask(
                "POST", f"{self._root}/composite/sobjects", doing, f"Create on {kind}",
                body={"allOrNone": False, "records": lot},
            )  # fmt: skip
            results = self.wire.rows(self.wire.ask(self._dialect, ask), doing)
            refused += [self._fault(kind, "", *_first(one)) for one in results if one.get("success") is not True]
        for fault in refused:
            raise fault

    def _patch(self, kind: str, records: Mapping[str, Mapping[str, str]]) -> Sequence[Record]:
        doing = f"write {len(records)} records of {kind}"
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": kind}, "id": one, **fields} for one, fields in records.items()],
        }
        ask = Ask("PATCH", f"{self._root}/composite/sobjects", doing, f"Edit on {kind}", body=body)
        results = self.wire.rows(self.wire.ask(self._dialect, ask), doing)
        if len(results) != len(records):
            raise self.wire.strange(doing)
        return results

    def _fault(self, kind: str, record_id: str, code: str, message: str) -> SystemFault:
        text = f"{self.system}: {kind} {record_id} was not changed ({code}: {message[:_LONGEST]})"
        if code == _LOCKED:
            return Throttled(text, system=self.system, retry_after=5.0)
        if code in _GONE:
            return NotFound(text, system=self.system)
        if code in _RIGHTS:
            hint = f"Grant the user that our app runs as Edit on {kind}, and Transfer Record or Modify All Data."
            return Denied(text, system=self.system, hint=hint)
        if code in _INACTIVE:
            hint = "Name somebody whose user is active, or grant our user Update Records with Inactive Owners."
            return Rejected(text, system=self.system, hint=hint)
        return (Drifted if code == "CONFLICT" else Rejected)(text, system=self.system)


def _first(result: Record) -> tuple[str, str]:
    errors = result.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("statusCode") or first.get("errorCode") or "no reason"), str(first.get("message") or "")


def is_id(text: str) -> bool:
    """Say whether this is an id as the interface gives it: 18 letters and digits, the last three a checksum."""
    return bool(_ID.fullmatch(text))


def listed(values: Sequence[str]) -> str:
    """Return values as a list in SOQL; the text of each cannot leave its quotes."""
    return "(" + ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for one in values) + ")"
