"""Removing sign-in methods: the default one last, and only some come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import SignInMethods
from offboard.steps import step_class
from offboard.steps.remove_sign_in_methods import RemoveSignInMethods
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Doors(Memory):
    """Refuses to remove the default method while there are others."""

    def sign_in_methods(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_sign_in_method(self, account_id: str, method_id: str, state: State) -> None:
        self.bring(account_id, method_id, state)


@pytest.fixture
def step() -> RemoveSignInMethods:
    return RemoveSignInMethods(house=None)


GONE = "Only the owner of this app can register it again."
HELD = {
    "m1": Membership("phone +44 …123", {"kind": "phone", "number": "+44 117 496 0123"}),
    "m2": Membership("Authenticator on Pixel", {"kind": "app"}, one_way=GONE, note="It is the default."),
}


def test_the_default_comes_last_and_what_can_be_registered_again_comes_back(
    step: RemoveSignInMethods, departure: Departure
):
    system = Doors(dict(HELD))
    phone, app = there_and_back(step, departure, system)
    assert (phone.one_way, app.one_way) == (None, GONE)
    assert [key for key, _ in system.journal] == ["m1", "m2", "m1"]
    assert system.journal[-1] == ("m1", HELD["m1"].state)
    assert app.why.endswith("It is the default.")
    assert not step.harmless, "an urgent start may not do it unapproved"


@pytest.mark.parametrize(("options", "left"), [({}, ["m1", "m2"]), ({"keep": ["PHONE +44 …123"]}, ["m2"])])
def test_what_the_playbook_keeps_is_kept(
    step: RemoveSignInMethods, departure: Departure, options: dict[str, Any], left: list[str]
):
    snapshot = step.observe(departure, Doors(dict(HELD)))
    assert [wish.target for wish in step.plan(departure, snapshot, options)] == left


def test_a_method_of_an_unknown_kind_is_for_people(step: RemoveSignInMethods, departure: Departure):
    system = Doors({"m3": Membership("a new kind", {}, beyond="we do not know how; an administrator removes it")})
    snapshot = step.observe(departure, system)
    assert list(step.plan(departure, snapshot, {})) == []
    assert list(step.beyond(departure, snapshot)) == ["a new kind: we do not know how; an administrator removes it"]


def test_it_is_found_by_its_word_and_says_what_it_needs(step: RemoveSignInMethods):
    assert step_class("remove_sign_in_methods") is RemoveSignInMethods
    assert RemoveSignInMethods.needs == (SignInMethods,)
    assert isinstance(Doors(), SignInMethods)
    assert set(RemoveSignInMethods.options) == set(RemoveSignInMethods.accepts) == {"keep"}
    assert step.independent is False


def test_a_leaver_without_an_account_there_holds_nothing(step: RemoveSignInMethods, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Doors(dict(HELD))) == {}
