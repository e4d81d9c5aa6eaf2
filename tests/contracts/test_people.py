"""The contract of the connector ``people``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.asking import AsksPeopleContract

if TYPE_CHECKING:
    from tests.contracts.people_bench import PeopleBench


@pytest.fixture
def bench(people_bench: PeopleBench) -> PeopleBench:
    return people_bench


class TestAsksPeople(AsksPeopleContract):
    pass
