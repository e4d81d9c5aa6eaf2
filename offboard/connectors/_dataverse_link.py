"""Dataverse's Web API as the connector uses it: rows by key, whole tables, and batches with change sets.

Tokens, retries and pages are those of Microsoft Graph's wire: both are OData behind Entra. Sources of what differs:
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview (version 9.2),
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api and
https://learn.microsoft.com/power-apps/developer/data-platform/api-limits (429 with ``Retry-After``).
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_faults import Answer, fault_of_answer
from offboard.connectors._graph_link import Graph
from offboard.connectors._graph_paths import Opaque, Path, guid
from offboard.connectors._graph_wire import Ask
from offboard.errors import Denied, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.connectors._graph_tokens import Account
    from offboard.errors import SystemFault

ROOT: Final = "/api/data/v9.2"
MOST: Final = 1000
"""The most requests that one ``$batch`` takes."""

PAGE: Final = 1000
LOOKUP: Final = "Microsoft.Dynamics.CRM.lookuplogicalname"
FORMATTED: Final = "OData.Community.Display.V1.FormattedValue"
_VERSION: Final = {"OData-Version": "4.0", "OData-MaxVersion": "4.0"}
_READING: Final = _VERSION | {
    "Prefer": f'odata.maxpagesize={PAGE},odata.include-annotations="{LOOKUP},{FORMATTED}"',
}
_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PRIVILEGE: Final = re.compile(r"\b(prv\w+)\b")
_NO_MEMBER: Final = ("0x80072560", "not a member of the organization")
_END: Final = "\r\n"


class _Place(Path):
    """An address below the Web API's root; all of it is put together in this file."""

    __slots__ = ()

    @property
    def service(self) -> str:
        """Dataverse lets 52 requests of one user in at once; ours keep to the ten of a directory."""
        return "directory"


@dataclass(frozen=True, slots=True)
class Write:
    """One ``PATCH`` of a change set; ``match`` is a version, or ``*``: the row must be there, else it would be made."""

    set: str
    id: str
    body: dict[str, str]
    match: str = "*"


def row(set_: str, row_id: str, *behind: str) -> Path:
    """Return the address of one row: ``/accounts(GUID)``; ``set_`` is Dataverse's own name of the set.

    Raises:
        Rejected: the id is no GUID.
    """
    return _Place((Opaque(f"{set_}({guid(row_id).text})"), *behind))


def is_key(row_id: str) -> bool:
    """Say whether this can be a row's id at all."""
    return bool(_KEY.fullmatch(row_id))


def table(set_: str) -> Path:
    """Return the address of a table, or of a function that is bound to none."""
    return _Place((Opaque(set_),))


def definition(logical_name: str, what: str) -> Path:
    """Return the address of what a table is made of."""
    return _Place((Opaque(f"EntityDefinitions(LogicalName='{logical_name}')"), what))


