"""Facts about Microsoft Graph that nobody here made up, and the check of calls against them.

``tests/practice/derive_graph_facts.py`` derives ``facts.json`` from Microsoft's schema and table of permissions.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from offboard.practice.graph.calls import Call

NAMESPACE = "microsoft.graph."
MIME = frozenset({"POST /users/{id}/messages"})
"""Calls whose body may be a mail as MIME, in base64 (https://learn.microsoft.com/graph/outlook-send-mime-message)."""

_COMPARED = re.compile(
    r"([A-Za-z][\w/]*)\s+(?:eq|ne|ge|gt|le|lt|in)\b|(?:startswith|endswith|contains)\(([A-Za-z][\w/]*),"
)
_REFERENCE = re.compile(r"https://[^/]+/v1\.0/(?:users|directoryObjects|servicePrincipals|groups)/[^/]+")
_INTEGERS = {"Edm.Int16", "Edm.Int32", "Edm.Int64"}


@cache
def facts() -> dict[str, Any]:
    """Return the whole table: ``calls``, ``types``, ``enums``, ``narrow`` and ``sources``."""
    file = resources.files("offboard.practice.graph") / "facts.json"
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def fact(call: str) -> dict[str, Any] | None:
    """Return what is known of a call, named as ``PATCH /users/{id}``."""
    found: dict[str, Any] | None = facts()["calls"].get(call)
    return found


@cache
def members_of(name: str) -> dict[str, str]:
    """Return a type's properties and links with their types, inherited ones included."""
    held: dict[str, str] = {}
    while name in facts()["types"]:
        held = facts()["types"][name]["properties"] | facts()["types"][name]["links"] | held
        name = facts()["types"][name]["base"]
    return held


def is_many(kind: str) -> bool:
    """Say whether a type is a collection."""
    return kind.startswith("Collection(")


def one_of(kind: str) -> str:
    """Return the type of one element."""
    return kind[11:-1] if is_many(kind) else kind


def check_against_facts(call: Call) -> list[str]:
    """Return every way in which a recorded call differs from what Microsoft says; nothing when it agrees.

    Looked at: whether there is such a call, the names and types in its body, the names in ``$select``, ``$expand`` and
    ``$filter``, the reply's code, and the names and types in the reply. Parts of a batch are calls of their own.
    """
    if call.path == "/$batch":
        return [] if set(call.body or {}) == {"requests"} else ["$batch: the body holds more or less than 'requests'"]
    known = fact(call.known)
    if known is None:
        return [f"{call.method} {call.path}: there is no such call in the table of facts"]
    found = check_body(call.known, call.body) + _check_options(call, known["reply"])
    if call.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        error = call.reply.get("error") if isinstance(call.reply, dict) else None
        good = isinstance(error, dict) and {"code", "message"} <= set(error)
        return [f"{call.known}: {each}" for each in found + ([] if good else ["an error without code and message"])]
    if call.status not in known["status"]:
        found.append(f"answered {call.status}, Graph answers {known['status']}")
    return [f"{call.known}: {each}" for each in found + _check_reply(call.reply, known["reply"])]


def check_body(known: str, body: Any) -> list[str]:
    """Return what is wrong with a request's body."""
    wanted = (fact(known) or {}).get("body")
    if isinstance(body, str):
        return [] if known in MIME else ["text where JSON belongs"]
    if wanted is None:
        return [] if body in (None, {}) else ["a body where none belongs"]
    if not isinstance(body, dict):
        return ["no body, or one that is no object"]
    if wanted == "reference":
        good = set(body) == {"@odata.id"} and _REFERENCE.fullmatch(str(body["@odata.id"]))
        return [] if good else ["a reference is {'@odata.id': 'https://…/v1.0/directoryObjects/…'} and nothing else"]
    if isinstance(wanted, dict):  # an action's parameters, whose case does not matter
        named = {name.casefold(): kind for name, kind in wanted.items()}
        return [
            fault
            for name, value in body.items()
            if not name.startswith("@")
            for fault in (
                _check(value, named[name.casefold()], name)
                if name.casefold() in named
                else [f"unknown property {name}"]
            )
        ]
    return _check(body, wanted, "")


def _check_reply(reply: Any, wanted: str | None) -> list[str]:
    if wanted is None:
        return [] if reply is None else ["a body in the reply where none belongs"]
    if wanted == "Edm.Stream":
        return [] if isinstance(reply, bytes) else ["no content in the reply"]
    if not isinstance(reply, dict):
        return ["no JSON object in the reply"]
    if is_many(wanted) or wanted.startswith("Edm."):
        beside = [f"unknown property {name}" for name in reply if name != "value" and not name.startswith("@")]
        return beside + (_check(reply["value"], wanted, "value") if "value" in reply else ["no 'value' in the reply"])
    return _check(reply, wanted, "")


def _check(value: Any, kind: str, where: str) -> list[str]:
    if is_many(kind):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [fault for each in value for fault in _check(each, one_of(kind), where)]
    if value is None:
        return []
    if kind in facts()["types"]:
        return _check_object(value, kind, where)
    if kind in facts()["enums"]:
        good = isinstance(value, str) and set(value.split(",")) <= set(facts()["enums"][kind])
        return [] if good else [f"{where}: {value!r} is none of {kind}"]
    return [] if _is(value, kind) else [f"{where}: {value!r} is no {kind}"]


def _check_object(value: Any, kind: str, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {kind}"]
    said = str(value.get("@odata.type", "")).removeprefix("#")
    if said and not _derives(said, kind):
        return [f"{where}: {said} is no {kind}"]
    members = members_of(said or kind)
    found = []
    for name, each in value.items():
        plain = name.partition("@")[0]
        if not plain:
            continue
        if plain not in members:
            found.append(f"unknown property {where}{'/' if where else ''}{name} of {said or kind}")
        elif "@" not in name:
            found += _check(each, members[plain], f"{where}{'/' if where else ''}{name}")
    return found


def _derives(name: str, base: str) -> bool:
    while name and name != base:
        name = facts()["types"].get(name, {}).get("base", "")
    return bool(name)


def _is(value: Any, kind: str) -> bool:
    if kind == "Edm.Boolean":
        return isinstance(value, bool)
    if kind in _INTEGERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in {"Edm.Double", "Edm.Single", "Edm.Decimal"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not kind.startswith("Edm."):
        return isinstance(value, dict)  # a type behind a link that is not followed
    if not isinstance(value, str):
        return False
    try:
        if kind == "Edm.Guid":
            UUID(value)
        elif kind == "Edm.DateTimeOffset":
            return datetime.fromisoformat(value).tzinfo is not None
        elif kind == "Edm.Date":
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_options(call: Call, reply: str | None) -> list[str]:
    kind = one_of(reply or "")
    names = [("$select", each.strip()) for each in call.query.get("$select", "").split(",") if each.strip()]
    names += [("$orderby", each.split()[0]) for each in call.query.get("$orderby", "").split(",") if each.strip()]
    names += [("$expand", each) for each in re.findall(r"(?:^|,)\s*(\w+)(?=[(,]|$)", call.query.get("$expand", ""))]
    plain = re.sub(r"'(?:[^']|'')*'", "''", call.query.get("$filter", ""))
    lambdas = set(re.findall(r"\((\w+):", plain))
    names += [("$filter", first or second) for first, second in _COMPARED.findall(plain)]
    found = []
    for option, name in names:
        head = name.split("/")[0]
        if head not in lambdas | {"not", "and", "or"} and not any(head in members_of(each) for each in _kinds(kind)):
            found.append(f"unknown property {name} in {option}")
    return found


def _kinds(kind: str) -> list[str]:
    """Return a type and all that come in its place."""
    return [name for name in facts()["types"] if _derives(name, kind)]
