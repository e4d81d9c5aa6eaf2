"""The tables that the migrations make are the tables that the code uses."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from offboard import storage
from offboard.errors import Unreachable
from offboard.storage import database as module
from offboard.storage.database import HEAD, Database
from offboard.storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config)


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Database]:
    database = Database("sqlite:///offboard.db", tmp_path)
    yield database
    database.close()


def test_the_newest_version_is_the_one_that_the_code_names(scripts: ScriptDirectory) -> None:
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"
    assert all(script.revision.isdigit() for script in scripts.walk_revisions()), "newer is told by comparing"


def test_migrating_makes_exactly_the_tables_of_the_code(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD


def test_opening_again_migrates_nothing(migrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del migrated
    before = (tmp_path / "offboard.db").read_bytes()
    monkeypatch.setattr(module, "Path", None)  # whoever migrates looks for the migrations' folder

    again = Database.__new__(Database)
    again.url = module.absolute("sqlite:///offboard.db", tmp_path)
    again.path = tmp_path / "offboard.db"
    again.engine, again._reading = module._engines("sqlite:///offboard.db", again)
    again._upgrade()
    again.close()

    assert (tmp_path / "offboard.db").read_bytes() == before


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "offboard.db") as connection:
        connection.execute("CREATE TABLE switches (somebody TEXT)")
    connection.close()

    with pytest.raises(Unreachable, match="switches already exists"):
        Database("sqlite:///offboard.db", tmp_path)

    with sqlite3.connect(tmp_path / "offboard.db") as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert names == [("switches",)]
