"""What a connector promises of everything else that people hold: one suite over all these capabilities.

Each :class:`Holding` says how its things are read and written, and how a witness past the connector sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.verifying import verify
from offboard.errors import SystemFault
from tests.contracts.bench import Bench, Departing
from tests.contracts.entra_holdings import EVERY
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.domain.capabilities import Membership
    from tests.contracts.entra_holdings import Holding

COMMON = [Trouble.DENIED, Trouble.THROTTLED, Trouble.FAILING, Trouble.CUT]
"""Silence, half an answer and TLS are the transport's, which the other suites try."""


@dataclass
class Held:
    """One kind of holding, furnished on a bench."""

    bench: Any
    kind: Holding

    def read(self, connection: Any) -> dict[str, Membership]:
        """Return what alice holds, and can lose, as the connector tells it."""
        found: dict[str, Membership] = self.kind.read(connection, self.bench)
        return {thing: one for thing, one in found.items() if not one.beyond}

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

    @pytest.fixture(params=EVERY, ids=lambda holding: holding.playbook)
    def held(self, request: pytest.FixtureRequest, bench: Bench) -> Held:
        request.param.furnish(bench)
        return Held(bench, request.param)

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

    def test_all_are_taken_away_and_other_people_keep_theirs(self, bench: Bench, held: Held):
        before, others, picture = held.seen(), held.others(), bench.picture()
        with bench.connected() as connection:
            found = held.read(connection)
            held.take(connection, found)
        assert held.seen() != before
        with bench.connected() as other:
            left = {thing: one.state for thing, one in held.read(other).items()}
        wanted = {thing: held.kind.taken(one.state, bench) for thing, one in found.items()}
        assert left == {thing: state for thing, state in wanted.items() if state is not None}
        assert held.others() == others
        assert bench.picture() == picture or not held.kind.apart

    def test_taking_twice_and_giving_back_twice_ends_where_it_began(self, bench: Bench, held: Held):
        before, others = held.seen(), held.others()
        with bench.connected() as connection:
            found = held.read(connection)
            for _ in range(2):
                held.take(connection, found)
            gone = held.seen()
            assert gone != before
            if not held.kind.comes_back:
                return
            held.give_back(connection, found)
            assert held.seen() == before
            now = held.read(connection)
            assert {thing: one.state for thing, one in now.items()} == {t: one.state for t, one in found.items()}
        assert held.others() == others

    def test_trouble_with_looking_is_never_nothing(self, bench: Bench, held: Held):
        for trouble in COMMON:
            with bench.connected() as connection:
                bench.plant(trouble)
                with pytest.raises(SystemFault) as caught:
                    held.read(connection)
                assert isinstance(caught.value, ON_READS[trouble])
                bench.proxy.calm()

    def test_trouble_with_writing_has_its_name_and_takes_nothing(self, bench: Bench, held: Held):
        before = held.seen()
        for trouble in COMMON:
            with bench.connected() as connection:
                found = held.read(connection)
                bench.plant(trouble, writes=True)
                with pytest.raises(SystemFault) as caught:
                    held.take(connection, found)
                assert isinstance(caught.value, ON_WRITES[trouble])
                assert held.seen() == before
                bench.proxy.calm()

    def test_a_departure_takes_them_and_its_undo_gives_them_back(self, bench: Bench, held: Held, departing: Departing):
        before, others = held.seen(), held.others()
        number = departing.planned(held.kind.playbook, "bob")
        assert held.seen() == before
        departing.apply(number)
        assert departing.outcomes(number) == ["done"] * held.kind.count
        assert held.seen() != before
        assert held.others() == others
        assert verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []
        if held.kind.comes_back:
            departing.undo(number)
            assert held.seen() == before
            assert verify(departing.office, number).holds

    def test_what_was_taken_away_meanwhile_is_not_written(self, bench: Bench, held: Held, departing: Departing):
        number = departing.planned(held.kind.playbook, "bob")
        with bench.connected() as connection:
            held.take(connection, held.read(connection))
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already"] * held.kind.count
        assert bench.proxy.writes == []

    def test_what_somebody_changed_meanwhile_is_left_alone(self, bench: Bench, held: Held, departing: Departing):
        if held.kind.meddle is None:
            pytest.skip("it is there or not, so that nothing can drift")
        number = departing.planned(held.kind.playbook, "bob")
        held.kind.meddle(bench)
        meddled = held.seen()
        departing.apply(number)
        assert departing.outcomes(number) == sorted(["drifted"] + ["done"] * (held.kind.count - 1))
        assert held.kind.kept(held.seen(), meddled)
