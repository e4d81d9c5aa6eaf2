"""What the connector promises that lets us ask people (``AsksPeople``): asked once, waited for, taken back by an undo.

Whom we ask stands in our own store, so that the system itself cannot be silent, deny or clash: none of the troubles of
a server can happen. What remains is the state, which goes through the engine here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.asking import TaskState
from offboard.engine.asking import confirm
from tests.contracts.bench import Departing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.people_bench import PeopleBench


class AsksPeopleContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    @pytest.fixture
    def departing(self, bench: PeopleBench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_people_can_be_asked_and_nothing_is_to_be_reached(self, bench: PeopleBench):
        with bench.connected() as connection:
            assert connection.asks_people()
            assert connection.health().reachable

    def test_asked_once_waited_for_and_done_when_confirmed(self, departing: Departing):
        number = departing.planned("asks")
        tasks = departing.office.store.tasks
        assert tasks.tasks(number) == [], "planning asks nobody"
        for _ in range(2):
            departing.apply(number)
            assert departing.outcomes(number) == ["parked", "parked"]
        first, second = tasks.tasks(number)
        confirm(departing.office, first, "dave@corp.test", note="It is here.")
        departing.apply(number)
        assert departing.outcomes(number) == ["done", "parked"]
        assert [one.state for one in tasks.tasks(number)] == [TaskState.CONFIRMED, second.state]

    def test_an_undo_takes_back_what_was_asked(self, departing: Departing):
        number = departing.planned("asks")
        departing.apply(number)
        departing.undo(number)
        assert {one.state for one in departing.office.store.tasks.tasks(number)} == {TaskState.WITHDRAWN}
