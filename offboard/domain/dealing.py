"""Who on our side has dealt with which client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.clients import Interaction


@dataclass(frozen=True, slots=True)
class Dealing:
    """All that one person had to do with one client, summed up.

    ``person`` is written as the register has it, ``last`` is the ISO date of the latest time.
    """

    client: str
    person: str
    times: int
    last: str


def summed(interactions: Iterable[Interaction]) -> list[Dealing]:
    """Return one row for each client and person, ordered by client and then the latest first."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for one in interactions:
        times, last = found.get((one.client, one.person), (0, ""))
        found[one.client, one.person] = (times + 1, max(last, one.at))
    latest = sorted(found.items(), key=lambda each: (each[1][1], each[0]), reverse=True)
    rows = [Dealing(client, person, times, last[:10]) for (client, person), (times, last) in latest]
    return sorted(rows, key=lambda row: row.client)
