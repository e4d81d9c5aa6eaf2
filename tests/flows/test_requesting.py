"""The one parameter of planning: what the run form and events may say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from flows.requesting import DepartureRequest, playbook_names

if TYPE_CHECKING:
    from pathlib import Path

SUMMER = datetime(2026, 7, 31, 16, 0, tzinfo=UTC)
SETTINGS = """
[company]
name = "Corp"
domains = ["corp.test"]
playbooks = "ours"
"""


@pytest.mark.parametrize(
    "moment",
    [
        {"last_moment": "2026-07-31T17:00:00+01:00"},
        {"last_moment": "2026-07-31T16:00:00Z"},
        {"last_moment": "2026-07-31T17:00", "time_zone": "Europe/London"},
        {"last_moment": "2026-07-31T18:00", "time_zone": "Europe/Berlin"},
    ],
)
def test_a_moment_is_one_instant(moment: dict[str, str]):
    asked = DepartureRequest.model_validate({"person": " ann ", **moment})

    assert asked.last_moment == SUMMER
    assert asked.person == "ann"
    assert asked.playbook == "employee"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"person": "ann", "last_moment": "2026-07-31T17:00"}, "timezone"),
        ({"person": "ann", "last_moment": "2026-07-31"}, "last_moment"),
        ({"person": "ann", "last_moment": "2026-07-31T17:00", "time_zone": "Middle/Earth"}, "unknown"),
        ({"person": "ann", "last_moment": "2026-10-25T01:30", "time_zone": "Europe/London"}, "clocks change"),
        ({"person": "  ", "last_moment": "2026-07-31T16:00Z"}, "person"),
        ({"person": "x" * 400, "last_moment": "2026-07-31T16:00Z"}, "person"),
        ({"last_moment": "2026-07-31T16:00Z"}, "person"),
        ("ann", "dict"),
    ],
)
def test_what_is_wrong_is_named(request_: object, told: str):
    with pytest.raises(ValidationError, match=told):
        DepartureRequest.model_validate(request_)


def test_an_hr_system_may_send_more_than_we_need():
    DepartureRequest.model_validate({"person": "ann", "last_moment": "2026-07-31T16:00Z", "cost_centre": 7})


def test_nobody_proved_who_asks():
    asked = DepartureRequest.model_validate({"person": "ann", "last_moment": "2026-07-31T16:00Z", "successor": "joe"})

    request = asked.to_request("Europe/London")

    assert (request.asked_by, request.successor, request.timezone) == ("", "joe", "Europe/London")


def test_the_form_offers_the_shipped_playbooks_and_the_companys_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OFFBOARD_CONFIG", str(tmp_path / "offboard.toml"))
    assert playbook_names() == ["employee", "contractor", "employee_with_property", "urgent"]
    (tmp_path / "offboard.toml").write_text(SETTINGS)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "apprentice.yaml").write_text("playbook: apprentice\n")

    assert playbook_names() == ["employee", "apprentice", "contractor", "employee_with_property", "urgent"]
