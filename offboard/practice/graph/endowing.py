"""Founding goes on: apps with their secrets and what people agreed to, drives with files and who else may read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from offboard.practice.graph.founding import FOUNDED, Founding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.practice.graph.tenant import Thing


SERIES = 60
"""How many occurrences a series has."""


class Endowing(Founding):
    """A tenant with apps and files."""

    def add_app(
        self,
        name: str,
        *,
        owners: Iterable[str] = (),
        secrets: int = 0,
        certificates: int = 0,
        days: int = 180,
        registered: bool = True,
    ) -> tuple[str, str]:
        """Add an app; return the ids of its registration (empty without one) and of its service principal.

        Its secrets and certificates end in ``days``.
        """
        app_id = str(self._new_id())
        ends = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds").replace("+00:00", "Z")
        times = {"startDateTime": FOUNDED, "endDateTime": ends}
        registration = ""
        if registered:
            said: Thing = {
                "displayName": name, "appId": app_id, "createdDateTime": FOUNDED, "signInAudience": "AzureADMyOrg",
                "passwordCredentials": [
                    {"keyId": str(self._new_id()), "displayName": f"secret {number}", "hint": "abc", **times}
                    for number in range(1, secrets + 1)
                ],
                "keyCredentials": [
                    {"keyId": str(self._new_id()), "displayName": f"certificate {number}", "type": "AsymmetricX509Cert",
                     "usage": "Verify", **times}
                    for number in range(1, certificates + 1)
                ],
            }  # fmt: skip
            registration = self._thing("application", said)
        role = {"id": str(self._new_id()), "displayName": "User", "value": "User", "isEnabled": True,
                "allowedMemberTypes": ["User"], "description": "User"}  # fmt: skip
        principal = self._thing("servicePrincipal", {
            "displayName": name, "appId": app_id, "servicePrincipalType": "Application", "accountEnabled": True,
            "appRoles": [role],
        })  # fmt: skip
        for owner in owners:
            self.own(principal, owner)
            if registration:
                self.own(registration, owner)
        return registration, principal

    def give_app_role(self, who: str, principal: str) -> str:
        """Give somebody, or a group, an app; return the assignment's id."""
        app, holder = self.look(principal), self.look(who)
        kind = "Group" if holder["@odata.type"].endswith("group") else "User"
        return self._row("appRoleAssignments", {
            "id": self._new_id().hex, "principalId": who, "principalType": kind, "resourceId": principal,
            "appRoleId": app["appRoles"][0]["id"], "principalDisplayName": holder["displayName"],
            "resourceDisplayName": app["displayName"], "createdDateTime": FOUNDED,
        })  # fmt: skip

    def add_consent(self, principal: str, scope: str, *, who: str = "", resource: str = "") -> str:
        """Let an app act for somebody, or for everybody (no ``who``); return the grant's id."""
        return self._row("oauth2PermissionGrants", {
            "id": self._new_id().hex, "clientId": principal, "consentType": "Principal" if who else "AllPrincipals",
            "principalId": who or None, "resourceId": resource or self.app_object, "scope": scope,
        })  # fmt: skip

    def add_drive(self, who: str) -> str:
        """Provision somebody's OneDrive; return the drive's id."""
        drive, root = self._new_id().hex, self._new_id().hex
        owner = {"user": {"id": who, "displayName": self.look(who)["displayName"]}}
        self._row("drives", {
            "id": drive, "driveType": "business", "name": "OneDrive", "owner": owner, "_user": who, "_root": root,
            "webUrl": f"https://acme-my.sharepoint.test/personal/{who}", "createdDateTime": FOUNDED,
        })  # fmt: skip
        self._item(drive, root, "root", None, root={}, folder={"childCount": 0})
        self._row("permissions", {"_item": root, "roles": ["owner"], "grantedToV2": owner})
        return drive

    def root_of(self, drive: str) -> str:
        """Return the id of a drive's topmost folder."""
        return str(self.store.now.table("drives")[drive]["_root"])

    def add_file(self, drive: str, name: str, *, into: str = "", folder: bool = False, size: int = 1024) -> str:
        """Put a file or a folder into a drive; return its id."""
        item = self._new_id().hex
        kind: Thing = {"folder": {"childCount": 0}} if folder else {"file": {"mimeType": "text/plain"}, "size": size}
        self._item(drive, item, name, into or self.root_of(drive), **kind)
        return item

    def share(
        self,
        item: str,
        *,
        link: str = "",
        kind: str = "view",
        people: Iterable[str] = (),
        outsiders: Iterable[str] = (),
    ) -> str:
        """Let others at a file: by a ``link`` (anonymous, organization, users), or by name; return the permission's id.

        ``people`` are ids of the tenant, ``outsiders`` mail addresses.
        """
        said: Thing = {"_item": item, "roles": ["write" if kind == "edit" else "read"]}
        named = [{"user": {"id": who, "displayName": self.look(who)["displayName"]}} for who in people]
        named += [{"user": {"id": None, "displayName": address}} for address in outsiders]
        if link:
            said |= {"link": {"scope": link, "type": kind, "webUrl": f"https://acme-my.sharepoint.test/:t:/g/{item}"},
                     "shareId": self._new_id().hex, "grantedToIdentitiesV2": named, "hasPassword": False}  # fmt: skip
        else:
            said |= {"grantedToV2": named[0]}
            addresses = list(outsiders)
            said |= {"invitation": {"email": addresses[0], "signInRequired": True}} if addresses else {}
        return self._row("permissions", said)

    def add_mailbox(self, who: str) -> None:
        """Provision somebody's mailbox, with an automatic reply that is off and no rules."""
        never = {"dateTime": "2024-01-08T09:00:00.0000000", "timeZone": "UTC"}
        reply = {
            "status": "disabled", "externalAudience": "all", "internalReplyMessage": "", "externalReplyMessage": "",
            "scheduledStartDateTime": never, "scheduledEndDateTime": never,
        }  # fmt: skip
        with self.store.writing() as tenant:
            tenant.things[who]["_settings"] = {
                "automaticRepliesSetting": reply, "timeZone": "GMT Standard Time", "userPurpose": "user",
            }  # fmt: skip
            tenant.things[who]["_rules"] = {}

    def add_meeting(
        self, who: str, subject: str, invited: Iterable[str], *, begins: datetime, every_days: int = 0, by: str = ""
    ) -> str:
        """Let somebody call a meeting, or be invited to one that ``by`` called; return its id, or the series'."""
        event = f"{uuid4().hex}AAA="
        starts = [begins + timedelta(days=every_days * place) for place in range(SERIES if every_days else 1)]
        with self.store.writing() as tenant:
            person = tenant.things[who]
            people = [*invited, *([str(person["mail"])] if by else [])]
            said: Thing = {
                "subject": subject, "isCancelled": False, "isOrganizer": not by,
                "organizer": {"emailAddress": {"address": by or person["mail"]}},
                "attendees": [{"type": "required", "emailAddress": {"address": address}} for address in people],
            }  # fmt: skip
            events = person.setdefault("_events", {})
            for place, start in enumerate(starts):
                times = {"start": _time(start), "end": _time(start + timedelta(hours=1))}
                one = {"id": f"{place}{event}", "seriesMasterId": event, "type": "occurrence"} if every_days else {
                    "id": event, "type": "singleInstance"}  # fmt: skip
                events[one["id"]] = said | times | one
            if every_days:
                events[event] = said | {"id": event, "type": "seriesMaster", "start": _time(begins)}
        return event

    def forget_meeting(self, who: str, event: str) -> None:
        """Let a meeting be deleted, the whole series if it is one."""
        with self.store.writing() as tenant:
            events = tenant.things[who]["_events"]
            gone = [key for key, one in events.items() if event in {key, one.get("seriesMasterId")}]
            for key in gone:
                del events[key]

    def add_rule(self, who: str, name: str, actions: Thing, *, readable: bool = True, **said: Any) -> str:
        """Let somebody have a rule in their inbox; not ``readable`` is one that Graph cannot express."""
        identity = f"{self._new_id().hex[:12]}="
        with self.store.writing() as tenant:
            rules = tenant.things[who]["_rules"]
            rules[identity] = {
                "id": identity, "displayName": name, "sequence": len(rules) + 1, "isEnabled": True, "hasError": False,
                "isReadOnly": not readable, "actions": actions,
            } | said  # fmt: skip
        return identity

    def _item(self, drive: str, item: str, name: str, parent: str | None, **facets: Any) -> None:
        above = {"driveId": drive, "driveType": "business", "id": parent} if parent else {"driveId": drive}
        self._row("driveItems", {
            "id": item, "name": name, "parentReference": above, "_drive": drive, "_parent": parent,
            "createdDateTime": FOUNDED, "lastModifiedDateTime": FOUNDED,
            "webUrl": f"https://acme-my.sharepoint.test/{drive}/{item}", **facets,
        })  # fmt: skip


def _time(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": "UTC"}
