"""The contracts of the connector ``entra``, on the stand-in for Microsoft Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.belongings import BelongingsContract
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract, RosterContract
from tests.contracts.entra_holdings import EVERY
from tests.contracts.groups import GroupsContract
from tests.contracts.holdings import HoldingsContract
from tests.contracts.knowing import ReachContract, TwinsContract
from tests.contracts.sessions import SessionsContract

if TYPE_CHECKING:
    from tests.contracts.entra_bench import EntraBench


@pytest.fixture
def bench(entra_bench: EntraBench) -> EntraBench:
    return entra_bench


class TestDirectory(DirectoryContract, RosterContract):
    pass


class TestAccounts(AccountsContract):
    pass


class TestGroups(GroupsContract):
    pass


class TestSessions(SessionsContract):
    pass


class TestBelongings(BelongingsContract):
    pass


class TestHoldings(HoldingsContract):
    kinds = EVERY


class TestTwins(TwinsContract):
    pass


class TestReach(ReachContract):
    pass


class TestDeparture(DepartureContract):
    pass
