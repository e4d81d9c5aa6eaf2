"""What every connector promises that knows what people own (``Belongings``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.verifying import verify
from offboard.errors import Rejected, SystemFault
from tests.contracts.bench import Bench, Departing
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAVERS: Any = {"leaver": True, "successor": False}
SUCCESSORS: Any = {"leaver": False, "successor": True}


class BelongingsContract:
    """Inherited by a class of tests that has a fixture ``bench``; alice leaves, bob takes over."""

    @pytest.fixture(autouse=True)
    def furnished(self, bench: Bench) -> None:
        bench.furnish()

    @pytest.fixture
    def departing(self, bench: Bench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_what_the_two_own_is_found_and_nothing_else(self, bench: Bench):
        with bench.connected() as connection:
            found = connection.belongings(bench.id_of("alice"), bench.id_of("bob"))
        states = {bench.thing_id(thing): LEAVERS for thing in ("ledger", "archive")}
        assert {thing: one.state for thing, one in found.items()} == {**states, bench.thing_id("plan"): SUCCESSORS}
        assert "ledger" in found[bench.thing_id("ledger")].label
        assert bench.proxy.writes == []

    def test_all_are_handed_over_and_nobody_elses(self, bench: Bench):
        ids = (bench.id_of("alice"), bench.id_of("bob"))
        with bench.connected() as connection:
            for thing in ("ledger", "archive"):
                connection.set_belonging(*ids, bench.thing_id(thing), SUCCESSORS)
        assert bench.owned() == {"ledger": {"bob"}, "archive": {"bob"}, "plan": {"bob"}, "till": {"carol"}}
        with bench.connected() as other:
            assert all(one.state == SUCCESSORS for one in other.belongings(*ids).values())

    def test_all_come_back_however_often(self, bench: Bench):
        before, ids = bench.owned(), (bench.id_of("alice"), bench.id_of("bob"))
        with bench.connected() as connection:
            found = connection.belongings(*ids)
            for state in (SUCCESSORS, SUCCESSORS, LEAVERS, LEAVERS):
                for thing in ("ledger", "archive"):
                    connection.set_belonging(*ids, bench.thing_id(thing), state)
                assert ("bob" in bench.owners_of("ledger")) is (state == SUCCESSORS)
            assert connection.belongings(*ids) == found
        assert bench.owned() == before

    def test_where_nobody_takes_over_all_are_found_still(self, bench: Bench):
        alice = bench.id_of("alice")
        with bench.connected() as connection:
            assert set(connection.belongings(alice, alice)) == {bench.thing_id(one) for one in ("ledger", "archive")}

    def test_nothing_is_left_without_an_owner(self, bench: Bench):
        before, ids = bench.owned(), (bench.id_of("alice"), bench.id_of("bob"))
        with bench.connected() as connection, pytest.raises(Rejected):
            connection.set_belonging(*ids, bench.thing_id("ledger"), {"leaver": False, "successor": False})
        assert bench.owned() == before

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_with_looking_is_never_nothing(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.belongings(bench.id_of("alice"), bench.id_of("bob"))
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_handing_over_has_its_name_and_leaves_an_owner(self, bench: Bench, trouble: Trouble):
        before = bench.owned()
        ids, thing = (bench.id_of("alice"), bench.id_of("bob")), bench.thing_id("ledger")
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            with pytest.raises(SystemFault) as caught:
                connection.set_belonging(*ids, thing, SUCCESSORS)
            assert isinstance(caught.value, ON_WRITES[trouble])
        assert bench.owners_of("ledger")
        assert trouble is Trouble.HALF_OPEN or bench.owned() == before
        bench.proxy.calm()
        with bench.connected() as other:
            other.set_belonging(*ids, thing, SUCCESSORS)
        assert bench.owned() == before | {"ledger": {"bob"}}

    def test_a_departure_hands_over_and_its_undo_hands_back(self, bench: Bench, departing: Departing):
        before = bench.owned()
        number = departing.planned("belongings", "bob")
        assert bench.owned() == before
        departing.apply(number)
        assert departing.outcomes(number) == ["done", "done"]
        assert bench.owned() == before | {"ledger": {"bob"}, "archive": {"bob"}}
        assert verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []
        departing.undo(number)
        assert bench.owned() == before

    def test_what_is_somebody_elses_meanwhile_is_left_to_them(self, bench: Bench, departing: Departing):
        number = departing.planned("belongings", "bob")
        bench.give_by_hand("ledger", "carol")
        departing.apply(number)
        assert departing.outcomes(number) == ["done", "drifted"]
        assert bench.owners_of("ledger") == {"carol"}

    def test_what_is_handed_over_already_is_not_written(self, bench: Bench, departing: Departing):
        number = departing.planned("belongings", "bob")
        for thing in ("ledger", "archive"):
            bench.give_by_hand(thing, "bob")
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already", "already"]
        assert bench.proxy.writes == []
