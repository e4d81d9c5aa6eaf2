"""Takes roles away: those that let people administer, or use an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import Roles
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class LeaveRoles(Taking[Roles]):
    """The leaver has no role, neither one that is held nor one that is ready to be taken up.

    The order is the connector's: whoever could still take a role up would have it again a moment after it was taken
    away.
    """

    needs: ClassVar[tuple[type, ...]] = (Roles,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "entra": ("Directory.Read.All", "RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All")
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "names of roles that the leaver keeps"}
    because: ClassVar[str] = "this role gives rights that outlast a password."

    def held(self, system: Roles, account_id: str) -> dict[str, Membership]:
        """Return the leaver's roles, those that can be taken up before those that are held."""
        return system.roles(account_id)

    def bring(self, system: Roles, account_id: str, thing_id: str, state: State) -> None:
        """Take the role away, or give it back as it was held."""
        system.set_role(account_id, thing_id, state)
