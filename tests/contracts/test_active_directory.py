"""The contracts of the connector ``active_directory``, on a Samba domain controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract, RosterContract
from tests.contracts.directory_holdings import PLACES
from tests.contracts.groups import GroupsContract
from tests.contracts.holdings import HoldingsContract
from tests.contracts.knowing import ReachContract, TwinsContract

if TYPE_CHECKING:
    from tests.contracts.ad_bench import AdBench


@pytest.fixture
def bench(ad_bench: AdBench) -> AdBench:
    return ad_bench


class TestDirectory(DirectoryContract, RosterContract):
    pass


class TestAccounts(AccountsContract):
    pass


class TestGroups(GroupsContract):
    pass


class TestHoldings(HoldingsContract):
    kinds = (PLACES,)


class TestTwins(TwinsContract):
    pass


class TestReach(ReachContract):
    pass


class TestDeparture(DepartureContract):
    pass
