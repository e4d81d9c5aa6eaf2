"""Takes licences away, so that nobody pays for somebody who has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import Licences
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class RemoveLicences(Taking[Licences]):
    """The leaver has no licence of their own; it belongs late in a playbook, since mail and files may go with it."""

    needs: ClassVar[tuple[type, ...]] = (Licences,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("User.Read.All", "LicenseAssignment.ReadWrite.All")}
    options: ClassVar[Mapping[str, str]] = {"keep": "names of licences that stay, for a mailbox that is kept, say"}
    after: ClassVar[tuple[str, ...]] = ("share_mailbox",)
    because: ClassVar[str] = "this licence is paid for."

    def held(self, system: Licences, account_id: str) -> dict[str, Membership]:
        """Return the licences that were given to the leaver directly; those by a group are beyond this step."""
        return system.licences(account_id)

    def bring(self, system: Licences, account_id: str, thing_id: str, state: State) -> None:
        """Take the licence away, or give it again with the same plans."""
        system.set_licence(account_id, thing_id, state)
