"""Answers about OneDrive: files, and everybody who may read them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from offboard.practice.graph.calls import Ask, Refused, Reply, answers
from offboard.practice.graph.directory import person
from offboard.practice.graph.listing import many, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.practice.graph.tenant import Thing

NOT_PROVISIONED = "User's mysite not found."
INHERITED = "The permission is inherited and can only be changed where it was given."


@answers("GET /users/{id}/drive")
def read_drive_of(ask: Ask, who: str) -> Reply:
    """Return somebody's drive; 404 when they never opened it."""
    wanted = person(ask, who)["id"]
    for drive in ask.tenant.table("drives").values():
        if drive["_user"] == wanted:
            return one(ask, drive, "drive", "drives")
    raise Refused(404, "ResourceNotFound", NOT_PROVISIONED)


@answers("GET /drives/{id}")
def read_drive(ask: Ask, drive: str) -> Reply:
    """Return a drive."""
    return one(ask, _row(ask, "drives", drive), "drive", "drives")


@answers("GET /drives/{id}/root")
def read_root(ask: Ask, drive: str) -> Reply:
    """Return the topmost folder."""
    return one(ask, _known(ask, _row(ask, "drives", drive)["_root"]), "driveItem", "driveItem")


@answers("GET /drives/{id}/root/delta")
def list_everything(ask: Ask, drive: str) -> Reply:
    """Return every file and folder; those that others may read say so in ``shared``."""
    _row(ask, "drives", drive)
    found = [_known(ask, row["id"]) for row in ask.tenant.table("driveItems").values() if row["_drive"] == drive]
    reply = many(ask, found, "driveItem", "Collection(driveItem)")
    if "@odata.nextLink" not in reply.body:
        reply.body["@odata.deltaLink"] = f"{ask.base}{ask.call.path}?token=latest"
    return reply


@answers("GET /drives/{id}/items/{id}")
def read_item(ask: Ask, drive: str, item: str) -> Reply:
    """Return a file or folder; ``root`` is the topmost one."""
    return one(ask, _known(ask, _item(ask, drive, item)["id"]), "driveItem", "driveItem")


@answers("GET /drives/{id}/items/{id}/children")
def list_children(ask: Ask, drive: str, item: str) -> Reply:
    """Return what is in a folder."""
    above = _item(ask, drive, item)["id"]
    found = [_known(ask, row["id"]) for row in ask.tenant.table("driveItems").values() if row["_parent"] == above]
    return many(ask, found, "driveItem", "Collection(driveItem)")


@answers("GET /drives/{id}/items/{id}/permissions")
def list_permissions(ask: Ask, drive: str, item: str) -> Reply:
    """Return who may read something, by its own permissions and by those of the folders above."""
    return many(ask, _permissions(ask, _item(ask, drive, item)), "permission", "permissions")


@answers("GET /drives/{id}/items/{id}/permissions/{id}")
def read_permission(ask: Ask, drive: str, item: str, permission: str) -> Reply:
    """Return one of them."""
    return one(ask, _permission(ask, _item(ask, drive, item), permission), "permission", "permissions")


@answers("PATCH /drives/{id}/items/{id}/permissions/{id}")
def change_permission(ask: Ask, drive: str, item: str, permission: str) -> Reply:
    """Change what somebody may do, or until when."""
    row = _own(ask, _item(ask, drive, item), permission)
    row.update({name: value for name, value in ask.call.body.items() if name in {"roles", "expirationDateTime"}})
    return one(ask, row, "permission", "permissions")


@answers("DELETE /drives/{id}/items/{id}/permissions/{id}")
def end_permission(ask: Ask, drive: str, item: str, permission: str) -> Reply:
    """End a permission or a link; not where it is only inherited."""
    row = _own(ask, _item(ask, drive, item), permission)
    del ask.tenant.table("permissions")[row["id"]]
    return Reply(204)


@answers("POST /drives/{id}/items/{id}/invite")
def invite(ask: Ask, drive: str, item: str) -> Reply:
    """Let people in by name."""
    found, body = _item(ask, drive, item), ask.call.body
    if not body.get("recipients") or not body.get("roles"):
        raise Refused(400, "invalidRequest", "recipients and roles are needed.")
    made = [_invited(ask, found, recipient, body) for recipient in body["recipients"]]
    reply = many(ask, made, "permission", "Collection(permission)")
    return Reply(200, reply.body)


