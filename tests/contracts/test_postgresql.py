"""The contracts of the connector ``postgresql``, on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.belongings import BelongingsContract
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.groups import GroupsContract
from tests.contracts.knowing import ReachContract, TwinsContract
from tests.contracts.sessions import SessionsContract

if TYPE_CHECKING:
    from tests.contracts.postgresql_bench import PostgresqlBench


@pytest.fixture
def bench(postgresql_bench: PostgresqlBench) -> PostgresqlBench:
    return postgresql_bench


class TestDirectory(DirectoryContract):
    pass


class TestAccounts(AccountsContract):
    pass


class TestGroups(GroupsContract):
    pass


class TestSessions(SessionsContract):
    pass


class TestBelongings(BelongingsContract):
    pass


class TestTwins(TwinsContract):
    pass


class TestReach(ReachContract):
    pass


class TestDeparture(DepartureContract):
    pass
