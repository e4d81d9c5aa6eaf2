"""Memberships in Entra: each kind of group is known before anything is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Denied, NotFound, Rejected

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office

MEMBER = {"as": "member"}


@pytest.mark.parametrize("kind", [{}, {"unified": True}, {"team": True}, {"role_assignable": True}])
def test_a_membership_is_taken_away_read_back_and_given_back(tenant: Office, kind):
    group = tenant.standin.add_group("Sales", members=[tenant.ruth, tenant.sam], **kind)
    connection = tenant.connect()
    assert connection.memberships(tenant.ruth)[group].state == MEMBER
    for _ in range(2):
        connection.set_membership(tenant.ruth, group, None)
        assert tenant.standin.members(group) == [tenant.sam]
    assert tenant.connect().memberships(tenant.ruth) == {}
    assert connection.membership(tenant.ruth, group) is None
    for _ in range(2):
        connection.set_membership(tenant.ruth, group, MEMBER)
        assert set(tenant.standin.members(group)) == {tenant.ruth, tenant.sam}
    assert tenant.connect().membership(tenant.ruth, group) == MEMBER
    assert tenant.standin.look(tenant.ruth), "nobody was deleted"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"rule": '(user.department -eq "Sales")'}, r"follow the rule \(user.department"),
        ({"synced": True}, "Active Directory"),
        ({"mail_enabled": True}, "Exchange administrator"),
    ],
)
def test_what_we_cannot_take_away_is_told_and_not_tried(tenant: Office, kind, why):
    group = tenant.standin.add_group("All staff", members=[tenant.ruth], **kind)
    connection = tenant.connect()
    found = connection.memberships(tenant.ruth)[group]
    assert found.label == "All staff"
    with pytest.raises(Rejected, match=why):
        tenant.connect().set_membership(tenant.ruth, group, None)
    with pytest.raises(Rejected, match=why):
        connection.set_membership(tenant.ruth, group, None)
    assert tenant.standin.made("DELETE") == []
    assert tenant.standin.members(group) == [tenant.ruth]


def test_a_group_that_may_hold_roles_needs_another_right(tenant: Office):
    tenant.lack("RoleManagement.ReadWrite.Directory")
    group = tenant.standin.add_group("Administrators", members=[tenant.ruth], role_assignable=True)
    assert "RoleManagement.ReadWrite.Directory" in tenant.connect().memberships(tenant.ruth)[group].beyond


def test_groups_that_pay_for_licences_come_last_and_say_so(tenant: Office):
    paying = tenant.standin.add_group("E5", members=[tenant.ruth], licences=[tenant.standin.add_sku("SPE_E5")])
    plain = tenant.standin.add_group("Sales", members=[tenant.ruth])
    found = tenant.connect().memberships(tenant.ruth)
    assert list(found) == [plain, paying]
    assert "licences" in found[paying].note
    assert found[plain].note == ""


def test_roles_and_units_are_no_groups(tenant: Office):
    tenant.standin.assign_role(tenant.ruth, "Reports Reader")
    tenant.standin.add_unit("North", members=[tenant.ruth])
    assert tenant.connect().memberships(tenant.ruth) == {}


def test_only_direct_memberships_count(tenant: Office):
    inner = tenant.standin.add_group("Inner", members=[tenant.ruth])
    tenant.standin.add_group("Outer", members=[inner])
    assert list(tenant.connect().memberships(tenant.ruth)) == [inner]


def test_many_memberships_over_many_pages(tenant: Office):
    tenant.standin.quirks.page_size = 3
    tenant.standin.quirks.empty_page = True
    groups = [tenant.standin.add_group(f"Group {number}", members=[tenant.ruth]) for number in range(10)]
    assert set(tenant.connect().memberships(tenant.ruth)) == set(groups)


def test_a_group_that_is_gone(tenant: Office):
    with pytest.raises(NotFound):
        tenant.connect().set_membership(tenant.ruth, "00000000-0000-4000-8000-000000000000", None)


def test_a_missing_right_is_named(tenant: Office):
    group = tenant.standin.add_group("Sales", members=[tenant.ruth])
    tenant.grant("Directory.Read.All")
    with pytest.raises(Denied) as caught:
        tenant.connect().set_membership(tenant.ruth, group, None)
    assert "GroupMember.ReadWrite.All" in caught.value.hint


def test_a_reader_that_lags_behind_is_believed_only_once_it_agrees(tenant: Office):
    group = tenant.standin.add_group("Sales", members=[tenant.ruth])
    connection = tenant.connect()
    tenant.standin.quirks.lag = 60
    connection.set_membership(tenant.ruth, group, None)
    assert connection.membership(tenant.ruth, group) == MEMBER
    tenant.standin.quirks.lag = 0
    assert connection.membership(tenant.ruth, group) is None
