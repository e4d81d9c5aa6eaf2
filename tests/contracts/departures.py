"""What a whole departure promises on every system that has people, accounts and groups: through the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.engine.verifying import verify
from tests.contracts.accounts import SHUT
from tests.contracts.bench import Bench, Departing
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DepartureContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    @pytest.fixture
    def departing(self, bench: Bench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_applied_effective_verified_and_nobody_else_touched(self, bench: Bench, departing: Departing):
        others, teams, before = bench.others(), len(bench.groups_of("alice")), bench.picture()
        number = departing.planned("both")
        assert bench.picture() == before
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * (1 + teams)
        assert {row["effect"] for row in departing.rows(number)} == {"effective"}
        assert not bench.signs_in("alice")
        assert bench.groups_of("alice") == set()
        assert bench.others() == others
        assert verify(departing.office, number).holds

    def test_applied_again_nothing_is_written(self, bench: Bench, departing: Departing):
        number = departing.planned("both")
        departing.apply(number)
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []

    def test_what_is_so_already_is_not_written(self, bench: Bench, departing: Departing):
        number = departing.planned("both")
        with bench.connected() as connection:
            connection.set_account(bench.id_of("alice"), SHUT)
        for group in bench.groups_of("alice"):
            if group != "vpn":
                bench.leave_by_hand("alice", group)
        with bench.connected() as connection:
            connection.set_membership(bench.id_of("alice"), bench.group_id("vpn"), None)
        bench.proxy.calm()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"already"}
        assert bench.proxy.writes == []

    def test_undone_everything_is_as_it_was(self, bench: Bench, departing: Departing):
        before = bench.picture()
        number = departing.planned("both" if bench.gives_password_back else "teams")
        departing.apply(number)
        assert bench.picture() != before
        departing.undo(number)
        assert bench.picture() == before
        assert bench.signs_in("alice")
        assert verify(departing.office, number).holds

    def test_what_somebody_else_changed_meanwhile_is_left_alone(self, bench: Bench, departing: Departing):
        number = departing.planned("teams")
        group = bench.relist_by_hand("alice")
        if not group:
            pytest.skip("this kind of system lists a member in one way only, so that nothing can drift")
        changed = bench.groups()[group]
        departing.apply(number)
        outcomes = {str(row["target"]): row["outcome"] for row in departing.rows(number)}
        assert outcomes.pop(bench.group_id(group)) == "drifted"
        assert set(outcomes.values()) == {"done"}
        assert bench.groups()[group] == changed

    @pytest.mark.parametrize("k", [1, 2, 3])
    def test_a_right_missing_for_the_kth_change_stops_no_other(self, bench: Bench, departing: Departing, k: int):
        teams = bench.groups_of("alice")
        assert len(teams) >= 3
        number = departing.planned("teams")
        bench.proxy.trouble(Trouble.DENIED, writes=True, only=k)
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * (len(teams) - 1) + ["failed"]
        (failed,) = (row for row in departing.rows(number) if row["outcome"] == "failed")
        assert failed["error"]
        assert bench.groups_of("alice") == {name for name in teams if bench.group_id(name) == failed["target"]}
        assert not verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * len(teams)
        (denied,) = (name for name in teams if bench.group_id(name) == failed["target"])
        assert bench.proxy.writes
        assert all(bench.about(denied) in write.text for write in bench.proxy.writes)
        assert verify(departing.office, number).holds

    def test_an_answer_that_never_came_is_looked_for_not_assumed(self, bench: Bench, departing: Departing):
        number = departing.planned("teams")
        bench.proxy.trouble(Trouble.HALF_OPEN, writes=True, only=1)
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.groups_of("alice") == set()

    def test_a_system_that_lies_is_not_believed(self, bench: Bench, departing: Departing):
        number = departing.planned("teams")
        bench.proxy.trouble(Trouble.LYING, writes=True)
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"failed"}
        assert bench.proxy.writes == []
        bench.proxy.calm()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}

    @pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.THROTTLED, Trouble.FAILING])
    def test_a_passing_fault_is_retried_and_settled(self, bench: Bench, departing: Departing, trouble: Trouble):
        number = departing.planned("both")
        bench.proxy.trouble(trouble, writes=True, only=1)
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.groups_of("alice") == set()