class Link(Graph):
    """One connection to an environment."""

    def __init__(self, url: str, account: Account) -> None:
        super().__init__(f"{url}{ROOT}", account, lambda _method, _path: "")

    def good(self, ask: Ask, answer: Answer) -> Answer:
        """Return the answer if it is a success, else raise what it says."""
        if answer.ok:
            return answer
        raise self.fault(answer, ask.doing)

    def fault(self, answer: Answer, doing: str) -> SystemFault:
        """Turn an answer that is no success into our error; one that names a privilege says how to grant it."""
        fault = fault_of_answer(answer, self.system, doing, "")
        if isinstance(fault, Denied) and answer.status == 403:  # noqa: PLR2004 - Forbidden
            fault.hint = _forbidden(answer)
        return fault

    def strange(self, doing: str) -> Rejected:
        """Return the error for an answer that has another shape than Dataverse's."""
        text = f"{self.system}: cannot {doing}: {self.wire.url} answered, but not as Dataverse does"
        return Rejected(text, system=self.system, hint="Check the url of this system: https://NAME.crm.dynamics.com")

    def rows(self, set_: str, doing: str, **query: str) -> list[dict[str, Any]]:
        """Return every row of a table that fits, over all of its pages; options are given without their ``$``."""
        ask = self._reads(table(set_), doing, query)
        return list(self.pages(ask, self.ask(ask)))

    def known(self, path: Path, doing: str, **query: str) -> list[dict[str, Any]]:
        """Return what Dataverse says of its own tables."""
        ask = self._reads(path, doing, query)
        return list(self.pages(ask, self.ask(ask)))

    def one(self, set_: str, row_id: str, doing: str, **query: str) -> dict[str, Any] | None:
        """Return one row, ``None`` when there is none; its version is under ``@odata.etag``."""
        if not is_key(row_id):
            return None
        ask = self._reads(row(set_, row_id), doing, query)
        answer = self.ask(ask)
        if answer.status == 404:  # noqa: PLR2004 - Not Found
            return None
        body = self.good(ask, answer).body
        if not isinstance(body, dict):
            raise self.strange(doing)
        return body

    def tables(self, asks: Sequence[tuple[str, dict[str, str]]], doing: str) -> list[list[dict[str, Any]]]:
        """Return several tables' rows that fit, asked for together, each over all of its pages."""
        reads = [self._reads(table(set_), doing, query) for set_, query in asks]
        found: list[list[dict[str, Any]]] = []
        for start in range(0, len(reads), MOST):
            part = reads[start : start + MOST]
            parts = [_part(f"GET {ROOT}{ask.url} HTTP/1.1", ask.headers or {}, None) for ask in part]
            answers = self._send(parts, doing)
            if len(answers) != len(part):
                raise self.strange(doing)
            found += [list(self.pages(ask, answer)) for ask, answer in zip(part, answers, strict=True)]
        return found

    def change(self, sets: Sequence[Sequence[Write]], doing: str) -> list[Answer]:
        """Carry change sets out in their order, each whole or not at all; return how each ended.

        One that fails keeps none of the others from being tried. Everything that is sent sets a value, so that it may
        be sent again.
        """
        answers: list[Answer] = []
        waiting: list[Sequence[Write]] = []
        for one in sets:
            if waiting and sum(map(len, waiting)) + len(one) > MOST:
                answers += self._change(waiting, doing)
                waiting = []
            waiting.append(one)
        return answers + (self._change(waiting, doing) if waiting else [])

    def _change(self, sets: Sequence[Sequence[Write]], doing: str) -> list[Answer]:
        parts = []
        for one in sets:
            boundary = f"changeset_{uuid.uuid4()}"
            inner = [
                _part(
                    f"PATCH {ROOT}{row(write.set, write.id).text} HTTP/1.1",
                    {"Content-Type": "application/json", "If-Match": write.match},
                    write.body,
                    place,
                )
                for place, write in enumerate(one, 1)
            ]
            parts.append(f"Content-Type: multipart/mixed; boundary={boundary}{_END}{_END}{_joined(inner, boundary)}")
        answers = self._send(parts, doing)
        if len(answers) != len(sets):
            raise self.strange(doing)
        return answers

    def _send(self, parts: list[str], doing: str) -> list[Answer]:
        boundary = f"batch_{uuid.uuid4()}"
        headers = _VERSION | {
            "Content-Type": f"multipart/mixed; boundary={boundary}",
            "Prefer": "odata.continue-on-error",
        }
        whole = Ask("POST", table("$batch"), doing, body=_joined(parts, boundary).encode(), headers=headers, raw=True)
        answer = self.good(whole, self.wire.repeat(whole, f"{self.wire.url}/$batch", repeatable=True))
        try:
            return list(_answers(answer))
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise self.strange(doing) from error

    def _reads(self, path: Path, doing: str, query: dict[str, str]) -> Ask:
        return Ask("GET", path, doing, {f"${key}": value for key, value in query.items()}, headers=_READING)


def _part(line: str, headers: Any, body: Any, content_id: int = 0) -> str:
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {content_id}"] if content_id else []
    inner = [line, *(f"{name}: {value}" for name, value in {"Accept": "application/json", **headers}.items())]
    return _END.join([*outer, "", *inner, "", "" if body is None else json.dumps(body)])


def _joined(parts: list[str], boundary: str) -> str:
    return "".join(f"--{boundary}{_END}{part}{_END}" for part in parts) + f"--{boundary}--{_END}"


def _answers(answer: Answer) -> Iterator[Answer]:
    """Yield what became of each part; a change set that was done says what its last part does."""
    kind = answer.headers.get("content-type", "")
    text = f"Content-Type: {kind}\n\n{answer.body.decode()}"
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text)
    for part in _inner(message):
        if part.get_content_type() == "multipart/mixed":
            yield _one([_one_of(inner, answer) for inner in _inner(part)])
        else:
            yield _one_of(part, answer)


def _inner(message: Any) -> list[Any]:
    if not message.is_multipart():
        raise ValueError("no multipart answer")
    return list(message.get_payload())


def _one(answers: list[Answer]) -> Answer:
    return next((answer for answer in answers if not answer.ok), answers[-1])


def _one_of(part: Any, whole: Answer) -> Answer:
    head, _, body = str(part.get_payload()).replace("\r\n", "\n").partition("\n\n")
    line, *rest = head.strip().split("\n")
    headers = {name.casefold(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    told = json.loads(body) if body.strip() else None
    return replace(whole, status=int(line.split(" ")[1]), body=told, headers=headers)


def _forbidden(answer: Answer) -> str:
    if answer.says(_NO_MEMBER):
        return (
            "Make an application user for client_id in this environment (Power Platform admin centre, Settings, "
            "Users + permissions, Application users), and give it a security role."
        )
    named = _PRIVILEGE.search(answer.error[1])
    privilege = f"the privilege {named[1]}" if named else "what is missing"
    return f"Grant the security role of our application user {privilege}, at organisation level."
