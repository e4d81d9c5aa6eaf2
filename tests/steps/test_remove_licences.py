"""Removing licences: those given directly; those by a group leave with the group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import Licences
from offboard.steps import step_class
from offboard.steps.remove_licences import RemoveLicences
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Shop(Memory):
    """Gives licences."""

    def licences(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_licence(self, account_id: str, licence_id: str, state: State) -> None:
        self.bring(account_id, licence_id, state)


@pytest.fixture
def step() -> RemoveLicences:
    return RemoveLicences(house=None)


HELD = {
    "l1": Membership("Business Premium", {"disabledPlans": ["p9"]}, note="The mailbox goes 30 days later."),
    "l2": Membership("Visio", {"disabledPlans": []}),
    "l3": Membership("Teams Phone", {}, beyond="it comes with the group telephony, and leaves with it"),
}


def test_direct_licences_are_taken_and_come_back_with_their_plans(step: RemoveLicences, departure: Departure):
    system = Shop(dict(HELD))
    wishes = there_and_back(step, departure, system)
    assert [wish.label for wish in wishes] == ["Business Premium", "Visio"]
    assert "30 days" in wishes[0].why
    assert system.journal[-1] == ("l1", {"disabledPlans": ["p9"]})


@pytest.mark.parametrize(("options", "listed"), [({}, 1), ({"keep": ["teams phone"]}, 0)])
def test_those_by_a_group_are_listed(step: RemoveLicences, departure: Departure, options: dict[str, Any], listed: int):
    snapshot = step.observe(departure, Shop(dict(HELD)))
    assert len(list(step.beyond(departure, snapshot, options))) == listed


def test_it_is_found_by_its_word_and_says_what_it_needs(step: RemoveLicences):
    assert step_class("remove_licences") is RemoveLicences
    assert RemoveLicences.needs == (Licences,)
    assert isinstance(Shop(), Licences)
    assert set(RemoveLicences.options) == set(RemoveLicences.accepts) == {"keep"}
    assert step.independent is False


def test_a_leaver_without_an_account_there_holds_nothing(step: RemoveLicences, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Shop(dict(HELD))) == {}
