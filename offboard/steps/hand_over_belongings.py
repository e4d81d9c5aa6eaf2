"""Hands what the leaver owns to the successor: groups, apps, database objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from offboard.domain.capabilities import Directory
from offboard.domain.holdings import Belongings
from offboard.steps._passing import Held, Passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.departure import Departure
    from offboard.steps.base import Options


class Owning(Belongings, Directory, Protocol):
    """Knows who owns what, and who people are."""


class HandOverBelongings(Passing[Owning]):
    """Nothing is left with an owner who is gone; the successor owns a thing before the leaver no longer does."""

    needs: ClassVar[tuple[type, ...]] = (Belongings, Directory)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "entra": ("User.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "Application.ReadWrite.All"),
        "postgresql": ("ALTER … OWNER (superuser)",),
    }
    independent: ClassVar[bool] = True

    def found(self, system: Owning, account_id: str, heir_id: str) -> dict[str, Membership]:
        """Return what the leaver or the successor owns."""
        return system.belongings(account_id, heir_id)

    def passed(self, departure: Departure, held: Held, options: Options) -> Held:
        """Return the successor as the owner of what is the leaver's."""
        del departure, options
        return {**held, "leaver": False, "successor": True} if held["leaver"] else held

    def bring(self, system: Owning, account_id: str, thing_id: str, held: Held) -> None:
        """Make them owners, or not."""
        owners = {"leaver": held["leaver"], "successor": held["successor"]}
        system.set_belonging(account_id, held["to"], thing_id, owners)

    def said(self, departure: Departure, held: Held) -> dict[str, str]:
        """Return which of the two own it."""
        successor = departure.successor.name if departure.successor and held["to"] else ""
        names = [departure.leaver.name if held["leaver"] else "", successor if held["successor"] else ""]
        return {"owner": ", ".join(filter(None, names))}

    def because(self, departure: Departure, before: Held, after: Held) -> str:
        """Return why it is passed on."""
        del before, after
        successor = departure.successor.name if departure.successor else ""
        return f"{departure.leaver.name} owns this and leaves; {successor} takes it over."
