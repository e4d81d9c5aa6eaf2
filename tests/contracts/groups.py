"""What every connector promises that knows who is in which group (``Groups``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import NotFound, SystemFault
from tests.contracts.accounts import NOBODY
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from offboard.domain.capabilities import Membership
    from tests.contracts.bench import Bench


def held(connection: Any, account_id: str) -> dict[str, Membership]:
    """Return the memberships that can be taken away; a primary group, say, cannot."""
    return {group: one for group, one in connection.memberships(account_id).items() if not one.beyond}


class GroupsContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_all_memberships_are_found(self, bench: Bench):
        with bench.connected() as connection:
            found = held(connection, bench.id_of("alice"))
            assert {one.label for one in found.values()} == bench.groups_of("alice")
            assert set(found) == {bench.group_id(name) for name in bench.groups_of("alice")}
            for group_id, one in found.items():
                assert one.state is not None
                assert connection.membership(bench.id_of("alice"), group_id) == one.state
        assert bench.proxy.writes == []

    def test_who_is_in_no_group_has_no_membership(self, bench: Bench):
        assert bench.groups_of("erin") == set()
        with bench.connected() as connection:
            assert held(connection, bench.id_of("erin")) == {}
            staff = bench.group_id("staff")
            assert connection.membership(bench.id_of("erin"), staff) is None

    def test_all_are_left_and_nobody_else_is_touched(self, bench: Bench):
        others = bench.others()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            for group_id in held(connection, alice):
                connection.set_membership(alice, group_id, None)
        assert bench.groups_of("alice") == set()
        with bench.connected() as other:
            assert held(other, alice) == {}
        assert bench.others() == others

    def test_all_come_back_exactly(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            found = held(connection, alice)
            for group_id in found:
                connection.set_membership(alice, group_id, None)
            assert bench.picture() != before
            for group_id, one in reversed(list(found.items())):
                connection.set_membership(alice, group_id, one.state)
            assert held(connection, alice) == found
        assert bench.picture() == before

    def test_leaving_or_joining_twice_changes_nothing_more(self, bench: Bench):
        before = bench.picture()
        with bench.connected() as connection:
            alice = bench.id_of("alice")
            found = held(connection, alice)
            for left in (True, True, False, False):
                for group_id, one in found.items():
                    connection.set_membership(alice, group_id, None if left else one.state)
                assert bool(bench.groups_of("alice")) is not left
        assert bench.picture() == before

    def test_a_group_that_is_not_there_is_named_so(self, bench: Bench):
        with bench.connected() as connection:
            with pytest.raises(NotFound):
                connection.set_membership(bench.id_of("alice"), NOBODY, None)
            with pytest.raises(NotFound):
                connection.memberships(NOBODY)

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_with_looking_is_never_no_membership(self, bench: Bench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.memberships(bench.id_of("alice"))
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_writing_has_its_name_and_takes_nobody_out(self, bench: Bench, trouble: Trouble):
        others, before = bench.others(), bench.picture()
        alice, staff = bench.id_of("alice"), bench.group_id("staff")
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            if trouble in bench.takes_for_done:
                connection.set_membership(alice, staff, None)
            else:
                with pytest.raises(SystemFault) as caught:
                    connection.set_membership(alice, staff, None)
                assert isinstance(caught.value, ON_WRITES[trouble])
        assert bench.others() == others
        if trouble is not Trouble.HALF_OPEN:
            assert bench.picture() == before
        bench.proxy.calm()
        with bench.connected() as other:
            other.set_membership(alice, staff, None)
            assert other.membership(alice, staff) is None
        assert "staff" not in bench.groups_of("alice")
        assert bench.others() == others
