"""What ``doctor`` says of an environment: whether it answers, and which privileges our application user lacks.

Source: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._dataverse_link import row, table
from offboard.connectors._dataverse_tables import ACCOUNT, CONTACT, KINDS
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted

if TYPE_CHECKING:
    from offboard.connectors._dataverse_link import Link
    from offboard.connectors._dataverse_tables import Tables

_NAMES: Final = {
    "account": "Account", "contact": "Contact", "lead": "Lead", "opportunity": "Opportunity", "incident": "Incident",
    "task": "Activity", "phonecall": "Activity", "appointment": "Activity",
}  # fmt: skip
_EVERYWHERE: Final = "Global"
_NEVER: Final = (
    "change who called a meeting that came from Outlook: whoever takes over calls it anew",
    "pass on flows, views, dashboards and connections of the leaver: an administrator does, in Power Apps",
)


def needed(tables: Tables) -> list[str]:
    """Return the privileges that a whole departure needs, by the tables that there are."""
    names = [_NAMES[name] for name in (ACCOUNT, CONTACT, *KINDS) if name in tables.all()]
    return [
        "prvReadUser",
        *dict.fromkeys(f"prv{right}{name}" for name in names for right in ("Read", "Write", "Assign")),
    ]


def examine(link: Link, tables: Tables) -> Health:
    """Say whether the environment answers and what our application user may do there; changes nothing."""
    try:
        started = time.monotonic()
        me = link.do(Ask("GET", table("WhoAmI"), "ask who we are"))
        latency = round((time.monotonic() - started) * 1000)
        wanted = needed(tables)
        told = _privileges(link, str(me["UserId"]))
        cannot = [*_NEVER, *_cascades(tables)]
        cannot += [f"pass on {name}: this environment has no such table" for name in KINDS if name not in tables.all()]
        columns = [
            f"{name}.{column}" for name in _NAMES if name in tables.all() for column in tables.user_columns(name)
        ]
    except (KeyError, TypeError) as error:
        fault = link.strange("ask who we are")
        del error
        return Health(link.system, "dataverse", reachable=True, tls=link.wire.tls, cannot=(str(fault),))
    except OffboardError as fault:
        answers = not isinstance(fault, (Unreachable, Untrusted))
        text = (f"{fault}. {fault.hint}",)
        return Health(link.system, "dataverse", reachable=answers, tls=link.wire.tls, cannot=text)
    missing = [
        name if name not in told else f"{name} at organisation level (it is {told[name]})"
        for name in wanted
        if told.get(name) != _EVERYWHERE
    ]
    held = [name for name in wanted if told.get(name) == _EVERYWHERE]
    cannot += (
        [f"tell whether {', '.join(columns)} name the one responsible: each is passed on by itself"] if columns else []
    )
    return Health(
        link.system,
        "dataverse",
        reachable=True,
        tls=link.wire.tls,
        rights_held=tuple(held),
        rights_missing=tuple(missing),
        cannot=tuple(cannot),
        latency_ms=latency,
    )


def _privileges(link: Link, user_id: str) -> dict[str, str]:
    """Return what our user holds: the privilege's name → how far it reaches."""
    path = row("systemusers", user_id, "Microsoft.Dynamics.CRM.RetrieveUserPrivileges")
    body: Any = link.do(Ask("GET", path, "read our privileges"))
    return {str(one.get("PrivilegeName")): str(one.get("Depth")) for one in body["RolePrivileges"]}


def _cascades(tables: Tables) -> list[str]:
    spreading = [
        spread.schema
        for name in (ACCOUNT, CONTACT)
        for spread in tables.spreads(name)
        if spread.child in (CONTACT, *KINDS)
    ]
    if not spreading:
        return []
    return [
        (
            f"keep Dataverse from assigning along what hangs on a row ({len(spreading)} relationships cascade): the "
            "former owner of all that is put back in the same transaction, which changes its date of modification"
        ),
    ]
