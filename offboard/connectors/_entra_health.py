"""What ``doctor`` says of a tenant: what our token lets us do, what it lacks, and what nobody could do there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from offboard.connectors._entra_rights import SET_PASSWORD, missing
from offboard.connectors._graph_paths import at
from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph


def examine(graph: Graph, *, reset_password: bool) -> Health:
    """Say whether the tenant answers and what our app may do there; changes nothing, raises nothing."""
    try:
        claims = graph.wire.tokens.claims()
        started = time.monotonic()
        graph.get(at("users"), "read one account", top="1", select="id")
    except OffboardError as fault:
        answers = not isinstance(fault, (Unreachable, Untrusted))
        return Health(graph.system, "entra", reachable=answers, tls=graph.wire.tls, cannot=(str(fault),))
    held = tuple(sorted(map(str, claims.get("roles") or ())))
    latency = round((time.monotonic() - started) * 1000)
    cannot = [
        "prove that a sign-in is refused: nobody knows the leaver's password; accountEnabled is read back instead",
        "put a former password back: no interface shows it",
        "end what apps keep open with cookies of their own: those sessions end when the app asks Entra again",
        "change an account with administrator roles, unless our app holds a stronger one: planning names each",
    ]
    if not reset_password or SET_PASSWORD not in held:
        cannot.append("replace the password: a disabled account that somebody opens again has its old one")
    return Health(
        graph.system,
        "entra",
        reachable=True,
        tls=graph.wire.tls,
        rights_held=held,
        rights_missing=tuple(missing(held, reset_password=reset_password)),
        cannot=tuple(cannot),
        latency_ms=latency,
    )
