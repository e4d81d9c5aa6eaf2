"""What ``doctor`` says of HubSpot: the scopes of our token against those that are needed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.connectors._hubspot_reading import BEYOND
from offboard.domain.capabilities import Health
from offboard.errors import Denied, OffboardError, Rejected, SystemFault

if TYPE_CHECKING:
    from offboard.connectors._hubspot_api import Api
    from offboard.connectors._hubspot_reading import Reading

_ELSEWHERE: Final = (
    "see or change what else names an owner: sequences, workflows, round-robin and tokens in mails keep the leaver"
)


def examine(api: Api, reading: Reading) -> Health:
    """Say what our app may do; changes nothing, raises nothing."""
    held, missing, cannot = list[str](), list[str](), [f"move scheduling pages: {BEYOND}", _ELSEWHERE]
    started, latency, reachable = time.monotonic(), 0, True
    try:
        scopes = api.scopes()
        latency = round((time.monotonic() - started) * 1000)
        for scope in reading.scopes():
            (held if scope in scopes else missing).append(scope)
    except OffboardError as fault:
        reachable = isinstance(fault, (Denied, Rejected)) and isinstance(fault, SystemFault)
        cannot = [f"{fault} {fault.hint}"]
    return Health(
        api.system,
        "hubspot",
        reachable=reachable,
        tls=api.wire.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=tuple(cannot),
        latency_ms=latency,
    )
