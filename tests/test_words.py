"""What a plan does not cover, in as few lines as say it; and states without what only systems read."""

from __future__ import annotations

from typing import Any

import pytest

from offboard.commands.words import difference, gaps_in_words

NOBODY = "no account there"


def gap(step: str, system: str | None = None, reason: str = "no configured system can do this") -> dict[str, Any]:
    return {"step": step, "system": system, "reason": reason}


@pytest.mark.parametrize(
    ("gaps", "lines"),
    [
        ([], []),
        (
            [gap("leave_roles"), gap("open_drive"), gap("leave_roles")],
            ["\nNot needed here, since no configured system does it: leave_roles, open_drive"],
        ),
        (
            [gap("leave_roles", "cloud", NOBODY), gap("open_drive"), gap("end_shares", "cloud", NOBODY)],
            [
                "\nNot covered:",
                f"  leave_roles, end_shares on cloud: {NOBODY}",
                "\nNot needed here, since no configured system does it: open_drive",
            ],
        ),
        (
            [gap("end_shares", "cloud", "a: shall it end?"), gap("end_shares", "cloud", "b: shall it end?")],
            ["\nNot covered:", "  end_shares on cloud: a: shall it end?", "  end_shares on cloud: b: shall it end?"],
        ),
        (
            [gap("leave_groups", "cloud", NOBODY), gap("leave_groups", "files", NOBODY)],
            ["\nNot covered:", f"  leave_groups on cloud: {NOBODY}", f"  leave_groups on files: {NOBODY}"],
        ),
    ],
)
def test_steps_with_the_same_reason_share_a_line(gaps: list[dict[str, Any]], lines: list[str]):
    assert gaps_in_words(gaps) == lines


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"name": "x", "held": {"a": 1}}, None, "there → not there"),
        (
            {"name": "x", "owner": "Ann Lee", "held": {"leaver": True}},
            {"name": "x", "owner": "Joe Fox", "held": {"leaver": False}},
            "owner: Ann Lee → Joe Fox",
        ),
        (
            {"name": "x", "held": {"enabled": True}, "trusted": True},
            {"name": "x", "held": {"enabled": False}, "trusted": False},
            "trusted: yes → no",
        ),
    ],
)
def test_what_restores_a_thing_is_not_for_people(before: Any, after: Any, said: str):
    assert difference(before, after) == said
