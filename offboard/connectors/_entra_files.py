"""People's files: a successor's access for a while, and every way in for others.

Facts: https://learn.microsoft.com/graph/api/driveitem-invite and
https://learn.microsoft.com/graph/api/resources/permission.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._graph_link import GONE
from offboard.connectors._graph_paths import at, guid, opaque
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.domain.departure import instant
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.connectors._graph_paths import Path
    from offboard.domain.canonical import Json

_ROOT: Final = "root"
_NO_LINK: Final = "Nobody can make the same link again, nor tell who had it: the person shares the file anew."
_NO_GRANT: Final = "The person shares the file anew."


class DriveLists:
    """The drives of the people of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._domains: set[str] = set()

    def access(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return the drive and the successor's access to all of it; empty when the person never had one."""
        drive = self._drive(account_id)
        if drive is None:
            return {}
        drive_id = str(drive["id"])
        given = self._given(self._root(drive_id), successor_id)
        label = f"{drive.get('name') or 'OneDrive'} {drive.get('webUrl') or drive_id}"
        return {drive_id: Membership(label, _state(given))}

    def bring(self, drive_id: str, successor_id: str, state: Json) -> None:
        """Let the successor in as ``state`` says, or no longer.

        Raises:
            Rejected: the drive keeps no end of the access; then none was given.
        """
        wanted = cast("dict[str, Json]", state or {"access": "none"})
        access, until = str(wanted.get("access")), _instant(str(wanted.get("until") or ""))
        if access not in {"none", "read", "write"}:
            raise Rejected(f"{self._graph.system}: access cannot be {access!r}", system=self._graph.system)
        root = self._root(drive_id)
        given = self._given(root, successor_id)
        if given and _state(given) == {"access": access, "until": until}:
            return
        if given:
            # To change roles and end of a permission is not to be had everywhere: it is made anew.
            self._end(root, str(given["id"]))
        if access != "none":
            self._invite(root, successor_id, access, until)

    def shares(self, account_id: str) -> dict[str, Membership]:
        """Return every link into the person's files, and everybody who was let in; ``outside`` says who is not ours."""
        drive = self._drive(account_id)
        if drive is None:
            return {}
        path = at("drives", opaque(str(drive["id"])))
        items = [
            item
            for item in self._graph.all(path / "root" / "delta", "read the files")
            if "shared" in item and "deleted" not in item
        ]
        asks = [
            Ask("GET", path / "items" / opaque(str(item["id"])) / "permissions", "read who was let in")
            for item in items
        ]
        found: dict[str, Membership] = {}
        seen: set[str] = set()
        for item, permissions in zip(items, self._graph.lists(asks) if asks else [], strict=True):
            for permission in permissions:
                number = str(permission.get("id"))
                # What comes from a folder above has the same number, and is listed there.
                if number in seen or permission.get("inheritedFrom"):
                    continue
                share = self._share(item, permission)
                if share:
                    seen.add(number)
                    found[f"{drive['id']}/{item['id']}/{number}"] = share
        return found

    def end_share(self, share_id: str) -> None:
        """Close one way in."""
        drive_id, _, rest = share_id.partition("/")
        item_id, _, number = rest.partition("/")
        self._end(at("drives", opaque(drive_id), "items", opaque(item_id)), number)

    def _share(self, item: dict[str, Any], permission: dict[str, Any]) -> Membership | None:
        where = f"{(item.get('parentReference') or {}).get('path') or ''}/{item.get('name') or item['id']}"
        where = where.partition("root:")[2] or where
        roles = sorted(map(str, permission.get("roles") or ()))
        until = str(permission.get("expirationDateTime") or "")
        sharing = permission.get("link")
        if isinstance(sharing, dict):
            # The link itself stands nowhere: whoever has it is let in.
            scope = str(sharing.get("scope") or "users")
            state: dict[str, Json] = {
                "file": where,
                "link": scope,
                "outside": scope != "organization",
                "may": str(sharing.get("type") or ""),
                "until": until,
            }
            whom = {"anonymous": "anybody", "organization": "everybody in the company"}.get(scope, "chosen people")
            return Membership(f"{where}: a link for {whom}", state, one_way=_NO_LINK)
        given = permission.get("grantedToV2") or permission.get("grantedTo") or {}
        outsider = self._outsider(permission, given)
        name = outsider or str((given.get("user") or {}).get("displayName") or "")
        # Whoever of the company may use the whole drive is told as that.
        if "owner" in roles or not name or ("root" in item and not outsider):
            return None
        state = {"file": where, "outside": outsider or False, "may": ",".join(roles), "until": until}
        return Membership(f"{where}: {name}", state, one_way=_NO_GRANT)

    def _outsider(self, permission: dict[str, Any], given: dict[str, Any]) -> str:
        """Return the address of somebody who is not of the company, or nothing."""
        user, site = given.get("user") or {}, given.get("siteUser") or {}
        invited = (permission.get("invitation") or {}).get("email")
        name = str(site.get("loginName") or "").rpartition("|")[2]
        mail = str(invited or user.get("email") or user.get("userPrincipalName") or site.get("email") or name)
        if not mail:
            return ""
        return mail if "#ext#" in mail.casefold() or mail.rpartition("@")[2].casefold() not in self._own() else ""

    def _own(self) -> set[str]:
        if not self._domains:
            domains = self._graph.all(at("domains"), "read the company's domains", select="id")
            self._domains = {str(domain["id"]).casefold() for domain in domains}
        return self._domains

    def _drive(self, account_id: str) -> dict[str, Any] | None:
        ask = Ask("GET", at("users", guid(account_id), "drive"), "read the drive", {"$select": "id,name,webUrl"})
        answer = self._graph.ask(ask)
        if answer.status == GONE:
            return None
        body = self._graph.good(ask, answer).body
        if not isinstance(body, dict) or not body.get("id"):
            raise self._graph.strange(ask.doing)
        return body

    def _root(self, drive_id: str) -> Path:
        path = at("drives", opaque(drive_id))
        seen = self._graph.seen.last(_ROOT, drive_id)
        if not seen:
            # A drive has one root for good.
            seen = {_ROOT: self._graph.get(path / "root", "read the drive", select="id")}
            self._graph.seen.keep(_ROOT, drive_id, seen)
        return path / "items" / opaque(str(seen[_ROOT].get("id") or ""))

    def _given(self, root: Path, successor_id: str) -> dict[str, Any] | None:
        """Return the successor's own permission on the whole drive."""
        permissions = self._graph.all(root / "permissions", "read who may use the drive")
        for permission in permissions:
            user = ((permission.get("grantedToV2") or permission.get("grantedTo") or {}).get("user")) or {}
            if str(user.get("id") or "").casefold() == guid(successor_id).text and not permission.get("link"):
                return permission
        return None

    def _invite(self, root: Path, successor_id: str, access: str, until: str) -> None:
        body: dict[str, Any] = {
            "recipients": [{"objectId": guid(successor_id).text}],
            "roles": [access],
            "requireSignIn": True,
            "sendInvitation": False,
        }
        if until:
            body["expirationDateTime"] = until
        ask = Ask("POST", root / "invite", "let the successor into the drive", body=body)
        made = self._graph.do(ask)
        values = made.get("value") if isinstance(made, dict) else None
        if not isinstance(values, list):
            raise self._graph.strange(ask.doing)
        endless = [one for one in values if until and not one.get("expirationDateTime")]
        for permission in endless:
            self._end(root, str(permission.get("id")))
        if endless:
            raise Rejected(
                f"{self._graph.system}: the drive keeps no end of an access; none was given",
                system=self._graph.system,
                hint="Give access without an end in the playbook, or let the successor in by hand (SharePoint pages).",
            )

    def _end(self, item: Path, number: str) -> None:
        self._graph.take_away(Ask("DELETE", item / "permissions" / opaque(number), "end an access to files"))


def _state(permission: dict[str, Any] | None) -> dict[str, Json]:
    if permission is None:
        return {"access": "none", "until": ""}
    roles = set(map(str, permission.get("roles") or ()))
    access = "write" if roles & {"write", "owner"} else "read" if "read" in roles else "none"
    return {"access": access, "until": _instant(str(permission.get("expirationDateTime") or ""))}


def _instant(text: str) -> str:
    """Return an instant in the one form in which they are compared; Graph writes year 1 where there is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return instant(moment) if moment.tzinfo and moment.year > 1 else ""
