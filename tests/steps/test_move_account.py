"""Moving the account: to the place that the playbook names, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.holdings import Placement
from offboard.steps import step_class
from offboard.steps.move_account import MoveAccount
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure

STAFF, LEFT = "OU=Staff,DC=corp,DC=test", "OU=Left,DC=corp,DC=test"


class Tree:
    """Keeps accounts in places."""

    name = "office"

    def __init__(self, place: str | None) -> None:
        self.place = place

    def placement(self, account_id: str) -> State:
        return {"in": self.place} if self.place and account_id == "uuid-ann" else None

    def set_placement(self, account_id: str, state: State) -> None:
        assert account_id == "uuid-ann"
        assert isinstance(state, dict)
        self.place = str(state["in"])


@pytest.fixture
def step() -> MoveAccount:
    return MoveAccount(house=None)


def test_the_account_is_moved_and_comes_back(step: MoveAccount, departure: Departure):
    tree = Tree(STAFF)
    (wish,) = there_and_back(step, departure, tree, {"to": LEFT})
    assert (wish.target, wish.label, wish.before, wish.after) == ("uuid-ann", "ann", {"in": STAFF}, {"in": LEFT})
    assert tree.place == STAFF


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LEFT, "ou=left,dc=CORP,dc=test", True),
        (LEFT, "OU=Left, DC=corp , DC = test", True),
        (LEFT, STAFF, False),
        ("OU=Left\\, gone,DC=corp", "OU=Left\\,gone,DC=corp", False),
        (LEFT, "OU=Left,OU=Left,DC=corp,DC=test", False),
    ],
)
def test_a_place_is_the_same_however_it_is_written(step: MoveAccount, one: str, other: str, same: bool):
    assert step.holds({"in": one}, {"in": other}) is same


@pytest.mark.parametrize("place", [None, LEFT, LEFT.lower()])
def test_nothing_is_planned_where_nothing_is_to_do(step: MoveAccount, departure: Departure, place: str | None):
    assert list(step.plan(departure, step.observe(departure, Tree(place)), {"to": LEFT})) == []


def test_it_is_found_by_its_word_and_cannot_do_without_a_place(step: MoveAccount, departure: Departure):
    assert step_class("move_account") is MoveAccount
    assert MoveAccount.needs == (Placement,)
    assert isinstance(Tree(None), Placement)
    to: Any = MoveAccount.accepts["to"]
    assert to.required
    assert to.fault("")
    assert step.observe(replace(departure, accounts={}), Tree(STAFF)) == {}
