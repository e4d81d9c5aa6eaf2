"""What every connector promises that keeps people signed in (``SignInSessions``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.engine.verifying import verify
from offboard.errors import SystemFault
from tests.contracts.accounts import NOBODY
from tests.contracts.bench import Bench, Departing
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SessionsContract:
    """Inherited by a class of tests that has a fixture ``bench``; alice and bob are signed in."""

    @pytest.fixture(autouse=True)
    def signed_in(self, bench: Bench) -> None:
        for login in ("alice", "bob"):
            bench.sign_in_by_hand(login)
            assert bench.still_signed_in(login)

    @pytest.fixture
    def departing(self, bench: Bench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_all_are_ended_and_another_connection_sees_it(self, bench: Bench):
        alice, others = bench.id_of("alice"), bench.others()
        with bench.connected() as connection:
            before = connection.sign_in_sessions(alice)
            assert before["open"]
            connection.end_sign_in_sessions(alice)
        with bench.connected() as other:
            assert other.sign_in_sessions(alice) != before
        assert not bench.still_signed_in("alice")
        assert bench.still_signed_in("bob")
        assert bench.others() == others

    def test_ending_them_twice_harms_nobody(self, bench: Bench):
        with bench.connected() as connection:
            for _ in range(2):
                connection.end_sign_in_sessions(bench.id_of("alice"))
        assert not bench.still_signed_in("alice")
        assert bench.still_signed_in("bob")

    def test_looking_ends_none(self, bench: Bench):
        with bench.connected() as connection:
            connection.sign_in_sessions(bench.id_of("alice"))
        assert bench.proxy.writes == []
        assert bench.still_signed_in("alice")

    def test_nobody_has_none(self, bench: Bench):
        with bench.connected() as connection:
            assert not (connection.sign_in_sessions(NOBODY) or {"open": 0})["open"]

    @pytest.mark.parametrize("trouble", [one for one in ON_READS if one is not Trouble.MISSING])
    def test_trouble_with_looking_is_never_an_answer(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.sign_in_sessions(bench.id_of("alice"))
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_ending_has_its_name(self, bench: Bench, trouble: Trouble):
        alice = bench.id_of("alice")
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            with pytest.raises(SystemFault) as caught:
                connection.end_sign_in_sessions(alice)
            assert isinstance(caught.value, ON_WRITES[trouble])
        assert bench.still_signed_in("alice") or trouble is Trouble.HALF_OPEN
        bench.proxy.calm()
        with bench.connected() as other:
            other.end_sign_in_sessions(alice)
        assert not bench.still_signed_in("alice")
        assert bench.still_signed_in("bob")

    def test_a_departure_ends_them_once(self, bench: Bench, departing: Departing):
        number = departing.planned("sessions")
        departing.apply(number)
        assert departing.outcomes(number) == ["done"]
        assert not bench.still_signed_in("alice")
        assert bench.still_signed_in("bob")
        assert verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []

    def test_where_none_is_open_any_more_none_is_ended(self, bench: Bench, departing: Departing):
        number = departing.planned("sessions")
        with bench.connected() as connection:
            connection.end_sign_in_sessions(bench.id_of("alice"))
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already" if bench.counts_sessions else "done"]
        assert bool(bench.proxy.writes) is not bench.counts_sessions
        assert not bench.still_signed_in("alice")
