"""The practice directory: entries in memory, with slapd's answers to everything that may be asked of them."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offboard.practice import filters, references, schema
from offboard.practice.entries import Code, Entry, Refused, apply_edits, check_entry, check_values, fit_name
from offboard.practice.matching import Key, NoName, name_key, parent_text
from offboard.practice.passwords import SECRET, fits, written
from offboard.practice.policy import follow_password, refuses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from offboard.practice.entries import Attributes, Edit

SUBSCHEMA = "cn=Subschema"
_NAMESPACE = uuid.UUID("6f1dd0a4-4f0b-5c0e-9d0e-6a7c1b1f6c11")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One thing that was changed over the wire; values of passwords are left out."""

    at: datetime
    who: str
    what: str
    target: str
    edits: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a bind: who it was, empty for nobody that is known here, and whether it was refused."""

    name: str
    refused: bool = False


@dataclass(slots=True)
class Directory:
    """Entries below ``suffix``; ``administrators`` may write everything, everybody else their own password.

    ``policy`` names the entry with the password policy that is in force for all.
    """

    suffix: str
    root: str
    root_password: str = field(repr=False)
    administrators: frozenset[str]
    policy: str
    journal: list[Mutation] = field(default_factory=list, repr=False)
    _entries: dict[Key, Entry] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def load(self, name: str, attributes: Attributes) -> None:
        """Put an entry in as the company is founded: nothing is journalled, and its ids are the same every time."""
        with self._lock:
            self._create(name, attributes, self.root, str(uuid.uuid5(_NAMESPACE, name.casefold())))

    def bind(self, name: str, password: bytes) -> SignIn:
        """Sign in; a wrong password, an unknown name and a lock all look the same to whoever tries.

        Raises:
            Refused: the name does not parse, or a name came without a password.
        """
        key = self._key(name)
        if not password:
            if key:
                raise Refused(Code.UNWILLING, "unauthenticated bind (DN with no password) disallowed")
            return SignIn("")
        if key == self._key(self.root):
            return SignIn(self.root, refused=not fits(password, [self.root_password.encode()]))
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return SignIn("", refused=True)
            right = fits(password, entry.attributes.get(SECRET, ())) and not self._locked(entry)
            return SignIn(entry.name, refused=not right)

    def search(self, who: str, base: str, scope: int, wanted: Any) -> list[tuple[str, Attributes]]:
        """Return every entry that matches, with all its attributes that ``who`` may read.

        Raises:
            Refused: there is no such base.
        """
        with self._lock:
            place = self._found(base).key
            found = [entry for key, entry in self._entries.items() if _in_scope(key, place, scope)]
            views = [(entry.name, self._view(entry, who)) for entry in found]
        return [(name, view) for name, view in views if filters.matches(wanted, view)]

    def read(self, name: str) -> Attributes:
        """Return all attributes of one entry, as an administrator sees them."""
        with self._lock:
            return self._view(self._found(name), self.root)

    def compare(self, who: str, name: str, attribute: str, value: bytes) -> bool:
        """Say whether an attribute has a value.

        Raises:
            Refused: no such entry, or the entry has no such attribute.
        """
        with self._lock:
            view = self._view(self._found(name), who)
        kind = schema.attribute(attribute)
        if kind is None:
            raise Refused(Code.UNDEFINED_ATTRIBUTE, "attribute type undefined")
        if kind.names[0] not in view:
            hidden = kind.names[0] == SECRET and not self._is_administrator(who)
            raise Refused(Code.INSUFFICIENT_ACCESS if hidden else Code.NO_SUCH_ATTRIBUTE)
        return filters.has_value(view, attribute, value) is True

    def add(self, who: str, name: str, attributes: Attributes) -> None:
        """Add an entry.

        Raises:
            Refused: as slapd would.
        """
        self._signed_in(who)
        with self._lock:
            self._may_write(who)
            if self._key(name) in self._entries:
                raise Refused(Code.EXISTS)
            self._create(name, attributes, who, str(uuid.uuid4()))
            self._note(who, "add", name)

    def modify(self, who: str, name: str, edits: Sequence[Edit], condition: Any = None) -> None:
        """Change an entry: all edits, or none; ``condition`` is a filter that must hold for it (RFC 4528).

        Raises:
            Refused: as slapd would.
        """
        edits = [edit.checked() for edit in edits]
        self._signed_in(who)
        with self._lock:
            entry = self._found(name, writes=True)
            own_password = entry.name == who and all(edit.attribute == SECRET for edit in edits)
            self._may_write(who, own=own_password)
            if condition is not None and not filters.matches(condition, self._view(entry, who)):
                raise Refused(Code.ASSERTION_FAILED)
            attributes = apply_edits(entry.attributes, edits)
            check_entry(entry.name, attributes)
            follow_password(entry.attributes, attributes, edits)
            self._stamp(attributes, who)
            entry.attributes = attributes
            self._note(who, "modify", entry.name, edits)

    def delete(self, who: str, name: str) -> None:
        """Delete an entry and take it out of the groups it is in, as far as they allow it.

        Raises:
            Refused: as slapd would.
        """
        self._signed_in(who)
        with self._lock:
            entry = self._found(name, writes=True)
            self._may_write(who)
            if self._has_children(entry):
                raise Refused(Code.NOT_LEAF, "subordinate objects must be deleted first")
            references.forget(self._entries.values(), entry.key)
            del self._entries[entry.key]
            self._note(who, "delete", entry.name)

    def rename(self, who: str, name: str, own: str, superior: str | None, *, drop_old: bool) -> None:
        """Give an entry another name of its own, and another place when ``superior`` is given; its id stays.

        Raises:
            Refused: as slapd would.
        """
        self._signed_in(who)
        with self._lock:
            entry = self._found(name, writes=True)
            self._may_write(who)
            old, new = entry.name, f"{own},{parent_text(name) if superior is None else superior}"
            if self._has_children(entry):
                raise Refused(Code.UNWILLING, "the practice directory renames leaves only")
            key = self._key(new)
            self._parent(new)
            if key in self._entries and key != entry.key:
                raise Refused(Code.EXISTS)
            attributes = fit_name(entry.attributes, new, old=entry.name if drop_old else "")
            check_entry(new, attributes)
            references.follow(self._entries.values(), entry.key, new)
            del self._entries[entry.key]
            entry.name, entry.key, entry.attributes = new, key, attributes
            self._entries[key] = entry
            self._stamp(attributes, who)
            self._note(who, "rename", f"{old} → {new}")

    def _create(self, name: str, attributes: Attributes, who: str, entry_id: str) -> None:
        self._parent(name)
        made = fit_name(check_values(attributes), name)
        check_entry(name, made)
        now = written(datetime.now(UTC))
        made |= {"entryUUID": [entry_id.encode()], "createTimestamp": [now], "creatorsName": [who.encode()]}
        self._stamp(made, who)
        key = self._key(name)
        self._entries[key] = Entry(name, key, made)

    def _key(self, name: str) -> Key:
        try:
            return name_key(name)
        except NoName as error:
            raise Refused(Code.BAD_NAME, "invalid DN") from error

    def _found(self, name: str, *, writes: bool = False) -> Entry:
        key = self._key(name)
        if writes:
            self._below_suffix(key)
        entry = self._entries.get(key)
        if entry is not None:
            return entry
        above = next((self._entries[key[up:]] for up in range(len(key)) if key[up:] in self._entries), None)
        raise Refused(Code.NO_SUCH_OBJECT, matched=above.name if above else "")

    def _below_suffix(self, key: Key) -> None:
        suffix = self._key(self.suffix)
        if key[-len(suffix) :] != suffix:
            raise Refused(Code.UNWILLING, "no global superior knowledge")

    def _parent(self, name: str) -> None:
        key = self._key(name)
        self._below_suffix(key)
        if key != self._key(self.suffix) and key[1:] not in self._entries:
            self._found(parent_text(name))

    @staticmethod
    def _signed_in(who: str) -> None:
        if not who:
            raise Refused(Code.STRONGER_AUTH, "modifications require authentication")

    def _may_write(self, who: str, *, own: bool = False) -> None:
        if not own and not self._is_administrator(who):
            raise Refused(Code.INSUFFICIENT_ACCESS)

    def _view(self, entry: Entry, who: str) -> Attributes:
        view = dict(entry.attributes)
        if not self._is_administrator(who):
            view.pop(SECRET, None)
        kind = schema.structural_class(map(_text, view["objectClass"]))
        view["structuralObjectClass"] = [kind.name.encode()] if kind else []
        view["entryDN"] = [entry.name.encode()]
        view["subschemaSubentry"] = [SUBSCHEMA.encode()]
        view["hasSubordinates"] = [b"TRUE" if self._has_children(entry) else b"FALSE"]
        view["memberOf"] = [group.name.encode() for group in references.groups_of(self._entries.values(), entry.key)]
        return {name: values for name, values in view.items() if values}

    def _is_administrator(self, who: str) -> bool:
        return who in {self.root, *self.administrators}

    def _has_children(self, entry: Entry) -> bool:
        return any(key[1:] == entry.key for key in self._entries if key)

    def _locked(self, entry: Entry) -> bool:
        own = entry.attributes.get("pwdPolicySubentry", [self.policy.encode()])[0]
        policy = self._entries.get(name_key(_text(own)))
        return policy is not None and refuses(policy.attributes, entry.attributes, datetime.now(UTC))

    @staticmethod
    def _stamp(attributes: Attributes, who: str) -> None:
        now = datetime.now(UTC)
        attributes["modifyTimestamp"] = [written(now)]
        attributes["modifiersName"] = [who.encode()]
        attributes["entryCSN"] = [now.strftime("%Y%m%d%H%M%S.%fZ#000000#000#000000").encode()]

    def _note(self, who: str, what: str, target: str, edits: Iterable[Edit] = ()) -> None:
        shown = tuple(
            (edit.verb, edit.attribute, () if edit.attribute == SECRET else tuple(map(_text, edit.values)))
            for edit in edits
        )
        self.journal.append(Mutation(datetime.now(UTC), who, what, target, shown))


def _in_scope(key: Key, base: Key, scope: int) -> bool:
    if scope == 0:
        return key == base
    if scope == 1:
        return len(key) == len(base) + 1 and key[1:] == base
    return key[len(key) - len(base) :] == base


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
