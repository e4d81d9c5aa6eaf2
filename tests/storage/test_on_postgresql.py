"""The store on PostgreSQL keeps what the store on SQLite keeps: the same tests, on a real server."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from offboard.errors import Unreachable
from offboard.settings import SecretRef, StoreSection
from offboard.storage import database
from offboard.storage.database import Database
from offboard.storage.store import Store
from offboard.storage.tables import metadata
from tests.servers.postgresql import PASSWORD, ROOT, PostgreSQL, postgresql_server
from tests.storage import test_chain, test_departures, test_leases, test_letter_box, test_plans, test_rule_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.storage.conftest import Clock

__all__ = ["postgresql_server"]

pytestmark = pytest.mark.xdist_group("postgresql")

ONLY_SQLITE = {"program", "tmp_path", "monkeypatch"}
"""What tests use that look at the store's file, or open it in another process."""

MODULES = (test_chain, test_departures, test_leases, test_letter_box, test_plans, test_rule_copies)

globals().update(
    {
        f"{name}_{module.__name__.rpartition('_')[2]}": function
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_") and not ONLY_SQLITE & set(inspect.signature(function).parameters)
    }
)


@pytest.fixture(scope="module")
def address(postgresql_server: PostgreSQL) -> Iterator[str]:
    """The address of a database with our tables in it."""
    postgresql_server.run("CREATE DATABASE offboard")
    url = f"postgresql+psycopg://{ROOT}:{PASSWORD}@127.0.0.1:{postgresql_server.port}/offboard"
    Database(url).close()
    yield url
    postgresql_server.empty()


@pytest.fixture
def open_store(
    postgresql_server: PostgreSQL, address: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Store]]:
    """Return what opens the same store once more, as another process would."""
    monkeypatch.setenv("OFFBOARD_STORE_KEY", "0123456789abcdef" * 4)
    names = ", ".join(table.name for table in metadata.sorted_tables)
    postgresql_server.run(f"TRUNCATE {names} RESTART IDENTITY CASCADE", database="offboard")
    opened: list[Store] = []

    def open_one() -> Store:
        section = StoreSection(url=address, key=SecretRef(env="OFFBOARD_STORE_KEY"))
        opened.append(Store(section, tmp_path, clock))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture(autouse=True)
def departure(store: Store, clock: Clock, request: pytest.FixtureRequest) -> None:
    if request.function.__module__ == test_plans.__name__:
        test_plans.ann_leaves(store, clock)


def test_two_stores_that_write_at_once_wait_for_one_another(
    open_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "PATIENCE", 1)
    one, other = open_store(), open_store()
    with one.database.engine.begin() as connection:
        one.evidence.tell(connection, "D-2026-0001", test_chain.Kind.REQUESTED, {})
        with pytest.raises(Unreachable, match="lock timeout"):
            other.database.write(lambda late: other.evidence.tell(late, "D-2026-0001", test_chain.Kind.REQUESTED, {}))
