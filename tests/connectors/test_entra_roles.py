"""Roles of the directory and in apps: eligible before active, and exactly back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Denied, Rejected

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office

REPORTS = "4a5d8f65-41da-4de4-8968-e035b65339cf"
EXCHANGE = "29232cdf-9323-42fd-ade2-1d097af3e4de"


@pytest.fixture(params=[True, False], ids=["with PIM", "without PIM"])
def pim(request, tenant: Office):
    tenant.standin.quirks.has_pim = request.param
    return request.param


def test_everything_is_taken_away_in_order_and_given_back(tenant: Office, pim):
    tenant.standin.assign_role(tenant.ruth, "Reports Reader")
    _, principal = tenant.standin.add_app("Payroll")
    tenant.standin.give_app_role(tenant.ruth, principal)
    if pim:
        tenant.standin.make_eligible(tenant.ruth, "Exchange Administrator")
    connection = tenant.connect()
    before = connection.roles(tenant.ruth)
    assert [held.state["kind"] for held in before.values()] == [*(["eligible"] if pim else []), "active", "app"]
    assert not any(held.beyond or held.one_way for held in before.values())
    for _ in range(2):
        for role_id in before:
            connection.set_role(tenant.ruth, role_id, None)
        assert tenant.connect().roles(tenant.ruth) == {}
    for role_id, held in before.items():
        connection.set_role(tenant.ruth, role_id, held.state)
    assert tenant.connect().roles(tenant.ruth) == before


def test_a_fresh_connection_takes_a_role_away_too(tenant: Office, pim):
    tenant.standin.assign_role(tenant.ruth, "Reports Reader")
    tenant.standin.assign_role(tenant.sam, "Reports Reader")
    (role_id,) = tenant.connect().roles(tenant.ruth)
    tenant.connect().set_role(tenant.ruth, role_id, None)
    assert tenant.connect().roles(tenant.ruth) == {}
    assert len(tenant.connect().roles(tenant.sam)) == 1
    used = tenant.standin.made("POST", "DELETE")
    assert any(("ScheduleRequests" in call) == pim for call in used if "$batch" not in call)


def test_a_role_taken_up_for_a_time_cannot_be_given_back(tenant: Office):
    tenant.standin.make_eligible(tenant.ruth, "Exchange Administrator")
    tenant.standin.activate_role(tenant.ruth, "Exchange Administrator")
    connection = tenant.connect()
    eligible, active = connection.roles(tenant.ruth).items()
    assert eligible[1].label == "Exchange Administrator (may be taken up)"
    assert eligible[1].one_way is None
    assert "takes" not in (active[1].one_way or "")
    assert active[1].one_way
    connection.set_role(tenant.ruth, eligible[0], None)
    connection.set_role(tenant.ruth, active[0], None)
    assert connection.roles(tenant.ruth) == {}


def test_the_last_global_administrator_is_beyond_us(tenant: Office):
    tenant.standin.assign_role(tenant.ruth, "Global Administrator")
    (held,) = tenant.connect().roles(tenant.ruth).values()
    assert "give it to somebody else first" in held.beyond
    tenant.standin.assign_role(tenant.sam, "Global Administrator")
    (held,) = tenant.connect().roles(tenant.ruth).values()
    assert held.beyond == ""


def test_a_role_within_a_unit_is_named_with_it(tenant: Office):
    unit = tenant.standin.add_unit("North")
    tenant.standin.assign_role(tenant.ruth, "Reports Reader", scope=f"/administrativeUnits/{unit}")
    tenant.standin.assign_role(tenant.ruth, "Reports Reader")
    connection = tenant.connect()
    before = connection.roles(tenant.ruth)
    assert len(before) == 2
    (scoped,) = (role_id for role_id, held in before.items() if unit in held.label)
    connection.set_role(tenant.ruth, scoped, None)
    assert set(connection.roles(tenant.ruth)) == before.keys() - {scoped}
    connection.set_role(tenant.ruth, scoped, before[scoped].state)
    assert connection.roles(tenant.ruth).keys() == before.keys()


@pytest.mark.parametrize("state", [{"kind": "other"}, {"kind": "eligible"}])
def test_no_role_is_made_up(tenant: Office, state):
    with pytest.raises(Rejected, match="no role is of the kind"):
        tenant.connect().set_role(tenant.ruth, "x", state)


def test_a_missing_right_is_named(tenant: Office):
    tenant.standin.assign_role(tenant.ruth, "Reports Reader")
    tenant.grant("Directory.Read.All", "RoleManagement.Read.Directory")
    connection = tenant.connect()
    (role_id,) = connection.roles(tenant.ruth)
    with pytest.raises(Denied) as caught:
        connection.set_role(tenant.ruth, role_id, None)
    assert "RoleManagement.ReadWrite.Directory" in caught.value.hint
