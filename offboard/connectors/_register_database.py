"""The register's database: opened, brought up to date, and the one place where its errors become ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from offboard.connectors._register_tables import metadata
from offboard.errors import Denied, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Column, Connection, Engine

UPGRADING = 0x0FFB0A4D
"""The number of the lock under which PostgreSQL lets one process at a time bring the tables up to date."""

WAIT = 10
"""Seconds to wait for another writer before the register counts as busy."""


class Database:
    """The register's database; SQLite keeps what was committed through a power cut (WAL, ``synchronous=FULL``)."""

    def __init__(self, name: str, url: URL) -> None:
        self.name = name
        self.url = url
        self._engine = _open(url)
        self._writer = self._engine.execution_options(writes=True)
        try:
            self._make_tables()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Offer a connection that sees one state of the register throughout."""
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Offer a transaction that is on disk when the block ends, or leaves no trace when it fails."""
        with self._faults(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _make_tables(self) -> None:
        """Make the tables and columns that an earlier version did not have; what is in the register stays."""
        with self.reading() as connection:
            if not _lacking(connection):
                return
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                # Two processes that open an old register at once would add the same column twice.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (UPGRADING,))
            metadata.create_all(connection)
            for column in _lacking(connection):
                ddl = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {ddl}")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._fault(error) from error
        except SQLAlchemyError as error:
            raise Rejected(f"{self.name}: {type(error).__name__}", system=self.name) from error

    def _fault(self, error: DBAPIError) -> SystemFault:
        if self.url.get_backend_name() != "postgresql" or not hasattr(error.orig, "sqlstate"):
            return _fault(error, self.name)
        from offboard.connectors._register_postgresql import fault_of  # noqa: PLC0415 - the driver is an extra

        return fault_of(cast("Any", error.orig), self.name, f"{self.url.host}:{self.url.port or 5432}")


def _lacking(connection: Connection) -> list[Column[Any]]:
    """Return the columns of ours that the database does not have yet."""
    found = inspect(connection).get_multi_columns().items()
    there = {name: {column["name"] for column in columns} for (_, name), columns in found}
    return [
        column
        for table in metadata.sorted_tables
        for column in table.c
        if column.name not in there.get(table.name, set())
    ]


def _open(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
        if engine.driver == "psycopg":
            from offboard.connectors._register_postgresql import be_patient  # noqa: PLC0415 - the driver is an extra

            be_patient(engine)
        return engine
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # SQLite refuses a transaction that reads first and writes later when somebody else wrote in between; one that
        # takes the write lock at once waits for its turn instead.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


_SQLITE: dict[int, tuple[type[SystemFault], str]] = {
    3: (Denied, "the file may not be opened"),  # SQLITE_PERM
    5: (Throttled, "another writer holds it"),  # SQLITE_BUSY
    6: (Throttled, "another writer holds it"),  # SQLITE_LOCKED
    8: (Denied, "the file may not be written"),  # SQLITE_READONLY
    10: (Unreachable, "the disk failed"),  # SQLITE_IOERR
    11: (Rejected, "the file is damaged"),  # SQLITE_CORRUPT
    13: (Rejected, "the disk is full"),  # SQLITE_FULL
    14: (Unreachable, "the file cannot be opened"),  # SQLITE_CANTOPEN
    23: (Denied, "the file may not be opened"),  # SQLITE_AUTH
    26: (Rejected, "the file is no SQLite database"),  # SQLITE_NOTADB
}
"""SQLite's primary result codes (sqlite.org/rescode.html) that have a meaning of ours."""

_HINTS: dict[type[SystemFault], str] = {
    Denied: "Let the user that offboard runs as write this file and its folder.",
    Rejected: "Restore the register from its backup, or name another file in 'url'.",
    Unreachable: "Check the path in 'url': its folder must exist.",
}


def _fault(error: DBAPIError, name: str) -> SystemFault:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None and (code & 0xFF) in _SQLITE:
        kind, what = _SQLITE[code & 0xFF]
        if kind is Throttled:
            return Throttled(f"{name}: {what}", system=name)
        return kind(f"{name}: {what}", system=name, hint=_HINTS[kind])
    if code is None and isinstance(error, (OperationalError, InterfaceError)):
        return Unreachable(f"{name}: the database does not answer", system=name)
    return Rejected(f"{name}: the database refused it ({type(error.orig).__name__})", system=name)
