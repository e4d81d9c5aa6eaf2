"""The stand-in itself: it starts, checks tokens, privileges and limits as Dataverse would, and keeps a record."""

from __future__ import annotations

import copy
import json
import re
import uuid
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from offboard.practice.dataverse import asking, batch
from offboard.practice.dataverse.organisation import Organisation
from offboard.practice.graph.calls import Call, Refused, Reply
from offboard.practice.graph.quirks import Fault, How, Limit
from offboard.practice.graph.server import Dropped, Served
from offboard.practice.graph.tokens import TokenService

if TYPE_CHECKING:
    from pathlib import Path

    from offboard.practice.dataverse.schema import Table

ROOT: Final = "/api/data/v9.2"
_KEYED: Final = re.compile(r"/(\w+)\(([0-9a-fA-F-]{36})\)(?:/Microsoft\.Dynamics\.CRM\.(\w+)(?:\(\))?)?")
_DEFINED: Final = re.compile(r"/EntityDefinitions\(LogicalName='(\w+)'\)/(OneToMany|ManyToOne)Relationships")
_RIGHTS: Final = ("Read", "Write", "Assign")


class DataverseStandIn(Organisation, Served):
    """One environment of Dataverse and the token service beside it, for one application user; see the package."""

    def __init__(self, folder: Path) -> None:
        """Make certificates in ``folder`` and found an empty environment; nothing runs yet."""
        super().__init__()
        self.open_door(folder, "Dataverse", self._respond)
        self.tenant = str(uuid.uuid5(uuid.NAMESPACE_DNS, "dataverse.example"))
        self.tokens = TokenService(self.tenant, str(uuid.uuid4()))
        self.tokens.url = self.url
        self.tokens.others[self.url] = set()
        self.client_id, self.client_secret = self.tokens.client_id, self.tokens.client_secret
        self.member = True
        """Whether our application has a user in this environment at all."""
        self.me = self.add_user("offboard", "", applicationid=self.client_id, accessmode=4)
        self.privileges = {
            f"prv{right}{table.privilege}" for table in self.tables.values() for right in _RIGHTS if table.owned
        } | {"prvReadUser", "prvReadTeam"}  # fmt: skip
        self.limit: Limit | None = None
        self.calls: list[Call] = []
        self._faults: list[Fault] = []

    def fail(self, status: int = 503, *, match: str = "*", next: int = 1, skip: int = 0,  # noqa: A002 - fail the next 2
             headers: dict[str, str] | None = None, code: str = "0x80040216", how: How = "answer") -> None:  # fmt: skip
        """Fail the next calls that match ``METHOD /path``; ``how`` is what it is for the Graph stand-in."""
        told = "This failure was asked for."
        self._faults.append(Fault(match, status, code, dict(headers or {}), how, next, skip, told))

    def heal(self) -> None:
        """Fail nothing any more."""
        self._faults.clear()

    def made(self, *methods: str) -> list[str]:
        """Return the recorded calls as ``METHOD /path``, of these methods only where some are named."""
        return [f"{call.method} {call.path}" for call in self.calls if not methods or call.method in methods]

    def _respond(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Reply:
        split = urlsplit(target)
        if not split.path.startswith(f"{ROOT}/"):
            return self._sign_in(method, split.path, raw)
        call = Call(method, unquote(split.path).removeprefix(ROOT), dict(parse_qsl(split.query)), headers)
        ids = {"REQ_ID": str(uuid.uuid4()), "OData-Version": "4.0"}
        try:
            self._let_in(call)
            if call.path == batch.PATH:
                done = batch.carry_out(raw, headers, ROOT, self.answer, self.together)
                return Reply(done.status, done.body, {"Content-Type": done.headers["X-Content"], **ids})
            call.body = json.loads(raw) if raw.strip() else None
        except Refused as refused:
            return self._recorded(call, _error(refused))
        except ValueError:
            return self._recorded(call, _error(Refused(400, "0x80048d19", "The body is no JSON.")))
        reply = self.answer(call)
        return Reply(reply.status, reply.body, reply.headers | ids)

    def answer(self, call: Call) -> Reply:
        """Answer one call, in a batch or by itself, and record it."""
        fault = next((one for one in self._faults if one.hits(call.method, call.path)), None)
        if fault is not None and fault.how in {"closed", "silence"}:
            self._recorded(call, Reply(0))
            raise Dropped
        try:
            if fault is not None and fault.how == "answer":
                raise fault.refused()
            with self._within(), self.lock:
                reply = self._carry_out(call)
            if fault is not None and fault.how == "lost":
                raise fault.refused()
        except Refused as refused:
            reply = _error(refused)
        self._recorded(call, reply)
        if fault is not None and fault.how in {"cut", "lost_closed"}:
            raise Dropped(reply if fault.how == "cut" else None)
        return reply

    def _carry_out(self, call: Call) -> Reply:
        if call.path in {"/WhoAmI", "/WhoAmI()"}:
            return Reply(200, {"UserId": self.me, "OrganizationId": self.tenant, "BusinessUnitId": self.tenant})
        if call.path == "/EntityDefinitions":
            return Reply(200, {"value": asking.definitions(self)})
        if found := _DEFINED.fullmatch(call.path):
            return Reply(200, {"value": asking.relationships(self, found[1], f"{found[2]}Relationships")})
        if found := _KEYED.fullmatch(call.path):
            return self._on_row(call, self._table(found[1]), found[2].casefold(), found[3] or "")
        table = self._table(call.path.strip("/"))
        if call.method != "GET":
            raise Refused(405, "0x80060888", "The requested resource does not support this http method.")
        self._may(table, "Read")
        return Reply(200, asking.several(self, table, call, f"{self.url}{ROOT}"))

    def _on_row(self, call: Call, table: Table, row_id: str, action: str) -> Reply:
        if action == "RetrieveUserPrivileges":
            return Reply(200, {"RolePrivileges": [
                {"PrivilegeName": name, "Depth": "Global", "PrivilegeId": str(uuid.uuid5(uuid.NAMESPACE_DNS, name))}
                for name in sorted(self.privileges)
            ]})  # fmt: skip
        if action == "ReassignObjectsSystemUser":
            self.reassign_everything(row_id, str(call.body["ReassignPrincipal"]["systemuserid"]))
            return Reply(204)
        self._may(table, "Read" if call.method == "GET" else "Write")
        if call.method == "GET":
            return Reply(200, asking.one(self, table, row_id, call))
        if call.method != "PATCH":
            raise Refused(405, "0x80060888", "The requested resource does not support this http method.")
        if "ownerid@odata.bind" in (call.body or {}):
            self._may(table, "Assign")
        if self.writes_work:
            self.patch(table, row_id, call.body or {}, call.headers.get("if-match", ""))
        return Reply(204, None, {"OData-EntityId": f"{self.url}{ROOT}/{table.set}({row_id})"})

    def _table(self, set_: str) -> Table:
        found = next((table for table in self.tables.values() if table.set == set_), None)
        if found is None:
            raise Refused(404, "0x80060888", f"Resource not found for the segment '{set_}'.")
        return found

    def _may(self, table: Table, right: str) -> None:
        name = f"prv{right}{table.privilege}"
        if name not in self.privileges and (right != "Write" or table.owned):
            text = (
                f"Principal user (Id={self.me}, type=8, roleCount=1, privilegeCount={len(self.privileges)}, "
                f"accessMode=4), is missing {name} privilege (Id={uuid.uuid5(uuid.NAMESPACE_DNS, name)}) on "
                f"OTC={table.code} for entity '{table.name}'."
            )
            raise Refused(403, "0x80040220", text)

    def _let_in(self, call: Call) -> None:
        self.tokens.rights(call.headers.get("authorization", ""), self.url)
        if not self.member:
            raise Refused(403, "0x80072560", "The user is not a member of the organization.")

    def _within(self) -> _Admission:
        return _Admission(self.limit)

    def _recorded(self, call: Call, reply: Reply) -> Reply:
        call.status, call.reply = reply.status, copy.deepcopy(reply.body)
        self.calls.append(call)
        return reply

    def _sign_in(self, method: str, path: str, raw: bytes) -> Reply:
        tenant, _, rest = path.strip("/").partition("/")
        if method == "GET" and rest.endswith(".well-known/openid-configuration"):
            return self.tokens.configuration(tenant)
        if method == "POST" and rest == "oauth2/v2.0/token":
            return self.tokens.token(unquote(tenant), dict(parse_qsl(raw.decode("utf-8", "replace"))), [])
        return _error(Refused(404, "NotFound", f"Nothing is at {path}."))


class _Admission:
    """One call within the limits of service protection ("Service protection API limits")."""

    def __init__(self, limit: Limit | None) -> None:
        self._limit = limit

    def __enter__(self) -> None:
        if self._limit is None:
            return
        try:
            self._limit.enter()
        except Refused as refused:
            seconds = self._limit.seconds
            text = (
                f"Number of requests exceeded the limit of {self._limit.calls} over time window of {seconds} seconds."
            )
            over = Refused(429, "0x80072322", text)
            over.headers = refused.headers
            raise over from refused

    def __exit__(self, *_: object) -> None:
        if self._limit is not None:
            self._limit.leave()


def _error(refused: Refused) -> Reply:
    return Reply(refused.status, {"error": {"code": refused.code, "message": refused.message}}, refused.headers)
