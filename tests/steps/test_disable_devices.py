"""Disabling devices: none is removed, and each can be enabled again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import Devices
from offboard.steps import step_class
from offboard.steps.disable_devices import DisableDevices
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Fleet(Memory):
    """Trusts devices."""

    def devices(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_device(self, account_id: str, device_id: str, state: State) -> None:
        self.bring(account_id, device_id, state)


@pytest.fixture
def step() -> DisableDevices:
    return DisableDevices(house=None)


HELD = {
    "d1": Membership("LAPTOP-17", {"enabled": True}),
    "d2": Membership("old phone", {"enabled": False}),
    "d3": Membership("Pixel", {"enabled": True}, note="Others sign in on it as well."),
}


def test_what_is_enabled_is_disabled_and_comes_back(step: DisableDevices, departure: Departure):
    system = Fleet(dict(HELD))
    wishes = there_and_back(step, departure, system)
    assert [wish.label for wish in wishes] == ["LAPTOP-17", "Pixel"]
    assert wishes[0].before == {"name": "LAPTOP-17", "held": {"enabled": True}, "trusted": True}
    assert wishes[0].after == {"name": "LAPTOP-17", "held": {"enabled": False}, "trusted": False}
    assert wishes[1].why.endswith("Others sign in on it as well.")
    assert system.journal == [
        ("d1", {"enabled": False}), ("d3", {"enabled": False}), ("d3", {"enabled": True}), ("d1", {"enabled": True}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"name": "a", "held": {"enabled": True}, "trusted": True}, {"name": "b", "held": {"enabled": True}}, True),
        ({"name": "a", "held": {"enabled": True}}, {"name": "a", "held": {"enabled": False}}, False),
        (None, {"name": "a", "held": {"enabled": False}}, False),
    ],
)
def test_only_whether_it_is_enabled_is_compared(step: DisableDevices, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


def test_a_device_that_is_kept_stays_trusted(step: DisableDevices, departure: Departure):
    snapshot = step.observe(departure, Fleet(dict(HELD)))
    assert [wish.label for wish in step.plan(departure, snapshot, {"keep": ["pixel"]})] == ["LAPTOP-17"]


def test_it_is_found_by_its_word_and_says_what_it_needs(step: DisableDevices):
    assert step_class("disable_devices") is DisableDevices
    assert DisableDevices.needs == (Devices,)
    assert isinstance(Fleet(), Devices)
    assert set(DisableDevices.options) == set(DisableDevices.accepts) == {"keep"}
    assert step.independent is True


def test_a_leaver_without_an_account_there_holds_nothing(step: DisableDevices, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Fleet(dict(HELD))) == {}
