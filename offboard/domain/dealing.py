"""Who on our side has dealt with which client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dealing:
    """All that one person had to do with one client, summed up.

    ``person`` is written as the register has it, ``last`` is the ISO date of the latest time.
    """

    client: str
    person: str
    times: int
    last: str
