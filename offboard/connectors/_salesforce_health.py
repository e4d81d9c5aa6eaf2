"""What ``doctor`` says of Salesforce: what the describe calls tell of our user, object by object."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._salesforce_teams import OBJECT
from offboard.domain.capabilities import Health
from offboard.errors import Denied, NotFound, OffboardError, Rejected, SystemFault

if TYPE_CHECKING:
    from offboard.connectors._salesforce_api import Api
    from offboard.connectors._salesforce_reading import Reading

_HIDDEN: Final = (
    "tell without writing whether it may pass on records of others: that takes Transfer Record or Modify All Data; "
    "and records that sharing hides from it cannot be seen at all, which takes View All Data"
)
_TEAMS: Final = "keep account teams: Salesforce removes them when an owner is changed; set account_teams = true"
_NEARLY: Final = 0.9


def examine(api: Api, reading: Reading, *, teams: bool) -> Health:
    """Say what our user may do; changes nothing, raises nothing."""
    held, missing, cannot = list[str](), list[str](), [_HIDDEN]
    latency, reachable = 0, True
    try:
        for kind, fields in reading.places().items():
            started = time.monotonic()
            try:
                told: dict[str, Any] = api.describe(kind)
            except (Denied, NotFound) as fault:
                if isinstance(fault, Denied) and not held and not missing:
                    raise
                told = {}
            latency = latency or round((time.monotonic() - started) * 1000)
            (held if told.get("queryable") is True else missing).append(f"Read on {kind}")
            if not fields:
                continue
            may = {one.get("name"): one.get("updateable") is True for one in told.get("fields", ())}
            edit = told.get("updateable") is True
            (held if edit else missing).append(f"Edit on {kind}")
            missing += [f"Edit on {kind}.{field}" for field in fields if edit and not may.get(field)]
        if teams:
            creatable = api.describe(OBJECT).get("createable") is True
            (held if creatable else missing).append(f"Create on {OBJECT}")
        else:
            cannot.append(_TEAMS)
    except OffboardError as fault:
        reachable = isinstance(fault, (Denied, Rejected)) and isinstance(fault, SystemFault)
        cannot = [f"{fault} {fault.hint}"]
    used = _used(api.wire.seen.get("sforce-limit-info", ""))
    if used > _NEARLY:
        cannot.append(f"go on for long: {used:.0%} of the calls of 24 hours are used up")
    return Health(
        api.system,
        "salesforce",
        reachable=reachable,
        tls=api.wire.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=tuple(cannot),
        latency_ms=latency,
    )


def _used(limits: str) -> float:
    used, _, limit = limits.partition("api-usage=")[2].partition(";")[0].partition("/")
    return int(used) / int(limit) if used.isdecimal() and limit.strip().isdecimal() and int(limit) else 0.0
