"""Memberships in a domain: direct ones, what they reach through other groups, and the primary group."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from offboard.connectors._ad_faults import ALREADY_THERE
from offboard.connectors._ad_values import sid_beside
from offboard.connectors._ldap_faults import NO_SUCH_ATTRIBUTE, SUCCESS, UNWILLING, VALUE_EXISTS
from offboard.connectors._ldap_text import either, equal, every, first_value
from offboard.domain.capabilities import Membership
from offboard.errors import Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._ad_link import Objects
    from offboard.connectors._ldap_link import Changes, Entry
    from offboard.domain.canonical import Json

MEMBER: Final = "member"
IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
"""The rule that follows membership through groups (LDAP_MATCHING_RULE_IN_CHAIN, [MS-ADTS] 3.1.1.3.4.4.3)."""

MAY_WRITE: Final = "allowedAttributesEffective"
"""What our account may write on this object, worked out by the controller ([MS-ADTS] 3.1.1.4.5.21)."""

PRIMARY: Final = (
    "it is the account's primary group, which nobody leaves: "
    "somebody must first make another group primary (primaryGroupID), then plan again"
)
NOT_OURS: Final = (
    "our account may not write its members: grant 'Write members' on this group, "
    "or have an administrator of the domain take the leaver out"
)

_IS_GROUP: Final = "(objectClass=group)"
_ALREADY: Final = frozenset({NO_SUCH_ATTRIBUTE, VALUE_EXISTS, UNWILLING, ALREADY_THERE})
"""Taken out or put in by somebody else, or by another controller: only a look can tell."""


class GroupLists:
    """The groups of one domain."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._system = objects.link.address.system

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the direct memberships and the primary group, by the group's ``objectGUID``.

        Raises:
            NotFound: there is no such account.
        """
        account = self._objects.need(account_id, ["objectSid", "primaryGroupID"])
        primary_sid = _primary_sid(account)
        either_way = either([equal(MEMBER, account.dn), equal("objectSid", primary_sid)])
        held = self._objects.every(every(_IS_GROUP, either_way), ["cn", "objectSid", "memberOf", MAY_WRITE])
        primary = next((group for group in held if group.all("objectSid") == [primary_sid]), None)
        direct = [group for group in held if group is not primary]
        above = self._above(account, primary)
        memberships = {}
        for group in direct:
            may = MEMBER in {name.casefold() for name in group.texts(MAY_WRITE)}
            memberships[self._objects.id_of(group)] = Membership(
                _label(group), {MEMBER: "direct"}, _note(group, above), beyond="" if may else NOT_OURS
            )
        if primary is not None:
            memberships[self._objects.id_of(primary)] = Membership(
                _label(primary), {MEMBER: "primary"}, _note(primary, above), beyond=PRIMARY
            )
        return memberships

    def one(self, account_id: str, group_id: str) -> dict[str, Json] | None:
        """Return the state of one membership, ``None`` when the account is no member of that group."""
        account = self._objects.need(account_id, ["objectSid", "primaryGroupID"])
        group = self._group(group_id)
        if self._lists(group, account):
            return {MEMBER: "direct"}
        same = group.all("objectSid") == [_primary_sid(account)]
        return {MEMBER: "primary"} if same else None

    def bring(self, account_id: str, group_id: str, state: dict[str, Json] | None) -> None:
        """Put the account into the group, or take it out; both are read again by their ids first.

        Raises:
            Rejected: it is the primary group.
            Drifted: it was neither done nor does it hold.
        """
        account = self._objects.need(account_id, ["objectSid", "primaryGroupID"])
        group = self._group(group_id)
        if group.all("objectSid") == [_primary_sid(account)]:
            if state is None:
                raise Rejected(f"{self._system}: {_label(group)}: {PRIMARY}", system=self._system)
            return
        operation = "MODIFY_ADD" if state else "MODIFY_DELETE"
        changes: Changes = {MEMBER: [(operation, [account.dn])]}
        doing = f"change the members of {_label(group)}"
        code = self._objects.write(group_id, changes, doing, expected=_ALREADY)
        if code != SUCCESS and self._lists(group, self._objects.need(account_id, [])) != bool(state):
            text = f"{self._system}: group {_label(group)} was changed by somebody else while it was being written"
            raise Drifted(text, system=self._system)

    def _group(self, group_id: str) -> Entry:
        group = self._objects.find(group_id, ["cn", "objectSid"])
        if group is None:
            raise NotFound(f"{self._system}: there is no group {group_id} any more", system=self._system)
        return group

    def _lists(self, group: Entry, account: Entry) -> bool:
        """Ask the controller, which spares us the thousands of other members."""
        asked = self._objects.link.search(group.dn, equal(MEMBER, account.dn), [], deep=False)
        return bool(asked)

    def _above(self, account: Entry, primary: Entry | None) -> dict[str, list[str]]:
        """Return group → the names of all groups that it is in, of those that the account reaches."""
        listed = [account.dn, *([primary.dn] if primary else [])]
        reached = every(_IS_GROUP, either(equal(f"{MEMBER}:{IN_CHAIN}:", name) for name in listed))
        groups = self._objects.every(reached, ["cn", "memberOf"])
        labels = {group.dn.casefold(): _label(group) for group in groups}
        parents = {
            group.dn.casefold(): [parent.casefold() for parent in group.texts("memberOf")]
            for group in (*([primary] if primary else []), *groups)
        }
        return {name: sorted({labels[one] for one in _closure(name, parents) if one in labels}) for name in parents}


def _closure(name: str, parents: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    ahead = list(parents.get(name, ()))
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += parents.get(one, ())
    return found - {name}


def _note(group: Entry, above: dict[str, list[str]]) -> str:
    others = above.get(group.dn.casefold(), [])
    return f"Through it the leaver is also in {', '.join(others)}." if others else ""


def _label(group: Entry) -> str:
    return group.first("cn") or first_value(group.dn)


def _primary_sid(account: Entry) -> bytes:
    raw = next(iter(account.all("objectSid")), struct.pack("<BB6xI", 1, 1, 0))
    return sid_beside(raw, int(account.first("primaryGroupID") or 0))
