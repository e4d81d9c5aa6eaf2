"""What every register promises that knows who dealt with whom, or how it stands with a client.

The suites of ``ClientDealings``, ``RecordsDealings`` and ``ClientStandings``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from offboard.domain.clients import Interaction, Standing
from offboard.domain.register import ClientDealings, ClientStandings, RecordsDealings
from offboard.engine import passing_on, weighing
from offboard.errors import NotFound, SystemFault
from tests.contracts.bench import Departing
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.contracts.register_bench import SILENCES, address
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contracts.register_bench import RegisterBench

NOW: Final = datetime.now(UTC)
ALICE, BOB, CAROL = address("alice"), address("bob"), address("carol")
DEALT: Final = (
    ("Alder", "alice", "call", 9),
    ("Alder", "carol", "meeting", 3),
    ("Alder", "carol", "call", 20),
    ("Cedar", "bob", "call", 1),
)
"""Client, person, what it was, and how many days ago."""


def _day(ago: int) -> str:
    return (NOW - timedelta(ago)).date().isoformat()


def _deal(bench: RegisterBench) -> None:
    for client, login, kind, ago in DEALT:
        bench.deal_by_hand(client, login, kind, NOW - timedelta(ago))


def _pairs(bench: RegisterBench, connection: Any) -> dict[tuple[str, str], tuple[int, str]]:
    return {(bench.thing(row.client), row.person): (row.times, row.last) for row in connection.dealings()}


def _noted(connection: Any, client_id: str) -> list[Interaction]:
    """Return the interactions with a client to the second."""
    return [replace(one, at=f"{one.at[:19]}Z") for one in connection.interactions(client_id)]


def _troubled(bench: RegisterBench, write: Callable[[Any], None], untouched: Callable[[], bool]) -> None:
    """Let each trouble come over a write in turn: it has its name, and nothing is written where that is known."""
    for trouble in sorted(set(ON_WRITES) - set(bench.untold), key=lambda one: one is Trouble.HALF_OPEN):
        bench.expect(trouble)
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            with pytest.raises(SystemFault) as caught:
                write(connection)
            assert isinstance(caught.value, ON_WRITES[trouble]), trouble
        bench.calm()
        assert trouble is Trouble.HALF_OPEN or untouched(), trouble
    bench.expect(Trouble.DENIED)


class DealingsContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_who_dealt_with_whom_is_summed_up_and_looking_changes_nothing(self, bench: RegisterBench):
        with bench.connected() as connection:
            assert isinstance(connection, ClientDealings)
            before = _pairs(bench, connection)
            _deal(bench)
            found = _pairs(bench, connection)
            rows = connection.dealings()
        assert (found["Alder", CAROL], found["Cedar", BOB]) == ((2, _day(3)), (1, _day(1)))
        assert found["Alder", ALICE][0] == before.get(("Alder", ALICE), (0, ""))[0] + 1
        assert set(found) == {*before, ("Alder", CAROL), ("Cedar", BOB), ("Alder", ALICE)}
        assert [row.client for row in rows] == sorted(row.client for row in rows)
        assert bench.proxy.writes == []

    def test_each_time_is_told_the_latest_first(self, bench: RegisterBench):
        _deal(bench)
        with bench.connected() as connection:
            found = connection.interactions(bench.ids["Alder"])
            assert [connection.interactions(wrong) for wrong in bench.wrong_ids] == [[]] * len(bench.wrong_ids)
        told = [(bench.thing(one.client), one.person, one.kind, one.at[:10]) for one in found]
        assert [one for one in told if one[1] == CAROL] == [
            ("Alder", CAROL, "meeting", _day(3)), ("Alder", CAROL, "call", _day(20)),
        ]  # fmt: skip
        assert ("Alder", ALICE, "call", _day(9)) in told
        assert {one.client for one in found} == {bench.ids["Alder"]}
        assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)

    def test_trouble_with_looking_is_never_nobody(self, bench: RegisterBench):
        _deal(bench)
        for trouble in set(ON_READS) - set(bench.untold):
            bench.expect(trouble)
            with bench.connected() as connection:
                assert trouble in SILENCES or connection.dealings()
                bench.plant(trouble)
                with pytest.raises(SystemFault) as caught:
                    connection.dealings()
                assert isinstance(caught.value, ON_READS[trouble]), trouble
            bench.calm()

    def test_exposure_and_proposals_go_by_it(self, bench: RegisterBench, tmp_path: Path):
        departing = Departing(bench, tmp_path / "departing")
        office = departing.office
        departure = office.store.departures.get(departing.planned("clients", "bob"))
        assert {row.person: row.sole_contact for row in weighing.weigh(office).rows}[ALICE] == 2
        _deal(bench)
        assert {row.person: row.sole_contact for row in weighing.weigh(office).rows}[ALICE] == 1, "carol knows Alder"
        proposed = {bench.thing(one.client): one for one in passing_on.proposals(office, departure).proposals}
        departing.close()
        assert proposed["Alder"].successor == CAROL
        assert f"dealt with them 2 times, the last time on {_day(3)}" in proposed["Alder"].why


class RecordingContract:
    """Of ``RecordsDealings``."""

    def test_what_is_recorded_is_there_once_and_at_nobody_else(self, bench: RegisterBench):
        noted = Interaction(bench.ids["Alder"], CAROL, "2026-05-01T10:00:00Z", "call")
        with bench.connected() as connection:
            assert isinstance(connection, RecordsDealings)
            for _ in range(2):
                connection.record(noted)
        with bench.connected() as other:
            assert _noted(other, noted.client) == [noted]
            assert other.interactions(bench.ids["Cedar"]) == []
            with pytest.raises(NotFound):
                other.record(Interaction("nothing", CAROL, "2026-05-01"))

    def test_trouble_with_recording_has_its_name_and_records_nothing(self, bench: RegisterBench):
        noted, alder = Interaction(bench.ids["Alder"], CAROL, "2026-05-01T10:00:00Z", "call"), bench.ids["Alder"]

        def untouched() -> bool:
            with bench.connected() as witness:
                return bool(witness.interactions(alder) == [])

        _troubled(bench, lambda connection: connection.record(noted), untouched)
        with bench.connected() as other:
            other.record(noted)
            assert _noted(other, alder) == [noted]


class StandingsContract:
    """Of ``ClientStandings``."""

    def test_it_is_written_read_back_and_taken_back_and_nothing_else_is_touched(self, bench: RegisterBench):
        before, alder = (bench.owners(), bench.rest()), bench.ids["Alder"]
        with bench.connected() as connection:
            assert isinstance(connection, ClientStandings)
            for standing in (Standing.LEAVING, Standing.LEAVING, Standing.UNKNOWN):
                connection.set_standing(alder, standing)
                with bench.connected() as other:
                    assert other.standing(alder) is other.client(alder).standing is standing
                    assert other.standing(bench.ids["Buchen"]) is Standing.UNKNOWN
            assert connection.standing("nothing") is None
            with pytest.raises(NotFound):
                connection.set_standing("nothing", Standing.FINE)
        assert (bench.owners(), bench.rest()) == before

    def test_trouble_with_looking_is_never_unknown(self, bench: RegisterBench):
        for trouble in set(ON_READS) - set(bench.untold):
            bench.expect(trouble)
            with bench.connected() as connection:
                bench.plant(trouble)
                with pytest.raises(SystemFault) as caught:
                    connection.standing(bench.ids["Alder"])
                assert isinstance(caught.value, ON_READS[trouble]), trouble
            bench.calm()

    def test_trouble_with_writing_has_its_name_and_changes_nothing(self, bench: RegisterBench):
        rest, alder = bench.rest(), bench.ids["Alder"]
        _troubled(
            bench, lambda connection: connection.set_standing(alder, Standing.LEAVING), lambda: bench.rest() == rest
        )
        with bench.connected() as other:
            other.set_standing(alder, Standing.LEAVING)
            assert other.standing(alder) is Standing.LEAVING
