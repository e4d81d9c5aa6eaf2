"""Lets the successor into the leaver's files for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol, cast

from offboard.domain.capabilities import Directory
from offboard.domain.departure import instant
from offboard.domain.holdings import Drives
from offboard.domain.options import WholeNumber
from offboard.steps._passing import Held, Passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.steps.base import Options

DAYS = 30


class Keeping(Drives, Directory, Protocol):
    """Keeps people's files, and knows who people are."""


class OpenDrive(Passing[Keeping]):
    """The successor can read and write the leaver's files until a date; then the system shuts them out by itself.

    Access that has ended on its date is as it was wanted: nothing is left to do, and nothing is opened again.
    """

    needs: ClassVar[tuple[type, ...]] = (Drives, Directory)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("User.Read.All", "Files.ReadWrite.All")}
    options: ClassVar[Mapping[str, str]] = {"days": f"how long the successor is let in ({DAYS} unless told)"}
    accepts: ClassVar[Mapping[str, Accepts]] = {"days": WholeNumber(1, 3650)}

    def found(self, system: Keeping, account_id: str, heir_id: str) -> dict[str, Membership]:
        """Return the leaver's drives, with the successor's access to each."""
        return system.drive_access(account_id, heir_id)

    def passed(self, departure: Departure, held: Held, options: Options) -> Held:
        """Return the access that the successor gets: from the last moment, or from the request where that came later.

        Whoever may write there anyway, for good or for longer, stays as they are.
        """
        begins = max(departure.moment, departure.requested_at)
        until = begins + timedelta(days=options.get("days", DAYS))
        if (
            held["to"]
            and held["access"] == "write"
            and (not held["until"] or datetime.fromisoformat(held["until"]) >= until)
        ):
            return held
        return {**held, "access": "write", "until": instant(until)}

    def bring(self, system: Keeping, account_id: str, thing_id: str, held: Held) -> None:
        """Let the successor in, or no longer."""
        access: State = {"access": held["access"], "until": held["until"]}
        system.set_drive_access(account_id, held["to"], thing_id, access)

    def said(self, departure: Departure, held: Held) -> dict[str, str]:
        """Return who gets in, and until when."""
        if not departure.successor or not held["to"] or held["access"] == "none":
            return {"open to": "nobody else"}
        until = f" until {held['until'][:10]}" if held["until"] else ""
        return {"open to": f"{departure.successor.name} ({held['access']}){until}"}

    def because(self, departure: Departure, before: Held, after: Held) -> str:
        """Return why they are let in, and that it ends."""
        del before
        successor = departure.successor.name if departure.successor else ""
        return (
            f"What {departure.leaver.name} was working on lies there. "
            f"{successor}'s access ends by itself on {after['until'][:10]}."
        )

    def holds(self, found: State, wanted: State) -> bool:
        """Compare the access, and until when; what was to end by now may have ended."""
        one, other = _access(found), _access(wanted)
        if one == other:
            return True
        until = other[1] if other else None
        return one is not None and one[0] == "none" and until is not None and until <= self.house.now()


def _access(state: State) -> tuple[str, datetime | None] | None:
    """Return access and its end to the second, however the system writes instants; ``None``: there is no drive."""
    if not isinstance(state, dict):
        return None
    held = cast("dict[str, str]", state["held"])
    until = datetime.fromisoformat(held["until"]).replace(microsecond=0) if held.get("until") else None
    return held["access"], until
