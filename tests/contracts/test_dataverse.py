"""The contracts of the connector ``dataverse``, on its stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dealings import DealingsContract
from tests.contracts.passing_on import PassingOnContract
from tests.contracts.registers import ContactsContract, ItemsContract, RegisterContract, TogetherContract

if TYPE_CHECKING:
    from tests.contracts.dataverse_bench import DataverseBench


@pytest.fixture
def bench(dataverse_bench: DataverseBench) -> DataverseBench:
    return dataverse_bench


class TestRegister(RegisterContract):
    pass


class TestContacts(ContactsContract):
    pass


class TestItems(ItemsContract):
    pass


class TestTogether(TogetherContract):
    pass


class TestPassingOn(PassingOnContract):
    pass


class TestDealings(DealingsContract):
    pass
