"""Memberships by ``member``, ``uniqueMember`` and ``memberUid``, taken away and put back value by value."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Final, cast

from offboard.connectors._ldap_faults import (
    CONSTRAINT,
    INVALID_SYNTAX,
    NO_SUCH_ATTRIBUTE,
    NO_SUCH_OBJECT,
    OBJECT_CLASS_VIOLATION,
    SUCCESS,
    UNWILLING,
    VALUE_EXISTS,
)
from offboard.connectors._ldap_link import MATCHED_VALUES
from offboard.connectors._ldap_text import (
    either,
    equal,
    equality_item,
    every,
    first_value,
    neither,
    presence_item,
    present,
    same_name,
    values_filter,
)
from offboard.domain.capabilities import Membership
from offboard.errors import Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Changes, Control, Entry
    from offboard.connectors._ldap_seen import Seen
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

_UNIQUE: Final = "uniqueMember"
BY_NAME: Final = ("member", _UNIQUE)
BY_LOGIN: Final = "memberUid"
OWN_NAME: Final = "{dn}"
"""Stands in a state for the account's own name, so that a rename between plan and write changes nothing."""

_NEVER_EMPTY: Final = {"groupofnames": "member", "groupofuniquenames": _UNIQUE}
"""Object classes that must have a member (RFC 4519 §3.5 and §3.6)."""

_NO_STAND_IN = frozenset({CONSTRAINT, INVALID_SYNTAX, UNWILLING, OBJECT_CLASS_VIOLATION, VALUE_EXISTS})
_CHANGED = frozenset({NO_SUCH_ATTRIBUTE, NO_SUCH_OBJECT})
_ADD, _DELETE = "MODIFY_ADD", "MODIFY_DELETE"

LAST_MEMBER: Final = (
    "The leaver is the only member, and this kind of group may not be empty: "
    "a stand-in that names nobody takes the place, until it is undone."
)

_NONE_LISTED: Final = 10.0
"""Seconds for which a connection that found no ``uniqueMember`` in the whole directory does not look for any."""

_BITS: Final = re.compile(r"#'[01]*'B\Z")
"""What a ``uniqueMember`` may carry behind the name (RFC 4517 §3.3.21)."""

Listed = dict[str, list[str]]
"""Attribute → the values by which a group lists an account, as they are written there."""


