"""The contracts of the connector ``exchange``, on the stand-in for its admin endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.exchange_holdings import EVERY
from tests.contracts.holdings import HoldingsContract

if TYPE_CHECKING:
    from tests.contracts.exchange_bench import ExchangeBench


@pytest.fixture
def bench(exchange_bench: ExchangeBench) -> ExchangeBench:
    return exchange_bench


class TestHoldings(HoldingsContract):
    kinds = EVERY
