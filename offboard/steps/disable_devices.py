"""Disables the devices that a system trusts because they are the leaver's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.holdings import Devices
from offboard.steps.base import Taking, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

OFF: State = {"enabled": False}


class DisableDevices(Taking[Devices]):
    """No device of the leaver opens anything by itself; none is wiped, and each can be enabled again."""

    needs: ClassVar[tuple[type, ...]] = (Devices,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("User.Read.All", "Device.ReadWrite.All")}
    options: ClassVar[Mapping[str, str]] = {"keep": "names of devices that stay trusted"}
    independent: ClassVar[bool] = True
    because: ClassVar[str] = "this device is trusted as theirs."

    def held(self, system: Devices, account_id: str) -> dict[str, Membership]:
        """Return the leaver's devices."""
        return system.devices(account_id)

    def observe(self, departure: Departure, system: Devices) -> Snapshot:
        """Return the leaver's devices, and of each whether it is trusted."""
        account_id = self.account(departure, system)
        found = self.held(system, account_id) if account_id else {}
        return {device_id: _readable(described(device)) for device_id, device in found.items()}

    def taken(self, found: dict[str, State]) -> State:
        """Return the same device, disabled."""
        return _readable({**found, "held": OFF})

    def bring(self, system: Devices, account_id: str, thing_id: str, state: State) -> None:
        """Disable the device, or enable it again."""
        system.set_device(account_id, thing_id, state)


def _readable(state: dict[str, State]) -> State:
    enabled = cast("dict[str, State]", state["held"])["enabled"]
    return {**state, "trusted": bool(enabled)}
