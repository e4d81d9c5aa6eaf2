"""What every connector promises that lets people sign in or not (``Accounts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import NotFound, SystemFault, Untrusted
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from tests.contracts.bench import Bench

SHUT: Any = {"sign_in": "shut"}
NOBODY = "00000000-0000-4000-8000-000000000000"


class AccountsContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_an_account_is_shut_and_another_connection_sees_it(self, bench: Bench):
        others = bench.others()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            assert connection.account(alice)["sign_in"] == "open"
            connection.set_account(alice, SHUT)
        assert not bench.signs_in("alice")
        with bench.connected() as other:
            assert other.account(alice)["sign_in"] == "shut"
        assert bench.others() == others
        assert bench.signs_in("bob")

    def test_the_former_state_comes_back_exactly(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            state = connection.account(alice)
            connection.set_account(alice, SHUT)
            assert bench.picture() != before
            connection.set_account(alice, state)
            assert connection.account(alice)["sign_in"] == "open"
            assert connection.account(alice) == state or not bench.gives_password_back
        assert bench.picture() == before
        assert bench.signs_in("alice") is bench.gives_password_back

    def test_shutting_and_opening_again_and_again_ends_where_it_began(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            state = connection.account(alice)
            for wanted in (SHUT, SHUT, state, state, SHUT, state):
                connection.set_account(alice, wanted)
                assert connection.account(alice)["sign_in"] == wanted["sign_in"]
        assert bench.picture() == before

    def test_looking_changes_nothing(self, bench: Bench):
        with bench.connected() as connection:
            connection.account(bench.id_of("alice"))
        assert bench.proxy.writes == []

    def test_nobody_has_no_account_and_none_can_be_shut(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            assert connection.account(NOBODY) is None
            with pytest.raises(NotFound):
                connection.set_account(NOBODY, SHUT)
        assert bench.picture() == before

    @pytest.mark.parametrize("trouble", [one for one in ON_READS if one is not Trouble.MISSING])
    def test_trouble_with_looking_is_never_an_answer(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.account(bench.id_of("alice"))
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_writing_has_its_name_and_shuts_nobody(self, bench: Bench, trouble: Trouble):
        others, before = bench.others(), bench.picture()
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            with pytest.raises(SystemFault) as caught:
                connection.set_account(bench.id_of("alice"), SHUT)
            assert isinstance(caught.value, ON_WRITES[trouble])
        assert isinstance(caught.value, Untrusted) or bench.proxy.seen
        assert bench.others() == others
        if trouble is not Trouble.HALF_OPEN:
            assert bench.picture() == before
        bench.proxy.calm()
        with bench.connected() as other:
            other.set_account(bench.id_of("alice"), SHUT)
            assert other.account(bench.id_of("alice"))["sign_in"] == "shut"
        assert not bench.signs_in("alice")

    def test_no_answer_means_unknown_and_looking_tells(self, bench: Bench):
        with bench.connected() as connection:
            bench.proxy.trouble(Trouble.HALF_OPEN, writes=True)
            with pytest.raises(SystemFault):
                connection.set_account(bench.id_of("alice"), SHUT)
        bench.proxy.calm()
        with bench.connected() as other:
            shut = other.account(bench.id_of("alice"))["sign_in"] == "shut"
        assert not (shut and bench.signs_in("alice"))
        if bench.gives_password_back:
            # One write is all it takes here, and it was done.
            assert shut
