"""What a connector promises of everything else that people hold: one suite over all these capabilities.

Each :class:`Holding` says how its things are read and written, and how a witness past the connector sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from offboard.engine.verifying import verify
from offboard.errors import NotFound, SystemFault
from tests.contracts.accounts import NOBODY
from tests.contracts.bench import Bench, Departing
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from offboard.domain.capabilities import Membership
    from tests.contracts.holding import Holding

LAST = [Trouble.HALF_OPEN]
"""After these nobody knows what is there, so that they come last."""


@dataclass
class Held:
    """One kind of holding, furnished on a bench."""

    bench: Any
    kind: Holding

    def read(self, connection: Any) -> dict[str, Membership]:
        """Return what alice holds, and can lose, as the connector tells it."""
        found = self.kind.read(connection, self.bench, self.bench.id_of("alice"))
        return {thing: one for thing, one in found.items() if not one.beyond}

    def states(self, connection: Any) -> dict[str, Any]:
        """Return the same, how each is held alone."""
        return {thing: one.state for thing, one in self.read(connection).items()}

    def wanted(self, found: dict[str, Membership]) -> dict[str, Any]:
        """Return how each thing is held once all are taken away; what is not held at all is left out."""
        taken = {thing: self.kind.taken(one.state, self.bench) for thing, one in found.items()}
        return {thing: state for thing, state in taken.items() if state is not None}

    def take(self, connection: Any, found: dict[str, Membership]) -> None:
        """Take everything away, in the order in which it was read."""
        for thing, one in found.items():
            self.kind.write(connection, self.bench, thing, self.kind.taken(one.state, self.bench))

    def give_back(self, connection: Any, found: dict[str, Membership]) -> None:
        """Give everything back that can be."""
        for thing, one in reversed(list(found.items())):
            self.kind.write(connection, self.bench, thing, one.state)

    def seen(self) -> Any:
        """Return what alice holds, past the connector."""
        return self.kind.seen(self.bench, "alice")

    def others(self) -> Any:
        """Return what everybody else holds, past the connector."""
        return [self.kind.seen(self.bench, login) for login in ("carol", "dave", "erin")]


class HoldingsContract:
    """Inherited by a class of tests that has a fixture ``bench``; alice and carol hold the same, bob takes over."""

    kinds: ClassVar[Sequence[Holding]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test for each kind of thing."""
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", self.kinds, ids=lambda kind: kind.name)

    @pytest.fixture
    def held(self, kind: Holding, bench: Bench) -> Held:
        kind.furnish(bench)
        return Held(bench, kind)

    @pytest.fixture
    def departing(self, bench: Bench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_all_are_found_and_looking_changes_nothing(self, bench: Bench, held: Held):
        with bench.connected() as connection:
            found = held.read(connection)
            assert len(found) == held.kind.count
            assert all(one.label and one.state is not None for one in found.values())
            assert held.read(connection) == found
        assert bench.proxy.writes == []

    def test_nobody_holds_nothing(self, bench: Bench, held: Held):
        with bench.connected() as connection:
            try:
                found = held.kind.read(connection, bench, NOBODY)
            except NotFound:
                found = {}
            assert found == {}
        assert bench.proxy.writes == []

    def test_all_are_taken_away_and_other_people_keep_theirs(self, bench: Bench, held: Held):
        before, others, picture = held.seen(), held.others(), bench.picture()
        with bench.connected() as connection:
            found = held.read(connection)
            held.take(connection, found)
        bench.settle()
        assert held.seen() != before
        with bench.connected() as other:
            assert held.states(other) == held.wanted(found)
        assert held.others() == others
        assert bench.picture() == picture or not held.kind.apart

    def test_taking_twice_and_giving_back_twice_ends_where_it_began(self, bench: Bench, held: Held):
        before, others = held.seen(), held.others()
        with bench.connected() as connection:
            found = held.read(connection)
            for _ in range(2):
                held.take(connection, found)
                bench.settle()
            gone = held.seen()
            assert gone != before
            if not held.kind.comes_back:
                return
            for _ in range(2):
                held.give_back(connection, found)
                bench.settle()
            assert held.seen() == before
            now = held.read(connection)
            assert {thing: one.state for thing, one in now.items()} == {t: one.state for t, one in found.items()}
        assert held.others() == others

    def test_trouble_with_looking_is_never_nothing(self, bench: Bench, held: Held):
        with bench.connected() as connection:
            whole = held.states(connection)
        for trouble in ON_READS:
            if trouble in bench.untold:
                continue
            with bench.connected() as connection:
                bench.plant(trouble)
                if trouble in held.kind.reading:
                    assert held.states(connection) in ({}, whole), trouble
                else:
                    with pytest.raises(SystemFault) as caught:
                        held.read(connection)
                    assert isinstance(caught.value, ON_READS[trouble]), trouble
                bench.proxy.calm()

    def test_trouble_with_writing_has_its_name_and_takes_nothing(self, bench: Bench, held: Held):
        before = held.seen()
        for trouble in sorted(ON_WRITES, key=LAST.__contains__):
            if trouble in bench.untold:
                continue
            with bench.connected() as connection:
                found = held.read(connection)
                bench.plant(trouble, writes=True)
                if trouble in held.kind.writing:
                    held.take(connection, found)
                else:
                    with pytest.raises(SystemFault) as caught:
                        held.take(connection, found)
                    assert isinstance(caught.value, ON_WRITES[trouble]), trouble
                assert trouble in LAST or held.seen() == before, trouble
                bench.proxy.calm()
        # Nobody knows what came of the last one; looking tells, and whoever writes again ends where they meant to.
        with bench.connected() as other:
            held.take(other, found)
            bench.settle()
            assert held.states(other) == held.wanted(found)
        assert held.seen() != before

    def test_a_departure_takes_them_and_its_undo_gives_them_back(self, bench: Bench, held: Held, departing: Departing):
        before, others = held.seen(), held.others()
        number = departing.planned(held.kind.playbook, "bob")
        assert held.seen() == before
        departing.apply(number)
        bench.settle()
        if held.kind.later:
            departing.apply(number)
        assert departing.outcomes(number) == ["done"] * held.kind.count
        assert held.seen() != before
        assert held.others() == others
        assert verify(departing.office, number).left == ()
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []
        if held.kind.comes_back:
            departing.undo(number)
            bench.settle()
            assert held.seen() == before
            assert held.others() == others
            assert verify(departing.office, number).left == ()

    def test_what_was_taken_away_meanwhile_is_not_written(self, bench: Bench, held: Held, departing: Departing):
        number = departing.planned(held.kind.playbook, "bob")
        with bench.connected() as connection:
            held.take(connection, held.read(connection))
        bench.settle()
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already"] * held.kind.count
        assert bench.proxy.writes == []

    def test_what_somebody_changed_meanwhile_is_left_alone(self, bench: Bench, held: Held, departing: Departing):
        if held.kind.meddle is None:
            pytest.skip(held.kind.no_drift)
        number = departing.planned(held.kind.playbook, "bob")
        held.kind.meddle(bench)
        meddled = held.seen()
        departing.apply(number)
        assert departing.outcomes(number) == sorted(["drifted"] + ["done"] * (held.kind.count - 1))
        assert held.kind.kept(held.seen(), meddled)

    @pytest.mark.parametrize("k", [1, 2])
    def test_a_right_missing_for_the_kth_write_stops_no_other(
        self, bench: Bench, held: Held, departing: Departing, k: int
    ):
        if k > held.kind.count:
            pytest.skip("there is one thing of this kind only")
        number = departing.planned(held.kind.playbook, "bob")
        bench.proxy.trouble(Trouble.DENIED, writes=True, only=k)
        departing.apply(number)
        failed = [row for row in departing.rows(number) if row["outcome"] == "failed"]
        if not (held.kind.in_turn and len(failed) > 1):
            assert departing.outcomes(number) == ["done"] * (held.kind.count - 1) + ["failed"]
        assert all(row["error"] for row in failed)
        assert {row["target"] for row in failed} <= {
            left.change.target for left in verify(departing.office, number).left
        }
        bench.proxy.calm()
        departing.apply(number)
        bench.settle()
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * held.kind.count
        assert verify(departing.office, number).left == ()

    def test_an_answer_that_never_came_is_looked_for_not_assumed(self, bench: Bench, held: Held, departing: Departing):
        number = departing.planned(held.kind.playbook, "bob")
        bench.proxy.trouble(Trouble.HALF_OPEN, writes=True, only=1)
        departing.apply(number)
        bench.settle()
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * held.kind.count
        with bench.connected() as connection:
            assert held.states(connection) == held.wanted(held.read(connection))

    def test_a_system_that_lies_is_not_believed(self, bench: Bench, held: Held, departing: Departing):
        before = held.seen()
        number = departing.planned(held.kind.playbook, "bob")
        bench.proxy.trouble(Trouble.LYING, writes=True)
        departing.apply(number)
        assert held.seen() == before
        # What may take a while is waited for first, and told then.
        assert set(departing.outcomes(number)) == {"parked" if held.kind.later else "failed"}
        assert verify(departing.office, number).left
