"""A plan's digest covers all of it, and its order is the playbook's."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from offboard.domain.change import Change, Phase
from offboard.domain.plan import NotCovered, Plan, PlanKind


def change(change_id: str, phase: Phase, step: str, system: str) -> Change:
    return Change(change_id, phase, step, system, f"t-{change_id}", change_id, before=1, after=2, why="because")


SECURE, HAND_OVER = Phase.SECURE, Phase.HAND_OVER
PLAN = Plan(
    departure="D-2026-0001",
    kind=PlanKind.ACCESS,
    moment="2026-12-01T17:00:00.000Z",
    pinned={"office": "uuid-ann", "mail": "ann"},
    playbook="0" * 64,
    order=(
        (SECURE, "snapshot_forwarding", "mail"),
        (SECURE, "disable_account", "office"),
        (SECURE, "stop_forwarding", "mail"),
        (HAND_OVER, "reassign_clients", "clients"),
    ),
    changes=(
        change("c001", SECURE, "snapshot_forwarding", "mail"),
        change("c002", SECURE, "disable_account", "office"),
        change("c003", SECURE, "stop_forwarding", "mail"),
        change("c004", SECURE, "stop_forwarding", "mail"),
        change("c005", HAND_OVER, "reassign_clients", "clients"),
    ),
    not_covered=(NotCovered("set_auto_reply", None, "no configured system can do this"),),
)
OTHER: dict[str, Any] = {
    "departure": "D-2026-0002",
    "kind": PlanKind.UNDO,
    "moment": "2026-12-01T17:00:00.001Z",
    "pinned": {"office": "uuid-ann2", "mail": "ann"},
    "playbook": "1" * 64,
    "order": PLAN.order[::-1],
    "changes": PLAN.changes[:-1],
    "not_covered": (),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Plan)])
def test_every_part_of_a_plan_is_in_its_digest(field: str) -> None:
    assert replace(PLAN, **{field: OTHER[field]}).digest != PLAN.digest


@pytest.mark.parametrize(
    ("field", "value"),
    [(name, "x") for name in ("id", "step", "system", "target", "label", "before", "after", "why", "one_way")]
    + [("phase", HAND_OVER)],
)
def test_every_part_of_a_change_is_in_the_digest(field: str, value: Any) -> None:
    altered = (replace(PLAN.changes[0], **{field: value}), *PLAN.changes[1:])

    assert replace(PLAN, changes=altered).digest != PLAN.digest


def test_the_order_of_changes_is_in_the_digest() -> None:
    assert replace(PLAN, changes=PLAN.changes[::-1]).digest != PLAN.digest


@pytest.mark.parametrize("kind", PlanKind)
def test_a_plan_survives_being_stored(kind: PlanKind) -> None:
    plan = replace(PLAN, kind=kind)

    again = Plan.from_json(json.loads(plan.canonical()))

    assert again == plan
    assert again.digest == plan.digest


def test_phases_come_in_order_each_with_its_systems_and_their_steps() -> None:
    assert list(PLAN.phases()) == [
        (SECURE, {"mail": ["snapshot_forwarding", "stop_forwarding"], "office": ["disable_account"]}),
        (HAND_OVER, {"clients": ["reassign_clients"]}),
    ]


def test_an_undo_goes_backwards() -> None:
    undo = replace(PLAN, kind=PlanKind.UNDO)

    assert [phase for phase, _ in undo.phases()] == [HAND_OVER, SECURE]


def test_a_phase_without_a_step_is_left_out() -> None:
    assert list(replace(PLAN, order=(), changes=()).phases()) == []


def test_finding_changes() -> None:
    assert [c.id for c in PLAN.of(SECURE, "stop_forwarding", "mail")] == ["c003", "c004"]
    assert PLAN.of(HAND_OVER, "stop_forwarding", "mail") == ()
    assert PLAN.of(SECURE, "stop_forwarding", "office") == ()
    found = PLAN.change("c005")
    assert found is not None
    assert found.step == "reassign_clients"
    assert PLAN.change("c999") is None


def test_the_printed_shape_of_what_is_not_covered() -> None:
    assert PLAN.not_covered[0].to_json().keys() >= {"step", "system", "reason"}
    assert PLAN.not_covered[0].to_json()["system"] is None
