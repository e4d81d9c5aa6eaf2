"""What ``doctor`` says of a server, and whom our role may not touch: read from the catalogs, nothing is tried."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from offboard.domain.capabilities import Health
from offboard.errors import OffboardError, Unreachable, Untrusted

if TYPE_CHECKING:
    from offboard.connectors._postgresql_link import Link
    from offboard.connectors._postgresql_roles import Role, Roles
    from offboard.connectors._postgresql_sign_in import SignIn

CREATE_ROLE, READ_PASSWORDS = "CREATEROLE", "SELECT on pg_authid (superuser)"
END_SESSIONS, GIVE_AWAY = "pg_signal_backend", "ALTER … OWNER (superuser)"

_APART: Final = 160000
"""From this version on CREATEROLE reaches only roles that one has ADMIN OPTION on."""


def examine(link: Link, roles: Roles, sign_in: SignIn) -> Health:
    """Say whether the server answers and what our role may do there; changes nothing, raises nothing."""
    server = link.server
    tls = "verify-full" if server.encrypted else "none (loopback)"
    try:
        link.open()
        started = time.monotonic()
        ours = roles.ours()
        latency = round((time.monotonic() - started) * 1000)
        may = {
            CREATE_ROLE: ours.superuser or ours.create_role,
            READ_PASSWORDS: sign_in.reads_verifiers(),
            END_SESSIONS: ours.superuser or _signals(link),
            GIVE_AWAY: ours.superuser,
        }
    except OffboardError as fault:
        answers = not isinstance(fault, (Unreachable, Untrusted))
        return Health(server.system, "postgresql", reachable=answers, tls=tls, cannot=(str(fault),))
    cannot = []
    if not may[READ_PASSWORDS]:
        cannot.append("put a former password back: what is stored of it cannot be read")
    if not ours.superuser:
        cannot.append("change superusers, or end their sessions: our role is none")
        cannot.append("restore who granted a membership: our role is no superuser")
    return Health(
        server.system,
        "postgresql",
        reachable=True,
        tls=tls,
        rights_held=tuple(right for right, held in may.items() if held),
        rights_missing=tuple(right for right, held in may.items() if not held),
        cannot=tuple(cannot),
        latency_ms=latency,
    )


def out_of_reach(link: Link, roles: Roles, role: Role | None) -> list[str]:
    """Return why our role may not change this one."""
    if role is None:
        return []
    ours = roles.ours()
    if role.oid == ours.oid:
        return [f"{role.name} is the role that offboard itself signs in with."]
    reasons = []
    if role.superuser and not ours.superuser:
        reasons.append(f"{role.name} is a superuser, whom only a superuser may change; our role {ours.name} is none.")
    elif not ours.superuser and not ours.create_role:
        reasons.append(f"Our role {ours.name} lacks CREATEROLE.")
    elif not ours.superuser and link.version >= _APART and not _admin_of(link, role):
        reasons.append(f"Our role {ours.name} has no ADMIN OPTION on {role.name}, which CREATEROLE needs there.")
    if role.superuser and role.can_login and _alone(link, role):
        reasons.append(f"{role.name} is the only superuser who can sign in: make another one first.")
    if not ours.superuser and not role.superuser and not _signals(link):
        reasons.append(f"Our role {ours.name} is not in pg_signal_backend, which ending sessions of others needs.")
    return reasons


def _signals(link: Link) -> bool:
    return bool(link.rows("SELECT pg_has_role(current_user, 'pg_signal_backend', 'USAGE')")[0][0])


def _admin_of(link: Link, role: Role) -> bool:
    query = "SELECT pg_has_role(current_user, %s::bigint::oid, 'MEMBER WITH ADMIN OPTION')"
    return bool(link.rows(query, (role.oid,))[0][0])


def _alone(link: Link, role: Role) -> bool:
    query = "SELECT count(*) FROM pg_roles WHERE rolsuper AND rolcanlogin AND oid <> %s"
    return not link.rows(query, (role.oid,))[0][0]
