"""The contracts of the connector ``ldap``, on OpenLDAP's slapd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.accounts import AccountsContract
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract, RosterContract
from tests.contracts.directory_holdings import KEYS
from tests.contracts.groups import GroupsContract
from tests.contracts.holdings import HoldingsContract
from tests.contracts.knowing import ReachContract, TwinsContract

if TYPE_CHECKING:
    from tests.contracts.ldap_bench import LdapBench


@pytest.fixture
def bench(ldap_bench: LdapBench) -> LdapBench:
    return ldap_bench


class TestDirectory(DirectoryContract, RosterContract):
    pass


class TestAccounts(AccountsContract):
    pass


class TestGroups(GroupsContract):
    pass


class TestHoldings(HoldingsContract):
    kinds = (KEYS,)

    @pytest.fixture
    def bench(self, keys_bench: LdapBench) -> LdapBench:
        return keys_bench


class TestTwins(TwinsContract):
    pass


class TestReach(ReachContract):
    pass


class TestDeparture(DepartureContract):
    pass
