"""The register's tables, and the one place where the database's errors become ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from offboard.errors import Denied, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

WAIT = 10
"""Seconds to wait for another writer before the register counts as busy."""

metadata = MetaData()

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("responsible", Text, nullable=False, default=""),
    Column("inferred", Boolean, nullable=False, default=False),
    Column("address", Text, nullable=False, default=""),
    Column("postcode", Text, nullable=False, default=""),
    Column("city", Text, nullable=False, default=""),
    Column("country", Text, nullable=False, default=""),
    Column("language", Text, nullable=False, default=""),
    Column("channel", Text, nullable=False, default=""),
    Column("value", BigInteger),
    Column("notes", Text, nullable=False, default=""),
)
"""``inferred``: nobody named who is responsible, the latest interaction did. ``value`` is empty when none was given."""

contacts = Table(
    "contacts",
    metadata,
    Column("client", Text, ForeignKey("clients.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("email", Text, nullable=False, default=""),
    Column("phone", Text, nullable=False, default=""),
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", Text, ForeignKey("clients.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", String(23), nullable=False),
    Column("kind", Text, nullable=False, default=""),
    Column("value", BigInteger, nullable=False, default=0),
    Index("interactions_of_client", "client", "at", "id"),
)
"""``at`` is ISO 8601 to the millisecond; ``value`` counts ten-thousandths, so that sums are exact."""

handovers = Table(
    "handovers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client", Text, ForeignKey("clients.id"), nullable=False, index=True),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", String(24), nullable=False),
)
"""Every change of who is responsible, in order."""


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
        with self.reading() as connection:
            known = set(inspect(connection).get_table_names())
        if not known.issuperset(metadata.tables):
            with self.writing() as connection:
                metadata.create_all(connection)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _fault(error, self.name) from error
        except SQLAlchemyError as error:
            raise Rejected(f"{self.name}: {type(error).__name__}", system=self.name) from error


def _open(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
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
    if getattr(error.orig, "sqlstate", None) == "42501":  # insufficient_privilege (PostgreSQL, appendix A)
        return Denied(f"{name}: our account may not do this", system=name)
    if code is None and isinstance(error, (OperationalError, InterfaceError)):
        return Unreachable(f"{name}: the database does not answer", system=name)
    return Rejected(f"{name}: the database refused it ({type(error.orig).__name__})", system=name)
