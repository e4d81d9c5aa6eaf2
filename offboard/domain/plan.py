"""A plan: frozen changes and their digest. Apply obeys nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from offboard.domain.canonical import Json, canonical_bytes, digest
from offboard.domain.change import Change, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator


class PlanKind(StrEnum):
    """A departure has two plans, and an undo is a third."""

    ACCESS = "access"
    SENDING = "sending"
    UNDO = "undo"


REACH = "reach"
"""Whom our own account may touch: asked of each system that knows."""

TWINS = "twins"
"""Second accounts of the same person: asked of each system that can tell."""


@dataclass(frozen=True, slots=True)
class NotCovered:
    """What nobody planned, and why: a step that no configured system can do, or a thing that a step cannot change.

    ``step`` is the playbook's word, or :data:`REACH` or :data:`TWINS` for what planning asks of a system besides;
    ``system`` is ``None`` where none fits at all.
    """

    step: str
    system: str | None
    reason: str
    unread: bool = False
    """The system did not answer, so that nobody knows what is there."""
    question: bool = False
    """Somebody answers it before the plan is approved."""
    about: str = ""
    """The immutable id of what a question is about."""
    yes: str = ""
    no: str = ""
    """What becomes of it on a yes and on a no, in words."""

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``plan --json`` prints."""
        shape: dict[str, Json] = {
            "step": self.step, "system": self.system, "reason": self.reason, "unread": self.unread,
        }  # fmt: skip
        # Left out where it is no question: the digests of plans made before there were any stay what they are.
        told: dict[str, Json] = {"about": self.about, "yes": self.yes, "no": self.no}
        return shape | {"question": True} | {key: told[key] for key in told if self.about} if self.question else shape


@dataclass(frozen=True)
class Plan:
    """What will be changed for one departure, frozen.

    ``pinned`` maps each system to the leaver's immutable id there; ``playbook`` is the digest of the playbook's text,
    so that an approval covers the rules that were in force; ``order`` lists (phase, step, system) as the playbook does.
    """

    departure: str
    kind: PlanKind
    moment: str
    pinned: dict[str, str]
    playbook: str
    order: tuple[tuple[Phase, str, str], ...]
    changes: tuple[Change, ...]
    not_covered: tuple[NotCovered, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes, worked out once; an approval names it."""
        return digest("plan", self.to_json())

    def canonical(self) -> bytes:
        """Return the bytes that are digested, stored and bundled as evidence."""
        return canonical_bytes(self.to_json())

    def of(self, phase: Phase, step: str, system: str) -> tuple[Change, ...]:
        """Return the changes of one step on one system, in order."""
        return tuple(c for c in self.changes if (c.phase, c.step, c.system) == (phase, step, system))

    def phases(self) -> Iterator[tuple[Phase, dict[str, list[str]]]]:
        """Yield each phase with its systems, and the steps of each system in order; an undo goes backwards."""
        for phase in reversed(Phase) if self.kind is PlanKind.UNDO else Phase:
            systems: dict[str, list[str]] = {}
            for of_phase, step, system in self.order:
                if of_phase is phase:
                    systems.setdefault(system, []).append(step)
            if systems:
                yield phase, systems

    def change(self, change_id: str) -> Change | None:
        """Return the change of that id, or ``None``."""
        return next((c for c in self.changes if c.id == change_id), None)

    def to_json(self) -> dict[str, Json]:
        """Return everything that the digest covers."""
        return {
            "departure": self.departure,
            "kind": self.kind.value,
            "moment": self.moment,
            "pinned": cast("Json", dict(self.pinned)),
            "playbook": self.playbook,
            "order": [[phase.value, step, system] for phase, step, system in self.order],
            "changes": [cast("Json", c.to_json()) for c in self.changes],
            "not_covered": [cast("Json", n.to_json()) for n in self.not_covered],
        }

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Plan:
        """Read what :meth:`to_json` wrote."""
        order = cast("list[list[str]]", data["order"])
        return cls(
            departure=cast("str", data["departure"]),
            kind=PlanKind(cast("str", data["kind"])),
            moment=cast("str", data["moment"]),
            pinned=cast("dict[str, str]", data["pinned"]),
            playbook=cast("str", data["playbook"]),
            order=tuple((Phase(phase), step, system) for phase, step, system in order),
            changes=tuple(Change.from_json(c) for c in cast("list[dict[str, Json]]", data["changes"])),
            not_covered=tuple(NotCovered(**cast("dict[str, Any]", n)) for n in cast("list[Json]", data["not_covered"])),
        )
