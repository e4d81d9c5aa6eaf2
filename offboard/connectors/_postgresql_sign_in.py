"""Takes LOGIN away and proves it, and gives it back with the password that was there.

PostgreSQL lets nobody in whose role has NOLOGIN, whatever ``pg_hba.conf`` says; the trial with the random password
that we set shows that this is the server, and not something before it, that answers.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from psycopg import sql

from offboard.connectors._ldap_sealed import Safe, Sealed
from offboard.connectors._postgresql_link import name_of
from offboard.errors import Drifted, NotFound, Rejected, Unreachable

if TYPE_CHECKING:
    from offboard.connectors._postgresql_link import Link
    from offboard.connectors._postgresql_roles import Role
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

UNREADABLE: Final = "unreadable"

_PATIENCE: Final = 10.0
"""Seconds until sessions that were told to end must have ended."""


class SignIn:
    """Sign-in of the roles of one server."""

    def __init__(self, link: Link, vault: Vault) -> None:
        self._link = link
        self._system = link.server.system
        self._safe = Safe(vault, self._system)
        self._reads_verifiers: bool | None = None
        self._verifiers: dict[tuple[str, str], str] = {}

    def shut_by_us(self, role_id: str) -> bool:
        """Say whether we took LOGIN away from this role."""
        return self._safe.read(role_id).probe is not None

    def reads_verifiers(self) -> bool:
        """Say whether our role may read what is stored of passwords; asked once."""
        if self._reads_verifiers is None:
            query = "SELECT has_column_privilege('pg_authid', 'rolpassword', 'SELECT')"
            self._reads_verifiers = bool(self._link.rows(query)[0][0])
        return self._reads_verifiers

    def state(self, role: Role | None) -> dict[str, Json] | None:
        """Return the state of sign-in; see ``Accounts.account``."""
        if role is None:
            return None
        if role.can_login:
            until: dict[str, Json] = {"valid_until": role.valid_until} if role.valid_until else {}
            return {"sign_in": "open", "password": self._fingerprint(self._stored(role)), **until}
        probe = self._safe.read(role.id).probe
        if probe and self._link.accepts(role.name, probe):
            return {"sign_in": "open", "password": self._fingerprint(self._stored(role))}
        return {"sign_in": "shut"}

    def seal(self, role: Role | None) -> None:
        """Note what shutting the role replaces, and the password that we shall set."""
        if role is not None:
            self._safe.note(role.id, self._to_seal(role)[0])

    def bring(self, role: Role | None, role_id: str, state: dict[str, Json]) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        if role is None:
            raise NotFound(f"{self._system}: there is no role {role_id} any more", system=self._system)
        if state.get("sign_in") == "shut":
            self._shut(role)
        elif state.get("sign_in") == "open":
            self._open(role, cast("str", state.get("password", UNREADABLE)))
        else:
            text = f"{self._system}: sign-in cannot be brought to {state.get('sign_in')!r}"
            raise Rejected(text, system=self._system)

    def sessions(self, role: Role | None) -> int:
        """Return how many sessions the role has open, in whichever database."""
        if role is None:
            return 0
        query = "SELECT count(*) FROM pg_stat_activity WHERE usesysid = %s AND pid <> pg_backend_pid()"
        return int(self._link.rows(query, (role.oid,), doing="count sessions")[0][0])

    def end_sessions(self, role: Role | None) -> None:
        """End every session of the role, and see that they have ended.

        Raises:
            Unreachable: some are still open after seconds.
        """
        deadline = time.monotonic() + _PATIENCE
        while role is not None and self.sessions(role):
            if time.monotonic() > deadline:
                text = f"{self._system}: sessions of {role.name} are still open, although they were told to end"
                raise Unreachable(text, system=self._system)
            query = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = %s AND pid <> pg_backend_pid()"
            )
            self._link.rows(query, (role.oid,), doing=f"end the sessions of {role.name}")
            time.sleep(0.01)

    def _shut(self, role: Role) -> None:
        """Seal what is there, then write."""
        sealed, verifier = self._to_seal(role)
        self._safe.write(role.id, sealed)
        self._alter(role, sql.SQL("NOLOGIN PASSWORD {}").format(sql.Literal(verifier)))

    def _to_seal(self, role: Role) -> tuple[Sealed, str]:
        """Return what must be on disk before the role is shut, and what the server is to store of the password."""
        sealed = self._safe.read(role.id)
        stored = self._stored(role)
        fingerprint = self._fingerprint(stored)
        if stored is not None and (not sealed.stored or fingerprint != sealed.stored):
            sealed = sealed.keeping(fingerprint, stored)
        sealed = sealed.with_probe()
        secret = (role.name, sealed.probe or "")
        if secret not in self._verifiers:
            self._verifiers = {secret: self._link.verifier(*secret)}
        verifier = self._verifiers[secret]
        return replace(sealed, stored=self._safe.fingerprint([verifier.encode()])), verifier

    def _open(self, role: Role, wanted: str) -> None:
        sealed = self._safe.read(role.id)
        found = self._fingerprint(self._stored(role))
        if wanted not in {UNREADABLE, found}:
            wanted = sealed.chosen(wanted)
        if wanted in {UNREADABLE, found}:
            self._alter(role, sql.SQL("LOGIN"))
        else:
            former = sealed.values(wanted)
            if former is None:
                raise Rejected(
                    f"{self._system}: the former password of {role.name} is not in the vault",
                    system=self._system,
                    hint="Give this role LOGIN and a new password by hand.",
                )
            text = former[0].decode("ascii") if former else None
            self._alter(role, sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(text)))
        if sealed.former or sealed.probe is not None:
            self._safe.note(role.id, sealed.without(wanted))

    def _alter(self, role: Role, what: sql.Composable) -> None:
        with self._link.writing(f"change the role {role.name}") as run:
            run(sql.SQL("ALTER ROLE {} ").format(name_of(role.name)) + what)
            if run("SELECT oid::bigint FROM pg_roles WHERE rolname = %s", (role.name,)) != [(role.oid,)]:
                text = f"{self._system}: {role.name} became another role while it was being written"
                raise Drifted(text, system=self._system)

    def _stored(self, role: Role) -> list[bytes] | None:
        """Return what is stored of the role's password: one verifier, none, or ``None`` where we may not look."""
        if not self.reads_verifiers():
            return None
        rows = self._link.rows("SELECT rolpassword FROM pg_authid WHERE oid = %s", (role.oid,), doing="read passwords")
        return [value.encode() for (value,) in rows if value is not None]

    def _fingerprint(self, stored: list[bytes] | None) -> str:
        return UNREADABLE if stored is None else self._safe.fingerprint(stored)
