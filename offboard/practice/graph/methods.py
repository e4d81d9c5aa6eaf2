"""Answers about what people sign in with besides a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Refused, Reply, answers
from offboard.practice.graph.directory import person
from offboard.practice.graph.facts import NAMESPACE
from offboard.practice.graph.founding import EMAIL_METHOD, METHODS, PHONES
from offboard.practice.graph.listing import many, one
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

DEFAULT = (
    "The requested authentication method id matches the user's current default authentication method, and cannot be "
    "deleted until the default authentication method is changed."
)
NO_SUCH_PATH = "No HTTP resource was found that matches the request URI."


@answers("GET /users/{id}/authentication/methods")
def list_methods(ask: Ask, who: str) -> Reply:
    """Return everything that somebody can sign in with, the password included."""
    return many(ask, _methods(ask, who), "", f"users('{who}')/authentication/methods")


@answers("GET /users/{id}/authentication/phoneMethods", "GET /users/{id}/authentication/emailMethods")
def list_some(ask: Ask, who: str) -> Reply:
    """Return the methods of one kind."""
    kind = _kind(ask.call.path.rpartition("/")[2])
    found = [row for row in _methods(ask, who) if type_of(row) == kind]
    return many(ask, found, kind, f"users('{who}')/authentication/{kind}s")


@answers("POST /users/{id}/authentication/phoneMethods", "POST /users/{id}/authentication/emailMethods")
def register(ask: Ask, who: str) -> Reply:
    """Register a telephone or an address for somebody else: the only kinds with which that can be done."""
    found, kind, body = person(ask, who), _kind(ask.call.path.rpartition("/")[2]), dict(ask.call.body)
    identity = EMAIL_METHOD
    if kind == "phoneAuthenticationMethod":
        if not body.get("phoneNumber") or body.get("phoneType") not in PHONES:
            raise Refused(400, "invalidPhoneNumber", "A phone number and its type are needed.")
        identity = PHONES[body["phoneType"]]
        body["smsSignInState"] = "notAllowedByPolicy"
    rows = ask.tenant.table("methods")
    if f"{found['id']}/{identity}" in rows:
        raise Refused(400, "methodAlreadyExists", "The method is registered already.")
    made = {"@odata.type": f"#{NAMESPACE}{kind}", "_user": found["id"], "_default": False, "id": identity} | body
    rows[f"{found['id']}/{identity}"] = made
    return one(ask, made, kind, f"users('{who}')/authentication/{kind}s", status=201)


@answers(*(f"DELETE /users/{{id}}/authentication/{path}/{{id}}" for path in METHODS.values() if path))
def remove(ask: Ask, who: str, method: str) -> Reply:
    """Remove a method by the path of its kind; the default one is refused while there are others."""
    found = person(ask, who)
    row = ask.tenant.table("methods").get(f"{found['id']}/{method}")
    if row is None or type_of(row) != _kind(ask.call.path.split("/")[-2]):
        raise Refused(404, "resourceNotFound", "The requested authentication method was not found.")
    others = [each for each in _methods(ask, who) if each is not row and type_of(each) != _kind("passwordMethods")]
    if ask.quirks.default_method_last and row["_default"] and others:
        raise Refused(400, "badRequest", DEFAULT)
    del ask.tenant.table("methods")[f"{found['id']}/{method}"]
    return Reply(204)


@answers(
    "DELETE /users/{id}/authentication/methods/{id}",
    "DELETE /users/{id}/authentication/passwordMethods/{id}",
)
def refuse(ask: Ask, who: str, method: str) -> Reply:
    """Refuse what has no path of its own: a method without its kind, and the password."""
    raise Refused(404, "UnknownError", f"{NO_SUCH_PATH} {ask.base}/users/{who}/authentication/methods/{method}")


def _kind(path: str) -> str:
    """Return the type of what lies at a part of the path: ``phoneMethods`` is ``phoneAuthenticationMethod``."""
    name = path.casefold().removesuffix("methods").removesuffix("authentication")
    kinds = {kind.casefold(): kind for kind in METHODS}
    return f"{kinds.get(name, name)}AuthenticationMethod"


def _methods(ask: Ask, who: str) -> list[Thing]:
    wanted = person(ask, who)["id"]
    return [row for row in ask.tenant.table("methods").values() if row["_user"] == wanted]
