"""Dataverse in trouble: rights, limits, lost answers, strange hosts, and settings that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from offboard.connectors import dataverse
from offboard.domain.clients import ItemKind
from offboard.errors import Denied, Rejected, Throttled
from offboard.practice.graph.quirks import Limit
from tests.connectors.dataverse_office import BOB, key_of, moved

if TYPE_CHECKING:
    from tests.connectors.dataverse_office import Dynamics


@pytest.fixture
def register(dynamics: Dynamics) -> Any:
    return dynamics.connect()


def test_a_privilege_that_is_missing_is_named(dynamics: Dynamics, register: Any):
    dynamics.crm.privileges.discard("prvAssignAccount")
    with pytest.raises(Denied, match="prvAssignAccount") as told:
        register.set_responsible(dynamics.ids["Alder"], BOB)
    assert "Grant the security role of our application user the privilege prvAssignAccount" in told.value.hint
    health = register.health()
    assert health.rights_missing == ("prvAssignAccount",)
    assert "prvAssignContact" in health.rights_held


def test_an_application_without_a_user_says_what_to_make(dynamics: Dynamics):
    dynamics.crm.member = False
    with pytest.raises(Denied) as told:
        dynamics.connect().clients()
    assert "Make an application user" in told.value.hint
    assert "Make an application user" in dynamics.connect().health().cannot[0]


def test_service_protection_is_waited_for_or_told(dynamics: Dynamics, register: Any):
    dynamics.crm.limit = Limit(calls=5, seconds=1.0, retry_after=1)
    assert len(register.contacts()) == 5
    dynamics.crm.limit = Limit(calls=1, seconds=300.0, retry_after=240)
    with pytest.raises(Throttled) as told:
        register.clients()
    assert told.value.retry_after == 240


def test_one_that_fails_keeps_the_others_going(dynamics: Dynamics, register: Any):
    before, ids = dynamics.crm.owners(), dynamics.ids
    dynamics.crm.fail(400, match=f"PATCH /contacts({ids['Uwe']})")
    refused = register.set_owners({f"/contact/{ids[name]}": BOB for name in ("Ida", "Uwe", "Cy")})
    assert [key_of(dynamics, target[1:]) for target in refused] == ["Uwe"]
    assert set(moved(dynamics, before)) == {"Ida", "Cy"}


def test_a_meeting_that_came_from_outlook_is_left_to_people(dynamics: Dynamics, register: Any):
    dynamics.crm.change("appointment", dynamics.ids["visit"], globalobjectid="040000008200")
    item = register.item(f"appointment/{dynamics.ids['visit']}")
    assert "hand_over_meetings" in item.beyond
    with pytest.raises(Rejected):
        register.set_item_owner(item.id, BOB)


def test_an_environment_without_sales_is_read_all_the_same(dynamics: Dynamics):
    for name in ("opportunity", "lead", "incident"):
        del dynamics.crm.tables[name]
        del dynamics.crm.rows[name]
    dynamics.crm.relations = [
        one for one in dynamics.crm.relations if {one.referenced, one.referencing} <= set(dynamics.crm.tables)
    ]
    register = dynamics.connect()
    assert {item.kind for item in register.items()} == {ItemKind.TASK, ItemKind.MEETING, ItemKind.OTHER}
    assert any("pass on opportunity" in one for one in register.health().cannot)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "http://localhost:1"}, "url"),
        ({"url": "https://acme.crm.dynamics.com.evil.example"}, "url"),
        ({"client_secret": "plain"}, "client_secret"),
        ({"client_secret": None}, "exactly one"),
        ({"client_id": None}, "client_id"),
        ({"fields": {"nothing": "x"}}, "fields"),
        ({"fields": {"value": "a b"}}, "fields"),
    ],
)
def test_wrong_settings_are_named(dynamics: Dynamics, change: dict[str, Any], told: str):
    with pytest.raises(ValidationError, match=told):
        dataverse.Settings.model_validate(dynamics.settings | change)


def test_a_secret_is_in_no_message(dynamics: Dynamics, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATAVERSE_SECRET", "wrong-7f3a")
    other = str(dynamics.crm.ca_file.parent / "dataverse-ca.crt")
    with pytest.raises(Denied) as refused:
        dynamics.connect(ca_file=other, timeout=6)
    assert "wrong-7f3a" not in f"{refused.value} {refused.value.hint}"
