"""The bench of the connector ``people``: nothing to reach; slapd beside it knows who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import people
from tests.contracts.mail_bench import BesideDirectory

if TYPE_CHECKING:
    from tests.servers.slapd import Slapd


class PeopleBench(BesideDirectory):
    """Whom we ask."""

    name = "asked"

    def connect(self) -> Any:
        return people.connect(self.name, people.Settings(), self.vault)


@pytest.fixture
def people_bench(slapd: Slapd) -> PeopleBench:
    return PeopleBench(slapd)
