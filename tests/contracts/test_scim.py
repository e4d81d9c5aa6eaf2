"""The contracts of the connector ``scim``, on scim2-server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract, RosterContract
from tests.contracts.groups import GroupsContract
from tests.contracts.knowing import ReachContract, TwinsContract

if TYPE_CHECKING:
    from tests.contracts.scim_bench import ScimBench


@pytest.fixture
def bench(scim_bench: ScimBench) -> ScimBench:
    return scim_bench


class TestDirectory(DirectoryContract, RosterContract):
    pass


class TestAccounts(AccountsContract):
    pass


class TestGroups(GroupsContract):
    pass


class TestTwins(TwinsContract):
    pass


class TestReach(ReachContract):
    pass


class TestDeparture(DepartureContract):
    pass