class GroupLists:
    """The groups of one directory; ``login`` is the attribute that ``memberUid`` repeats."""

    def __init__(self, entries: Entries, vault: Vault, seen: Seen, base: str, login: str) -> None:
        self._entries = entries
        self._link = entries.link
        self._system = entries.link.address.system
        self._vault = vault
        self._base = base
        self._login = login
        self._seen = seen
        self._none_at = -_NONE_LISTED

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the direct memberships of an account, by the group's immutable id.

        Raises:
            NotFound: there is no such account.
        """
        account, _ = self._account(account_id, anew=True)
        memberships = {}
        for group in self._listing(account):
            group_id = self._entries.id_of(group)
            listed = self._listed(account, group)
            note = LAST_MEMBER if self._alone(group, group_id, listed) else ""
            label = group.first("cn") or first_value(group.dn)
            memberships[group_id] = Membership(label, _state(listed, account.dn), note)
        return memberships

    def one(self, account_id: str, group_id: str) -> dict[str, Json] | None:
        """Return the state of one membership, ``None`` when the account is no member of that group."""
        account, _ = self._account(account_id, anew=True)
        listed = self._listed(account, self._group(account, group_id))
        return _state(listed, account.dn) if listed else None

    def bring(self, account_id: str, group_id: str, state: dict[str, Json] | None) -> None:
        """Add the account to the group as ``state`` says, or take it out; the group is read again by its id first."""
        for anew in (state is not None, True):
            account, sure = self._account(account_id, anew=anew)
            group = self._group(account, group_id)
            listed = self._listed(account, group)
            if state is not None:
                try:
                    done = self._put_back(group_id, group, _wanted(state, account.dn), listed)
                finally:
                    self._seen.listed_at = time.monotonic()
            else:
                done = self._take_out(group_id, group, listed) if listed else sure
            if done:
                return
        text = f"{self._system}: group {group_id} was changed by somebody else while it was being written"
        raise Drifted(text, system=self._system)

    def seal(self, group_id: str, state: dict[str, Json]) -> None:
        """Note that a name of ours may take the place of this member, which is the last one."""
        self._vault.note(self._ref(group_id), _stand_in(_by_name(state), self._entries.name_of(group_id)))

    def _take_out(self, group_id: str, group: Entry, listed: Listed) -> bool:
        code = self._link.modify(group.dn, _each(_DELETE, listed), expected=_CHANGED | {OBJECT_CLASS_VIOLATION})
        if code == OBJECT_CLASS_VIOLATION:
            return self._replace_by_stand_in(group_id, group, listed)
        return code == SUCCESS

    def _replace_by_stand_in(self, group_id: str, group: Entry, listed: Listed) -> bool:
        """Take the last member out; in the same change the empty name, which nobody can have, takes the place.

        A directory that refuses the empty name gets the group's own name.
        """
        attribute = _by_name(listed)
        self._vault.put(self._ref(group_id), _stand_in(attribute, group.dn))
        for value in ("", group.dn):
            changes = _each(_DELETE, listed)
            changes[attribute].insert(0, (_ADD, [value]))
            code = self._link.modify(group.dn, changes, expected=_CHANGED | _NO_STAND_IN)
            if code == SUCCESS:
                return True
            if code in _CHANGED:
                return False
        self._vault.note(self._ref(group_id), b"")
        raise Rejected(
            f"{self._system}: the account is the last member of {group.dn}, which may not be empty",
            system=self._system,
            hint="Add another member to this group, or delete it; then carry the departure out again.",
        )

    def _put_back(self, group_id: str, group: Entry, wanted: Listed, listed: Listed) -> bool:
        """Add what is lacking; a stand-in that we put there goes in the same change."""
        lacking = {attribute: _lacking(attribute, wanted[attribute], listed) for attribute in wanted}
        changes = _each(_ADD, {attribute: values for attribute, values in lacking.items() if values})
        kept = json.loads(self._vault.get(self._ref(group_id)) or b"null")
        if kept:
            # The group's own name follows the group where the directory keeps references in order.
            for value in dict.fromkeys(("", kept["value"], group.dn)):
                swap = {**changes, kept["attribute"]: [*changes.get(kept["attribute"], []), (_DELETE, [value])]}
                if self._link.modify(group.dn, swap, expected=_CHANGED | _NO_STAND_IN | {VALUE_EXISTS}) == SUCCESS:
                    self._vault.note(self._ref(group_id), b"")
                    return True
        return not changes or self._link.modify(group.dn, changes, expected=_CHANGED | {VALUE_EXISTS}) == SUCCESS

    def _account(self, account_id: str, *, anew: bool) -> tuple[Entry, bool]:
        """Return the account and whether it was read just now; a second's look serves the writes that follow it."""
        known = None if anew else self._seen.account(account_id)
        if known:
            return known, False
        account = self._entries.need(account_id, [self._login])
        self._seen.keep(account_id, account)
        return account, True

    def _group(self, account: Entry, group_id: str) -> Entry:
        group = self._entries.find(group_id, self._attributes(), controls=self._only(account))
        if group is None:
            raise NotFound(f"{self._system}: there is no group {group_id} any more", system=self._system)
        return group

    def _listing(self, account: Entry) -> list[Entry]:
        """Return the groups that list an account, all read before anything else is asked on this connection.

        A name with a bit string behind it equals no name without one (RFC 4517 §4.2.31), so that only reading the
        lists tells. That is a search through the whole directory, so that each connection does it anew for every look
        only where there are such lists.
        """
        filter_ = either(equal(attribute, value) for attribute, value in self._names(account))
        found = self._link.whole(self._base, filter_, self._attributes(), controls=self._only(account))
        began = time.monotonic()
        if self._none_at > max(began - _NONE_LISTED, self._seen.listed_at):
            return found
        # The other attributes may be unknown to the schema, and what is unknown cannot be negated (RFC 4511 §4.5.1.7).
        others = every(present(_UNIQUE), neither(equal(_UNIQUE, account.dn)))
        unlike = self._link.whole(self._base, others, self._attributes())
        if not unlike and not any(group.all(_UNIQUE) for group in found):
            self._none_at = began
        return [*found, *(group for group in unlike if self._listed(account, group))]

    def _listed(self, account: Entry, group: Entry) -> Listed:
        listed: Listed = {}
        for attribute, name in self._names(account):
            values = [value for value in group.texts(attribute) if _same(attribute, name, value)]
            if values:
                listed.setdefault(attribute, []).extend(values)
        return listed

    def _alone(self, group: Entry, group_id: str, listed: Listed) -> bool:
        """Say whether taking the account out would leave a group empty that may not be.

        Counting means reading every member, so a group that has several is not counted again for a while.
        """
        classes = {name.casefold() for name in group.texts("objectClass")}
        needed = {attribute for name, attribute in _NEVER_EMPTY.items() if name in classes} & listed.keys()
        if not needed or self._seen.several(group_id):
            return False
        whole = self._entries.find(group_id, sorted(needed))
        if whole is not None and all(len(whole.all(attribute)) > len(listed[attribute]) for attribute in needed):
            self._seen.keep_several(group_id)
            return False
        return whole is not None

    def _names(self, account: Entry) -> list[tuple[str, str]]:
        """Return how a group may list this account: attribute and value."""
        by_name = [(attribute, account.dn) for attribute in BY_NAME]
        return by_name + [(BY_LOGIN, login) for login in account.texts(self._login)]

    def _attributes(self) -> list[str]:
        return [*BY_NAME, BY_LOGIN, "cn", "objectClass", self._entries.id_attribute]

    def _only(self, account: Entry) -> list[Control]:
        """Return the control that spares us the other members of large groups, where the server knows it."""
        if not self._link.supports(MATCHED_VALUES):
            return []
        members = [equality_item(*name) for name in self._names(account) if name[0] != _UNIQUE]
        # Equality finds no value with a bit string.
        whole = [presence_item(name) for name in self._attributes() if name not in {"member", BY_LOGIN}]
        return [(MATCHED_VALUES, True, values_filter(members + whole))]

    def _ref(self, group_id: str) -> str:
        return f"{self._system}/stand-in/{group_id}"


