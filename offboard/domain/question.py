"""What planning asks: nobody approves a plan before each of its questions has an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

from offboard.domain.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.plan import Plan

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a plan; ``yes`` and ``no`` say what becomes of it then.

    ``change`` is the id of the change that is carried out on a yes and declined on a no; empty: nothing hangs on it.
    The id stays the same however often the departure is planned anew: it is made of the thing that is asked about.
    """

    id: str
    step: str
    system: str
    about: str
    text: str
    yes: str
    no: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, why, and when (instant)."""

    yes: bool
    because: str
    person: str
    at: str

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``plan --json`` and ``answer --json`` print."""
        return cast("dict[str, Json]", asdict(self))


def questions_of(plan: Plan) -> list[Question]:
    """Return what a plan asks: of changes that wait for a yes, and of things that no step is for."""
    of_changes = [
        Question(_id(c.step, c.system, c.target), c.step, c.system, c.target, c.asks.text, c.asks.yes, c.asks.no, c.id)
        for c in plan.changes
        if c.asks
    ]
    of_others = [
        Question(
            _id(gap.step, gap.system or "", gap.about or gap.reason),
            gap.step,
            gap.system or "",
            gap.about,
            gap.reason,
            gap.yes,
            gap.no,
        )
        for gap in plan.not_covered
        if gap.question
    ]
    return [*of_changes, *of_others]


def unanswered(questions: Sequence[Question], answered: Collection[str]) -> list[Question]:
    """Return the questions that nobody has answered."""
    return [one for one in questions if one.id not in answered]


def declined_by(questions: Sequence[Question], answers: Mapping[str, Answer]) -> list[str]:
    """Return the ids of the changes that shall not happen since the answer was no."""
    return [one.change for one in questions if one.change and one.id in answers and not answers[one.id].yes]


def heard(answers: Mapping[str, bool]) -> str:
    """SHA-256 (hex) of answers, question id → was it yes: whoever read others approves something else."""
    return digest("answers", dict(answers))


def _id(step: str, system: str, about: str) -> str:
    return f"Q-{digest('question', [step, system, about])[:SHOWN]}"
