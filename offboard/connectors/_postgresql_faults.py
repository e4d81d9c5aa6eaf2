"""The one place where psycopg's exceptions and PostgreSQL's SQLSTATEs (its appendix A) become our errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psycopg import errors

from offboard.errors import Denied, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

_BY_STATE: Final[Mapping[str, type[SystemFault]]] = {
    "42501": Denied,  # insufficient_privilege
    "42704": NotFound,  # undefined_object
    "42P01": NotFound,  # undefined_table
    "42883": NotFound,  # undefined_function
    "3D000": NotFound,  # invalid_catalog_name
    "3F000": NotFound,  # invalid_schema_name
    "55P03": Throttled,  # lock_not_available
    "57014": Unreachable,  # query_canceled: statement_timeout
}
_BY_CLASS: Final[Mapping[str, type[SystemFault]]] = {
    "08": Unreachable,  # connection exceptions
    "28": Denied,  # invalid authorization
    "40": Throttled,  # rolled back, try again
    "53": Throttled,  # insufficient resources
    "57": Unreachable,  # shut down by an operator
    "58": Unreachable,  # system errors
}

# Before a session stands libpq tells no SQLSTATE. These are its own words, always in English.
_TLS = re.compile(r"failed: (SSL|root certificate|server certificate|server does not support SSL|certificate)")
_BUSY = re.compile(r"too many (clients|connections)|connection slots")
_STARTING = re.compile(r"starting up|shutting down|not yet accepting|recovery")


def fault_of_sign_in(error: psycopg.Error, system: str, url: str) -> SystemFault:
    """Turn why no session came to be into our error: ``Denied`` means that the server answered and refused."""
    first = str(error).partition("\n")[0]
    text = f"{system}: {url}: {first.removeprefix('connection failed: ')}"
    if isinstance(error, errors.ConnectionTimeout):
        return Unreachable(text, system=system)
    if _TLS.search(first):
        return Untrusted(text, system=system)
    if _BUSY.search(first):
        return Throttled(text, system=system)
    answered = "FATAL:" in first or bool(error.pgconn and error.pgconn.used_password)
    if answered and not _STARTING.search(first):
        return Denied(text, system=system, hint="Check username and password of this system, and pg_hba.conf.")
    return Unreachable(text, system=system)


def fault_of_statement(error: psycopg.Error, system: str, doing: str) -> SystemFault:
    """Turn why a statement failed into our error; ``doing`` completes "cannot …"."""
    state = error.sqlstate or ""
    # The first line alone: details may quote what is stored.
    text = f"{system}: cannot {doing} ({str(error).partition(chr(10))[0]})"
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or (Rejected if state else Unreachable)
    return kind(text, system=system)
