"""How much depended on single people, week by week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.canonical import Json

WEEKS = 26
"""So many weeks back are shown."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What depended on one person in the week that began on ``week`` (ISO date of a Monday)."""

    week: str
    person: str
    clients: int
    sole_contact: int
    value_at_risk: int


@dataclass(frozen=True, slots=True)
class Point:
    """One week over all people."""

    week: str
    clients: int
    sole_contact: int
    value_at_risk: int

    def to_json(self) -> dict[str, Json]:
        """Return the week as data."""
        return cast("dict[str, Json]", asdict(self))


def monday(today: date) -> str:
    """Return the ISO date of the Monday of that day's week."""
    return (today - timedelta(days=today.weekday())).isoformat()


def trend(weighed: Iterable[Weighed]) -> list[Point]:
    """Return the last weeks over all people, the oldest first; a week that nobody weighed is missing."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in weighed:
        for place, figure in enumerate((one.clients, one.sole_contact, one.value_at_risk)):
            sums[one.week][place] += figure
    return [Point(week, *sums[week]) for week in sorted(sums)][-WEEKS:]


def in_words(points: list[Point]) -> str:
    """Return how it has changed since the first of these weeks, empty where there is nothing to compare."""
    if len(points) < 2:  # noqa: PLR2004 - a change has two ends
        return ""
    first, last = points[0], points[-1]
    more = last.value_at_risk - first.value_at_risk
    how = "no other" if not more else f"{abs(more):,} {'more' if more > 0 else 'less'}"
    return f"Value at risk since the week of {first.week}: {how} ({first.value_at_risk:,} → {last.value_at_risk:,})."
