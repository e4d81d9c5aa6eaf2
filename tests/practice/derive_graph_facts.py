"""Derives the table of facts about Microsoft Graph from Microsoft's own description of it.

``python -m tests.practice.derive_graph_facts`` writes ``offboard/practice/graph/facts.json``. What is read: the CSDL
(types, properties, actions) and the table of permissions; where they are is ``OFFBOARD_GRAPH_DATA``. What these two do
not say stands in :mod:`tests.practice.graph_calls`, each with its source.
"""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from tests.practice.graph_calls import ALSO, CALLS, NARROW, NOT_OURS, RIGHTS_OF, STATUS

TREE = Path(__file__).parents[2]
DATA = Path(os.environ.get("OFFBOARD_GRAPH_DATA", TREE.parent / "shared" / "data" / "graph"))
FACTS = TREE / "offboard" / "practice" / "graph" / "facts.json"
SOURCES = {
    "v1.0-Prod.csdl": "microsoftgraph/msgraph-metadata @ f54f11b6 (MIT)",
    "permissions.json": "microsoftgraph/microsoft-graph-devx-content @ 6cbd6bbd (MIT)",
}
NAMESPACE = "microsoft.graph."
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


class Csdl:
    """The types, the actions and the sets of one schema."""

    def __init__(self, path: Path) -> None:
        self.types: dict[str, ET.Element] = {}
        self.enums: dict[str, list[str]] = {}
        self.actions: dict[tuple[str, str], ET.Element] = {}
        self.roots: dict[str, str] = {}
        for schema in ET.parse(path).getroot().iter(f"{EDM}Schema"):  # noqa: S314 - Microsoft's file, by its digest
            for element in schema:
                self._take(schema.get("Namespace", ""), element)

    def _take(self, namespace: str, element: ET.Element) -> None:
        kind, name = element.tag.removeprefix(EDM), f"{namespace}.{element.get('Name')}"
        if kind in {"EntityType", "ComplexType"}:
            self.types[name] = element
        elif kind == "EnumType":
            self.enums[name] = [each.get("Name", "") for each in element.iter(f"{EDM}Member")]
        elif kind in {"Action", "Function"} and element.get("IsBound") == "true":
            parameters = element.findall(f"{EDM}Parameter")
            if kind == "Action" or len(parameters) == 1:
                key = (element.get("Name", ""), full(parameters[0].get("Type", "")))
                self.actions.setdefault(key, element)
        elif kind == "EntityContainer":
            for child in element:
                what = child.get("EntityType") or child.get("Type") or ""
                many = child.tag == f"{EDM}EntitySet"
                self.roots[child.get("Name", "")] = f"Collection({full(what)})" if many else full(what)

    def base(self, name: str) -> str:
        """Return what a type derives from, empty when from nothing."""
        return full(self.types[name].get("BaseType", "")) if name in self.types else ""

    def own(self, name: str, kind: str) -> dict[str, str]:
        """Return the properties (``kind`` is Property or NavigationProperty) that the type itself declares."""
        found = self.types[name].findall(f"{EDM}{kind}")
        return {each.get("Name", ""): full(each.get("Type", "")) for each in found}

    def member(self, name: str, wanted: str) -> str:
        """Return the type of a property, inherited ones included."""
        while name:
            for kind in ("NavigationProperty", "Property"):
                if wanted in self.own(name, kind):
                    return self.own(name, kind)[wanted]
            name = self.base(name)
        raise KeyError(wanted)

    def action(self, name: str, bound_to: str) -> ET.Element | None:
        """Return the action or function of this name for a type, or for one that it derives from."""
        inner = one_of(bound_to)
        while inner:
            wrapped = f"Collection({inner})" if inner != one_of(bound_to) or is_many(bound_to) else inner
            for key in (bound_to, wrapped, inner):
                if (name, key) in self.actions:
                    return self.actions[name, key]
            inner = self.base(inner)
        return None


def full(name: str) -> str:
    """Return a type's name with its namespace written out: ``graph.`` is short for ``microsoft.graph.``."""
    if name.startswith("Collection("):
        return f"Collection({full(name[11:-1])})"
    return NAMESPACE + name[6:] if name.startswith("graph.") else name


def is_many(name: str) -> bool:
    """Say whether this is a collection."""
    return name.startswith("Collection(")


def one_of(name: str) -> str:
    """Return the type of one element of a collection, or the type itself."""
    return name[11:-1] if is_many(name) else name


