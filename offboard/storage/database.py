"""The connection to the store: durable, one writer at a time, several callers in one commit.

SQLite runs with write-ahead logging and ``synchronous=FULL``: what was committed survives a power cut. A commit costs
a flush of the disk, so callers that arrive while one is running share the next (group commit); each still returns only
after its own work is on disk.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError

from offboard.errors import BadSettings, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

T = TypeVar("T")

ADDRESS = "Use sqlite:///FILE or postgresql+psycopg://…"

PATIENCE = 30
"""Seconds that a writer waits for its turn."""

WRITERS = 0x0FFB0A4D
"""The lock that writers on PostgreSQL take, one after another; any number that nobody else uses."""

HEAD = "0009"
"""The newest version of the tables; a test holds it to the migrations."""


class Rider(Protocol):
    """Has something to keep whose commit somebody else pays."""

    def board(self, connection: Connection) -> Callable[[], None]:
        """Write within this transaction; what is returned is called once it is on disk, and not if it fails."""


class Database:
    """One store, opened and brought up to date."""

    def __init__(self, url: str, folder: Path | None = None) -> None:
        """Open the store at ``url``; a relative SQLite path is meant from ``folder``.

        Raises:
            BadSettings: the address is wrong.
            Unreachable: the database does not answer, or is no database of ours.
        """
        self.url = absolute(url, folder or Path())
        self.path = Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None
        try:
            self.engine, self._reading = _engines(url, self)
            self._upgrade()
        except (NoSuchModuleError, ArgumentError, ImportError) as error:
            raise BadSettings(f"store.url: {error}", hint=ADDRESS) from error
        except DatabaseError as error:
            raise Unreachable(f"the store cannot be opened: {error.orig}", system="store") from error
        self.riders: list[Rider] = []
        self._pending: list[tuple[Callable[[Connection], Any], Future[Any]]] = []
        self._queue = threading.Lock()
        self._commit = threading.Lock()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction and return its result once it is on disk.

        Work that others bring at the same time shares the commit; a piece that fails is taken back alone.

        Raises:
            Unreachable: the database does not answer, is full, damaged or not ours to write.
        """
        mine: Future[T] = Future()
        with self._queue:
            self._pending.append((work, mine))
        with self._commit:
            if not mine.done():
                with self._queue:
                    batch, self._pending = self._pending, []
                self._commit_together(batch)
        return mine.result()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Offer a connection that sees what has been committed.

        Raises:
            Unreachable: the database does not answer, or is damaged.
        """
        try:
            with self._reading.connect() as connection:
                yield connection
        except DatabaseError as error:
            raise Unreachable(f"the store cannot be read: {error.orig}", system="store") from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._reading.dispose()

    def _commit_together(self, batch: list[tuple[Callable[[Connection], Any], Future[Any]]]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self.engine.begin() as connection:
                landed = [rider.board(connection) for rider in self.riders]
                for work, future in batch:
                    try:
                        # One alone needs no place to return to: the transaction itself is that.
                        with connection.begin_nested() if len(batch) > 1 else nullcontext():
                            answers.append((future, work(connection), None))
                    except OperationalError:
                        # Full, locked or broken: SQLite may have taken everything back already.
                        raise
                    except Exception as error:
                        if len(batch) == 1:
                            raise
                        answers.append((future, None, _told(error)))
        except BaseException as error:
            for _, future in batch:
                future.set_exception(_told(error))
            if not isinstance(error, Exception):
                raise
            return
        for on_disk in landed:
            on_disk()
        _answer(answers)

    def _upgrade(self) -> None:
        with self.read() as connection:
            known = inspect(connection).has_table("alembic_version")
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
        if version == HEAD:
            return
        if version and version > HEAD:
            raise BadSettings(
                f"store.url: this store has version {version!r} of the tables, this offboard knows {HEAD} at most",
                hint="Use the offboard that wrote it, or a store of its own.",
            )
        from alembic import command  # noqa: PLC0415 - takes 0.3 s and is needed once in the life of a store
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _answer(answers: list[tuple[Future[Any], Any, BaseException | None]]) -> None:
    for future, value, failed in answers:
        if failed:
            future.set_exception(failed)
        else:
            future.set_result(value)


def _told(error: BaseException) -> BaseException:
    """Return what the caller is told; that something is there twice is an answer, not a broken database."""
    if not isinstance(error, DatabaseError) or isinstance(error, IntegrityError):
        return error
    first, link = error, error.__context__
    while link is not None:
        # What went wrong first; that taking back failed as well helps nobody.
        first, link = link if isinstance(link, DatabaseError) else first, link.__context__
    fault = Unreachable(f"the store cannot be written: {first.orig}", system="store")
    fault.__cause__ = error
    return fault


def absolute(url: str, folder: Path) -> Any:
    """Return the address with a relative SQLite path made absolute from ``folder``.

    Raises:
        BadSettings: it is no address; it is not repeated, since a password may stand in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise BadSettings("url: this is no address of a database", hint=ADDRESS) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(database=str((folder / parsed.database).resolve()))
    return parsed


def _reader(url: Any, **more: Any) -> Engine:
    """Return what only reads: each statement sees what is committed by then, and nothing begins or ends."""
    return create_engine(
        url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, skip_autocommit_rollback=True, **more
    )


def _servers(database: Database) -> tuple[Engine, Engine]:
    """Return a database server that, like SQLite, lets one writer in at a time: chains and numbers have no gaps."""
    engine = create_engine(database.url, pool_pre_ping=True)

    @event.listens_for(engine, "begin")
    def _take_turns(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    return engine, _reader(database.url, pool_pre_ping=True)


def _engines(url: str, database: Database) -> tuple[Engine, Engine]:
    """Return what writes and what reads."""
    if database.path is None:
        return _servers(database)
    if url.endswith(":memory:") or url == "sqlite://":
        raise BadSettings("store.url: a store in memory keeps nothing", hint="Use sqlite:///offboard.db")
    if not database.path.parent.is_dir():
        raise BadSettings(f"store.url: the folder {database.path.parent} does not exist", hint="Make the folder first.")
    patience = {"timeout": PATIENCE}
    engine, reading = create_engine(database.url, connect_args=patience), _reader(database.url, connect_args=patience)

    @event.listens_for(engine, "connect")
    @event.listens_for(reading, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE}000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _take_the_write_lock(connection: Connection) -> None:
        # A transaction that starts by reading and then writes can fail half-way in SQLite; one that starts with the
        # write lock waits for its turn instead.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine, reading