def _by_name(listed: Iterable[str]) -> str:
    return next(name for name in BY_NAME if name in listed)


def _stand_in(attribute: str, group: str) -> bytes:
    """Return what is sealed of a stand-in: the empty name, or the group's own as it was then."""
    return json.dumps({"attribute": attribute, "value": group}).encode()


def _state(listed: Listed, dn: str) -> dict[str, Json]:
    return {key: [_masked(value, dn) for value in values] for key, values in listed.items()}


def _masked(value: str, dn: str) -> str:
    name, bits = _split(value)
    return OWN_NAME + bits if name == dn else value


def _wanted(state: dict[str, Json], dn: str) -> Listed:
    return {
        key: [dn + one.removeprefix(OWN_NAME) if one.startswith(OWN_NAME) else one for one in cast("list[str]", values)]
        for key, values in state.items()
    }


def _lacking(attribute: str, wanted: list[str], listed: Listed) -> list[str]:
    here = listed.get(attribute, ())
    return [
        one
        for one in wanted
        if not any(_same(attribute, one, have) and _split(one)[1] == _split(have)[1] for have in here)
    ]


def _each(operation: str, listed: Listed) -> Changes:
    return {attribute: [(operation, list(values))] for attribute, values in listed.items()}


def _same(attribute: str, one: str, other: str) -> bool:
    if attribute != _UNIQUE:
        return one == other if attribute == BY_LOGIN else same_name(one, other)
    return same_name(_split(one)[0], _split(other)[0])


def _split(value: str) -> tuple[str, str]:
    """Return the name and the bit string behind it, which is mostly none."""
    bits = _BITS.search(value)
    return (value[: bits.start()], bits.group()) if bits else (value, "")
