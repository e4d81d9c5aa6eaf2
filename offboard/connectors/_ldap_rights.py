"""Finds out what our account may write without writing.

A server looks at rights before it looks at values (RFC 4511 leaves it the order; OpenLDAP and 389 Directory Server do
it so): told to delete a value that is not there, it answers noSuchAttribute to those who may, and
insufficientAccessRights to those who may not. Nothing changes either way.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offboard.connectors._ldap_accounts import PASSWORD
from offboard.connectors._ldap_faults import INSUFFICIENT_ACCESS, NO_SUCH_ATTRIBUTE, SIZE_LIMIT, SUCCESS
from offboard.connectors._ldap_groups import BY_LOGIN, BY_NAME
from offboard.connectors._ldap_text import equal, every, same_name

if TYPE_CHECKING:
    from offboard.connectors._ldap_dialects import Dialect
    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Entry, Link

WRITE_GROUPS: Final = "write member, uniqueMember and memberUid of groups"

_MAY = frozenset({NO_SUCH_ATTRIBUTE})
_MAY_NOT = frozenset({8, INSUFFICIENT_ACCESS, 123})
_ANSWERS = frozenset(range(1, 124)) - {3, 51, 52}
_MUST_CHANGE = "pwdReset"
_CLASSES: Final = {"groupofnames": "member", "groupofuniquenames": "uniqueMember", "posixgroup": BY_LOGIN}


@dataclass(frozen=True, slots=True)
class Rights:
    """Tries what our account may write in one directory; ``keys`` is the attribute that lists SSH keys."""

    entries: Entries
    bind_dn: str
    dialect: Dialect
    keys: str

    @property
    def link(self) -> Link:
        """The connection."""
        return self.entries.link

    def may_write(self, entry: Entry, attribute: str) -> bool | None:
        """Say whether our account may write an attribute of an entry; ``None``: the server's answer does not tell."""
        code = self.link.modify(
            entry.dn, {attribute: [("MODIFY_DELETE", [_absent(entry, attribute)])]}, expected=_ANSWERS
        )
        if code in _MAY or code == SUCCESS:
            return True
        return False if code in _MAY_NOT else None

    def needed(self, entry: Entry) -> list[str]:
        """Return the attributes of a person that shutting an account, and undoing it, writes."""
        machines = [*self.dialect.shutting(entry)]
        reset = [_MUST_CHANGE] if _MUST_CHANGE in self.dialect.wiped.values() else []
        keys = [self.keys] if entry.all(self.keys) else []
        return [PASSWORD, *([self.dialect.lock] if self.dialect.lock else []), *reset, *machines, *keys]

    def of_people(self, base: str, person_class: str) -> dict[str, bool | None]:
        """Return right → held, tried on one person of each sort that there is."""
        is_person = equal("objectClass", person_class)
        sorts = [is_person, *(every(is_person, equal("objectClass", one)) for one in ("posixAccount", "shadowAccount"))]
        sorts.append(every(is_person, f"({self.keys}=*)"))
        found: dict[str, bool | None] = {}
        for filter_ in sorts if self.dialect.machines else [sorts[0], sorts[-1]]:
            for entry in self._some(base, filter_):
                for attribute in self.needed(entry):
                    right = f"write {attribute}"
                    if right not in found:
                        found[right] = self.may_write(entry, attribute)
        return found

    def of_groups(self, base: str) -> dict[str, bool | None]:
        """Return the right to change members → held: of one group of each kind."""
        answers = []
        for kind, attribute in _CLASSES.items():
            answers += [self.may_write(entry, attribute) for entry in self._some(base, equal("objectClass", kind))]
        if not answers:
            return {}
        return {WRITE_GROUPS: None if None in answers and False not in answers else all(answers)}

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change an account, in sentences that name the right."""
        entry = self.entries.find(account_id, [*self.dialect.kept.values(), self.keys, "objectClass"])
        if entry is None:
            return []
        if self.bind_dn and same_name(entry.dn, self.bind_dn):
            return [f"{entry.dn} is the account that offboard itself signs in with."]
        lacking = [
            name
            for name in self.needed(entry)
            if (name != _MUST_CHANGE or entry.all(name)) and self.may_write(entry, name) is False
        ]
        return [f"Our account lacks the right to write {name} of {entry.dn}.{self._so(name)}" for name in lacking]

    def _so(self, attribute: str) -> str:
        if attribute != self.dialect.lock:
            return ""
        return " No lock can be set: only the replaced password, which nobody knows, keeps people out."

    def _some(self, base: str, filter_: str) -> list[Entry]:
        wanted = ["objectClass", *self.dialect.kept.values(), self.keys, *BY_NAME]
        ours = frozenset({SIZE_LIMIT})
        found = self.link.search(base, filter_, wanted, limit=2, expected=ours)
        return [entry for entry in found if not (self.bind_dn and same_name(entry.dn, self.bind_dn))][:1]


def _absent(entry: Entry, attribute: str) -> str:
    """Return a value, right in form, that an entry does not have."""
    chance = secrets.token_hex(8)
    fixed = {
        "pwdaccountlockedtime": "000001010001Z",
        "pwdreset": "TRUE" if entry.first("pwdReset").upper() == "FALSE" else "FALSE",
        "shadowexpire": str(-(10**9) - secrets.randbelow(10**9)),
        "member": f"cn={chance}",
        "uniquemember": f"cn={chance}",
    }
    return fixed.get(attribute.casefold(), chance)
