"""What a whole departure promises on every register of clients: all is passed on, nothing is lost, all comes back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from offboard.engine.verifying import verify
from tests.contracts.bench import Departing
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.register_bench import RegisterBench


class PassingOnContract:
    """Inherited by a class of tests that has a fixture ``bench``; alice leaves, bob takes over."""

    @pytest.fixture
    def departing(self, bench: RegisterBench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_all_is_passed_on_and_given_back_and_nothing_is_lost(self, bench: RegisterBench, departing: Departing):
        before, rest, mine = bench.owners(), bench.rest(), bench.leavers()
        number = departing.planned("clients", "bob")
        assert bench.owners() == before
        assert bench.proxy.writes == []
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * len(mine)
        assert {row["effect"] for row in departing.rows(number)} == {"effective"}
        after = bench.owners()
        assert after == before | dict.fromkeys(mine, "bob")
        assert Counter(after.values()) + Counter(alice=len(mine)) == Counter(before.values()) + Counter(bob=len(mine))
        assert {thing for thing in after if after[thing] == "alice"} == set(bench.closed), "history stays hers"
        assert bench.rest() == rest
        assert verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []
        departing.undo(number)
        assert bench.owners() == before
        assert bench.rest() == rest
        assert verify(departing.office, number).holds

    def test_what_is_passed_on_or_closed_already_is_not_written(self, bench: RegisterBench, departing: Departing):
        number = departing.planned("clients", "bob")
        for thing in bench.leavers() - {"cellar"}:
            bench.give_by_hand(thing, "bob")
        bench.close_by_hand("cellar")
        before = bench.owners()
        bench.proxy.calm()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"already"}
        assert bench.proxy.writes == []
        assert bench.owners() == before

    def test_what_somebody_else_changed_meanwhile_is_left_alone(self, bench: RegisterBench, departing: Departing):
        before, mine, changed = bench.owners(), bench.leavers(), {"Alder", "Ida", "call"}
        number = departing.planned("clients", "bob")
        for thing in changed:
            bench.give_by_hand(thing, "carol")
        departing.apply(number)
        outcomes = {bench.thing(str(row["target"])): row["outcome"] for row in departing.rows(number)}
        assert outcomes == dict.fromkeys(mine, "done") | dict.fromkeys(changed, "drifted")
        assert bench.owners() == before | dict.fromkeys(mine, "bob") | dict.fromkeys(changed, "carol")

    @pytest.mark.parametrize("k", [1, 3])
    def test_a_right_missing_for_the_kth_change_stops_no_other(
        self, bench: RegisterBench, departing: Departing, k: int
    ):
        before, mine = bench.owners(), bench.leavers()
        number = departing.planned("clients", "bob")
        bench.deny(k)
        departing.apply(number)
        rows = {bench.thing(str(row["target"])): row for row in departing.rows(number)}
        failed = {thing for thing, row in rows.items() if row["outcome"] == "failed"}
        assert 0 < len(failed) < len(mine)
        assert {rows[thing]["outcome"] for thing in mine - failed} == {"done"}
        assert all(rows[thing]["error"] for thing in failed)
        assert bench.owners() == before | dict.fromkeys(mine - failed, "bob")
        assert {bench.thing(left.change.target) for left in verify(departing.office, number).left} == failed
        bench.calm()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.owners() == before | dict.fromkeys(mine, "bob")

    def test_an_answer_that_never_came_is_looked_for_not_assumed(self, bench: RegisterBench, departing: Departing):
        before, mine = bench.owners(), bench.leavers()
        number = departing.planned("clients", "bob")
        bench.patience = 3 * bench.impatience
        bench.proxy.trouble(Trouble.HALF_OPEN, writes=True, only=1)
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.owners() == before | dict.fromkeys(mine, "bob")

    def test_a_register_that_lies_is_not_believed(self, bench: RegisterBench, departing: Departing):
        before, mine = bench.owners(), bench.leavers()
        number = departing.planned("clients", "bob")
        bench.lie()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"failed"}
        assert bench.owners() == before
        bench.calm()
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.owners() == before | dict.fromkeys(mine, "bob")

    @pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.THROTTLED, Trouble.FAILING])
    def test_a_passing_fault_is_tried_again(self, bench: RegisterBench, departing: Departing, trouble: Trouble):
        before, mine = bench.owners(), bench.leavers()
        number = departing.planned("clients", "bob")
        bench.proxy.trouble(trouble, writes=True, only=1)
        departing.apply(number)
        assert set(departing.outcomes(number)) == {"done"}
        assert bench.owners() == before | dict.fromkeys(mine, "bob")
