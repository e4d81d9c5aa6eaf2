"""What is written and out of our hands: it holds nothing up, is looked at again, and is never taken for done."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import typer

from offboard.commands.departures import exit_as_it_stands
from offboard.commands.words import show_in_words
from offboard.domain.change import Change, Phase
from offboard.engine.deciding import settle
from offboard.engine.driving import carry_out
from offboard.engine.due import look_soon, to_carry_out, to_try_again
from offboard.engine.moves import Move, decide
from offboard.engine.showing import show
from offboard.engine.verifying import verify
from offboard.errors import Unreachable
from tests.engine.asking import approve_letters, failing_at, outcomes, status
from tests.engine.desk import TWO_DAYS, change, entries, with_desk

if TYPE_CHECKING:
    from tests.engine.conftest import Company

CHANGE = Change("c001", Phase.SECURE, "close_things", "desk", "t", "t", before="open", after="shut", why="because")


@pytest.mark.parametrize(
    ("found", "waits", "waited", "turns", "move"),
    [
        ("asked", True, False, False, Move.WAIT),
        ("asked", True, True, False, Move.WAIT),
        ("open", True, False, False, Move.WRITE),
        ("open", True, True, False, Move.WAIT),
        ("shut", True, True, True, Move.ALREADY),
        ("asked", False, False, True, Move.WRITE),
        ("other", False, True, False, Move.DRIFTED),
    ],
)
def test_what_is_on_its_way(found: str, waits: bool, waited: bool, turns: bool, move: Move) -> None:
    holds = lambda one, other: one == other  # noqa: E731 - the default of a step
    told = {"intended": False, "unclear": False, "waits": waits, "waited": waited, "turns": turns}
    assert decide(CHANGE, found, holds=holds, **told) is move


def test_it_is_residual_until_its_time_and_holds_nothing_up(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    began = time.monotonic()

    carry_out(company.office, number)

    card = change(company, number)
    assert (card["outcome"], card["effect"]) == ("parked", "residual")
    assert card["residual_until"] == desk.until
    assert card["error"] == "Bob was asked to shut it"
    assert desk.journal == [("card", "shut"), ("key", "shut")]
    assert outcomes(company, number)["reassign_clients/C1"] == "done", "what comes later does not wait for it"
    assert status(company, number) == "informing"
    assert show(company.office, number)["clock"]["secured"] is None, "the doors are not all shut"
    assert time.monotonic() - began < 5
    approve_letters(company, number)
    carry_out(company.office, number)
    assert status(company, number) == "informing", "it keeps the departure open"


def test_verify_says_that_access_is_left(company: Company) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)

    verified = verify(company.office, number)

    assert [(left.change.target, left.found) for left in verified.left] == [("card", {"is": "asked"})]
    assert not verified.holds


def test_it_is_looked_at_every_hour_and_quietly(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    assert to_try_again(company.office) == to_carry_out(company.office) == []
    told = entries(company, number)

    for _ in range(3):
        company.wait(minutes=59)
        assert to_try_again(company.office) == []
        company.wait(minutes=1)
        assert to_try_again(company.office) == [number]
        carry_out(company.office, number)

    assert entries(company, number) == told
    assert len(desk.journal) == 2
    assert to_carry_out(company.office) == []


def test_it_is_done_as_soon_as_somebody_says_so(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    carry_out(company.office, number)
    desk.held["card"] = "shut"
    assert to_try_again(company.office) == []

    look_soon(company.office, number)

    assert to_try_again(company.office) == [number]
    carry_out(company.office, number)
    assert change(company, number)["effect"] == "effective"
    assert status(company, number) == "closed"
    shown = show(company.office, number)
    assert shown["clock"]["secured"] is not None
    assert to_try_again(company.office) == to_carry_out(company.office) == []
    assert verify(company.office, number).holds


def test_overdue_it_wants_attention_and_holds_letters_up(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    company.time = TWO_DAYS - timedelta(minutes=30)
    carry_out(company.office, number)
    assert status(company, number) == "informing"
    assert outcomes(company, number)["reassign_clients/C1"] == "done"
    company.wait(minutes=30)
    assert to_try_again(company.office) == [number]

    carry_out(company.office, number)

    assert status(company, number) == "attention"
    assert change(company, number)["effect"] == "residual"
    approve_letters(company, number)
    carry_out(company.office, number)
    assert company.systems.outbox.sent == []
    told = entries(company, number)
    company.wait(hours=1)
    assert to_try_again(company.office) == [number]
    carry_out(company.office, number)
    assert entries(company, number) == told
    desk.held["card"] = "shut"
    carry_out(company.office, number)
    assert len(company.systems.outbox.sent) == 2
    assert status(company, number) == "closed"


def test_more_time_given_is_told_and_ends_the_attention(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    company.time = TWO_DAYS
    carry_out(company.office, number)
    assert status(company, number) == "attention"
    desk.until = "2026-12-24T12:00:00.000Z"

    carry_out(company.office, number)

    assert change(company, number)["residual_until"] == desk.until
    assert status(company, number) == "informing"


def test_turned_back_by_somebody_it_is_written_again(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    desk.held["card"], desk.slow = "open", set()

    carry_out(company.office, number)

    assert desk.journal.count(("card", "shut")) == 2
    assert change(company, number)["outcome"] == "done"


def test_a_system_that_is_silent_meanwhile_changes_nothing_but_is_said(company: Company) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    company.systems.down = {"desk"}

    carry_out(company.office, number)

    card = change(company, number)
    assert (card["outcome"], card["effect"]) == ("parked", "residual")
    assert "does not answer" in card["error"]
    assert status(company, number) == "informing"
    company.systems.down = set()
    carry_out(company.office, number)
    assert change(company, number)["error"] == "Bob was asked to shut it"


def test_what_failed_before_it_waited_counts_its_tries_anew(company: Company) -> None:
    desk = with_desk(company, slow={"card"})
    number = company.approved()
    company.systems.fault = failing_at("set_thing", Unreachable("no answer", system="desk"))
    carry_out(company.office, number)
    company.systems.fault = lambda *_: None
    carry_out(company.office, number)
    known = company.office.store.outcomes.of(company.office.store.plans.every(number)[0].plan.digest)
    assert known[change(company, number)["id"]].attempts == 1
    desk.held["card"] = "open"
    company.systems.fault = failing_at("set_thing", Unreachable("no answer", system="desk"))

    carry_out(company.office, number)

    card = change(company, number)
    assert (card["outcome"], card["effect"]) == ("failed", "requested")
    assert status(company, number) == "attention"


def test_a_person_closes_it_with_a_reason(company: Company) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    approve_letters(company, number)
    carry_out(company.office, number)
    assert to_carry_out(company.office) == []

    settle(company.office, number, change(company, number)["id"], "dave@corp.test", "the card expired")

    assert to_carry_out(company.office) == [number]
    carry_out(company.office, number)
    assert status(company, number) == "closed"
    company.wait(days=3)
    assert to_try_again(company.office) == to_carry_out(company.office) == []


def test_what_waits_is_no_failure_for_whoever_asks_how_it_went(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)

    exit_as_it_stands(company.firm, number)

    show_in_words(show(company.office, number))
    assert "Waiting: c001 until 3 December 2026, 17:00:00 UTC: Bob was asked to shut it" in capsys.readouterr().out
    company.time = TWO_DAYS
    with pytest.raises(typer.Exit) as ended:
        exit_as_it_stands(company.firm, number)
    assert ended.value.exit_code == 1
    assert "Bob was asked to shut it" in capsys.readouterr().err
    carry_out(company.office, number)
    show_in_words(show(company.office, number))
    assert "Next: look at c001" in capsys.readouterr().out


def test_what_waits_for_a_silent_system_is_said_by_the_exit_code(company: Company) -> None:
    with_desk(company, slow={"card"})
    number = company.approved()
    carry_out(company.office, number)
    company.systems.down = {"desk"}
    carry_out(company.office, number)

    with pytest.raises(typer.Exit) as ended:
        exit_as_it_stands(company.firm, number)

    assert ended.value.exit_code == 3
