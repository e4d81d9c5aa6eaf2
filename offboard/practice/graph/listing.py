"""How things leave the stand-in: chosen properties, filters, searches, pages and their next links."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from offboard.practice.graph.calls import Ask, Refused, Reply, bad
from offboard.practice.graph.facts import NAMESPACE, is_many, members_of
from offboard.practice.graph.filtering import ADVANCED, tests
from offboard.practice.graph.tenant import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from offboard.practice.graph.tenant import Thing

LARGEST_PAGE = 999
DEFAULTS = {
    "user": [
        "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName", "id",
    ],
    "group": [
        "id", "deletedDateTime", "classification", "createdDateTime", "description", "displayName",
        "expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname",
        "membershipRule", "membershipRuleProcessingState", "onPremisesLastSyncDateTime", "onPremisesSyncEnabled",
        "proxyAddresses",
        "resourceProvisioningOptions", "securityEnabled", "visibility",
    ],
}  # fmt: skip
"""What comes without ``$select`` where that is not everything (the pages of the types)."""

BASIC = {"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "userType", "@odata.type"}
"""What ``User.ReadBasic.All`` lets one read."""


def shown(ask: Ask, thing: Thing, kind: str, *, mixed: bool = False) -> Thing:
    """Return a thing as it leaves: the chosen properties, ``null`` or ``[]`` where there is none; never our own.

    ``kind`` is its short type; ``mixed`` says that the reader expects others beside it and must be told the type.
    """
    members = members_of(NAMESPACE + kind)
    chosen = [each.strip() for each in ask.option("select").split(",") if each.strip()]
    names = chosen or DEFAULTS.get(kind) or [name for name in thing if not name.startswith(("_", "@"))]
    if mixed and not _may_be_read(ask, kind):
        names = []
    out: Thing = {"@odata.type": f"#{NAMESPACE}{kind}"} if mixed else {}
    if "id" in thing and (not chosen or "id" in names or mixed):
        out["id"] = thing["id"]
    for name in names:
        if name in members:
            out[name] = thing.get(name, [] if is_many(members[name]) else None)
    if kind == "user" and not ask.rights - {"User.ReadBasic.All"}:
        out = {name: value for name, value in out.items() if name in BASIC}
    return out


def one(ask: Ask, thing: Thing, kind: str, context: str, *, mixed: bool = False, status: int = 200) -> Reply:
    """Answer with one thing."""
    _check_selected(ask, kind)
    body = {"@odata.context": f"{ask.base}/$metadata#{context}/$entity"} | shown(ask, thing, kind, mixed=mixed)
    return Reply(status, body)


def many(
    ask: Ask, things: Iterable[Thing], kind: str, context: str, *, expand: Callable[[Thing, str], Any] | None = None
) -> Reply:
    """Answer with a page of things: filtered, searched, chosen, counted; ``kind`` empty when they are mixed.

    Raises:
        Refused: what is asked needs an advanced query, or cannot be read.
    """
    if kind:
        _check_selected(ask, kind)
    found = list(things)
    wanted, search = ask.option("filter"), ask.option("search")
    if (ADVANCED.search(re.sub(r"'(?:[^']|'')*'", "''", wanted)) or search) and not _is_advanced(ask, search):
        text = "Request with $search query parameter only works with a specific header 'ConsistencyLevel: eventual'"
        raise Refused(400, "Request_UnsupportedQuery", text if search else f"Unsupported Query: {wanted}")
    if wanted:
        matches = tests(wanted)
        found = [thing for thing in found if matches(thing)]
    if search:
        found = [thing for thing in found if _is_hit(thing, search)]
    order = ask.option("orderby").split(" ")
    if order[0]:
        found.sort(key=lambda thing: str(thing.get(order[0]) or "").casefold(), reverse=order[1:] == ["desc"])
    start, size = _page(ask)
    page = found[start : start + size]
    body: dict[str, Any] = {"@odata.context": f"{ask.base}/$metadata#{context}"}
    if ask.option("count") == "true":
        body["@odata.count"] = len(found)
    if start + size < len(found):
        body["@odata.nextLink"] = _next(ask, start + size)
    body["value"] = [shown(ask, thing, kind or type_of(thing), mixed=not kind) for thing in page]
    if expand and ask.option("expand"):
        names = re.findall(r"(?:^|,)\s*(\w+)(?=[(,]|$)", ask.option("expand"))
        for thing, out in zip(page, body["value"], strict=True):
            out.update({name: expand(thing, name) for name in names})
    return Reply(200, body)


def _is_advanced(ask: Ask, search: str) -> bool:
    return ask.eventual and (bool(search) or ask.option("count") == "true")


def _is_hit(thing: Thing, search: str) -> bool:
    hits = []
    for name, word in re.findall(r'"(\w+):([^"]*)"', search):
        parts = re.split(r"[\s.@_-]+", str(thing.get(name) or "").casefold())
        hits.append(any(part.startswith(word.casefold()) for part in parts) or word.casefold() in str(thing.get(name)))
    return any(hits) if " OR " in search else bool(hits) and all(hits)


def _page(ask: Ask) -> tuple[int, int]:
    top = ask.option("top")
    if top and (not top.isdigit() or not 0 < int(top) <= LARGEST_PAGE):
        raise bad(f"Invalid page size specified: '{top}'. Must be between 1 and {LARGEST_PAGE} inclusive.")
    size = int(top) if top else ask.quirks.page_size
    token = ask.call.query.get("$skiptoken", "")
    if not token:
        return (0, 0) if ask.quirks.empty_page else (0, size)
    try:
        return int(base64.urlsafe_b64decode(token).decode()), size
    except ValueError as error:
        raise Refused(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from error


def _next(ask: Ask, place: int) -> str:
    query = ask.call.query | {"$skiptoken": base64.urlsafe_b64encode(str(place).encode()).decode()}
    base = f"{ask.quirks.foreign_next_link}/v1.0" if ask.quirks.foreign_next_link else ask.base
    return f"{base}{quote(ask.call.path)}?{urlencode(query, safe='$', quote_via=quote)}"


def _check_selected(ask: Ask, kind: str) -> None:
    members = members_of(NAMESPACE + kind)
    for name in filter(None, (each.strip() for each in ask.option("select").split(","))):
        if name.split("/")[0] not in members:
            text = f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
            raise Refused(400, "BadRequest", f"Parsing OData Select and Expand failed: {text}")


def _may_be_read(ask: Ask, kind: str) -> bool:
    """Say whether the app may see more of a thing than that it is there."""
    if any(right.startswith("Directory.Read") for right in ask.rights) or not ask.quirks.rights_checked:
        return True
    wanted = {
        "user": ("User.Read", "User.ReadWrite"),
        "group": ("Group.Read", "GroupMember.Read"),
        "device": ("Device.Read",),
        "application": ("Application.Read",),
        "servicePrincipal": ("Application.Read",),
    }.get(kind, ("RoleManagement.Read", "AdministrativeUnit.Read"))
    return any(right.startswith(wanted) for right in ask.rights)
