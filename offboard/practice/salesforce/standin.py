"""The organisation: its users and records, who may do what, and the answers to each call.

Sources: REST API Developer Guide ("Query", "sObject Describe", "Update Records Using sObject Collections", "Status
Codes and Error Responses", "Limit Info Header"); Salesforce Help on the two OAuth flows and on changing owners.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from offboard.practice.crm import Call, CrmStandIn
from offboard.practice.graph.calls import Reply
from offboard.practice.salesforce.records import FIELDS, PREFIXES, Refused, checked_id
from offboard.practice.salesforce.soql import Malformed, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT: Final = "/services/data/v62.0"
AUDIENCE: Final = "https://login.salesforce.com"
MOST, CHUNKS = 200, 10
JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Quirks:
    """What of Salesforce's known behaviour is switched on, and what is planted."""

    page: int = 2_000
    """Records to a page; the smallest that may be asked for is 200."""
    inactive_owners_refused: bool = True
    teams_lost: bool = True
    daily: int = 0
    """How many calls there are in 24 hours; 0: enough."""
    locked: dict[str, int] = field(default_factory=dict)
    """Record → how many more writes find it locked by somebody else."""
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Record → status code and message with which every write of it is refused (a validation rule, say)."""
    writes_work: bool = True
    """Whether what is accepted is written."""
    hidden: set[str] = field(default_factory=set)
    """Kinds of record that our user may not see."""
    read_only: set[str] = field(default_factory=set)
    """Kinds of record that our user may not edit."""


class SalesforceStandIn(CrmStandIn):
    """One organisation with one app; ``records`` holds kind → id → fields."""

    maker = "Salesforce"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.client_id, self.client_secret = f"3MVG9{secrets.token_hex(20)}", secrets.token_hex(32)
        self.username = "offboard@corp.test.integration"
        self.quirks = Quirks()
        self.fields: dict[str, dict[str, Any]] = {kind: dict(names) for kind, names in FIELDS.items()}
        self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in FIELDS}
        self._tokens: set[str] = set()
        self._pages: dict[str, list[dict[str, Any]]] = {}
        self._given = 0
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_file = folder / "salesforce-key.pem"
        self.key_file.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def add(self, kind: str, **fields: Any) -> str:
        """Add a record as somebody on Salesforce's own pages would; return its id."""
        self._given += 1
        unknown = set(fields) - set(self.fields[kind])
        if unknown:
            raise ValueError(f"{kind} has no {sorted(unknown)}")
        record_id = checked_id(PREFIXES[kind], self._given)
        self.records[kind][record_id] = {**self.fields[kind], **fields, "Id": record_id}
        self._derive(kind, self.records[kind][record_id])
        return record_id

    def add_user(self, name: str, mail: str, **fields: Any) -> str:
        """Add a user; return the id."""
        return self.add("User", Name=name, Email=mail, **fields)

    def change(self, kind: str, record_id: str, **fields: Any) -> None:
        """Change a record as somebody on Salesforce's own pages would."""
        self.records[kind][record_id].update(fields)

    def add_field(self, kind: str, name: str) -> None:
        """Give a kind of record a field of the organisation's own."""
        self.fields[kind][name] = None
        for record in self.records[kind].values():
            record[name] = None

    def recall_tokens(self) -> None:
        """Make every token worthless that was given out."""
        self._tokens.clear()

    def owners(self, kind: str, field_name: str = "OwnerId") -> dict[str, str]:
        """Return record → owner, of every record of a kind, closed ones too."""
        return {one: record[field_name] for one, record in self.records[kind].items()}

    def is_write(self, call: Call) -> bool:
        """Say whether a call writes records."""
        return call.path.endswith("/composite/sobjects")

    def answer(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path == "/services/oauth2/token" and call.method == "POST":
            return self._token(call.body or {})
        try:
            self._admit(call)
            return self._signed_in(call)
        except Refused as refused:
            return Reply(refused.status, [{"message": str(refused), "errorCode": refused.code}])

    def _admit(self, call: Call) -> None:
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        used = len(self.calls)
        if self.quirks.daily and used > self.quirks.daily:
            raise Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def _signed_in(self, call: Call) -> Reply:
        told = {"Sforce-Limit-Info": f"api-usage={len(self.calls)}/{self.quirks.daily or 100_000}"}
        path = call.path.removeprefix(ROOT)
        if call.method == "GET" and path == "/query":
            return Reply(200, self._query(call.query.get("q", "")), told)
        if call.method == "GET" and path.startswith("/query/"):
            return Reply(200, self._more(path.removeprefix("/query/")), told)
        if call.method == "GET" and path.startswith("/sobjects/") and path.endswith("/describe"):
            return Reply(200, self._describe(path.split("/")[2]), told)
        if call.method == "PATCH" and path == "/composite/sobjects":
            return Reply(200, self._collection(call.body, self._update), told)
        if call.method == "POST" and path == "/composite/sobjects":
            return Reply(200, self._collection(call.body, self._create), told)
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, form: dict[str, str]) -> Reply:
        try:
            self._prove(form)
        except Refused as refused:
            return Reply(refused.status, {"error": refused.code, "error_description": str(refused)})
        token = f"00Dxx0000001gER!{secrets.token_urlsafe(48)}"
        self._tokens.add(token)
        return Reply(200, {"access_token": token, "instance_url": self.url, "token_type": "Bearer", "scope": "api"})

    def _prove(self, form: dict[str, str]) -> None:
        if form.get("grant_type") == JWT_GRANT:
            self._assertion(form.get("assertion", ""))
        elif form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", "grant type not supported")
        elif form.get("client_id") != self.client_id:
            raise Refused(400, "invalid_client_id", "client identifier invalid")
        elif form.get("client_secret") != self.client_secret:
            raise Refused(400, "invalid_client", "invalid client credentials")

    def _assertion(self, assertion: str) -> None:
        try:
            said = jwt.decode(
                assertion, self._key.public_key(), algorithms=["RS256"], audience=AUDIENCE,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise Refused(400, "invalid_grant", f"invalid assertion: {type(error).__name__}") from error
        if said["iss"] != self.client_id:
            raise Refused(400, "invalid_client_id", "client identifier invalid")
        if said["sub"] != self.username:
            raise Refused(400, "invalid_grant", "user hasn't approved this consumer")
        if said["exp"] > datetime.now(UTC).timestamp() + 300:
            raise Refused(400, "invalid_grant", "expiration is too far in the future")

    def _query(self, soql: str) -> dict[str, Any]:
        try:
            question = parse(soql)
        except Malformed as error:
            raise Refused(400, "MALFORMED_QUERY", str(error)) from error
        if question.kind not in self.records or question.kind in self.quirks.hidden:
            raise Refused(400, "INVALID_TYPE", f"sObject type '{question.kind}' is not supported.")
        for name in sorted(question.used - set(self.fields[question.kind]) - {"Id"}):
            raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on entity '{question.kind}'.")
        rows = [
            {"attributes": {"type": question.kind, "url": f"{ROOT}/sobjects/{question.kind}/{one['Id']}"}}
            | {name: one[name] for name in question.fields}
            for one in self.records[question.kind].values()
            if question.test(one)
        ]
        return self._page(rows, 0, f"01g{secrets.token_hex(7)}A")

    def _page(self, rows: list[dict[str, Any]], start: int, cursor: str) -> dict[str, Any]:
        end = start + self.quirks.page
        answer: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[start:end]}
        if end < len(rows):
            self._pages[cursor] = rows
            answer["nextRecordsUrl"] = f"{ROOT}/query/{cursor}-{end}"
        return answer

    def _more(self, locator: str) -> dict[str, Any]:
        cursor, _, start = locator.partition("-")
        if cursor not in self._pages or not start.isdecimal():
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(self._pages[cursor], int(start), cursor)

    def _describe(self, kind: str) -> dict[str, Any]:
        if kind not in self.records or kind in self.quirks.hidden:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        edits = kind not in self.quirks.read_only and kind != "User"
        names = [{"name": name, "updateable": edits and name not in {"Id", "IsClosed"}} for name in self.fields[kind]]
        return {"name": kind, "queryable": True, "updateable": edits, "createable": edits, "fields": names}

    def _collection(self, body: Any, each: Callable[[str, dict[str, Any]], str]) -> list[dict[str, Any]]:
        records = body.get("records", []) if isinstance(body, dict) else []
        if len(records) > MOST:
            text = "record limit reached. cannot submit more than 200 records into this call"
            raise Refused(400, "EXCEEDED_ID_LIMIT", text)
        kinds = [str(one.get("attributes", {}).get("type")) for one in records]
        if sum(before != after for before, after in zip([None, *kinds], kinds, strict=False)) > CHUNKS:
            raise Refused(400, "INVALID_INPUT", "more than 10 chunks")
        ids = [one["id"] for one in records if "id" in one]
        results: list[dict[str, Any]] = []
        for kind, one in zip(kinds, records, strict=True):
            try:
                _named_once(ids, one.get("id"))
                record_id = each(kind, {name: value for name, value in one.items() if name != "attributes"})
            except Refused as refused:
                error = {"statusCode": refused.code, "message": str(refused), "fields": []}
                results.append({"success": False, "errors": [error]})
            else:
                results.append({"id": record_id, "success": True, "errors": []})
        return results

    def _create(self, kind: str, fields: dict[str, Any]) -> str:
        return self.add(kind, **fields)

    def _update(self, kind: str, fields: dict[str, Any]) -> str:
        record_id = fields.pop("id", "")
        record = self.records.get(kind, {}).get(record_id)
        if record is None:
            raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if kind in self.quirks.read_only:
            text = "insufficient access rights on cross-reference id"
            raise Refused(400, "INSUFFICIENT_ACCESS_OR_READONLY", text)
        if self.quirks.locked.get(record_id, 0) > 0:
            self.quirks.locked[record_id] -= 1
            raise Refused(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        if record_id in self.quirks.refused:
            raise Refused(400, *self.quirks.refused[record_id])
        if "OwnerId" in fields:
            self._check_owner(record_id, fields["OwnerId"])
        if not self.quirks.writes_work:
            return str(record_id)
        for name in fields:
            if name not in self.fields[kind]:
                raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
        if (
            kind == "Account"
            and fields.get("OwnerId", record["OwnerId"]) != record["OwnerId"]
            and self.quirks.teams_lost
        ):
            members = self.records["AccountTeamMember"]
            self.records["AccountTeamMember"] = {
                one: member for one, member in members.items() if member["AccountId"] != record_id
            }
        record.update(fields)
        return str(record_id)

    def _check_owner(self, record_id: str, owner: str) -> None:
        user = self.records["User"].get(owner)
        if user is None:
            raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", "Owner ID: id value of incorrect type or unknown")
        if not user["IsActive"] and self.quirks.inactive_owners_refused:
            text = f"operation performed with inactive user [{owner}] as owner of {record_id}"
            raise Refused(400, "INACTIVE_OWNER_OR_USER", text)

    def _derive(self, kind: str, record: dict[str, Any]) -> None:
        if kind == "Task" and record["IsClosed"] and not record["CompletedDateTime"]:
            record["CompletedDateTime"] = datetime.now(UTC).isoformat()
        if kind == "Event" and record["StartDateTime"] and not record["EndDateTime"]:
            start = datetime.fromisoformat(record["StartDateTime"])
            record["EndDateTime"] = (start + timedelta(hours=1)).isoformat()


def _named_once(ids: list[str], record_id: str | None) -> None:
    if ids.count(str(record_id)) > 1:
        raise Refused(400, "DUPLICATE_VALUE", f"duplicate id specified: {record_id}")
