"""What ``doctor`` says of a SCIM server: found out by reading alone, since only a write shows whether we may write."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.connectors._scim_api import GROUPS, USERS
from offboard.connectors._scim_offers import limits
from offboard.domain.capabilities import Health
from offboard.errors import Denied, OffboardError, SystemFault, Unreachable, Untrusted

if TYPE_CHECKING:
    from offboard.connectors._scim_api import Api
    from offboard.connectors._scim_offers import Offers

_RIGHTS: Final = {USERS: "read users", GROUPS: "read groups"}
_WRITES: Final = "tell without writing whether our account may write users and groups"


def examine(api: Api, offers: Offers) -> Health:
    """Say whether the server answers and what our account may read there; changes nothing, raises nothing."""
    held: list[str] = []
    missing: list[str] = []
    cannot = limits(offers)
    latency = 0
    for kind, right in _RIGHTS.items():
        started = time.monotonic()
        try:
            api.get(kind, doing=right, count=1)
        except Denied:
            missing.append(right)
        except SystemFault as fault:
            answers = not isinstance(fault, (Unreachable, Untrusted))
            if not answers or kind == USERS:
                return Health(api.system, "scim", reachable=answers, tls=api.tls, cannot=(str(fault),))
            cannot.append(f"read groups: {fault}")
        except OffboardError as fault:
            return Health(api.system, "scim", reachable=False, tls=api.tls, cannot=(str(fault),))
        else:
            held.append(right)
        latency = latency or round((time.monotonic() - started) * 1000)
    return Health(
        api.system,
        "scim",
        reachable=True,
        tls=api.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=(*cannot, _WRITES),
        latency_ms=latency,
    )
