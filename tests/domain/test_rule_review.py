"""What may be decided on a mail rule, what is suggested, and what a decision does to the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offboard.domain.rule_review import (
    MEANING,
    DecidedRule,
    RuleDecision,
    RuleFacts,
    RuleKey,
    in_force,
    objection,
    stops,
    suggested,
)

LEAKS = RuleFacts(active=True, stops=True, outside=True)
MIXED = replace(LEAKS, hands=True)
FILES = RuleFacts(active=True, stops=False, hands=True)
PLAIN = RuleFacts(active=True, stops=False)
ASLEEP = replace(LEAKS, active=False)
ASLEEP_FILING = replace(FILES, active=False)
HOUSE = RuleFacts(active=True, stops=True, outside=True, house=True)
QUIET_HOUSE = RuleFacts(active=True, stops=False, house=True)

KEY = RuleKey("mail", "ann", "fwd", "0" * 64)


@pytest.mark.parametrize(
    ("facts", "with_successor", "without"),
    [
        (LEAKS, "stop", "stop"),
        (MIXED, "stop", "stop"),
        (FILES, "hand", "keep"),
        (PLAIN, "keep", "keep"),
        (ASLEEP, "keep", "keep"),
        (ASLEEP_FILING, "keep", "keep"),
        (HOUSE, "leave", "leave"),
        (QUIET_HOUSE, "keep", "keep"),
        (replace(HOUSE, active=False), "keep", "keep"),
    ],
)
def test_what_is_suggested_can_be_decided(facts: RuleFacts, with_successor: str, without: str) -> None:
    for successor, word in ((True, with_successor), (False, without)):
        suggestion = suggested(facts, successor=successor)
        assert suggestion == word
        assert objection(suggestion, facts, because="because", successor=successor) is None


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (LEAKS, {"keep": "would go on working", "hand": "nothing of it files"}),
        (MIXED, {"keep": "would go on working"}),
        (FILES, {}),
        (PLAIN, {"hand": "nothing of it files"}),
        (ASLEEP, {"stop": "out of service already", "hand": "out of service", "leave": "out of service"}),
        (ASLEEP_FILING, {"stop": "out of service already", "hand": "out of service", "leave": "out of service"}),
        (HOUSE, {"stop": "whole organisation", "hand": "whole organisation", "keep": "would go on working"}),
        (QUIET_HOUSE, {"stop": "whole organisation", "hand": "whole organisation"}),
    ],
)
def test_what_cannot_be_decided_says_why_and_what_to_do(facts: RuleFacts, refused: dict[str, str]) -> None:
    for decision in RuleDecision:
        no = objection(decision, facts, because="the owner wants it", successor=True)
        assert (no is not None) == (decision.value in refused), decision
        if no:
            assert refused[decision.value] in no[0]
            assert no[1].endswith(".")


def test_leaving_needs_a_reason_and_handing_on_a_successor() -> None:
    assert objection(RuleDecision.LEAVE, LEAKS, because=" \n", successor=True)[0].endswith("with a reason only")
    assert objection(RuleDecision.LEAVE, LEAKS, because="agreed", successor=True) is None
    assert objection(RuleDecision.HAND, FILES, because="", successor=False)[0].startswith("nobody takes over")
    for decision in (RuleDecision.STOP, RuleDecision.HAND):
        assert objection(decision, MIXED, because="", successor=True) is None


@pytest.mark.parametrize(
    ("facts", "stopping"),
    [
        (LEAKS, {None, "stop", "hand"}),
        (MIXED, {None, "stop", "hand"}),
        (FILES, {"stop"}),
        (PLAIN, {"stop"}),
        (ASLEEP, set()),
        (HOUSE, set()),
    ],
)
def test_which_decisions_put_a_rule_out_of_service(facts: RuleFacts, stopping: set[str | None]) -> None:
    assert {word for word in (None, *RuleDecision) if stops(word, facts)} == stopping


def test_a_decision_holds_for_exactly_the_rule_that_was_looked_at() -> None:
    others = [replace(KEY, **{field: "x"}) for field in ("system", "mailbox", "name", "sha256")]
    assert len({key.id for key in (KEY, *others)}) == 5
    assert KEY.id == replace(KEY).id
    assert KEY.id.startswith("R-")
    first = DecidedRule("D-2026-0001", KEY, RuleDecision.STOP, "it@corp.test", "2026-12-01T17:00:00.000Z", seq=1)
    later = replace(first, decision=RuleDecision.LEAVE, because="agreed", seq=3)
    other = replace(first, rule=others[0], seq=2)
    assert in_force([first, other, later]) == {KEY: later, others[0]: other}


def test_every_decision_says_what_it_does() -> None:
    assert set(MEANING) == set(RuleDecision)
