"""Forgets the phones that fetch the leaver's mail; none is ever wiped."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.mail import MailDevices
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class RemoveMailDevices(Taking[MailDevices]):
    """No phone of the leaver gets mail; what is on it stays there, since the phone may be their own."""

    needs: ClassVar[tuple[type, ...]] = (MailDevices,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": (
            "Exchange.ManageAsApp", "Get-Mailbox", "Get-MobileDevice", "Get-MobileDeviceStatistics",
            "Remove-MobileDevice",
        )
    }  # fmt: skip
    options: ClassVar[Mapping[str, str]] = {"keep": "names of phones that stay"}
    harmless: ClassVar[bool] = True
    because: ClassVar[str] = "this phone fetches their mail."

    def held(self, system: MailDevices, account_id: str) -> dict[str, Membership]:
        """Return the phones."""
        return system.mail_devices(account_id)

    def bring(self, system: MailDevices, account_id: str, thing_id: str, state: State) -> None:
        """Forget the phone; it comes back by signing in alone."""
        if state is None:
            system.forget_mail_device(account_id, thing_id)
