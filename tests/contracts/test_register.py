"""The contracts of the connector ``register``, on a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dealings import DealingsContract, RecordingContract, StandingsContract
from tests.contracts.passing_on import PassingOnContract
from tests.contracts.registers import ContactsContract, ItemsContract, RegisterContract

if TYPE_CHECKING:
    from tests.contracts.built_in_bench import BuiltInBench


@pytest.fixture
def bench(built_in_bench: BuiltInBench) -> BuiltInBench:
    return built_in_bench


class TestRegister(RegisterContract):
    pass


class TestContacts(ContactsContract):
    pass


class TestItems(ItemsContract):
    pass


class TestPassingOn(PassingOnContract):
    pass


class TestDealings(DealingsContract, RecordingContract):
    pass


class TestStandings(StandingsContract):
    pass
