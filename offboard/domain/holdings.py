"""What people hold in a system besides groups: one capability for each, all of the same shape.

``X(account_id)`` returns what the account holds, the thing's immutable id → :class:`Membership`; ``set_X`` brings one
of them to a state, ``None`` meaning that the account does not hold it. A connector has a capability when it has its
methods. Where nobody takes over, things are read with the leaver's own account as ``successor_id``, and none is passed
on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from offboard.domain.capabilities import Named

if TYPE_CHECKING:
    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State
    from offboard.domain.people import Person


@runtime_checkable
class SignInSessions(Named, Protocol):
    """Keeps people signed in."""

    def sign_in_sessions(self, account_id: str) -> State:
        """Return ``{"open": …}``: how many sessions are open, or since when those still valid may date."""

    def end_sign_in_sessions(self, account_id: str) -> None:
        """End every session, and refuse what was handed out to go on without signing in."""


@runtime_checkable
class Roles(Named, Protocol):
    """Lets people administer, or use an app: roles held for good, for a time, or ready to be taken up."""

    def roles(self, account_id: str) -> dict[str, Membership]:
        """Return the roles in the order in which they must be taken away (eligible before active)."""

    def set_role(self, account_id: str, role_id: str, state: State) -> None:
        """Give a role as ``state`` says, or take it away."""


@runtime_checkable
class Consents(Named, Protocol):
    """Lets apps act as people who once agreed to it."""

    def consents(self, account_id: str) -> dict[str, Membership]:
        """Return what this one person agreed to; what an administrator agreed to for everybody is not theirs."""

    def set_consent(self, account_id: str, consent_id: str, state: State) -> None:
        """Take a consent back, or give it again as ``state`` says."""


@runtime_checkable
class SignInMethods(Named, Protocol):
    """Knows what people sign in with besides a password."""

    def sign_in_methods(self, account_id: str) -> dict[str, Membership]:
        """Return the methods, the default one last."""

    def set_sign_in_method(self, account_id: str, method_id: str, state: State) -> None:
        """Remove a method, or register it again where that can be done for somebody else."""


@runtime_checkable
class Devices(Named, Protocol):
    """Trusts devices."""

    def devices(self, account_id: str) -> dict[str, Membership]:
        """Return the devices that are the account's; the state is ``{"enabled": bool}``."""

    def set_device(self, account_id: str, device_id: str, state: State) -> None:
        """Enable or disable a device; a device is never wiped."""


@runtime_checkable
class Licences(Named, Protocol):
    """Pays for people."""

    def licences(self, account_id: str) -> dict[str, Membership]:
        """Return the licences given directly; those that come with a group are beyond us and leave with it."""

    def set_licence(self, account_id: str, licence_id: str, state: State) -> None:
        """Take a licence away, or give it again."""


@runtime_checkable
class Belongings(Named, Protocol):
    """Knows what people own: groups, apps, database objects."""

    def belongings(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return what the one or the other owns; the state is ``{"leaver": bool, "successor": bool}``."""

    def set_belonging(self, account_id: str, successor_id: str, thing_id: str, state: State) -> None:
        """Make them owners, or not, as ``state`` says; never is a thing left without any owner."""


@runtime_checkable
class Reports(Named, Protocol):
    """Knows who reports to whom."""

    def reports(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return who reports to the one or the other; the state is ``{"manager": account id}``."""

    def set_manager(self, report_id: str, manager_id: str) -> None:
        """Write who the person reports to."""


@runtime_checkable
class SharedFiles(Named, Protocol):
    """Lets others into people's files."""

    def shares(self, account_id: str) -> dict[str, Membership]:
        """Return each way in for others (a link, or a person); the state is all there is to know of it.

        ``"outside"`` in the state says whether people outside the company get in by it (who, where that is known);
        without it they might.
        """

    def end_share(self, account_id: str, share_id: str) -> None:
        """Close one of them; nobody can make the same link again."""


@runtime_checkable
class Drives(Named, Protocol):
    """Keeps people's files, and can let one other person in."""

    def drive_access(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return drive → the successor's access: ``{"access": "write" | "read" | "none", "until": instant or ""}``."""

    def set_drive_access(self, account_id: str, successor_id: str, drive_id: str, state: State) -> None:
        """Let the successor in as ``state`` says, or no longer."""


@runtime_checkable
class Placement(Named, Protocol):
    """Keeps accounts in places (organisational units)."""

    def placement(self, account_id: str) -> State:
        """Return ``{"in": name of the place}``, ``None`` when there is no such account."""

    def set_placement(self, account_id: str, state: State) -> None:
        """Move the account."""


@runtime_checkable
class SshKeys(Named, Protocol):
    """Lets people sign in to machines by key."""

    def ssh_keys(self, account_id: str) -> dict[str, Membership]:
        """Return the keys by their SHA-256 fingerprint; the state is ``{"key": the line as it is listed}``."""

    def set_ssh_key(self, account_id: str, key_id: str, state: State) -> None:
        """List a key, or no longer."""


@dataclass(frozen=True, slots=True)
class Kin:
    """An account that may be the same person's, or that they answer for; ``why`` is a sentence."""

    person: Person
    why: str


@runtime_checkable
class Twins(Named, Protocol):
    """Finds second accounts."""

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's (adm-x, x-test, the same number) or that they answer for."""


@runtime_checkable
class Reach(Named, Protocol):
    """Knows whom our own account may not touch."""

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change this account, in sentences that name the right; empty when we may."""


@runtime_checkable
class Seals(Named, Protocol):
    """Must know of an account what only we know, or nobody shows afterwards, before sign-in is shut."""

    def seal_account(self, account_id: str) -> None:
        """Note in the vault what shutting this account needs to be known; the intent's commit makes it durable."""


@runtime_checkable
class SealsGroups(Named, Protocol):
    """Must know of a group what nobody shows afterwards, before its last member leaves."""

    def seal_membership(self, group_id: str, state: State) -> None:
        """Note in the vault what an undo needs to be known; ``state`` is how the member is listed."""
