"""Sessions in the databases of one server, each opened when it is first needed and reopened when it broke."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from offboard.connectors._loopback import is_loopback
from offboard.connectors._postgresql_faults import fault_of_sign_in, fault_of_statement
from offboard.connectors._postgresql_watch import Watch
from offboard.errors import BadSettings, Denied, OffboardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server answers, how its certificate is verified, and how long we wait; times are in seconds."""

    system: str
    host: str
    port: int
    database: str
    ca_file: Path | None
    connect_timeout: int
    timeout: int

    @property
    def url(self) -> str:
        """The address, for messages."""
        return f"postgresql://{self.host}:{self.port}"

    @property
    def encrypted(self) -> bool:
        """Say whether TLS is used; only loopback may do without."""
        return self.ca_file is not None or not is_loopback(self.host)

    def parameters(self, role: str, password: str, database: str) -> dict[str, Any]:
        """Return what libpq is told; nothing of it is left to PG… variables of this machine."""
        limits = f"-c statement_timeout={self.timeout * 1000} -c lock_timeout={self.timeout * 500}"
        return {
            "host": self.host,
            "hostaddr": "",
            "port": self.port,
            "user": role,
            "password": password,
            "passfile": "/dev/null",
            "dbname": database,
            "sslmode": "verify-full" if self.encrypted else "disable",
            "sslrootcert": str(self.ca_file) if self.ca_file else "system" if self.encrypted else "",
            "gssencmode": "disable",
            "target_session_attrs": "any",
            "application_name": "offboard",
            "client_encoding": "UTF8",
            "connect_timeout": self.connect_timeout,
            # Names are always told with their schema, and nobody's own functions stand before the system's.
            "options": f"-c search_path=pg_catalog {limits}",
        }


class Link:
    """Our sessions on one server."""

    def __init__(self, server: Server, role: str, password: Callable[[], str]) -> None:
        self.server = server
        self.role = role
        self._password = password
        self._sessions: dict[str, psycopg.Connection[Row]] = {}

    @property
    def version(self) -> int:
        """The server's version, as 150018 for 15.18."""
        return self._session("").info.server_version

    def open(self) -> None:
        """Connect to the main database; harmless when that has been done.

        Raises:
            Unreachable: nobody answers.
            Untrusted: the certificate is not one we trust, or there is no encryption.
            Denied: our role is refused.
            BadSettings: the password cannot be had, or is empty.
        """
        self._session("")

    def close(self) -> None:
        """Close every session; the next call opens it again."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            with suppress(psycopg.Error):
                session.close()

    def rows(self, query: str, parameters: Sequence[Any] = (), *, database: str = "", doing: str = "read") -> list[Row]:
        """Return what a query finds, asked once more when a kept session had gone stale."""
        kept = (database or self.server.database) in self._sessions
        session = self._session(database)
        with Watch(session, self.server.timeout) as watch:
            try:
                return session.execute(query.encode(), parameters).fetchall()
            except psycopg.Error as error:
                if not self._broken(database) or not kept or watch.fired:
                    raise fault_of_statement(error, self.server.system, doing) from error
        return self.rows(query, parameters, database=database, doing=doing)

    @contextmanager
    def writing(self, doing: str, database: str = "") -> Iterator[Callable[..., list[Row]]]:
        """Lend ``run(statement, parameters)`` within one transaction: everything comes true at its end, or nothing."""
        session = self._session(database)
        try:
            with Watch(session, self.server.timeout) as watch, session.transaction():
                yield lambda statement, parameters=(): _run(session, watch, statement, parameters)
        except psycopg.Error as error:
            self._broken(database)
            raise fault_of_statement(error, self.server.system, doing) from error

    def accepts(self, role: str, password: str) -> bool:
        """Say whether somebody can sign in with a password, over a session of its own."""
        try:
            self._enter(role, password, self.server.database).close()
        except Denied:
            return False
        return True

    def verifier(self, role: str, password: str) -> str:
        """Return a password as this server stores it (``password_encryption``), so that it is never sent itself."""
        # Asked here, since libpq would ask without any limit of time while every thread of ours stands still.
        algorithm = str(self.rows("SHOW password_encryption")[0][0])
        made = self._session("").pgconn.encrypt_password(password.encode(), role.encode(), algorithm.encode())
        return made.decode("ascii")

    def _session(self, database: str) -> psycopg.Connection[Row]:
        name = database or self.server.database
        if name not in self._sessions:
            secret = self._password()
            if not secret:
                raise BadSettings(f"systems.{self.server.system}.password: it is empty")
            session = self._enter(self.role, secret, name)
            with suppress(psycopg.Error, OffboardError):
                # Verifiers are no text for a log; only a superuser may say so, and others put none back.
                session.execute(b"SET log_statement = 'none'")
                session.execute(b"SET log_min_duration_statement = -1")
            self._sessions[name] = session
        return self._sessions[name]

    def _enter(self, role: str, password: str, database: str) -> psycopg.Connection[Row]:
        server = self.server
        try:
            return psycopg.connect(**server.parameters(role, password, database), autocommit=True)
        except psycopg.Error as error:
            raise fault_of_sign_in(error, server.system, server.url) from error

    def _broken(self, database: str) -> bool:
        """Forget a session that broke."""
        session = self._sessions.get(database or self.server.database)
        if session is None or not (session.broken or session.closed):
            return False
        self.close()
        return True


def _run(
    session: psycopg.Connection[Row], watch: Watch, statement: str | sql.Composable, parameters: Sequence[Any]
) -> list[Row]:
    query = statement.encode() if isinstance(statement, str) else statement.as_bytes(session)
    watch.again()
    done = session.execute(query, parameters or None)
    watch.again()
    return done.fetchall() if done.description else []


def name_of(*parts: str) -> sql.Identifier:
    """Return a name, quoted where it must be, with its schema before it where there is one."""
    return sql.Identifier(*parts)
