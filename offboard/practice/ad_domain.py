"""The practice domain: accounts and groups in memory, with a domain controller's answers to what offboard asks."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any, Final

from offboard.practice.ad_filters import matches, plain
from offboard.practice.ad_objects import NEVER, SINGLE, USERS, Object, access_list, known, sid_of, ticks_now
from offboard.practice.directory import SignIn
from offboard.practice.entries import Attributes, Code, Edit, Refused
from offboard.practice.matching import Key, NoName, first_pairs, name_key, parent_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAMESPACE: Final = uuid.UUID("b0a1f1e8-2d1c-5a57-9f0c-3c7f0d4f8a11")
_ACCOUNTS: Final = {"user": b"805306368", "computer": b"805306369", "group": b"268435456"}
_DELEGATED: Final = frozenset(
    {"unicodePwd", "userAccountControl", "accountExpires", "logonHours", "pwdLastSet", "member"}
)
_BUILTIN: Final = (("Users", 545, "Domain Users"), ("Administrators", 544, "Domain Admins"))
PROTECTED: Final = {"Domain Admins": 512, "Enterprise Admins": 519, "Schema Admins": 518}


class Domain:
    """Objects below ``suffix``; ``service`` names the account with delegated rights, ``NAME@realm`` signs in, too."""

    def __init__(self, suffix: str, realm: str, service: str) -> None:
        self.suffix = suffix
        self.root = ""
        self._realm, self._short = realm.casefold(), realm.partition(".")[0].casefold()
        self._service = service.casefold()
        self._objects: dict[Key, Object] = {}
        self._listed: dict[Key, list[Object]] = {}
        self._relative = 1100
        self._lock = threading.RLock()
        self.load(suffix, {"objectClass": [b"domain"]})
        self.load(f"CN=Users,{suffix}", {"objectClass": [b"container"]})
        self._well_known("Domain Users", USERS)
        for name, relative in PROTECTED.items():
            self._well_known(name, relative)
        self.load(f"CN=Builtin,{suffix}", {"objectClass": [b"container"]})
        for name, relative, member in _BUILTIN:
            entry = f"CN={name},CN=Builtin,{suffix}"
            inside = [f"CN={member},CN=Users,{suffix}".encode()]
            self.load(entry, {"objectClass": [b"top", b"group"], "member": inside})
            self._objects[name_key(entry)].sid = sid_of(relative, builtin=True)

    def load(self, name: str, attributes: Attributes, password: str = "", relative: int = 0) -> None:
        """Put an object in as the company is founded; its ids are the same every time."""
        with self._lock:
            self._create(name, attributes, uuid.uuid5(_NAMESPACE, name.casefold()), relative)
            if password:
                self._objects[name_key(name)].set_password([f'"{password}"'.encode("utf-16-le")])

    def bind(self, name: str, password: bytes) -> SignIn:
        """Sign in by whole name, by ``login@realm``, or by the domain's short name before the login.

        Raises:
            Refused: with the code of Active Directory behind ``data``.
        """
        if not name and not password:
            return SignIn("")
        with self._lock:
            found = self._named(name)
            code = found.refusal(password.decode("utf-8", "replace")) if found and password else "52e"
            if code or found is None:
                text = f"80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {code}, v4563"
                raise Refused(Code.INVALID_CREDENTIALS, text)
            return SignIn(found.name)

    def search(self, who: str, base: str, scope: int, wanted: Any) -> list[tuple[str, Attributes]]:
        """Return every object that matches, with all that is known of it.

        Raises:
            Refused: there is no such base, or nobody is signed in.
        """
        with self._lock:
            self._signed_in(who)
            place = self._found(base).key
            inside = [found for key, found in self._objects.items() if _inside(key, place, scope)]
            views = [(found, self._view(found, who)) for found in inside]
            return [
                (found.name, view)
                for found, view in views
                if matches(wanted, view, lambda name, found=found: self._reaches(name, found))  # type: ignore[misc]  # bound now
            ]

    def modify(self, who: str, name: str, edits: Sequence[Edit], condition: Any = None) -> None:
        """Change an object: all edits, or none.

        Raises:
            Refused: as a domain controller would.
        """
        del condition
        with self._lock:
            self._signed_in(who)
            found = self._found(name)
            named = [(known(edit.attribute), edit) for edit in edits]
            allowed = self._may_write(who, found)
            for attribute, _ in named:
                if attribute not in allowed:
                    raise Refused(Code.INSUFFICIENT_ACCESS, "00002098: SecErr: DSID-03150F94, problem 4003 (ACCESS)")
            values = {key: list(held) for key, held in found.values.items()}
            for attribute, edit in named:
                if attribute == "unicodePwd":
                    found.set_password(edit.values)
                    values["pwdLastSet"] = found.values["pwdLastSet"]
                else:
                    values[attribute] = self._edited(attribute, values.get(attribute, []), edit)
            if values.get("pwdLastSet") == [b"-1"]:
                values["pwdLastSet"] = [str(ticks_now()).encode()]
            found.values = {key: held for key, held in values.items() if held}
            self._listed = {}

    def add(self, who: str, name: str, attributes: Attributes) -> None:
        """Refuse: nothing of offboard makes accounts."""
        del who, name, attributes
        raise Refused(Code.INSUFFICIENT_ACCESS, "00002098: SecErr: DSID-03152DD2, problem 4003 (ACCESS)")

    def delete(self, who: str, name: str) -> None:
        """Refuse: nothing of offboard deletes accounts."""
        self.add(who, name, {})

    def compare(self, who: str, name: str, attribute: str, value: bytes) -> bool:
        """Say whether an attribute has a value."""
        with self._lock:
            view = self._view(self._found(name), who)
        return plain(attribute, value) in [plain(attribute, held) for held in view.get(attribute, ())]

    def rename(self, who: str, name: str, own: str, superior: str | None, *, drop_old: bool) -> None:
        """Give an object another name of its own, and another place when ``superior`` is given; its id stays.

        Raises:
            Refused: as a domain controller would.
        """
        del drop_old
        with self._lock:
            self._signed_in(who)
            found = self._found(name)
            if not self._may_write(who, found):
                raise Refused(Code.INSUFFICIENT_ACCESS, "00002098: SecErr: DSID-03150BB9, problem 4003 (ACCESS)")
            place = parent_text(found.name) if superior is None else self._found(superior).name
            new = f"{own},{place}"
            key = self._key(new)
            if key in self._objects and key != found.key:
                raise Refused(Code.EXISTS, "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS)")
            for other in self._objects.values():
                for attribute in ("member", "manager", "managedBy"):
                    held = other.values.get(attribute, [])
                    if found.name.encode() in held:
                        held[held.index(found.name.encode())] = new.encode()
            self._listed = {}
            del self._objects[found.key]
            found.name, found.key = new, key
            self._objects[key] = found

    def token(self, who: str) -> list[bytes]:
        """Return the security identifiers of somebody who is signed in."""
        with self._lock:
            found = self._objects.get(self._key(who)) if who else None
            return [found.sid, *self._groups(found)] if found else []

    def _create(self, name: str, attributes: Attributes, guid: uuid.UUID, relative: int) -> None:
        key = name_key(name)
        self._relative += 1
        values = {known(attribute): list(held) for attribute, held in attributes.items()}
        kind = values["objectClass"][-1].decode()
        if kind in _ACCOUNTS:
            values["sAMAccountType"] = [_ACCOUNTS[kind]]
        if kind == "user":
            defaults = {"userAccountControl": b"512", "accountExpires": NEVER, "primaryGroupID": str(USERS).encode()}
            values = {attribute: [value] for attribute, value in defaults.items()} | values
            values["objectClass"] = [b"top", b"person", b"organizationalPerson", b"user"]
        attribute, value = first_pairs(name)[0]
        values[known(attribute)] = [value]
        self._listed = {}
        self._objects[key] = Object(name, key, values, guid, sid_of(relative or self._relative))

    def _well_known(self, name: str, relative: int) -> None:
        place = f"CN={name},CN=Users,{self.suffix}"
        self.load(place, {"objectClass": [b"top", b"group"], "sAMAccountName": [name.encode()]}, relative=relative)

    def _key(self, name: str) -> Key:
        try:
            return name_key(name)
        except NoName as error:
            raise Refused(Code.BAD_NAME, "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME)") from error

    def _found(self, name: str) -> Object:
        found: Object | None
        if name.upper().startswith("<GUID=") and name.endswith(">"):
            wanted = name[6:-1].casefold()
            found = next((one for one in self._objects.values() if str(one.guid) == wanted), None)
        else:
            found = self._objects.get(self._key(name))
        if found is None:
            raise Refused(Code.NO_SUCH_OBJECT, "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT)")
        return found

    def _named(self, name: str) -> Object | None:
        login, at, realm = name.rpartition("@")
        if "\\" in name and "=" not in name:
            realm, _, login = name.partition("\\")
        if (at and realm.casefold() == self._realm) or (not at and realm.casefold() == self._short):
            wanted = login.casefold()
            return next(
                (one for one in self._objects.values() if one.first("sAMAccountName").casefold() == wanted), None
            )
        try:
            return self._objects.get(name_key(name))
        except NoName:
            return None

    @staticmethod
    def _signed_in(who: str) -> None:
        if not who:
            text = "000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed, data 0"
            raise Refused(Code.OPERATIONS_ERROR, text)

    def _may_write(self, who: str, found: Object) -> frozenset[str]:
        own = self._objects.get(self._key(who))
        if own is not None and self._protected(own):
            return SINGLE | {"member", "unicodePwd", "proxyAddresses"}
        return _DELEGATED if own is not None and self._delegated(own, found) else frozenset()

    def _delegated(self, own: Object, found: Object) -> bool:
        """Say whether rights over an object were delegated to this account: not over what AdminSDHolder protects."""
        if (
            own.first("sAMAccountName").casefold() != self._service
            or name_key(f"CN=Users,{self.suffix}") == found.key[1:]
        ):
            return False
        return not self._protected(found) and found.first("adminCount") != "1"

    def _protected(self, found: Object) -> bool:
        return any(sid_of(relative) in self._groups(found) for relative in PROTECTED.values())

    def _edited(self, attribute: str, held: list[bytes], edit: Edit) -> list[bytes]:
        if edit.verb == "replace" or (edit.verb == "delete" and not edit.values):
            return list(edit.values)
        for value in edit.values:
            if attribute == "member":
                self._found(value.decode("utf-8", "replace"))
            there = next((one for one in held if plain(attribute, one) == plain(attribute, value)), None)
            if edit.verb == "add" and there is not None:
                raise Refused(Code.EXISTS, "00000562: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0")
            if edit.verb == "delete" and there is None:
                raise Refused(Code.UNWILLING, "00000561: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM)")
            held = [*held, value] if edit.verb == "add" else [one for one in held if one != there]
        return held

    def _above(self, found: Object) -> list[Object]:
        if not self._listed:
            for one in self._objects.values():
                for value in one.values.get("member", ()):
                    self._listed.setdefault(name_key(value.decode()), []).append(one)
        return self._listed.get(found.key, [])

    def _reached(self, ahead: list[Object]) -> dict[Key, Object]:
        reached: dict[Key, Object] = {}
        while ahead:
            for group in self._above(ahead.pop()):
                if group.key not in reached:
                    reached[group.key] = group
                    ahead.append(group)
        return reached

    def _reaches(self, name: bytes, group: Object) -> bool:
        return group.key in self._reached([self._found(name.decode("utf-8", "replace"))])

    def _groups(self, found: Object) -> list[bytes]:
        """Return the groups of a token: the primary one, the direct ones, and all that these are in."""
        primary = [one for one in self._objects.values() if one.sid == sid_of(found.number("primaryGroupID"))]
        reached = self._reached([found, *primary])
        return [one.sid for one in (*primary, *reached.values())]

    def _view(self, found: Object, who: str) -> Attributes:
        view: dict[str, Iterable[bytes]] = dict(found.values)
        view["objectGUID"] = [found.guid.bytes_le]
        view["objectSid"] = [found.sid]
        view["distinguishedName"] = [found.name.encode()]
        view["memberOf"] = [group.name.encode() for group in self._above(found)]
        view["tokenGroups"] = self._groups(found) if "sAMAccountName" in found.values else []
        trusted = [one.sid for one in self._objects.values() if self._delegated(one, found)]
        view["nTSecurityDescriptor"] = [access_list([sid_of(512), *trusted])]
        view["allowedAttributesEffective"] = [name.encode() for name in sorted(self._may_write(who, found))]
        return {name: list(values) for name, values in view.items() if values}


def _inside(key: Key, base: Key, scope: int) -> bool:
    if scope == 0:
        return key == base
    if scope == 1:
        return len(key) == len(base) + 1 and key[1:] == base
    return key[len(key) - len(base) :] == base
