"""Faults to plant in a product that speaks SCIM, and in a connection to one: each is one way of being wrong."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from offboard.errors import SystemFault
from tests.servers.faulty import Request, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.scim_bench import ScimBench


def lies(bench: ScimBench) -> None:
    """Say that it was done, and do nothing."""
    bench.proxy.trouble(Trouble.LYING, writes=True)


def answering(change: Callable[[ScimBench, Request, dict[str, Any]], None]) -> Callable[[ScimBench], None]:
    """Alter what comes back."""

    def plant(bench: ScimBench) -> None:
        def answers(request: Request, body: bytes) -> bytes:
            if not body:
                return body
            told = json.loads(body)
            for resource in told.get("Resources", [told]):
                change(bench, request, resource)
            change(bench, request, told)
            return json.dumps(told).encode()

        bench.proxy.answers = answers

    return plant


def asking(change: Callable[[dict[str, Any]], None]) -> Callable[[ScimBench], None]:
    """Take what is asked for otherwise than it was meant."""

    def plant(bench: ScimBench) -> None:
        def requests(request: Request) -> bytes:
            if not request.raw:
                return b""
            body = json.loads(request.raw)
            for operation in body["Operations"]:
                change(operation)
            return json.dumps(body).encode()

        bench.proxy.requests = requests

    return plant


def everybody_out(operation: dict[str, Any]) -> None:
    operation["path"] = operation["path"].partition("[")[0]


def no_display(operation: dict[str, Any]) -> None:
    for member in operation["value"] if isinstance(operation.get("value"), list) else ():
        member.pop("display", None)


def never_open(operation: dict[str, Any]) -> None:
    if operation["path"] == "active":
        operation["value"] = False


def bob_too(bench: ScimBench) -> None:
    def requests(request: Request) -> bytes:
        if request.write and "/Users/" in request.text:
            bench.saas.change(f"Users/{bench.id_of('bob')}", {"op": "replace", "path": "active", "value": False})
        return request.raw

    bench.proxy.requests = requests


def always_active(_bench: ScimBench, _request: Request, told: dict[str, Any]) -> None:
    if "active" in told:
        told["active"] = True


def one_more(_bench: ScimBench, _request: Request, told: dict[str, Any]) -> None:
    if "totalResults" in told:
        told["totalResults"] += 1


def of_bob(bench: ScimBench, _request: Request, told: dict[str, Any]) -> None:
    if told.get("userName") == "alice":
        told["id"] = bench.id_of("bob")


def without_staff(_bench: ScimBench, request: Request, told: dict[str, Any]) -> None:
    if "filter" in request.text and "Resources" in told:
        told["Resources"] = [one for one in told["Resources"] if one.get("displayName") != "staff"]


def drift_hidden(_bench: ScimBench, _request: Request, told: dict[str, Any]) -> None:
    for member in told.get("members", []):
        member["display"] = "Alice Archer" if member.get("display") == "somebody" else member.get("display")


def memberless(bench: ScimBench) -> None:
    """Once something was to be written, show no members any more."""

    def hide(bench: ScimBench, _request: Request, told: dict[str, Any]) -> None:
        if any(request.write for request in bench.proxy.seen):
            told.pop("members", None)
            if "totalResults" in told:
                told |= {"Resources": [], "totalResults": 0}

    answering(hide)(bench)


def called(trouble: Trouble, status: int) -> Callable[[ScimBench], None]:
    """Call a trouble by another status than it has."""

    def plant(bench: ScimBench) -> None:
        bench.proxy.statuses[trouble] = HTTPStatus(status)

    return plant


class Bent:
    """A connection that is faulty in one way."""

    def __init__(self, connection: Any, **bent: Any) -> None:
        self._connection, self._bent = connection, bent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        bend = self._bent.get(name)
        return (lambda *args, **kwargs: bend(found, *args, **kwargs)) if bend else found


def writes_too(found: Any, account_id: str) -> Any:
    state = found(account_id)
    found.__self__.set_account(account_id, {"sign_in": "open" if state["sign_in"] == "shut" else "shut"})
    found.__self__.set_account(account_id, state)
    return state


def somebody(found: Any, key: str) -> Any:
    return found(key) or found("alice")


def one(found: Any, key: str) -> Any:
    return found(key)[:1]


def none(found: Any, person: Any) -> Any:
    return found(person)[:0]


def worst_first(found: Any, key: str) -> Any:
    return found(key)[::-1]


def one_less(found: Any, account_id: str) -> Any:
    return dict(list(found(account_id).items())[1:])


def swallows(found: Any, *args: Any) -> Any:
    try:
        return found(*args)
    except SystemFault:
        return [] if len(args) == 1 else None
