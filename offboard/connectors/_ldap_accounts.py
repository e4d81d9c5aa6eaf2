"""Shuts sign-in and proves it, and opens it again as it was.

The password is replaced by a random one that is sealed beforehand, and the account is locked. Only a refused sign-in
with that very password shows that the lock is in force; where it is not, nobody may know the password any more.
Machines that read accounts from the directory let people in by other ways too, so POSIX and shadow accounts are shut
for them besides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from offboard.connectors._ldap_dialects import SHUT_BY_US
from offboard.connectors._ldap_faults import (
    CONSTRAINT,
    INSUFFICIENT_ACCESS,
    NO_SUCH_ATTRIBUTE,
    OBJECT_CLASS_VIOLATION,
    SUCCESS,
    UNDEFINED_ATTRIBUTE,
    UNWILLING,
    VALUE_EXISTS,
)
from offboard.connectors._ldap_sealed import Safe, Sealed
from offboard.errors import Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.connectors._ldap_dialects import Dialect
    from offboard.connectors._ldap_entries import Entries
    from offboard.connectors._ldap_link import Changes, Entry
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

PASSWORD: Final = "userPassword"  # noqa: S105 - the name of an attribute
UNREADABLE: Final = "unreadable"

_NO_LOCK = frozenset({UNDEFINED_ATTRIBUTE, OBJECT_CLASS_VIOLATION, INSUFFICIENT_ACCESS})
_NO_HASH = frozenset({CONSTRAINT, UNWILLING})
_CHANGED = frozenset({NO_SUCH_ATTRIBUTE, VALUE_EXISTS})
_ADD, _DELETE, _REPLACE = "MODIFY_ADD", "MODIFY_DELETE", "MODIFY_REPLACE"


@dataclass(frozen=True, slots=True)
class _Found:
    """One account as it was just read; ``passwords`` is ``None`` where the directory does not show them."""

    entry: Entry
    passwords: list[bytes] | None
    fingerprint: str
    dialect: Dialect

    @property
    def locked_by_us(self) -> bool:
        """Say whether the lock is the one that we set."""
        dialect = self.dialect
        return bool(dialect.lock) and self.entry.first(dialect.lock).casefold() == dialect.locked.casefold()

    def open_state(self) -> dict[str, Json]:
        """Return the state of an account that is not shut by us."""
        entry, kept = self.entry, self.dialect.kept
        kept = {key: entry.first(attribute) for key, attribute in kept.items() if entry.all(attribute)}
        return {"sign_in": "open", "password": self.fingerprint, **kept}


class SignIn:
    """Sign-in of the accounts of one directory."""

    def __init__(self, entries: Entries, vault: Vault, dialect: Callable[[], Dialect]) -> None:
        self._entries = entries
        self._dialect = dialect
        self._link = entries.link
        self._system = entries.link.address.system
        self._safe = Safe(vault, self._system)
        self._seen: dict[str, _Found] = {}
        self._takes_hashes = True

    def state(self, account_id: str) -> dict[str, Json] | None:
        """Return the state of sign-in; see ``Accounts.account``."""
        found = self._look(account_id)
        if found is None:
            return None
        self._seen = {account_id: found}
        sealed = self._safe.read(account_id)
        if sealed.probe is None:
            return found.open_state()
        if found.dialect.shutting(found.entry):
            return found.open_state()
        if found.passwords is None:
            return self._judge_unreadable(account_id, found, sealed)
        return self._judge(account_id, found, sealed)

    def seal(self, account_id: str) -> None:
        """Note what shutting the account, as it was seen last, replaces, and the password that we shall set."""
        found = self._seen.get(account_id) or self._look(account_id)
        if found is not None:
            self._safe.note(account_id, self._to_seal(found, self._safe.read(account_id)))

    def bring(self, account_id: str, state: dict[str, Json]) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        if state.get("sign_in") not in {"shut", "open"}:
            raise Rejected(
                f"{self._system}: sign-in cannot be brought to {state.get('sign_in')!r}",
                system=self._system,
                hint="It was shut before, without proof: decide by hand what this account should be.",
            )
        for _ in range(2):
            found = self._look(account_id)
            if found is None:
                raise NotFound(f"{self._system}: there is no account {account_id} any more", system=self._system)
            if state["sign_in"] == "open":
                done = self._open(account_id, found, state)
            else:
                done = self._shut(account_id, found) and self._shut_on_machines(account_id, found)
            if done:
                return
        text = f"{self._system}: account {account_id} was changed by somebody else while it was being written"
        raise Drifted(text, system=self._system)

    def _look(self, account_id: str) -> _Found | None:
        dialect = self._dialect()
        entry = self._entries.find(account_id, [PASSWORD, *dialect.kept.values(), "objectClass"])
        if entry is None:
            return None
        values: list[bytes] | None = entry.all(PASSWORD)
        if not values and self._link.compare(entry.dn, PASSWORD, b"?") != NO_SUCH_ATTRIBUTE:
            values = None
        return _Found(entry, values, UNREADABLE if values is None else self._safe.fingerprint(values), dialect)

    def _judge(self, account_id: str, found: _Found, sealed: Sealed) -> dict[str, Json]:
        """Say what holds where stored passwords can be read: ours must be the only one."""
        if sealed.probe and not sealed.stored:
            # The directory hashed our password itself, and we had no time to read back what it made of it.
            if not self._link.accepts(found.entry.dn, sealed.probe):
                return {"sign_in": "shut"} if sealed.tried and found.locked_by_us else found.open_state()
            if len(found.passwords or ()) != 1:
                return found.open_state()
            sealed = replace(sealed, stored=found.fingerprint, lock=False)
        if found.fingerprint != sealed.stored:
            return found.open_state()
        if not sealed.probe:
            return {"sign_in": "shut"}
        if sealed.lock and not found.locked_by_us and not sealed.tried:
            return found.open_state()
        if found.locked_by_us and not self._link.accepts(found.entry.dn, sealed.probe):
            return {"sign_in": "shut"}
        # No lock is honoured here: the password keeps the account shut, once nobody knows it.
        self._forget(account_id, sealed)
        return {"sign_in": "shut"}

    def _judge_unreadable(self, account_id: str, found: _Found, sealed: Sealed) -> dict[str, Json]:
        """Say what holds where stored passwords cannot be read: only a lock that is in force proves anything."""
        if sealed.lock and not found.locked_by_us:
            return found.open_state()
        if not sealed.probe:
            return {"sign_in": "unproved"}
        if self._link.accepts(found.entry.dn, sealed.probe):
            self._forget(account_id, sealed)
            return {"sign_in": "unproved"}
        if not sealed.lock or sealed.tried is None:
            return found.open_state()
        return {"sign_in": "shut"} if sealed.tried else {"sign_in": "unproved"}

    def _forget(self, account_id: str, sealed: Sealed) -> None:
        self._safe.note(account_id, replace(sealed, probe="", tried=False))

    def _to_seal(self, found: _Found, sealed: Sealed) -> Sealed:
        """Return what must be on disk before an account that was found so is shut; the same, however often asked."""
        if found.passwords is not None and found.fingerprint != sealed.stored:
            sealed = sealed.keeping(found.fingerprint, found.passwords)
        sealed = replace(sealed.with_probe(), lock=bool(found.dialect.lock), tried=None)
        by_us = found.passwords is not None and self._takes_hashes
        return replace(sealed, stored=self._safe.fingerprint([sealed.hashed]) if by_us else "")

    def _shut(self, account_id: str, found: _Found) -> bool:
        """Seal, then write; ``False`` when the entry changed in between and must be looked at again."""
        sealed = self._to_seal(found, self._safe.read(account_id))
        self._safe.write(account_id, sealed)
        if not sealed.stored:
            return self._shut_apart(account_id, found, sealed)
        password: Changes = {PASSWORD: [(_REPLACE, [sealed.hashed])]}
        code = self._change(found, account_id, password | _lock(found), _NO_LOCK | _NO_HASH)
        if code in _NO_LOCK:
            sealed = replace(sealed, lock=False)
            self._safe.note(account_id, sealed)
            code = self._change(found, account_id, password, _NO_HASH)
        if code in _NO_HASH:
            self._takes_hashes = False
            sealed = replace(sealed, stored="", lock=bool(found.dialect.lock))
            self._safe.write(account_id, sealed)
            return self._shut_apart(account_id, found, sealed)
        return code == SUCCESS

    def _shut_apart(self, account_id: str, found: _Found, sealed: Sealed) -> bool:
        """Set the password, see that it works, and only then lock: here nobody can tell what was stored."""
        # A lock of ours from a try that was cut off would hide whether the password works.
        lifted: Changes = {found.dialect.lock: [(_DELETE, [])]} if found.locked_by_us else {}
        code = self._change(found, account_id, {PASSWORD: [(_REPLACE, [sealed.hashed])]} | lifted, _NO_HASH)
        if code in _NO_HASH:
            # The password policy wants to see the password itself; TLS carries it.
            plain: Changes = {PASSWORD: [(_REPLACE, [(sealed.probe or "").encode()])]}
            code = self._change(found, account_id, plain | lifted, frozenset())
        if code in _CHANGED:
            return False
        after = self._look(account_id) or found
        sealed = replace(sealed, tried=self._link.accepts(after.entry.dn, sealed.probe or ""))
        if sealed.tried and len(after.passwords or ()) == 1:
            sealed = replace(sealed, stored=after.fingerprint)
        self._safe.note(account_id, sealed)
        lock = _lock(after)
        code = self._change(after, account_id, lock, _NO_LOCK | {CONSTRAINT}) if lock else UNDEFINED_ATTRIBUTE
        if code != SUCCESS:
            self._safe.note(account_id, replace(sealed, lock=False))
        elif sealed.stored:
            self._safe.note(account_id, replace(sealed, tried=False))
        return code not in _CHANGED

    def _shut_on_machines(self, account_id: str, found: _Found) -> bool:
        """Shut what a bind passes by; ``False`` when the entry changed in between."""
        wanted = found.dialect.shutting(found.entry)
        changes: Changes = {attribute: [(_REPLACE, [value])] for attribute, value in wanted.items()}
        return not changes or self._change(found, account_id, changes, frozenset()) == SUCCESS

    def _open(self, account_id: str, found: _Found, state: dict[str, Json]) -> bool:
        """Put the former password, lock and duty to change back; ``False`` when the entry changed in between."""
        sealed = self._safe.read(account_id)
        wanted = cast("str", state.get("password", UNREADABLE))
        if wanted not in {UNREADABLE, found.fingerprint}:
            wanted = sealed.chosen(wanted)
        former = None if wanted in {UNREADABLE, found.fingerprint} else self._former(found, sealed, wanted)
        changes: Changes = {}
        if former is not None:
            changes[PASSWORD] = [(_REPLACE, former)] if former else [(_DELETE, [])]
        dialect = found.dialect
        for key, attribute in dialect.kept.items():
            before, after = found.entry.first(attribute), cast("str", state.get(key, ""))
            ours = before == SHUT_BY_US.get(attribute, before)
            if (before != after and (after or ours)) or (after and former is not None and key in dialect.wiped):
                # A server that wipes the attribute out itself minds a plain replacement, not a deletion.
                changes[attribute] = [(_DELETE, [])] if before else []
                changes[attribute] += [(_ADD, [after])] if after else []
        several = frozenset({CONSTRAINT} if former and len(former) > 1 else ())
        code = self._change(found, account_id, changes, several) if changes else SUCCESS
        if code == CONSTRAINT:
            self._one_by_one(found, account_id, former or [])
        if code != SUCCESS:
            return False
        if sealed.former or sealed.probe is not None:
            self._safe.note(account_id, sealed.without(wanted))
        return True

    def _former(self, found: _Found, sealed: Sealed, fingerprint: str) -> list[bytes]:
        former = sealed.values(fingerprint)
        if former is None:
            raise Rejected(
                f"{self._system}: the former password of {found.entry.dn} is not in the vault",
                system=self._system,
                hint="Give this person a new password by hand, and lift the lock.",
            )
        return former

    def _one_by_one(self, found: _Found, account_id: str, values: list[bytes]) -> None:
        """Put several password values back where a policy takes one at a time (slapd's does); the rest comes after."""
        self._change(found, account_id, {PASSWORD: [(_REPLACE, values[:1])]}, frozenset())
        for value in values[1:]:
            self._change(found, account_id, {PASSWORD: [(_ADD, [value])]}, frozenset())

    def _change(self, found: _Found, account_id: str, changes: Changes, expected: frozenset[int]) -> int:
        return self._entries.change(found.entry, account_id, changes, expected=expected | _CHANGED)


def _lock(found: _Found) -> Changes:
    """Return the change that locks; slapd's policy wipes a former lock out unless that is deleted by name."""
    dialect = found.dialect
    if not dialect.lock:
        return {}
    delete: list[tuple[str, list[str]]] = [(_DELETE, [])] if found.entry.all(dialect.lock) else []
    return {dialect.lock: [*delete, (_ADD, [dialect.locked])]}
