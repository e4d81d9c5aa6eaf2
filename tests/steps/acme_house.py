"""Our house as that of the company whose mailboxes are at the stand-in for Exchange."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.connectors.exchange_office import DOMAINS, NOW

if TYPE_CHECKING:
    from offboard.domain.capabilities import House


@pytest.fixture
def acme(house: House) -> House:
    """Our house, with the domains of the stand-in's company."""
    return replace(house, company=replace(house.company, domains=DOMAINS), now=lambda: NOW)
