"""Decisions on mail rules: kept with who, when and why, told in the evidence, and what they make void."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.capabilities import Script
from offboard.domain.evidence import check_chain
from offboard.domain.plan import Plan, PlanKind
from offboard.domain.rule_review import DecidedRule, RuleDecision, RuleKey

if TYPE_CHECKING:
    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

D = "D-2026-0001"
KEY = RuleKey("mail", "ann", "fwd", "0" * 64)
STOP = DecidedRule(D, KEY, RuleDecision.STOP, "it@corp.test", "2026-12-01T17:00:00.000Z", "it leads outside")
SCRIPTS = [
    Script("fwd", active=True, content=b'redirect "x@freemail.invalid";\r\n\xff'),
    Script("rule/Copies", False, b"{}", "exchange", "house", 3, rests=False, fragile=True, inexact="it would lack"),
]


def plan(**more: object) -> Plan:
    made = Plan(D, PlanKind.ACCESS, "2026-12-01T17:00:00.000Z", {}, "0" * 64, (), ())
    return replace(made, **more)


def test_what_is_to_be_reviewed_is_what_was_read_byte_for_byte(store: Store, clock: Clock) -> None:
    assert store.decisions.readings(D) == []
    store.decisions.note(D, "mail", "ann", SCRIPTS[:1])
    clock.wait(seconds=60)
    store.decisions.note(D, "mail", "ann", SCRIPTS)
    store.decisions.note("D-2026-0002", "mail", "joe", [])

    (reading,) = store.decisions.readings(D)
    assert (reading.system, reading.mailbox, reading.at) == ("mail", "ann", "2026-12-01T17:01:00.000Z")
    assert reading.scripts == tuple(SCRIPTS)
    assert store.decisions.readings("D-2026-0002")[0].scripts == ()


def test_every_decision_stays_and_the_evidence_tells_it(store: Store) -> None:
    leave = replace(STOP, decision=RuleDecision.LEAVE, by="dora@corp.test", because="agreed with the owner")
    store.decisions.decide([STOP], os_user="root", unplanned=False, voids=None)
    store.decisions.decide([leave], os_user="root", unplanned=True, voids=None)

    found = store.decisions.decisions(D)
    assert [replace(one, seq=0) for one in found] == [STOP, leave]
    assert store.decisions.newest(D) == found[-1].seq > found[0].seq > 0
    lines = list(store.evidence.lines(D))
    assert check_chain(lines).ok
    told = [json.loads(line)["body"] for line in lines]
    assert [(x["decision"], x["by"], x["because"], x["os_user"]) for x in told] == [
        ("stop", "it@corp.test", "it leads outside", "root"),
        ("leave", "dora@corp.test", "agreed with the owner", "root"),
    ]
    assert {x["sha256"] for x in told} == {"0" * 64}
    assert store.decisions.decisions("D-2026-0002") == []
    assert store.decisions.newest("D-2026-0002") == 0


def test_a_plan_is_void_in_the_same_commit_as_the_decision(store: Store) -> None:
    store.plans.add(plan(), asked_by="hr@corp.test", guards=[], told={})
    kept = store.plans.in_force(D, PlanKind.ACCESS)
    broken = replace(STOP, rule=replace(KEY, name=None))  # the database takes no rule without a name
    with pytest.raises(Exception, match="name"):
        store.decisions.decide([STOP, broken], os_user="root", unplanned=True, voids=kept.plan)
    assert store.plans.in_force(D, PlanKind.ACCESS) == kept
    assert (store.decisions.decisions(D), store.decisions.to_plan()) == ([], [])

    store.decisions.decide([STOP], os_user="root", unplanned=True, voids=kept.plan)
    assert store.plans.in_force(D, PlanKind.ACCESS) is None
    last = json.loads(list(store.evidence.lines(D))[-1])
    assert (last["kind"], last["body"]["digest"]) == ("rule", kept.plan.digest)


def test_what_was_decided_while_planning_waits_for_the_next_plan(store: Store) -> None:
    store.decisions.decide([STOP], os_user="root", unplanned=True, voids=None)
    upto = store.decisions.newest(D)
    store.decisions.decide([STOP], os_user="root", unplanned=True, voids=None)
    assert store.decisions.to_plan() == [D]
    store.decisions.planned(D, upto=upto)
    assert store.decisions.to_plan() == [D]
    store.decisions.planned(D, upto=store.decisions.newest(D))
    assert store.decisions.to_plan() == []
