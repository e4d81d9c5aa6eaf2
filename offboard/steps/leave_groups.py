"""Takes the leaver out of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.capabilities import Groups
from offboard.domain.holdings import SealsGroups
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import Change, State
    from offboard.domain.departure import Departure


class LeaveGroups(Taking[Groups]):
    """The leaver is in no group but those that the playbook keeps.

    Whatever a connector cannot do, such as leaving a group whose members follow from a rule, is listed with the reason.
    """

    needs: ClassVar[tuple[type, ...]] = (Groups,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "ldap": ("read people", "read groups", "write member, uniqueMember and memberUid of groups"),
        "active_directory": ("Read all user information", "Modify the membership of a group"),
        "entra": (
            "Directory.Read.All",
            "GroupMember.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory (for groups that may hold roles)",
        ),
        "scim": ("read groups", "write groups"),
        "postgresql": ("CREATEROLE",),
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "names of groups that the leaver stays in"}
    independent: ClassVar[bool] = True
    because: ClassVar[str] = "this group may give access or mail."

    def held(self, system: Groups, account_id: str) -> dict[str, Membership]:
        """Return the leaver's direct memberships, by the group's id."""
        return system.memberships(account_id)

    def seal(self, departure: Departure, system: Groups, change: Change) -> None:
        """Note what leaving a group needs to be known where the plan says that it is a known case."""
        del departure
        if isinstance(system, SealsGroups) and isinstance(change.before, dict) and change.before.get("note"):
            system.seal_membership(change.target, change.before["held"])

    def bring(self, system: Groups, account_id: str, thing_id: str, state: State) -> None:
        """Take the leaver out of the group, or put them back as they were listed."""
        system.set_membership(account_id, thing_id, state)
