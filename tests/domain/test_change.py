"""Changes and outcomes as data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from offboard.domain.canonical import canonical_bytes
from offboard.domain.change import SETTLED, Change, Effect, Outcome, Phase, Result

CHANGE = Change(
    id="c007", phase=Phase.SECURE, step="leave_groups", system="office", target="uuid-vpn", label="vpn",
    before={"listed": ["ann"]}, after=None, why="Ann Lee leaves.", one_way=None,
)  # fmt: skip


def test_the_phases_always_come_in_this_order() -> None:
    assert [phase.value for phase in Phase] == ["secure", "hand_over", "inform"]


@pytest.mark.parametrize("state", [None, "text", 0, False, [], {"a": [1, {"b": None}]}])
@pytest.mark.parametrize("one_way", [None, "It was sent."])
def test_a_change_survives_being_stored(state: Any, one_way: str | None) -> None:
    change = replace(CHANGE, before=state, one_way=one_way)

    assert Change.from_json(json.loads(canonical_bytes(change.to_json()))) == change


def test_the_printed_shape_of_a_change() -> None:
    # The design fixes these; more may come.
    assert CHANGE.to_json().keys() >= {
        "id", "phase", "step", "system", "target", "before", "after", "why", "one_way",
    }  # fmt: skip
    assert CHANGE.to_json()["phase"] == "secure"


def test_a_reversed_change_puts_back_exactly_what_was_there() -> None:
    back = CHANGE.reversed()

    assert (back.before, back.after) == (CHANGE.after, CHANGE.before)
    assert (back.step, back.system, back.target, back.phase) == ("leave_groups", "office", "uuid-vpn", Phase.SECURE)
    assert "c007" in back.why
    assert back.reversed().before == CHANGE.before


def test_what_nobody_has_to_look_at_again() -> None:
    settled = {result for result in Result if Outcome("c001", result, Effect.REQUESTED).settled}

    assert settled == SETTLED == {Result.DONE, Result.ALREADY, Result.DECLINED}


def test_an_outcome_is_told_in_words_and_whole_numbers() -> None:
    outcome = Outcome(
        "c001", Result.FAILED, Effect.ACCEPTED, "no answer", "try again", None, milliseconds=12, attempts=3
    )

    told = json.loads(canonical_bytes(outcome.to_json()))

    assert told["result"] == "failed"
    assert told["effect"] == "accepted"
    assert (told["milliseconds"], told["attempts"], told["error"]) == (12, 3, "no answer")
