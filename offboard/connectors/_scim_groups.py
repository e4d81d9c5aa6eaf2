"""Memberships as SCIM's groups list them (RFC 7643 §4.2), taken away and put back one member at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._scim_accounts import need, put_whole
from offboard.connectors._scim_api import GROUPS, version_of
from offboard.connectors._scim_faults import Unsupported
from offboard.connectors._scim_lists import equal
from offboard.connectors._scim_people import full_name
from offboard.domain.capabilities import Membership
from offboard.errors import Drifted, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offboard.connectors._scim_api import Resource
    from offboard.connectors._scim_lists import Lists
    from offboard.domain.canonical import Json

_ROUNDS: Final = 3
"""How often we look and write when others change the same group in between."""

_READING: Final = "read memberships"
_DERIVED: Final = "$ref"
"""What the server itself makes of the id."""


def _login(user: Resource) -> str:
    return str(user.get("userName") or "")


OWN_NAMES: Final[dict[str, Callable[[Resource], str]]] = {"{displayName}": full_name, "{userName}": _login}
"""Stands in a state for what the user is called, so that a rename between plan and write changes nothing."""

INDIRECT: Final = "held through another group, and gone with that one"
CANNOT_WRITE: Final = (
    "the server offers neither PATCH nor versions, so that others' changes could be lost; "
    "the product's administrator has to do it"
)


class GroupLists:
    """The groups of one server."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._api = lists.api
        self._system = lists.api.system
        self._offers = lists.offers
        self._trusted: bool | None = None

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the direct memberships of an account, by the group's id.

        Raises:
            NotFound: there is no such account.
        """
        user = need(self._api, account_id)
        found: dict[str, Membership] = {}
        for group in self._candidates(user):
            member = self._member(group, account_id)
            if member is None and self._offers.members_shown:
                # What lists groups need not list their members.
                group = self._api.one(GROUPS, group["id"], doing=_READING) or group  # noqa: PLW2901
                member = self._member(group, account_id)
            if member is None and not self._offers.members_shown:
                member = {"value": account_id}
            if member is not None:
                label = str(group.get("displayName") or group["id"])
                found[group["id"]] = Membership(label, _state(member, user), beyond=self._beyond(group))
        for indirect in _own_groups(user, direct=False):
            if indirect["value"] not in found:
                label = str(indirect.get("display") or indirect["value"])
                found[indirect["value"]] = Membership(label, {"value": account_id}, beyond=INDIRECT)
        return found

    def one(self, account_id: str, group_id: str) -> dict[str, Json] | None:
        """Return the state of one membership, ``None`` when the account is no member of that group."""
        user = need(self._api, account_id)
        member = self._read(account_id, group_id)[1]
        return None if member is None else _state(member, user)

    def bring(self, account_id: str, group_id: str, state: dict[str, Json] | None) -> None:
        """Add the account to the group as ``state`` says, or take it out; what is so already is not written again."""
        user = need(self._api, account_id) if state is not None else {}
        first: Resource | None = None
        for round_ in range(_ROUNDS):
            group, member = self._read(account_id, group_id)
            if (member is None) == (state is None):
                return
            if round_ and member != first:
                break
            first = member
            try:
                if state is None:
                    self._take_out(group, account_id)
                else:
                    self._put_back(group, _wanted(state, user, account_id))
            except Drifted:
                continue
            return
        text = f"{self._system}: group {group_id} was changed by somebody else while it was being written"
        raise Drifted(text, system=self._system)

    def _read(self, account_id: str, group_id: str) -> tuple[Resource, Resource | None]:
        """Return a group and how it lists the account, if it does."""
        group = self._api.one(GROUPS, group_id, doing=_READING)
        if group is None:
            raise NotFound(f"{self._system}: there is no group {group_id} any more", system=self._system)
        if self._offers.members_shown:
            return group, self._member(group, account_id)
        hits = self._search(f"{equal('id', group_id)} and {equal('members', account_id)}")
        is_member = any(hit["id"] == group_id for hit in hits)
        return group, {"value": account_id} if is_member else None

    def _take_out(self, group: Resource, account_id: str) -> None:
        doing = f"take an account out of group {group.get('displayName', group['id'])}"
        if not self._offers.patch:
            members = [one for one in _members(group) if one.get("value") != account_id]
            put_whole(self._api, GROUPS, group | {"members": members}, doing=doing, version=self._version(group))
            return
        if self._offers.remove_by_list:
            operation: Resource = {"op": "remove", "path": "members", "value": [{"value": account_id}]}
        else:
            operation = {"op": "remove", "path": f"members[{equal('value', account_id)}]"}
        self._api.patch(GROUPS, group["id"], operation, doing=doing, version=self._version(group))

    def _put_back(self, group: Resource, member: Resource) -> None:
        doing = f"put an account into group {group.get('displayName', group['id'])}"
        if not self._offers.patch:
            members = [*_members(group), member]
            put_whole(self._api, GROUPS, group | {"members": members}, doing=doing, version=self._version(group))
            return
        operation = {"op": "add", "path": "members", "value": [member]}
        self._api.patch(GROUPS, group["id"], operation, doing=doing, version=self._version(group))

    def _version(self, group: Resource) -> str:
        return version_of(group) if self._offers.versions else ""

    def _candidates(self, user: Resource) -> Iterator[Resource]:
        """Yield the groups that may list the user directly: those that the user or a search names, else all of them."""
        by_id: dict[str, Resource] = {
            one["value"]: {"id": one["value"], "displayName": one.get("display")} for one in _own_groups(user)
        }
        if self._offers.filter:
            try:
                by_id |= {group["id"]: group for group in self._search(equal("members.value", user["id"]))}
            except Unsupported:
                self._trusted = False
        if by_id or user.get("groups") or not self._offers.members_shown or self._searches():
            yield from by_id.values()
        else:
            yield from self._lists.every(GROUPS, doing=_READING)

    def _searches(self) -> bool:
        """Say whether nothing found means nothing there: the search is tried once on somebody who is a member."""
        if self._trusted is None:
            self._trusted = False
            for group in self._lists.first(GROUPS, doing=_READING, count=20) if self._offers.filter else ():
                member = next((one for one in _members(group) if one.get("value")), None)
                if member is not None:
                    hits = self._search(equal("members.value", member["value"]))
                    self._trusted = any(hit["id"] == group["id"] for hit in hits)
                    break
        return self._trusted

    def _search(self, filter_: str) -> list[Resource]:
        try:
            return list(self._lists.every(GROUPS, doing=_READING, filter_=filter_))
        except NotFound:
            # Some answer so when nobody is a member (Amazon's ListGroups).
            return []

    def _beyond(self, group: Resource) -> str:
        safe = self._offers.patch or bool(self._version(group))
        return "" if safe else CANNOT_WRITE

    @staticmethod
    def _member(group: Resource, account_id: str) -> Resource | None:
        return next((one for one in _members(group) if one.get("value") == account_id), None)


def _members(group: Resource) -> list[Resource]:
    listed = group.get("members")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _own_groups(user: Resource, *, direct: bool = True) -> list[dict[str, Any]]:
    listed = user.get("groups")
    groups = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [one for one in groups if isinstance(one.get("value"), str) and (one.get("type") != "indirect") is direct]


def _state(member: Resource, user: Resource) -> dict[str, Json]:
    kept = {key: value for key, value in member.items() if key != _DERIVED and value is not None}
    for stand_in, called in OWN_NAMES.items():
        if kept.get("display") and kept["display"] == called(user):
            kept["display"] = stand_in
    return kept


def _wanted(state: dict[str, Json], user: Resource, account_id: str) -> Resource:
    member: Resource = dict(cast("dict[str, Any]", state)) | {"value": account_id}
    called = OWN_NAMES.get(str(member.get("display")))
    return member | {"display": called(user)} if called else member
