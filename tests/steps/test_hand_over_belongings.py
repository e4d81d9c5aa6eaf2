"""Handing belongings over: what is the leaver's goes to the successor, or is listed with who has to act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Directory, Membership
from offboard.domain.holdings import Belongings
from offboard.steps import step_class
from offboard.steps.hand_over_belongings import HandOverBelongings
from tests.steps.memory import People, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Estate(People):
    """Knows who owns what; a thing is never left without any owner."""

    def __init__(self, owners: dict[str, set[str]], beyond: str = "", people: Any = None) -> None:
        super().__init__(people)
        self.owners = {thing: set(who) for thing, who in owners.items()}
        self.reason = beyond

    def belongings(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        return {
            thing: Membership(
                f"the {thing}", {"leaver": account_id in who, "successor": successor_id in who}, beyond=self.reason
            )
            for thing, who in self.owners.items()
            if {account_id, successor_id} & who
        }

    def set_belonging(self, account_id: str, successor_id: str, thing_id: str, state: State) -> None:
        assert isinstance(state, dict)
        assert state.keys() == {"leaver", "successor"}
        wanted = ((successor_id, state["successor"]), (account_id, state["leaver"]))
        for who, owns in sorted(wanted, key=lambda one: not one[1]):
            (self.owners[thing_id].add if owns else self.owners[thing_id].discard)(who)
            assert self.owners[thing_id]


OWNED = {
    "team": {"uuid-ann"},
    "app": {"uuid-ann", "uuid-joe"},
    "list": {"uuid-joe"},
    "board": {"uuid-ann", "uuid-eve"},
    "other": {"uuid-eve"},
}


@pytest.fixture
def step() -> HandOverBelongings:
    return HandOverBelongings(house=None)


def test_what_is_the_leavers_is_the_successors_and_goes_back_exactly(step: HandOverBelongings, departure: Departure):
    estate = Estate(OWNED)
    wishes = there_and_back(step, departure, estate)
    assert [wish.label for wish in wishes] == ["the team", "the app", "the board"]
    assert [(wish.before["owner"], wish.after["owner"]) for wish in wishes] == [
        ("Ann Lee", "Joe Fox"), ("Ann Lee, Joe Fox", "Joe Fox"), ("Ann Lee", "Joe Fox"),
    ]  # fmt: skip
    assert wishes[0].why == "Ann Lee owns this and leaves; Joe Fox takes it over."
    assert estate.owners == OWNED


def test_afterwards_nothing_is_the_leavers(step: HandOverBelongings, departure: Departure):
    estate = Estate(OWNED)
    for wish in step.plan(departure, step.observe(departure, estate), {}):
        step.write(departure, estate, wish.target, wish.after)
    assert not any("uuid-ann" in who for who in estate.owners.values())
    assert "uuid-eve" in estate.owners["board"], "other owners stay"


@pytest.mark.parametrize(
    ("named", "people", "says"),
    [
        (False, None, "nobody takes over from the leaver"),
        (True, ["ann"], "Joe Fox has no account in office"),
        (True, ["joe", "joe"], "Joe Fox has more than one account in office"),
    ],
)
def test_without_a_successor_there_each_thing_is_listed_with_who_must_act(
    step: HandOverBelongings, departure: Departure, named: bool, people: list[str] | None, says: str
):
    leaving = departure if named else replace(departure, successor=None)
    snapshot = step.observe(leaving, Estate(OWNED, people=people))
    assert list(step.plan(leaving, snapshot, {})) == []
    listed = list(step.beyond(leaving, snapshot, {}))
    assert [line.partition(":")[0] for line in listed] == ["the team", "the app", "the board"]
    assert all(says in line for line in listed)


def test_a_namesake_is_not_the_successor(step: HandOverBelongings, departure: Departure):
    estate = Estate(OWNED)
    ann, joe, _ = estate.people
    estate.people = [ann, replace(joe, login="joe2", mail="", employee_number="77")]
    snapshot = step.observe(departure, estate)
    assert list(step.plan(departure, snapshot, {})) == []
    assert "no account" in next(step.beyond(departure, snapshot))


def test_what_the_system_does_not_let_us_hand_over_is_listed(step: HandOverBelongings, departure: Departure):
    estate = Estate(OWNED, beyond="it is synced; change it in the directory that it comes from")
    snapshot = step.observe(departure, estate)
    assert list(step.plan(departure, snapshot, {})) == []
    assert [line.partition(":")[0] for line in step.beyond(departure, snapshot)] == ["the team", "the app", "the board"]


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"leaver": True, "successor": False, "to": "a"}, {"leaver": True, "successor": False, "to": "b"}, True),
        ({"leaver": True, "successor": True, "to": "a"}, {"leaver": True, "successor": False, "to": "a"}, False),
        ({"leaver": False, "successor": True, "to": "a"}, None, False),
    ],
)
def test_only_who_owns_it_is_compared(step: HandOverBelongings, found: Any, wanted: Any, same: bool):
    one, other = ({"name": name, "held": held} if held else None for name, held in (("x", found), ("y", wanted)))
    assert step.holds(one, other) is same


def test_it_is_found_by_its_word_and_says_what_it_needs(step: HandOverBelongings, departure: Departure):
    assert step_class("hand_over_belongings") is HandOverBelongings
    assert HandOverBelongings.needs == (Belongings, Directory)
    assert isinstance(Estate({}), Belongings)
    assert isinstance(Estate({}), Directory)
    assert step.observe(replace(departure, accounts={}), Estate(OWNED)) == {}
