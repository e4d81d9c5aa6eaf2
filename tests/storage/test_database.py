"""Commits are durable, shared by those who come at the same time, and taken back one by one."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from offboard.errors import BadSettings, Unreachable
from offboard.storage.database import Database, absolute
from offboard.storage.tables import sealed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database("sqlite:///offboard.db", tmp_path)
    yield opened
    opened.close()


def put(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(sealed).values(ref=name, content=b"x"))
        return name

    return work


def names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(sealed.c.ref)).scalars())


def test_a_write_returns_what_the_work_returned_once_it_is_there(database: Database) -> None:
    assert database.write(put("one")) == "one"
    assert names(database) == {"one"}


def test_a_write_that_fails_leaves_nothing_and_says_why(database: Database) -> None:
    def work(connection: Connection) -> None:
        put("half")(connection)
        raise ZeroDivisionError("half-way")

    with pytest.raises(ZeroDivisionError, match="half-way"):
        database.write(work)
    assert names(database) == set()


def test_what_comes_at_the_same_time_shares_a_commit(database: Database) -> None:
    commits: list[int] = []
    together = database._commit_together

    def counted(batch: Any) -> None:
        commits.append(len(batch))
        together(batch)

    database._commit_together = counted  # type: ignore[method-assign]
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(database.write, [put(f"n{i}") for i in range(200)]))

    assert set(done) == names(database) == {f"n{i}" for i in range(200)}
    assert sum(commits) == 200
    assert max(commits) > 1
    assert len(commits) < 200


def test_of_a_shared_commit_only_the_piece_that_fails_is_taken_back(database: Database) -> None:
    database.write(put("twice"))
    gate = threading.Event()

    def slow(connection: Connection) -> str:
        gate.wait(10)
        return put("slow")(connection)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(database.write, slow)
        while not database._commit.locked():
            gate.wait(0.001)
        others = {name: pool.submit(database.write, put(name)) for name in ("a", "b", "twice", "c")}
        while len(database._pending) < len(others):
            gate.wait(0.001)
        gate.set()
        assert first.result(10) == "slow"
        for name, future in others.items():
            if name == "twice":
                assert isinstance(future.exception(10), IntegrityError)
            else:
                assert future.result(10) == name

    assert names(database) == {"slow", "a", "b", "c", "twice"}


def test_nobody_sees_what_is_not_committed(database: Database) -> None:
    seen: list[set[str]] = []

    def work(connection: Connection) -> None:
        put("mine")(connection)
        seen.append(names(database))

    database.write(work)

    assert seen == [set()]
    assert names(database) == {"mine"}


def test_a_power_cut_loses_nothing_that_was_committed(database: Database) -> None:
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL: a commit waits for the disk


WRITER = """
import sys
from pathlib import Path
from sqlalchemy import insert
from offboard.storage.database import Database
from offboard.storage.tables import sealed

database = Database("sqlite:///offboard.db", Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{number}"
    database.write(lambda connection: connection.execute(insert(sealed).values(ref=name, content=b"x")) and None)
    print(name, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, program: Callable[..., subprocess.Popen[str]]) -> None:
    writer = program(WRITER, tmp_path, "w", 100_000)
    assert writer.stdout
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    writer.kill()
    acknowledged += writer.stdout.read().split()

    again = Database("sqlite:///offboard.db", tmp_path)

    there = names(again)
    assert set(acknowledged) <= there
    assert len(there) <= len(acknowledged) + 1
    again.write(put("after"))
    again.close()


def test_two_processes_write_at_once_from_the_first_moment(
    tmp_path: Path, program: Callable[..., subprocess.Popen[str]]
) -> None:
    # Each of them finds no store yet, and makes it.
    writers = [program(WRITER, tmp_path, name, 30) for name in ("a", "b")]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0

    database = Database("sqlite:///offboard.db", tmp_path)

    assert names(database) == {f"{name}-{number}" for name in ("a", "b") for number in range(30)}
    database.close()


def test_a_relative_path_is_meant_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    assert absolute("sqlite:///a/b.db", tmp_path).database == str(tmp_path / "a" / "b.db")
    assert absolute("sqlite:////srv/b.db", tmp_path).database == "/srv/b.db"
    assert absolute("postgresql+psycopg://h/offboard", tmp_path).database == "offboard"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("sqlite:///nowhere/offboard.db", "does not exist"),
        ("sqlite:///:memory:", "keeps nothing"),
        ("sqlite://", "keeps nothing"),
        ("mysql+nothing://host/x", "store.url"),
        ("offboard.db", "no address of a database"),
        ("postgresql://u:hidden@[::1", "no address of a database"),
        ("", "no address of a database"),
    ],
)
def test_a_wrong_address_is_said_so(tmp_path: Path, url: str, named: str) -> None:
    with pytest.raises(BadSettings, match=named) as refused:
        Database(url, tmp_path)

    assert refused.value.hint
    assert "hidden" not in str(refused.value)


def test_what_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "offboard.db").write_bytes(b"this is not a database, but it is quite long" * 100)

    with pytest.raises(Unreachable, match="file is not a database"):
        Database("sqlite:///offboard.db", tmp_path)


def test_a_store_of_a_newer_offboard_is_left_alone(tmp_path: Path) -> None:
    Database("sqlite:///offboard.db", tmp_path).close()
    with sqlite3.connect(tmp_path / "offboard.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    connection.close()

    with pytest.raises(BadSettings, match="version '0099'"):
        Database("sqlite:///offboard.db", tmp_path)


def test_a_store_that_cannot_be_written_any_more_is_said_so(tmp_path: Path, database: Database) -> None:
    with sqlite3.connect(tmp_path / "offboard.db") as connection:
        connection.execute("DROP TABLE sealed")
    connection.close()

    with pytest.raises(Unreachable, match="cannot be written: no such table"):
        database.write(put("x"))
    with pytest.raises(Unreachable, match="cannot be read: no such table"):
        names(database)


def test_a_full_disk_is_said_so_and_nothing_is_half_there(database: Database) -> None:
    def fill(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1"))
        for number in range(1000):
            connection.execute(insert(sealed).values(ref=f"big-{number}", content=b"x" * 10_000))

    with pytest.raises(Unreachable, match="full"):
        database.write(fill)
    assert names(database) == set()
