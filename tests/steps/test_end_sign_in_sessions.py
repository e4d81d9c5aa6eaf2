"""Ending sign-in sessions, where a system counts them, and where it only says since when they may date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.change import Change, Phase
from offboard.domain.holdings import SignInSessions
from offboard.engine.moves import Move, decide
from offboard.steps import step_class
from offboard.steps.end_sign_in_sessions import ENDED, EndSignInSessions

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure

OLD, LATER = "2026-01-05T17:00:00Z", "2026-12-01T17:00:01.5Z"
SOME = {"open": "some"}
BY_COUNT = {"open": ENDED}
BY_TIME = {"open": ENDED, "later_than": OLD}


class Gate:
    """Keeps people signed in."""

    name = "office"

    def __init__(self, is_open: State) -> None:
        self.is_open = is_open

    def sign_in_sessions(self, account_id: str) -> State:
        return {"open": self.is_open} if account_id == "uuid-ann" else None

    def end_sign_in_sessions(self, account_id: str) -> None:
        assert account_id == "uuid-ann"
        self.is_open = LATER if isinstance(self.is_open, str) else 0


@pytest.fixture
def step() -> EndSignInSessions:
    return EndSignInSessions(house=None)


@pytest.mark.parametrize(
    ("is_open", "after"), [(3, BY_COUNT), (0, BY_COUNT), (OLD, BY_TIME), ("", {"open": ENDED, "later_than": ""})]
)
def test_the_end_is_planned_whatever_is_open_today_and_shows(
    step: EndSignInSessions, departure: Departure, is_open: State, after: State
):
    gate = Gate(is_open)
    (wish,) = step.plan(departure, step.observe(departure, gate), {})
    assert (wish.target, wish.label, wish.before, wish.after) == ("uuid-ann", "open sessions of ann", SOME, after)
    assert wish.one_way
    assert step.standing
    assert step.harmless
    step.write(departure, gate, wish.target, wish.before)
    assert gate.is_open == is_open, "backwards nothing is done"
    step.write(departure, gate, wish.target, wish.after)
    assert step.holds(step.observe(departure, gate)[wish.target], wish.after)


@pytest.mark.parametrize(
    ("found", "wanted", "holds"),
    [
        ({"open": 3}, SOME, True),
        ({"open": 0}, SOME, False),
        ({"open": 3}, BY_COUNT, False),
        ({"open": 0}, BY_COUNT, True),
        (None, BY_COUNT, True),
        (None, SOME, False),
        ({"open": OLD}, SOME, True),
        ({"open": LATER}, SOME, True),
        ({"open": OLD}, BY_TIME, False),
        ({"open": "2026-01-05T17:00:00.000Z"}, BY_TIME, False),
        ({"open": "2026-01-05T18:00:00+01:00"}, BY_TIME, False),
        ({"open": "2026-01-05T17:00:00.0010000Z"}, BY_TIME, True),
        ({"open": LATER}, BY_TIME, True),
        ({"open": ""}, BY_TIME, False),
        ({"open": OLD}, {"open": ENDED, "later_than": ""}, True),
        ({"open": ""}, {"open": ENDED, "later_than": ""}, False),
    ],
)
def test_what_counts_as_ended(step: EndSignInSessions, found: Any, wanted: Any, holds: bool):
    assert step.holds(found, wanted) is holds


@pytest.mark.parametrize(
    ("found", "after", "intended", "move"),
    [
        ({"open": LATER}, BY_TIME, False, Move.WRITE),
        ({"open": LATER}, BY_TIME, True, Move.DONE),
        ({"open": OLD}, BY_TIME, True, Move.WRITE),
        ({"open": 0}, BY_COUNT, False, Move.ALREADY),
        ({"open": 2}, BY_COUNT, False, Move.WRITE),
    ],
)
def test_that_sessions_were_ended_before_saves_none_from_being_ended(
    step: EndSignInSessions, found: Any, after: Any, intended: bool, move: Move
):
    change = Change("c001", Phase.SECURE, "end_sign_in_sessions", "office", "a", "a", before=SOME, after=after, why="…")
    assert decide(change, found, holds=step.holds, intended=intended, unclear=False) is move


def test_it_is_found_by_its_word_and_says_what_it_needs():
    assert step_class("end_sign_in_sessions") is EndSignInSessions
    assert EndSignInSessions.needs == (SignInSessions,)
    assert isinstance(Gate(0), SignInSessions)


def test_who_has_no_account_there_has_no_session(step: EndSignInSessions, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Gate(3)) == {}
    gone = replace(departure, accounts={"office": replace(departure.leaver, id="uuid-gone")})
    assert step.observe(gone, Gate(3)) == {}
