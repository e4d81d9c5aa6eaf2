"""Closes the ways by which others get into the leaver's files, where the company chooses so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from offboard.domain.change import Asks
from offboard.domain.holdings import SharedFiles
from offboard.domain.options import OneOf
from offboard.steps.base import Options, Step, Wish, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts

END: Final = ("none", "external", "all")
NEVER_AGAIN: Final = (
    "The same link cannot be made again; what it was is kept with the plan, and somebody can share the file anew."
)
STAYS: Final = "it stays open; the successor, or whoever has the files then, can end it by hand"


class EndShares(Step[SharedFiles]):
    """People outside get into the leaver's files no longer, if the playbook says so; else each way in is a question.

    A customer may be working with such a link: nothing ends unless somebody chose it, in the playbook for all or by an
    answer for this one. All that is known of a way in is its state before: it stands in the plan and in the evidence.
    """

    needs: ClassVar[tuple[type, ...]] = (SharedFiles,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("Directory.Read.All", "Files.ReadWrite.All")}
    options: ClassVar[Mapping[str, str]] = {
        "end": "none (default): each way in for people outside is a question, and ends on a yes; "
        "external: all these end; all: those for people of the company end as well"
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"end": OneOf(END)}
    independent: ClassVar[bool] = True

    def observe(self, departure: Departure, system: SharedFiles) -> Snapshot:
        """Return each way into the leaver's files for others."""
        account_id = self.account(departure, system)
        found = system.shares(account_id) if account_id else {}
        return {share_id: cast("State", described(share)) for share_id, share in found.items()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield those that the playbook ends, or that somebody is asked about."""
        end = options.get("end", END[0])
        for share_id, found in snapshot.items():
            state = cast("dict[str, Any]", found)
            if state.get("beyond") or not (end == "all" or _outside(state)):
                continue
            who = "people outside" if _outside(state) else "others"
            why = (
                f"{departure.leaver.name} leaves; nobody would notice that {who} still get in. {state.get('note', '')}"
            )
            yield Wish(
                share_id,
                label=state["name"],
                before=found,
                after=None,
                why=why.strip(),
                one_way=state.get("one_way") or NEVER_AGAIN,
                asks=_asks(state) if end == "none" else None,
            )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield each way in that we cannot end."""
        del departure, options
        for found in snapshot.values():
            state = cast("dict[str, Any]", found)
            if state.get("beyond"):
                yield f"{state['name']}: {state['beyond']}"

    def write(self, departure: Departure, system: SharedFiles, target: str, state: State) -> None:
        """Close the way in; none can be opened again."""
        account_id = self.account(departure, system)
        if account_id and state is None:
            system.end_share(account_id, target)

    def holds(self, found: State, wanted: State) -> bool:
        """Say whether it is there, or not: that it was used meanwhile changes nothing."""
        return (found is None) == (wanted is None)


def _asks(state: dict[str, Any]) -> Asks:
    return Asks(f"{state['name']}: people outside get in by this; shall it end?", "it ends", STAYS)


def _outside(state: dict[str, Any]) -> bool:
    """Say whether people outside get in; what does not say so might let them in."""
    return bool(state["held"].get("outside", True))
