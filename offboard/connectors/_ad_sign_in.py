"""Shuts sign-in to a domain and proves it on every controller that the settings name, and opens it again.

The account is disabled first, since the password before the last may work for a while after one reset; then the
password is reset twice. Nobody sees either; the second is sealed beforehand. Only a controller that knows it refuses it
with the code of a disabled (533) or expired (701) account: the code of a wrong password (52e) proves nothing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from offboard.connectors._ad_faults import DISABLED, EXPIRED, HOURS, LOCKED_OUT
from offboard.connectors._ad_sealed import Safe, Sealed, new_password, quoted
from offboard.connectors._ad_tickets import Tickets
from offboard.connectors._ad_values import ACCOUNT_DISABLED, HOURS_NONE, NEVER, expiry_ticks, expiry_words, ticks_of
from offboard.errors import NotFound, Rejected, SystemFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offboard.connectors._ad_link import Objects
    from offboard.connectors._ldap_link import Changes, Entry
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

CONTROL: Final = "userAccountControl"
EXPIRES: Final = "accountExpires"
LOGON_HOURS: Final = "logonHours"
PASSWORD_SET: Final = "pwdLastSet"  # noqa: S105 - the name of an attribute
PASSWORD: Final = "unicodePwd"  # noqa: S105 - the name of an attribute

UNPROVED: Final = "the account is disabled, but its password is not the one that we set, so that nothing is proved"
OPEN_ELSEWHERE: Final = "the account is disabled, but other controllers that the settings name still let it in"
SHUT_ELSEWHERE: Final = "the account is open again, but other controllers that the settings name still refuse it"

_READ: Final = (CONTROL, EXPIRES, LOGON_HOURS, PASSWORD_SET, "sAMAccountName", "displayName")


@dataclass(frozen=True, slots=True)
class _Found:
    """One account as one controller just showed it."""

    entry: Entry

    @property
    def control(self) -> int:
        return int(self.entry.first(CONTROL) or 0)

    @property
    def disabled(self) -> bool:
        return bool(self.control & ACCOUNT_DISABLED)

    @property
    def expires(self) -> int:
        return int(self.entry.first(EXPIRES) or 0)

    @property
    def hours(self) -> bytes:
        return next(iter(self.entry.all(LOGON_HOURS)), b"")

    @property
    def since(self) -> str:
        """When the password was set; "0": its owner must change it."""
        return self.entry.first(PASSWORD_SET)

    @property
    def must_change(self) -> bool:
        return self.since == "0"

    def open_state(self) -> dict[str, Json]:
        """Return the state of an account that is not shut by us."""
        state: dict[str, Json] = {
            "sign_in": "open",
            "password": "unreadable",
            "account_control": self.control,
            "expires": expiry_words(self.expires),
        }
        if self.hours:
            state["logon_hours"] = b64encode(self.hours).decode()
        if self.must_change:
            state["must_change"] = True
        return state


class SignIn:
    """Sign-in to one domain: every controller is written, the first one is read, and the others must agree."""

    def __init__(
        self, controllers: Sequence[Objects], vault: Vault, *, clear_hours: bool, ticket_hours: int | None
    ) -> None:
        self._first, *self._others = controllers
        self._system = self._first.link.address.system
        self._safe = Safe(vault, self._system)
        self._clear_hours = clear_hours
        self._tickets = Tickets(self._first, ticket_hours)

    def state(self, account_id: str) -> dict[str, Json] | None:
        """Return the state of sign-in; see ``Accounts.account``.

        Open also says how the account was set up. Shut also says the codes of the refusals, and while there may be any
        until when Kerberos tickets from before go on working. ``unfinished`` is what we began and did not finish:
        ``open_on`` names the controllers that still let in what the first one refuses, ``shut_on`` those that still
        refuse, as we shut them, what the first one lets in.

        Raises:
            Unreachable: we shut sign-in, and it is not known to be open again, and another controller cannot be asked.
        """
        found = self._look(self._first, account_id)
        if found is None:
            return None
        code = self._refused(self._first, account_id, found)
        if not code:
            return found.open_state() | self._begun(account_id, found)
        codes, still_open = [code], []
        for other in self._others:
            there = self._look(other, account_id)
            code = self._refused(other, account_id, there) if there else ""
            if code:
                codes.append(code)
            elif there:
                still_open.append(other.link.address.url)
        if still_open:
            return found.open_state() | _in_part(OPEN_ELSEWHERE) | {"open_on": cast("Json", still_open)}
        until = self._tickets.until(int(found.since))
        tickets: dict[str, Json] = {"tickets_until": until} if until else {}
        return {"sign_in": "shut", "refused": ", ".join(dict.fromkeys(codes)), **tickets}

    def bring(self, account_id: str, state: dict[str, Json]) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        if state.get("sign_in") not in {"shut", "open"}:
            raise Rejected(
                f"{self._system}: sign-in cannot be brought to {state.get('sign_in')!r}",
                system=self._system,
                hint="It was shut before, without proof: decide by hand what this account should be.",
            )
        found = self._look(self._first, account_id)
        if found is None:
            raise NotFound(f"{self._system}: there is no account {account_id} any more", system=self._system)
        if state["sign_in"] == "open":
            self._open(self._first, account_id, found, state)
            self._elsewhere(account_id, lambda other, there: self._open(other, account_id, there, state))
            # Until every controller is open again, what we sealed tells those apart that still refuse.
            self._safe.note(account_id, Sealed())
            return
        self._safe.write(account_id, self._to_seal(account_id, found))
        self._shut(self._first, account_id, found)
        self._elsewhere(account_id, lambda other, there: self._shut_unless_refused(other, account_id, there))

    def seal(self, account_id: str) -> None:
        """Note the password that we shall set."""
        found = self._look(self._first, account_id)
        if found is not None:
            self._safe.note(account_id, self._to_seal(account_id, found))

    def _to_seal(self, account_id: str, found: _Found) -> Sealed:
        sealed = self._safe.read(account_id)
        words = (found.entry.first("sAMAccountName"), found.entry.first("displayName"))
        return sealed if sealed.probe else Sealed(probe=new_password(*words))

    @staticmethod
    def _look(controller: Objects, account_id: str) -> _Found | None:
        entry = controller.find(account_id, _READ)
        return None if entry is None else _Found(entry)

    def _refused(self, controller: Objects, account_id: str, found: _Found) -> str:
        """Return the code with which a controller refuses our own password for good, or nothing."""
        sealed = self._safe.read(account_id)
        if not sealed.probe or found.since not in sealed.stamps:
            # A password that was replaced since gets the same code for a while: it would prove nothing.
            return ""
        code = controller.controller.try_to_sign_in(found.entry.dn, sealed.probe)
        if code in {DISABLED, EXPIRED} or (code == HOURS and found.hours == HOURS_NONE):
            if found.since not in sealed.proved:
                self._safe.note(account_id, replace(sealed, proved=(*sealed.proved, found.since)))
            return code
        # Whoever keeps trying an old password locks the account out, which hides every other code for a while.
        return code if code == LOCKED_OUT and found.disabled and found.since in sealed.proved else ""

    def _shut(self, controller: Objects, account_id: str, found: _Found) -> None:
        name = found.entry.dn
        changes: Changes = {}
        if not found.disabled:
            changes[CONTROL] = _replaced(str(found.control | ACCOUNT_DISABLED))
        now = ticks_of(datetime.now(UTC))
        if (found.expires or NEVER) > now:
            changes[EXPIRES] = _replaced(str(now))
        if self._clear_hours and found.hours != HOURS_NONE:
            changes[LOGON_HOURS] = _replaced(HOURS_NONE)
        if changes:
            controller.write(account_id, changes, f"disable {name}")
        passing = new_password(found.entry.first("sAMAccountName"), found.entry.first("displayName"))
        for password in (passing, self._safe.read(account_id).probe):
            controller.write(account_id, {PASSWORD: _replaced(quoted(password))}, f"reset the password of {name}")
        after = self._look(controller, account_id)
        sealed = self._safe.read(account_id)
        if after and after.since not in sealed.stamps:
            self._safe.note(account_id, replace(sealed, stamps=(*sealed.stamps, after.since)))

    def _begun(self, account_id: str, found: _Found) -> dict[str, Json]:
        """Return what of an account that the first controller does not refuse for good is still unfinished."""
        sealed = self._safe.read(account_id)
        if found.disabled:
            return _in_part(UNPROVED) if sealed.probe else {}
        shut_on: list[Json] = []
        for other in self._others if sealed.stamps else ():
            there = self._look(other, account_id)
            if there and self._refused(other, account_id, there):
                shut_on.append(other.link.address.url)
        return _in_part(SHUT_ELSEWHERE) | {"shut_on": shut_on} if shut_on else {}

    def _shut_unless_refused(self, controller: Objects, account_id: str, found: _Found) -> None:
        if not self._refused(controller, account_id, found):
            self._shut(controller, account_id, found)

    def _elsewhere(self, account_id: str, write: Callable[[Objects, _Found], None]) -> None:
        """Write on the other controllers at once, since replication may take hours; each is tried."""
        faults: list[SystemFault] = []
        for other in self._others:
            try:
                found = self._look(other, account_id)
                if found:
                    write(other, found)
            except SystemFault as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    @staticmethod
    def _open(controller: Objects, account_id: str, found: _Found, state: dict[str, Json]) -> None:
        """Put back what we changed; what others set in ``userAccountControl`` meanwhile stays."""
        changes: Changes = {}
        was = cast("int", state.get("account_control", 0)) & ACCOUNT_DISABLED
        control = (found.control & ~ACCOUNT_DISABLED) | was
        if control != found.control:
            changes[CONTROL] = _replaced(str(control))
        expires = expiry_ticks(cast("str", state.get("expires", expiry_words(NEVER))))
        if expires != found.expires:
            changes[EXPIRES] = _replaced(str(expires))
        hours = b64decode(cast("str", state.get("logon_hours", "")))
        if hours != found.hours:
            changes[LOGON_HOURS] = _replaced(hours) if hours else [("MODIFY_DELETE", [])]
        if state.get("must_change") and not found.must_change:
            changes[PASSWORD_SET] = _replaced("0")
        if changes:
            controller.write(account_id, changes, f"enable {found.entry.dn}")


def _in_part(why: str) -> dict[str, Json]:
    return {"sign_in": "shut in part", "unfinished": why}


def _replaced(value: str | bytes) -> list[tuple[str, list[str | bytes]]]:
    return [("MODIFY_REPLACE", [value])]