@answers("POST /drives/{id}/items/{id}/createLink")
def make_link(ask: Ask, drive: str, item: str) -> Reply:
    """Make a link; one of the same kind, when there is one, is returned as it is."""
    found, body = _item(ask, drive, item), ask.call.body
    scope, kind = body.get("scope") or "organization", body.get("type") or "view"
    same = [row for row in ask.tenant.table("permissions").values() if row["_item"] == found["id"]
            and (row.get("link") or {}).get("scope") == scope and row["link"]["type"] == kind]  # fmt: skip
    if same:
        return one(ask, same[0], "permission", "permission")
    link = {"scope": scope, "type": kind, "webUrl": f"https://acme-my.sharepoint.test/:t:/g/{uuid.uuid4().hex}"}
    said = {"roles": ["write" if kind == "edit" else "read"], "link": link, "shareId": uuid.uuid4().hex}
    made = _kept(ask, found, said | {"expirationDateTime": body.get("expirationDateTime")})
    return one(ask, made, "permission", "permission", status=201)


def _invited(ask: Ask, item: Thing, recipient: dict[str, Any], body: dict[str, Any]) -> Thing:
    wanted = {recipient.get("objectId"), str(recipient.get("email")).casefold()}
    inside = next(
        (who for who in ask.tenant.of_type("user")
         if wanted & {who["id"], str(who.get("mail")).casefold(), str(who.get("userPrincipalName")).casefold()}),
        None,
    )  # fmt: skip
    until = {"expirationDateTime": body["expirationDateTime"]} if body.get("expirationDateTime") else {}
    if inside is not None:
        for row in ask.tenant.table("permissions").values():  # a second invitation changes the first
            held = (row.get("grantedToV2") or {}).get("user", {}).get("id")
            if row["_item"] == item["id"] and held == inside["id"] and "owner" not in row["roles"]:
                row.update({"roles": body["roles"], "expirationDateTime": None} | until)
                return row
        user = {"id": inside["id"], "displayName": inside["displayName"]}
        return _kept(ask, item, {"roles": body["roles"], "grantedToV2": {"user": user}} | until)
    if not recipient.get("email"):
        raise Refused(400, "invalidRequest", "One or more users could not be resolved.")
    user = {"id": None, "displayName": recipient["email"]}
    invited = {"email": recipient["email"], "signInRequired": bool(body.get("requireSignIn"))}
    return _kept(ask, item, {"roles": body["roles"], "grantedToV2": {"user": user}, "invitation": invited} | until)


def _kept(ask: Ask, item: Thing, said: Thing) -> Thing:
    made = {"id": uuid.uuid4().hex, "_item": item["id"]} | said
    ask.tenant.table("permissions")[made["id"]] = made
    return made


def _known(ask: Ask, item: str) -> Thing:
    """Return an item with its ``shared`` facet, which follows from its own permissions."""
    row = ask.tenant.table("driveItems")[item]
    others = [each for each in ask.tenant.table("permissions").values()
              if each["_item"] == item and "owner" not in each["roles"]]  # fmt: skip
    if not others:
        return row
    scopes = {(each.get("link") or {}).get("scope") or "users" for each in others}
    widest = next(scope for scope in ("anonymous", "organization", "users") if scope in scopes | {"users"})
    return row | {"shared": {"scope": widest}}


def _permissions(ask: Ask, item: Thing) -> Iterator[Thing]:
    rows = ask.tenant.table("permissions").values()
    yield from (row for row in rows if row["_item"] == item["id"])
    above = item["_parent"]
    while above:
        parent = ask.tenant.table("driveItems")[above]
        reference = {"driveId": item["_drive"], "id": above, "path": f"/drives/{item['_drive']}/root:"}
        yield from (row | {"inheritedFrom": reference} for row in rows if row["_item"] == above)
        above = parent["_parent"]


def _permission(ask: Ask, item: Thing, wanted: str) -> Thing:
    for row in _permissions(ask, item):
        if row["id"] == wanted:
            return row
    raise Refused(404, "itemNotFound", "The sharing permission was not found.")


def _own(ask: Ask, item: Thing, wanted: str) -> Thing:
    row = _permission(ask, item, wanted)
    if "inheritedFrom" in row or "owner" in row["roles"]:
        raise Refused(400, "invalidRequest", INHERITED)
    return row


def _item(ask: Ask, drive: str, item: str) -> Thing:
    wanted = _row(ask, "drives", drive)["_root"] if item.casefold() == "root" else item
    row = _row(ask, "driveItems", wanted)
    if row["_drive"] != drive:
        raise Refused(404, "itemNotFound", "The resource could not be found.")
    return row


def _row(ask: Ask, table: str, identity: str) -> Thing:
    found = ask.tenant.table(table).get(identity)
    if found is None:
        raise Refused(404, "itemNotFound", "The resource could not be found.")
    return found
