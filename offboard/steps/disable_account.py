"""Shuts sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, cast

from offboard.domain.capabilities import Accounts
from offboard.domain.holdings import Seals
from offboard.steps.base import Options, Step, Waiting, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Change, Snapshot, State
    from offboard.domain.departure import Departure

SHUT: Final = {"sign_in": "shut"}

NO_HASH: Final = (
    "The password is reset. An undo opens the account again, and cannot put the old password back, since nobody can "
    "read it: somebody must then give this person a new one."
)
SYNCED: Final = (
    "Active Directory decides about this account: shut there, it is shut here with the next synchronisation, "
    "every half hour as a rule. Until then it is open here; sessions were ended all the same."
)
UNPROVED: Final = (
    "The password was replaced by one that nobody knows, but no proof can be had that it is the only way in: "
    "the directory neither honours a lock nor shows what is stored. Grant our account the right to read userPassword, "
    "or put a password policy with pwdLockout TRUE in force; or look at the account by hand."
)
NO_FORMER_STATE: Final = (
    "Sign-in was shut before without proof, and the state before that is not known: "
    "after an undo somebody must open the account and give this person a new password."
)


class DisableAccount(Step[Accounts]):
    """Nobody signs in as the leaver any more, and that is proved.

    The state of an account is what ``Accounts.account`` returns; the target is its immutable id. Open is open: that the
    leaver changed the password, or mistyped it until a policy locked them out for a while, saves no account from being
    shut, and an undo puts back what was there when it was shut.
    """

    needs: ClassVar[tuple[type, ...]] = (Accounts,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "ldap": (
            "read people",
            "read userPassword",
            "write userPassword",
            "write pwdAccountLockedTime",
            "write pwdReset",
            "write nsAccountLock (389 Directory Server, FreeIPA)",
            "write shadowExpire (POSIX accounts)",
            "write loginShell (POSIX accounts)",
        ),
        "active_directory": (
            "Read all user information",
            "Reset Password",
            "Write pwdLastSet",
            "Write userAccountControl",
            "Write accountExpires",
            "Write logonHours (where the settings clear them)",
        ),
        "entra": ("User.Read.All", "User.EnableDisableAccount.All", "User-PasswordProfile.ReadWrite.All"),
        "scim": ("read users", "write users"),
        "postgresql": ("CREATEROLE", "SELECT on pg_authid (superuser)"),
    }

    lasting: ClassVar[str] = "tickets handed out before sign-in was shut go on working"

    def observe(self, departure: Departure, system: Accounts) -> Snapshot:
        """Return the state of the leaver's account; empty when there is none (any more)."""
        account_id = self.account(departure, system)
        state = system.account(account_id) if account_id else None
        return {account_id: state} if account_id and state is not None else {}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the account unless it is shut."""
        del options
        people = {person.id: person for person in departure.accounts.values()}
        for account_id, found in snapshot.items():
            if self.holds(found, cast("State", SHUT)):
                continue
            person = people.get(account_id, departure.leaver)
            why = f"{departure.leaver.name} leaves; nobody may sign in as {person.login} any more."
            yield Wish(
                account_id,
                label=f"{person.login} ({person.name})",
                before=found,
                after=cast("State", dict(SHUT)),
                why=f"{why} {self.remains(found) or ''}".strip(),
                one_way=None if _sign_in(found) == "open" else NO_FORMER_STATE,
            )

    def holds(self, found: State, wanted: State) -> bool:
        """Compare whether people can sign in, and whether that is proved."""
        return _sign_in(found) == _sign_in(wanted)

    def remains(self, before: State) -> str | None:
        """Say that a password which nobody could read stays lost."""
        lost = isinstance(before, dict) and before.get("sign_in") == "open" and before.get("password") == "unreadable"
        return NO_HASH if lost else None

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """Say that Active Directory hands a synced account over in its own time."""
        synced = isinstance(found, dict) and found.get("synced") is True
        return Waiting("", SYNCED) if synced and _sign_in(wanted) == "shut" else None

    def lasts(self, found: State) -> str:
        """Return until when Kerberos tickets of a shut account go on working; empty: there are none."""
        return str(found.get("tickets_until") or "") if isinstance(found, dict) else ""

    def unclear(self, found: State) -> str | None:
        """Return why nobody can know whether the account is shut, or ``None``."""
        return UNPROVED if _sign_in(found) == "unproved" else None

    def seal(self, departure: Departure, system: Accounts, change: Change) -> None:
        """Note the former password, and the one that we shall set, where the system has them."""
        del departure
        if isinstance(system, Seals) and change.after == SHUT:
            system.seal_account(change.target)

    def write(self, departure: Departure, system: Accounts, target: str, state: State) -> None:
        """Shut sign-in, or put the former password and lock back."""
        del departure
        system.set_account(target, state)


def _sign_in(state: State) -> State:
    return state.get("sign_in") if isinstance(state, dict) else None
