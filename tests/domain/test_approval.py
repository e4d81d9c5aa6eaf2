"""Four eyes: who may approve, and what the approvals of one plan come to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.approval import MAY_APPROVE, Agreed, Approval, agreed, may_approve
from offboard.domain.canonical import canonical_bytes
from offboard.domain.change import Change, Phase
from offboard.domain.people import Role
from offboard.domain.plan import Plan, PlanKind
from offboard.errors import NotAllowed

if TYPE_CHECKING:
    from offboard.domain.people import Person

SECURE, HAND_OVER, INFORM = Phase.SECURE, Phase.HAND_OVER, Phase.INFORM


def change(change_id: str, phase: Phase) -> Change:
    return Change(change_id, phase, "step", "office", change_id, change_id, before=1, after=2, why="because")


PLAN = Plan(
    "D-2026-0001", PlanKind.ACCESS, "2026-12-01T17:00:00.000Z", {}, "0" * 64, (),
    changes=(change("c001", SECURE), change("c002", SECURE), change("c003", HAND_OVER)),
)  # fmt: skip


def approval(person: str, *declined: str, standing: bool = False, phases: tuple[Phase, ...] = tuple(Phase)) -> Approval:
    return Approval("D-2026-0001", PLAN.digest, person, "root", "2026-12-01T17:00:00.000Z", phases, declined, standing)


def standing(person: str, *declined: str) -> Approval:
    return approval(person, *declined, standing=True, phases=(SECURE,))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", PlanKind)
def test_which_role_approves_which_plan(leaver: Person, kind: PlanKind, role: Role) -> None:
    allowed = {
        PlanKind.ACCESS: {Role.HR, Role.IT, Role.OWNER},
        PlanKind.UNDO: {Role.HR, Role.IT, Role.OWNER},
        PlanKind.SENDING: {Role.OWNER},
    }[kind]

    if role in allowed:
        may_approve(kind, "bo@corp.test", {role}, leaver=leaver, asked_by="hr@corp.test")
    else:
        with pytest.raises(NotAllowed, match="takes the role"):
            may_approve(kind, "bo@corp.test", {role}, leaver=leaver, asked_by="hr@corp.test")
    assert kind in MAY_APPROVE


@pytest.mark.parametrize(
    ("approver", "asked_by", "named"),
    [
        ("hr@corp.test", "hr@corp.test", "asked for this"),
        (" HR@Corp.Test", "hr@corp.test", "asked for this"),
        ("ann@corp.test", "hr@corp.test", "the person who leaves"),
        ("ANN", "", "the person who leaves"),
        ("1001", "", "the person who leaves"),
        ("ann@corp.test", "ann@corp.test", "the person who leaves"),
    ],
)
@pytest.mark.parametrize("kind", PlanKind)
def test_neither_who_asked_nor_who_leaves(
    leaver: Person, kind: PlanKind, approver: str, asked_by: str, named: str
) -> None:
    with pytest.raises(NotAllowed, match=named) as refused:
        may_approve(kind, approver, set(Role), leaver=leaver, asked_by=asked_by)

    assert refused.value.hint


def test_when_nobody_proved_who_asked_anybody_listed_approves(leaver: Person) -> None:
    may_approve(PlanKind.ACCESS, "hr@corp.test", {Role.HR}, leaver=leaver, asked_by="")


def test_giving_back_clients_who_were_written_to_is_the_owners(leaver: Person) -> None:
    for roles in ({Role.HR}, {Role.IT}, {Role.HR, Role.IT}):
        with pytest.raises(NotAllowed, match="written to"):
            may_approve(PlanKind.UNDO, "bo@corp.test", roles, leaver=leaver, asked_by="", letters_sent=True)
    may_approve(PlanKind.UNDO, "bo@corp.test", {Role.OWNER}, leaver=leaver, asked_by="", letters_sent=True)


@pytest.mark.parametrize(
    ("approvals", "needed", "phases", "covered"),
    [
        ([], 1, set(), set()),
        ([approval("a")], 1, set(Phase), {"c001", "c002", "c003"}),
        ([approval("a", "c002")], 1, set(Phase), {"c001", "c003"}),
        ([approval("a", "c002"), approval("b", "c003")], 1, set(Phase), {"c001"}),
        ([approval("a", "c002"), approval("b")], 1, set(Phase), {"c001", "c003"}),
        # Two people are needed, and they are two people.
        ([approval("a")], 2, set(), set()),
        ([approval("a"), approval("a")], 2, set(), set()),
        ([approval("a"), approval(" A ")], 2, set(), set()),
        ([approval("a"), approval("b")], 2, set(Phase), {"c001", "c002", "c003"}),
        ([approval("a"), approval("b", "c001")], 2, set(Phase), {"c002", "c003"}),
        # A standing approval covers its phase, and holds back what cannot be taken back.
        ([standing("a")], 1, {SECURE}, {"c001", "c002"}),
        ([standing("a", "c002")], 1, {SECURE}, {"c001"}),
        ([standing("a", "c002"), approval("b")], 1, set(Phase), {"c001", "c002", "c003"}),
        ([standing("a", "c002"), approval("b", "c001")], 1, set(Phase), {"c002", "c003"}),
        ([approval("b"), standing("a", "c002")], 1, set(Phase), {"c001", "c002", "c003"}),
        # An approval of some phases is none of the others.
        ([approval("a", phases=(INFORM,))], 1, {INFORM}, set()),
        (
            [approval("a", phases=(SECURE,)), approval("b", phases=(HAND_OVER,))],
            1,
            {SECURE, HAND_OVER},
            {"c001", "c002", "c003"},
        ),
        ([approval("a", phases=(SECURE,)), approval("b")], 2, {SECURE}, {"c001", "c002"}),
    ],
)
def test_what_approvals_come_to(approvals: list[Approval], needed: int, phases: set[Phase], covered: set[str]) -> None:
    found = agreed(PLAN, approvals, needed=needed)

    assert found.phases == phases
    assert {one.id for one in PLAN.changes if found.covers(one)} == covered


def test_what_is_held_back_was_not_declined(leaver: Person) -> None:
    del leaver
    waiting = agreed(PLAN, [standing("a", "c002")])
    whole = agreed(PLAN, [standing("a", "c002"), approval("b", "c003")])

    assert (waiting.declined, waiting.held_back) == (frozenset(), {"c002"})
    assert (whole.declined, whole.held_back) == ({"c003"}, frozenset())


def test_an_approval_of_another_digest_is_none() -> None:
    other = replace(approval("a"), digest="0" * 64)
    altered = replace(PLAN, moment="2026-12-01T17:00:00.001Z")

    assert agreed(PLAN, [other]) == Agreed(frozenset(), frozenset(), frozenset())
    assert agreed(altered, [approval("a"), approval("b")]).phases == set()


@pytest.mark.parametrize("one", [approval("a", "c001", "c002"), standing("b")])
def test_an_approval_survives_being_stored(one: Approval) -> None:
    assert Approval.from_json(json.loads(canonical_bytes(one.to_json()))) == one