def shape(csdl: Csdl, method: str, path: str) -> dict[str, Any]:
    """Walk a path through the schema: what goes with the request, what comes back, and with which code."""
    segments = path.strip("/").split("/")
    found = csdl.roots[segments[0]]
    for place, segment in enumerate(segments[1:], 1):
        if segment in {"{id}", "inbox"}:  # a folder of this name stands for an id
            found = one_of(found)
        elif segment == "$ref":
            return {"body": {"POST": "reference", "PUT": "reference"}.get(method), "reply": None, "status": 204}
        elif segment == "$value":
            return {"body": None, "reply": "Edm.Stream", "status": 200}
        elif segment.startswith(NAMESPACE):
            found = f"Collection({segment})"
        elif place == len(segments) - 1 and (action := csdl.action(segment, found)) is not None:
            parameters = action.findall(f"{EDM}Parameter")[1:]
            back = action.find(f"{EDM}ReturnType")
            reply = None if back is None else full(back.get("Type", ""))
            if method == "GET" or not parameters:
                return {"body": None, "reply": reply, "status": 200 if reply else 204}
            takes = {each.get("Name", ""): full(each.get("Type", "")) for each in parameters}
            return {"body": takes, "reply": reply, "status": 200 if reply else 204}
        else:
            found = csdl.member(one_of(found), segment)
    entity = one_of(found)
    return {
        "GET": {"body": None, "reply": found, "status": 200},
        "POST": {"body": entity, "reply": entity, "status": 201},
        "PATCH": {"body": entity, "reply": None, "status": 204},
        "DELETE": {"body": None, "reply": None, "status": 204},
    }[method]


def rights(table: dict[str, Any], call: str) -> dict[str, Any]:
    """Return which application permissions allow a call, and which of them are the least of them."""
    method, path = RIGHTS_OF.get(call, call).split(" ")
    wanted = path.removesuffix("/$ref").casefold()  # the table drops it
    enough: set[str] = set()
    least: set[str] = set()
    also: dict[str, list[str]] = {}
    for name, permission in table.items():
        for entry in permission["pathSets"]:
            if "Application" not in entry["schemeKeys"] or method not in entry["methods"]:
                continue
            for listed, how in entry["paths"].items():
                if listed.casefold() != wanted or name.startswith(NOT_OURS):
                    continue
                enough.add(name)
                said = dict(part.split("=") for part in how.split(";") if part)
                if "Application" in said.get("least", "").split(","):
                    least.add(name)
                if "AlsoRequires" in said:
                    also[name] = sorted(said["AlsoRequires"].split(","))
    for needed in also.values():  # listed beside those that need them as well, and worth nothing alone
        enough -= set(needed)
    return {"least": sorted(least), "rights": sorted(enough), "also": {name: also[name] for name in sorted(also)}}


def closure(csdl: Csdl, wanted: set[str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return every type that can stand in a body: the wanted ones, their properties' and what they derive from."""
    types: dict[str, Any] = {}
    enums: dict[str, list[str]] = {}
    waiting = sorted(wanted)
    while waiting:
        name = waiting.pop()
        if name in csdl.enums:
            enums[name] = csdl.enums[name]
        if name not in csdl.types or name in types:
            continue
        properties, links = csdl.own(name, "Property"), csdl.own(name, "NavigationProperty")
        types[name] = {"base": csdl.base(name), "properties": properties, "links": links}
        waiting += [csdl.base(name), *(one_of(each) for each in properties.values())]
    return {name: types[name] for name in sorted(types)}, {name: enums[name] for name in sorted(enums)}


def derive(folder: Path = DATA) -> dict[str, Any]:
    """Return the whole table of facts."""
    csdl = Csdl(folder / "v1.0-Prod.csdl")
    table = json.loads((folder / "permissions.json").read_text(encoding="utf-8"))["permissions"]
    calls: dict[str, Any] = {}
    wanted = {NAMESPACE + name for name in ALSO}
    for call in CALLS.split("\n")[1:-1]:
        method, path = call.split(" ")
        calls[call] = shape(csdl, method, path) | rights(table, call)
        calls[call]["status"] = STATUS.get(call, [calls[call]["status"]])
        if call.startswith("PATCH ") and 200 in calls[call]["status"]:
            calls[call]["reply"] = calls[call]["body"]
        body = calls[call]["body"]
        bodies = list(body.values()) if isinstance(body, dict) else [body]
        wanted |= {one_of(each) for each in [*bodies, calls[call]["reply"]] if each}
    types, enums = closure(csdl, wanted)
    return {
        "sources": SOURCES, "calls": dict(sorted(calls.items())), "narrow": NARROW, "types": types, "enums": enums,
    }  # fmt: skip


def text(facts: dict[str, Any]) -> str:
    """Return the table as it is written: one line for each call and each type, so that a change is easy to read."""
    parts = []
    for section, held in facts.items():
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in held.items())
        parts.append(f" {json.dumps(section)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    FACTS.write_text(text(derive()), encoding="utf-8")
    print(f"{FACTS.relative_to(TREE)}: {len(json.loads(FACTS.read_text())['calls'])} calls")  # noqa: T201 - a script
