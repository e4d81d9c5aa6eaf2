"""The register on real SQLite files: reading, writing, and what goes wrong with files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from sqlalchemy import event

from offboard.connectors import kind, kinds, register
from offboard.domain.register import ClientRegister
from offboard.errors import BadSettings, Denied, NotFound, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.db"


@pytest.fixture
def connection(file: Path, tmp_path: Path) -> Iterator[register.Connection]:
    (tmp_path / "clients.csv").write_text("id,name,responsible\nC2,Bar,ann@corp.test\nC1,Foo,Ann Lee\n")
    connection = open_register(f"sqlite:///{file}")
    register.import_clients(connection, tmp_path / "clients.csv")
    yield connection
    connection.close()


def open_register(url: str) -> register.Connection:
    return register.connect("clients", register.Settings(url=url), None)


def test_it_is_found_by_its_kind_and_has_the_capability(connection) -> None:
    assert "register" in kinds()
    assert kind("register").Connection is register.Connection
    assert isinstance(connection, ClientRegister)


def test_clients_come_in_the_order_of_their_ids(connection) -> None:
    assert [client.id for client in connection.clients()] == ["C1", "C2"]


def test_one_client_is_the_same_as_in_the_list(connection, tmp_path: Path) -> None:
    (tmp_path / "dealt.csv").write_text("client,person,at,value\nC1,joe,2026-01-01,5\nC2,sue,2026-01-02,7\n")
    register.import_clients(connection, tmp_path / "clients.csv", interactions_file=tmp_path / "dealt.csv")
    assert [connection.client("C1"), connection.client("C2")] == connection.clients()
    assert connection.client("C9") is None


def test_responsible_is_written_read_back_and_remembered(connection, file: Path) -> None:
    assert connection.responsible("C1") == "Ann Lee"
    connection.set_responsible("C1", "Joe Fox")
    connection.set_responsible("C1", "Joe Fox")
    connection.set_responsible("C1", "Ann Lee")
    assert connection.responsible("C1") == "Ann Lee"
    assert connection.responsible("C2") == "ann@corp.test"
    history = connection.history("C1")
    assert [(each.before, each.after) for each in history] == [("Ann Lee", "Joe Fox"), ("Joe Fox", "Ann Lee")]
    assert history[0].at <= history[1].at
    other = open_register(f"sqlite:///{file}")
    assert other.clients() == connection.clients()
    other.close()


def test_a_client_that_is_not_there_is_none_or_not_found(connection) -> None:
    assert connection.responsible("C9") is None
    with pytest.raises(NotFound, match="there is no client 'C9'"):
        connection.set_responsible("C9", "Joe Fox")


def test_clients_takes_the_same_few_queries_however_many_there_are(connection, tmp_path: Path) -> None:
    asked: list[str] = []
    event.listen(connection.database._engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    connection.clients()
    few = len(asked)
    (tmp_path / "clients.csv").write_text("id,name\n" + "".join(f"N{n},Name\n" for n in range(500)))
    register.import_clients(connection, tmp_path / "clients.csv")
    asked.clear()
    assert len(connection.clients()) == 502
    assert len(asked) == few <= 5


def test_what_was_committed_survives_a_power_cut(connection) -> None:
    with connection.database.reading() as transaction:
        assert transaction.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert transaction.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert transaction.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_health_says_what_may_be_done_and_changes_nothing(connection) -> None:
    before = connection.clients()
    health = connection.health()
    assert (health.system, health.kind, health.reachable, health.rights_held) == (
        "clients",
        "register",
        True,
        ("read", "write"),
    )
    assert connection.clients() == before


@pytest.mark.usefixtures("connection")
def test_health_names_the_missing_right(file: Path) -> None:
    read_only = open_register(f"sqlite:///file:{file}?mode=ro&uri=true")
    health = read_only.health()
    assert (health.reachable, health.rights_held, health.rights_missing) == (True, ("read",), ("write",))
    with pytest.raises(Denied, match="clients: the file may not be written"):
        read_only.set_responsible("C1", "Joe Fox")
    read_only.close()


def test_health_of_a_file_that_was_damaged_raises_nothing(file: Path) -> None:
    connection = open_register(f"sqlite:///{file}")
    connection.close()
    file.write_bytes(b"no database at all, only some text " * 200)
    assert connection.health().reachable is False
    connection.close()


def make_folder(file: Path) -> None:
    file.mkdir()


def make_text(file: Path) -> None:
    file.write_bytes(b"id,name\n" * 500)


@pytest.mark.parametrize(
    ("prepare", "name", "fault", "message"),
    [
        (None, "nowhere/clients.db", Unreachable, "clients: the file cannot be opened"),
        (make_folder, "clients.db", Unreachable, "clients: the file cannot be opened"),
        (make_text, "clients.db", Rejected, "clients: the file is no SQLite database"),
    ],
)
def test_a_file_that_is_no_register_fails_at_once(
    tmp_path: Path, prepare: Callable[[Path], None] | None, name: str, fault: type[SystemFault], message: str
) -> None:
    if prepare:
        prepare(tmp_path / name)
    with pytest.raises(fault, match=message) as caught:
        open_register(f"sqlite:///{tmp_path / name}")
    assert caught.value.system == "clients"
    assert caught.value.hint


def test_a_busy_register_is_throttled_and_not_lost(connection, file: Path, monkeypatch) -> None:
    monkeypatch.setattr("offboard.connectors._register_database.WAIT", 0.2)
    impatient = open_register(f"sqlite:///{file}")
    holder = sqlite3.connect(file, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert impatient.responsible("C1") == "Ann Lee"
        with pytest.raises(Throttled, match="another writer holds it"):
            impatient.set_responsible("C1", "Joe Fox")
        holder.execute("ROLLBACK")
        impatient.set_responsible("C1", "Joe Fox")
        assert connection.responsible("C1") == "Joe Fox"
    finally:
        holder.close()
        impatient.close()


def test_several_threads_write_without_losing_one(connection, tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("id,name\n" + "".join(f"N{n},Name\n" for n in range(40)))
    register.import_clients(connection, tmp_path / "clients.csv")

    def write(part: int) -> None:
        for number in range(part, 40, 4):
            connection.set_responsible(f"N{number}", f"p{number}")

    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {c.responsible for c in connection.clients() if c.id.startswith("N")} == {f"p{n}" for n in range(40)}


def test_a_register_opened_by_many_at_first_is_made_once(tmp_path: Path) -> None:
    program = (
        "import sys; from offboard.connectors import register\n"
        "c = register.connect('clients', register.Settings(url=sys.argv[1]), None); print(len(c.clients())); c.close()"
    )
    url = f"sqlite:///{tmp_path}/clients.db"
    started = [
        subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate()[0] for process in started] == ["0\n"] * 4


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("clients.db", "is no address"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql+psycopg://offboard:hunter2@db.test/clients", "holds a password"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        register.Settings(url=url)


def test_a_database_without_a_driver_is_a_fault_of_the_settings() -> None:
    with pytest.raises(BadSettings, match=r"systems\.clients\.url: no driver for mysql\+nosuch"):
        open_register("mysql+nosuch://db.test/clients")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        register.Settings(url="sqlite:///clients.db", pasword="x")


def test_a_database_that_does_not_answer_is_unreachable_and_tells_no_secret(monkeypatch) -> None:
    monkeypatch.setenv("REGISTER_PASSWORD", "hunter2")
    settings = register.Settings(
        url="postgresql+psycopg://offboard@127.0.0.1:1/clients?connect_timeout=2", password={"env": "REGISTER_PASSWORD"}
    )
    with pytest.raises(Unreachable, match="clients: the database does not answer") as caught:
        register.connect("clients", settings, None)
    assert "hunter2" not in repr(caught.value) + str(caught.value) + repr(settings)
