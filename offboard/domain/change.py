"""Snapshots and changes: what is there, and what should differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from offboard.domain.canonical import Json

State: TypeAlias = "Json"
"""What one target looks like; ``None`` means that it is not there."""

Snapshot: TypeAlias = "dict[str, Json]"
"""Target → state, read before anything is changed."""


class Phase(StrEnum):
    """The three parts of a departure, always in this order."""

    SECURE = "secure"
    HAND_OVER = "hand_over"
    INFORM = "inform"


class Result(StrEnum):
    """What came of one change."""

    DONE = "done"
    ALREADY = "already"
    DRIFTED = "drifted"
    FAILED = "failed"
    DECLINED = "declined"
    PARKED = "parked"


SETTLED = frozenset({Result.DONE, Result.ALREADY, Result.DECLINED})
"""The results after which nobody has to look at a change again."""


class Effect(StrEnum):
    """How sure we are that a change has taken effect."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    EFFECTIVE = "effective"
    RESIDUAL = "residual"


def unfinished(state: State) -> str:
    """Return what is still to be written of something that we wrote in part; empty for every other state.

    Such a state is neither the former one nor the wanted one: whichever of them is wanted is written.
    """
    return str(state.get("unfinished", "")) if isinstance(state, dict) else ""


@dataclass(frozen=True, slots=True)
class Asks:
    """A question, and in words what becomes of the thing on a yes and on a no."""

    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a person could approve or decline by itself.

    ``target`` is the system's own immutable id; ``label`` is the same thing as people call it. ``before`` and
    ``after`` are states; ``why`` is for the approver alone and never steers anything. ``one_way`` is ``None``, or the
    sentence that says why this cannot be taken back. With ``asks`` it is carried out only on a yes to that question.
    """

    id: str
    phase: Phase
    step: str
    system: str
    target: str
    label: str
    before: State
    after: State
    why: str
    one_way: str | None = None
    asks: Asks | None = None

    def reversed(self) -> Change:
        """Return the change that puts the former state back."""
        why = f"Puts back what {self.id} changed."
        return replace(self, before=self.after, after=self.before, why=why, asks=None)

    def to_json(self) -> dict[str, Json]:
        """Return the fixed shape that ``plan --json`` prints."""
        shape = cast("dict[str, Json]", asdict(self))
        # Left out where nothing is asked: the digests of plans made before anything was stay what they are.
        if self.asks is None:
            del shape["asks"]
        return shape

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Change:
        """Read what :meth:`to_json` wrote."""
        fields: dict[str, object] = dict(data)
        fields["phase"] = Phase(cast("str", fields["phase"]))
        if fields.get("asks"):
            fields["asks"] = Asks(**cast("dict[str, str]", fields["asks"]))
        return cls(**fields)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one change of one plan; ``seconds`` is in milliseconds, since canonical JSON has no fractions."""

    change: str
    result: Result
    effect: Effect
    error: str | None = None
    hint: str | None = None
    residual_until: str | None = None
    milliseconds: int = 0
    attempts: int = 1
    unreachable: bool = False

    @property
    def settled(self) -> bool:
        """Say whether nobody has to look at the change again."""
        return self.result in SETTLED

    @property
    def waits(self) -> bool:
        """Say whether it was written and comes into effect without us: a person confirms it, or another system."""
        return self.result is Result.PARKED and self.effect is Effect.RESIDUAL

    def awaited(self, at: datetime) -> bool:
        """Say whether it waits and its time is not over."""
        return self.waits and at < datetime.fromisoformat(cast("str", self.residual_until))

    def to_json(self) -> dict[str, Json]:
        """Return the outcome as it stands in the evidence."""
        return cast("dict[str, Json]", asdict(self))
