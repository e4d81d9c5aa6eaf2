"""Takes back what the leaver once allowed apps to do as them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import Consents
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class RevokeConsents(Taking[Consents]):
    """No app acts as the leaver any more; what an administrator allowed for everybody is left alone."""

    needs: ClassVar[tuple[type, ...]] = (Consents,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "entra": ("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "names of apps that may go on"}
    independent: ClassVar[bool] = True
    because: ClassVar[str] = "this app may act as them."

    def held(self, system: Consents, account_id: str) -> dict[str, Membership]:
        """Return what the leaver, and nobody else, agreed to."""
        return system.consents(account_id)

    def bring(self, system: Consents, account_id: str, thing_id: str, state: State) -> None:
        """Take the consent back, or give it again as it was."""
        system.set_consent(account_id, thing_id, state)
