"""The engine over a company in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.deciding import approve
from offboard.engine.starting import Request, start
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.engine.twin import TwinSystems
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offboard.engine.office import Office

MOMENT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


class Company:
    """A company in memory: the office with its engine, the systems with their journals, and a clock to move."""

    def __init__(self, folder: Path, systems: TwinSystems | None = None) -> None:
        self.time = MOMENT
        self.folder = folder
        self.systems = systems or TwinSystems()
        self.firm = Firm(Settings(**settings_of()), folder, now=lambda: self.time)
        self.office: Office = replace(self.firm.office, systems=self.systems, settle_seconds=0.05)

    def again(self) -> Company:
        """Open the same store and systems as a new process would."""
        self.firm.close()
        other = Company(self.folder, self.systems)
        other.time = self.time
        return other

    def start(self, **more: Any) -> str:
        request = Request("ann", MOMENT, "UTC", "employee", "joe", "erin@corp.test")
        return start(self.office, replace(request, **more)).departure.number

    def approved(self, **more: Any) -> str:
        number = self.start(**more)
        approve(self.office, number, "dave@corp.test")
        return number

    def wait(self, **passed: float) -> None:
        self.time += timedelta(**passed)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.firm.close()


@pytest.fixture
def new_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Company]:
    """Return what makes one more company; Hypothesis needs a fresh one for each example."""
    return lambda: Company(tmp_path_factory.mktemp("company"))
