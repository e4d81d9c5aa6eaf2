"""When a change that failed is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from offboard.domain.departure import instant

LADDER_FIRST, LADDER_LAST, LADDER_LENGTH = 10, 3600, 12
"""Seconds before the next try, doubling up to an hour; after so many tries a change is parked."""


def next_try(now: datetime, tries: int) -> str:
    """Return the instant of the try that follows so many failed ones; empty when none has failed."""
    seconds = min(LADDER_FIRST * 2 ** max(tries - 1, 0), LADDER_LAST)
    return instant(now + timedelta(seconds=seconds)) if tries else ""
