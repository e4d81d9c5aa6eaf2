"""What every connector promises that finds second accounts (``Twins``) or knows whom we may not touch (``Reach``).

Both only look. A second account is *asked about*: the plan lists it, and nothing is written to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.question import questions_of
from offboard.engine.status import unsettled
from offboard.errors import SystemFault
from tests.contracts.accounts import SHUT
from tests.contracts.bench import Bench, Departing
from tests.contracts.expected import ON_READS
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KIN = ("adm-alice", "alice-test", "alice2")
STRANGERS = ("malice", "alicepond")


class TwinsContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    @pytest.fixture
    def kin(self, bench: Bench) -> set[str]:
        for place, login in enumerate((*KIN, *STRANGERS)):
            bench.add_by_hand(login, f"Somebody {place}", f"300{place}", f"somebody{place}@corp.test")
        return {bench.login(login) for login in KIN}

    @pytest.fixture
    def departing(self, bench: Bench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()

    def test_all_that_are_called_so_are_found_each_with_a_reason_and_nobody_else(self, bench: Bench, kin: set[str]):
        with bench.connected() as connection:
            (alice,) = connection.find(bench.login("alice"))
            found = connection.twins(alice)
            assert {one.person.login for one in found} == kin
            assert len({one.person.id for one in found}) == len(found)
            assert all(one.why for one in found)
            assert {one.person.system for one in found} == {bench.name}
        assert bench.proxy.writes == []

    def test_who_has_none_has_none(self, bench: Bench, kin: set[str]):
        assert kin
        with bench.connected() as connection:
            (erin,) = connection.find(bench.login("erin"))
            assert connection.twins(erin) == []

    def test_one_number_is_enough(self, bench: Bench):
        bench.add_by_hand("aarcher", "A. Archer", "1001", "a.archer@corp.test")
        with bench.connected() as connection:
            (alice,) = connection.find(bench.login("alice"))
            (found,) = connection.twins(alice)
            assert found.person.login == bench.login("aarcher")
            assert "1001" in found.why

    def test_each_is_asked_about_and_left_alone(self, bench: Bench, departing: Departing, kin: set[str]):
        number = departing.planned("doors")
        (kept,) = departing.office.store.plans.every(number)
        asked = [one.text for one in questions_of(kept.plan)]
        assert len(asked) == len(kin)
        assert all(any(login in text for text in asked) for login in kin)
        departing.apply(number)
        assert unsettled(departing.office, kept.plan) == []
        assert all(bench.signs_in(login) for login in KIN)

    @pytest.mark.parametrize("trouble", [one for one in ON_READS if one is not Trouble.MISSING])
    def test_trouble_with_looking_is_never_none(self, bench: Bench, kin: set[str], trouble: Trouble):
        assert kin
        with bench.connected() as connection:
            (alice,) = connection.find(bench.login("alice"))
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.twins(alice)
            assert isinstance(caught.value, ON_READS[trouble])


class ReachContract:
    """Inherited by a class of tests that has a fixture ``bench`` whose account may do all that we need."""

    def test_whom_we_may_touch_is_in_reach_and_looking_changes_nothing(self, bench: Bench):
        with bench.connected() as connection:
            assert connection.out_of_reach(bench.id_of("alice")) == []
            # Some try whether we may write, by a write that cannot succeed.
        before = bench.picture()
        with bench.connected() as connection:
            connection.out_of_reach(bench.id_of("alice"))
        assert bench.picture() == before

    def test_whom_we_may_not_touch_is_known_before_anything_is_written(self, bench: Bench):
        why_not = bench.raise_above_us("alice")
        if why_not:
            pytest.skip(why_not)
        before = bench.picture()
        with bench.connected() as connection:
            reasons = connection.out_of_reach(bench.id_of("alice"))
            assert reasons
            assert all(reason for reason in reasons)
            assert bench.rights_are_ours or connection.out_of_reach(bench.id_of("bob")) == []
        assert bench.picture() == before
        with bench.connected() as connection, pytest.raises(SystemFault):
            connection.set_account(bench.id_of("alice"), SHUT)

    @pytest.mark.parametrize("trouble", [one for one in ON_READS if one is not Trouble.MISSING])
    def test_trouble_with_looking_is_never_in_reach(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                assert connection.out_of_reach(bench.id_of("alice"))
            assert isinstance(caught.value, ON_READS[trouble])
