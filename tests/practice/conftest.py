"""What the tests of the practice company share: it running, a tenant at the stand-in for Graph, pairs of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.practice.company import PracticeCompany
from tests.practice.exchange_console import console  # noqa: F401 - a fixture
from tests.practice.graph_office import office  # noqa: F401 - a fixture
from tests.practice.side_by_side import pair  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeCompany]:
    with PracticeCompany.start(tmp_path / "company") as running:
        for name, value in running.env().items():
            monkeypatch.setenv(name, value)
        yield running
