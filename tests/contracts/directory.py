"""What every connector promises that knows people (``Directory``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.errors import SystemFault
from tests.contracts.expected import ON_READS
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from tests.contracts.bench import Bench

HALVES = [
    "", " ", "alic", "lice", "alice@", "@corp.test", "100", "*", "al*", "%", "alice*", "ali_e", "alice)(uid=*",
    "*)(uid=*", 'x" or userName pr or userName eq "', "' or '1'='1", "alice\\",
    "alice\x00", "\uff41lice", "nobody\u0130",
]  # fmt: skip


class RosterContract:
    """The same, of those that can name everybody (``Roster``)."""

    def test_everybody_is_named_once_as_they_are_found(self, bench: Bench):
        with bench.connected() as connection:
            everybody = list(connection.everybody())
            (alice,) = [person for person in everybody if person.login == bench.login("alice")]
            assert alice == connection.find(bench.login("alice"))[0]
            assert len({person.id for person in everybody}) == len(everybody) == connection.staff()


class DirectoryContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_each_key_finds_exactly_this_person(self, bench: Bench):
        with bench.connected() as connection:
            for key in bench.keys:
                (found,) = connection.find(key)
                assert (found.id, found.login, found.system) == (bench.id_of("alice"), bench.login("alice"), bench.name)
                assert (found.name, found.mail, found.employee_number) == ("Alice Archer", "alice@corp.test", "1001")

    @pytest.mark.parametrize("key", HALVES)
    def test_nobody_is_found_by_half_a_key(self, bench: Bench, key: str):
        with bench.connected() as connection:
            assert connection.find(key) == []

    def test_two_people_with_one_address_are_both_found(self, bench: Bench):
        bench.add_by_hand("alicia", "Alicia Archer", "2001", "alice@corp.test")
        with bench.connected() as connection:
            found = {person.login for person in connection.find("alice@corp.test")}
            assert found == {bench.login("alice"), bench.login("alicia")}
            assert [person.name for person in connection.find("2001")] == ["Alicia Archer"]

    def test_one_common_attribute_recognises_an_account(self, bench: Bench):
        with bench.connected() as connection:
            (alice,) = connection.find(bench.login("alice"))
            nobody = replace(alice, id="", system="elsewhere", login="", mail="", employee_number="")
            for known in ({"login": alice.login}, {"mail": "ALICE@corp.test"}, {"employee_number": "1001"}):
                assert [one.id for one in connection.recognise(replace(nobody, **known))] == [alice.id], known
            assert connection.recognise(nobody) == []
            assert connection.recognise(replace(nobody, login="zoe", mail="zoe@corp.test", employee_number="9")) == []

    def test_near_misses_are_few_and_name_the_likely_one(self, bench: Bench):
        with bench.connected() as connection:
            near = connection.near("alise")
            assert len(near) <= 10
            assert near[0].login == bench.login("alice")

    def test_everybody_is_counted(self, bench: Bench):
        with bench.connected() as connection:
            assert connection.staff() == bench.people

    def test_looking_changes_nothing(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            (alice,) = connection.find(bench.login("alice"))
            connection.recognise(alice)
            connection.near("ali")
            connection.staff()
            assert bench.proxy.writes == []
            # Doctor may try whether we may write, by a write that cannot succeed.
            assert connection.health().reachable
        assert bench.picture() == before

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_has_its_name_and_is_never_an_empty_answer(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.find(bench.login("alice"))
            assert isinstance(caught.value, ON_READS[trouble])
            assert caught.value.system == bench.name
            assert caught.value.hint

    @pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.CUT, Trouble.UNTRUSTED])
    def test_health_says_so_and_raises_nothing(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            health = connection.health()
            assert not health.reachable
            assert health.cannot
            bench.proxy.calm()
            assert connection.health().reachable

    def test_a_connection_works_again_after_trouble(self, bench: Bench):
        with bench.connected() as connection:
            bench.proxy.trouble(Trouble.CUT)
            with pytest.raises(SystemFault):
                connection.find(bench.login("alice"))
            bench.proxy.calm()
            assert len(connection.find(bench.login("alice"))) == 1
