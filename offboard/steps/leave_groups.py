"""Takes the leaver out of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import Groups
from offboard.domain.people import fold
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure


class LeaveGroups(Step[Groups]):
    """The leaver is in no group, save those that the playbook keeps.

    The state of a membership is ``{"group": …, "listed": …}``, and ``"note"`` for a known case: only ``listed``, what
    ``Groups.memberships`` says is needed to restore it, is ever compared; the rest is for people to read. The target is
    the group's immutable id.
    """

    needs: ClassVar[tuple[type, ...]] = (Groups,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "ldap": ("read people", "read groups", "write member, uniqueMember and memberUid of groups")
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "names of groups that the leaver stays in"}

    def observe(self, departure: Departure, system: Groups) -> Snapshot:
        """Return every direct membership of the leaver, by the group's id."""
        account_id = self.account(departure, system)
        found = system.memberships(account_id) if account_id else {}
        return {group_id: _state(membership) for group_id, membership in found.items()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the memberships that the playbook does not keep."""
        kept = {fold(name) for name in options.get("keep", ())}
        for group_id, found in snapshot.items():
            state = cast("dict[str, str]", found)
            if fold(state["group"]) in kept:
                continue
            why = f"{departure.leaver.name} leaves, and this group may give access or mail."
            yield Wish(
                group_id, label=state["group"], before=found, after=None, why=f"{why} {state.get('note', '')}".strip()
            )

    def write(self, departure: Departure, system: Groups, target: str, state: State) -> None:
        """Take the leaver out of the group, or put them back as they were listed."""
        account_id = self.account(departure, system)
        if account_id:
            listed = None if state is None else cast("dict[str, State]", state)["listed"]
            system.set_membership(account_id, target, listed)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare how the leaver is listed alone: a group may be renamed, and others come and go, meanwhile."""
        return _listed(found) == _listed(wanted)


def _state(membership: Membership) -> State:
    note: dict[str, State] = {"note": membership.note} if membership.note else {}
    return {"group": membership.label, "listed": membership.state, **note}


def _listed(state: State) -> State:
    return state["listed"] if isinstance(state, dict) else state
