"""A private PostgreSQL on loopback with TLS, emptied after each test; everybody in it is made up."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from tests.servers.needed import free_port, needed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

__all__ = ["PostgreSQL", "postgresql", "postgresql_server"]

ROOT, PASSWORD = "postgres", "secret"

CONFIG = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 60
fsync = off
full_page_writes = off
ssl = on
ssl_cert_file = '{folder}/server.pem'
ssl_key_file = '{folder}/server.key'
"""
HBA = """\
host all trusted 127.0.0.1/32 trust
host all barred 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass
class PostgreSQL:
    """One running server; everything it holds is under ``folder``."""

    port: int
    ca_file: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address."""
        return f"postgresql://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table; the password stands in the variable DATABASE_PASSWORD."""
        return {
            "kind": "postgresql",
            "url": self.url,
            "username": ROOT,
            "password": {"env": "DATABASE_PASSWORD"},
            "ca_file": str(self.ca_file),
        } | more

    def connect(self, role: str = ROOT, password: str = PASSWORD, database: str = "postgres") -> psycopg.Connection:
        """Open a session past the connector."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=role, password=password, dbname=database, autocommit=True
        )

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the superuser and return the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        with self.connect(database=database) as session:
            for statement in statements:
                done = session.execute(statement.encode())
                rows = done.fetchall() if done.description else []
        return rows

    def refusal(self, role: str, password: str, database: str = "postgres") -> str:
        """Try to sign in and return what the server says to it; empty when it lets them in."""
        try:
            self.connect(role, password, database).close()
        except psycopg.OperationalError as error:
            return str(error)
        return ""

    def start(self) -> None:
        """Start the server (again) on its port and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_program("postgres"), "-D", str(self.folder / "data")], stdout=log, stderr=log, **_as_other()
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"postgres did not start: {(self.folder / 'log').read_text()}")
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End the server that this object started, and every session; harmless when it has ended."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=20)
            self.process = None

    def empty(self) -> None:
        """Drop every database and role that a test made."""
        with self.connect() as session:
            for (name,) in session.execute("SELECT datname FROM pg_database WHERE oid >= 16384").fetchall():
                session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            roles = [row[0] for row in session.execute("SELECT rolname FROM pg_roles WHERE oid >= 16384").fetchall()]
            for name in roles:
                session.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
            for name in roles:
                session.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def _program(name: str) -> str:
    """Return the newest installed server's program; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else needed(name)


def _as_other() -> dict[str, Any]:
    """Return who the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name, "extra_groups": []}


def start_postgresql(folder: Path, authority: Authority) -> PostgreSQL:
    """Make a cluster in ``folder``, an empty one that the server's user may enter, and start it."""
    server = PostgreSQL(free_port(), authority.ca_file, folder)
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    shutil.copy(authority.cert_file, folder / "server.pem")
    shutil.copy(authority.key_file, folder / "server.key")
    (folder / "server.key").chmod(0o600)
    other = _as_other()
    if other:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, other["user"], other["group"])
    data = folder / "data"
    subprocess.run(
        [
            _program("initdb"), "-D", str(data), "-U", ROOT, "--pwfile", str(folder / "password"), "--no-sync",
            "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
        ],
        check=True, capture_output=True, timeout=120, cwd=folder, **other,
    )  # fmt: skip
    with (data / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write(CONFIG.format(port=server.port, folder=folder))
    (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
    server.start()
    return server


@pytest.fixture(scope="session")
def postgresql_server(authority: Authority) -> Iterator[PostgreSQL]:
    # Not tmp_path: when root runs the tests, nobody else may enter it.
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as folder:
        server = start_postgresql(Path(folder), authority)
        yield server
        server.stop()


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    monkeypatch.setenv("DATABASE_PASSWORD", PASSWORD)
    yield postgresql_server
    if postgresql_server.process is None:
        postgresql_server.start()
    postgresql_server.empty()
