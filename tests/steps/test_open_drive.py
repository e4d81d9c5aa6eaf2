"""Opening the drive: the successor is let in until a date, and access that ended by itself is as it was wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Directory, House, Membership
from offboard.domain.holdings import Drives
from offboard.steps import step_class
from offboard.steps.open_drive import OpenDrive
from tests.steps.memory import People, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure

MOMENT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
NONE = {"access": "none", "until": ""}
UNTIL = "2026-12-31T17:00:00.000Z"


class Cabinet(People):
    """Keeps files; it writes instants to the second, as other people's systems do."""

    def __init__(self, access: dict[str, Any]) -> None:
        super().__init__()
        self.access: dict[str, Any] = dict(access)

    def drive_access(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        held = self.access if successor_id == "uuid-joe" else NONE
        return {"drive1": Membership(f"files of {account_id}", dict(held))}

    def set_drive_access(self, account_id: str, successor_id: str, drive_id: str, state: State) -> None:
        assert (account_id, successor_id, drive_id) == ("uuid-ann", "uuid-joe", "drive1")
        assert isinstance(state, dict)
        assert state.keys() == {"access", "until"}
        self.access = {"access": state["access"], "until": str(state["until"]).replace(".000Z", "Z")}


@pytest.fixture
def step(house: House) -> OpenDrive:
    return OpenDrive(replace(house, now=lambda: MOMENT))


@pytest.mark.parametrize(
    ("options", "until"),
    [({}, UNTIL), ({"days": 30}, UNTIL), ({"days": 1}, "2026-12-02T17:00:00.000Z")],
)
def test_the_successor_is_let_in_until_a_date_and_out_by_an_undo(
    step: OpenDrive, departure: Departure, options: dict[str, Any], until: str
):
    cabinet = Cabinet(NONE)
    (wish,) = there_and_back(step, departure, cabinet, options)
    assert wish.after["held"] == {"access": "write", "until": until, "to": "uuid-joe"}
    assert (wish.before["open to"], wish.after["open to"]) == ("nobody else", f"Joe Fox (write) until {until[:10]}")
    assert f"ends by itself on {until[:10]}." in wish.why
    assert wish.one_way is None
    assert cabinet.access == NONE


def test_a_moment_long_past_counts_from_the_request(step: OpenDrive, departure: Departure):
    late = replace(departure, requested_at=MOMENT + timedelta(days=100))
    (wish,) = step.plan(late, step.observe(late, Cabinet(NONE)), {})
    assert wish.after["held"]["until"] == "2027-04-10T17:00:00.000Z"


@pytest.mark.parametrize(
    ("access", "planned"),
    [
        ({"access": "read", "until": ""}, True),
        ({"access": "write", "until": "2026-12-05T00:00:00Z"}, True),
        ({"access": "write", "until": ""}, False),
        ({"access": "write", "until": "2027-12-05T00:00:00Z"}, False),
        ({"access": "write", "until": "2026-12-31T17:00:00Z"}, False),
    ],
)
def test_access_that_is_there_for_longer_is_not_cut_short(
    step: OpenDrive, departure: Departure, access: dict[str, Any], planned: bool
):
    assert bool(list(step.plan(departure, step.observe(departure, Cabinet(access)), {}))) is planned


@pytest.mark.parametrize(
    ("found", "days_later", "holds"),
    [
        ({"access": "write", "until": "2026-12-31T17:00:00Z"}, 1, True),
        ({"access": "write", "until": "2026-12-31T17:00:00.4Z"}, 1, True),
        ({"access": "write", "until": ""}, 1, False),
        ({"access": "read", "until": "2026-12-31T17:00:00Z"}, 1, False),
        (NONE, 1, False),
        (NONE, 29, False),
        (NONE, 30, True),
        (NONE, 300, True),
        ({"access": "write", "until": ""}, 300, False),
        (None, 300, False),
    ],
)
def test_what_ended_on_its_date_is_as_it_was_wanted(house: House, found: Any, days_later: int, holds: bool):
    step = OpenDrive(replace(house, now=lambda: MOMENT + timedelta(days=days_later)))
    wanted = {"name": "x", "held": {"access": "write", "until": UNTIL, "to": "uuid-joe"}}
    assert step.holds({"name": "y", "held": found} if found else None, wanted) is holds


def test_without_a_successor_somebody_has_to_look_after_the_files(step: OpenDrive, departure: Departure):
    alone = replace(departure, successor=None)
    snapshot = step.observe(alone, Cabinet(NONE))
    assert list(step.plan(alone, snapshot, {})) == []
    (line,) = step.beyond(alone, snapshot, {})
    assert line.startswith("files of uuid-ann: nobody takes over")


@pytest.mark.parametrize("days", [0, -1, 4000, "soon", True, "30"])
def test_a_number_of_days_that_is_none_is_refused(days: Any):
    assert OpenDrive.accepts["days"].fault(days)
    assert OpenDrive.accepts["days"].fault(30) is None


def test_it_is_found_by_its_word_and_says_what_it_needs(step: OpenDrive, departure: Departure):
    assert step_class("open_drive") is OpenDrive
    assert OpenDrive.needs == (Drives, Directory)
    assert isinstance(Cabinet(NONE), Drives)
    assert step.observe(replace(departure, accounts={}), Cabinet(NONE)) == {}
