"""Who agreed to what: an approval names one digest, and four eyes are the rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from offboard.domain.change import Phase
from offboard.domain.people import Role, fold
from offboard.domain.plan import PlanKind
from offboard.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.change import Change
    from offboard.domain.people import Person
    from offboard.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's agreement to one digest; ``declined`` are ids of changes that shall not happen.

    ``standing`` marks the one that starting an urgent departure records; it covers the phases named and no more.
    ``held_back`` are ids of changes that wait for an approval without them: what they ask has no answer yet.
    """

    departure: str
    digest: str
    person: str
    os_user: str
    at: str
    phases: tuple[Phase, ...]
    declined: tuple[str, ...] = ()
    standing: bool = False
    held_back: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the approval as it stands in the evidence."""
        return {
            "departure": self.departure,
            "digest": self.digest,
            "person": self.person,
            "os_user": self.os_user,
            "at": self.at,
            "phases": [phase.value for phase in self.phases],
            "declined": list(self.declined),
            "standing": self.standing,
            "held_back": list(self.held_back),
        }

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Approval:
        """Read what :meth:`to_json` wrote."""
        return cls(
            departure=cast("str", data["departure"]),
            digest=cast("str", data["digest"]),
            person=cast("str", data["person"]),
            os_user=cast("str", data["os_user"]),
            at=cast("str", data["at"]),
            phases=tuple(Phase(phase) for phase in cast("list[str]", data["phases"])),
            declined=tuple(cast("list[str]", data["declined"])),
            standing=cast("bool", data["standing"]),
            held_back=tuple(cast("list[str]", data.get("held_back", []))),
        )


MAY_APPROVE: dict[PlanKind, frozenset[Role]] = {
    PlanKind.ACCESS: frozenset({Role.HR, Role.IT, Role.OWNER}),
    PlanKind.SENDING: frozenset({Role.OWNER}),
    PlanKind.UNDO: frozenset({Role.HR, Role.IT, Role.OWNER}),
}


def may_approve(
    plan: PlanKind, approver: str, roles: Iterable[Role], *, leaver: Person, asked_by: str, letters_sent: bool = False
) -> None:
    """Check that this person may approve a plan of this kind.

    ``letters_sent`` holds for an undo that gives clients back who have been written to: the owner decides that.

    Raises:
        NotAllowed: the role is missing, or the approver asked for it, or is the one who leaves.
    """
    needed = frozenset({Role.OWNER}) if letters_sent else MAY_APPROVE[plan]
    if leaver.answers_to(approver):
        raise NotAllowed(f"{approver} is the person who leaves, and cannot decide on it")
    if asked_by and fold(approver) == fold(asked_by):
        raise NotAllowed(
            f"{approver} asked for this and cannot approve it as well",
            hint="Somebody else from [people] has to approve it.",
        )
    if not needed & set(roles):
        wanted = " or ".join(sorted(role.value for role in needed))
        why = ": clients have already been written to" if letters_sent else ""
        raise NotAllowed(f"{approver} may not approve this; it takes the role {wanted}{why}")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the approvals of one plan come to; what is held back waits for a full approval, nobody declined it."""

    phases: frozenset[Phase]
    declined: frozenset[str]
    held_back: frozenset[str]

    def covers(self, change: Change) -> bool:
        """Say whether this change may be carried out."""
        return change.phase in self.phases and change.id not in self.declined | self.held_back


def agreed(plan: Plan, approvals: Sequence[Approval], *, needed: int = 1) -> Agreed:
    """Return what the approvals of exactly this plan allow.

    A phase is agreed when as many different people as are ``needed`` approved it; one person's decline is enough.
    A full approval releases what a standing one held back.
    """
    valid = [approval for approval in approvals if approval.digest == plan.digest]
    full = [approval for approval in valid if not approval.standing]
    standing = [approval for approval in valid if approval.standing]

    def by_enough(phase: Phase, among: Sequence[Approval]) -> bool:
        return len({fold(approval.person) for approval in among if phase in approval.phases}) >= needed

    released = {
        change.id
        for change in plan.changes
        if by_enough(change.phase, [approval for approval in full if change.id not in approval.held_back])
    }
    return Agreed(
        phases=frozenset(
            phase
            for phase in Phase
            if by_enough(phase, valid) or any(phase in approval.phases for approval in standing)
        ),
        declined=frozenset(change for approval in full for change in approval.declined),
        held_back=frozenset(
            change
            for approval in valid
            for change in (*approval.held_back, *(approval.declined if approval.standing else ()))
        )
        - released,
    )
