"""How often a property is tried: some times in ``make test``, twenty times as often in ``make test-long``."""

from __future__ import annotations

import os
from typing import Any, Final

from hypothesis import HealthCheck, settings

OFTEN: Final = 20 if os.environ.get("OFFBOARD_LONG") else 1


def tried(number: int, *unminded: HealthCheck) -> Any:
    """Return Hypothesis's settings for a test that ``make test`` tries so often.

    How long an example takes to make or to try depends on what else the machine does, so neither is minded.
    """
    unminded = (HealthCheck.too_slow, *unminded)
    return settings(max_examples=number * OFTEN, deadline=None, suppress_health_check=unminded)


settings.register_profile("offboard", tried(100))
settings.load_profile("offboard")
