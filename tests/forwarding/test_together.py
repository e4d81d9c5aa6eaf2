"""What only shows across rules and mailboxes: order, policies, many people's mail to one place, included scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offboard.forwarding.crowding import CROWD, Crowds, together
from offboard.forwarding.including import follow_includes
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Judged, Verdict
from offboard.forwarding.reading import read_rules
from offboard.forwarding.sieve import read_sieve

DOMAINS = ("acme.example",)
PARTNER, GMAIL, INSIDE = "desk@partner.example", "ann.lee@gmail.com", "joe@acme.example"
OUTBOUND = {"Name": "Default", "AutoForwardingMode": "Automatic"}


def exchange(*records: dict[str, Any], kind: str = "exchange") -> list[Judged]:
    rules = read_rules(json.dumps(records).encode(), kind, domains=DOMAINS, name="export")
    return [judge(rule, domains=DOMAINS) for rule in rules]


def inbox(mailbox: str = "ann@acme.example", turn: int = 1, **properties: Any) -> dict[str, Any]:
    return {"Name": f"Rule {turn}", "RuleIdentity": turn, "Priority": turn, "MailboxOwnerId": mailbox} | properties


def some(target: str, *mailboxes: str, **more: Any) -> list[Judged]:
    """A rule in each of these mailboxes that sends some mail to the target."""
    return exchange(
        *(inbox(f"{one}@acme.example", ForwardTo=target, From="pm@supplier.example", **more) for one in mailboxes)
    )


def sieve(name: str, script: str, *, active: bool = True) -> list[Any]:
    return read_sieve(script.encode(), mailbox="ann", system="mail", name=name, active=active, domains=DOMAINS)


@pytest.mark.parametrize(
    ("judged", "verdict", "told"),
    [
        (some(PARTNER, "a", "b", "c"), "alarm", f"3 mailboxes send mail to this one address, {PARTNER} [MITRE"),
        (some(PARTNER, "a", "b"), "suspicious", ""),
        (some(PARTNER, "a", "A", "a"), "suspicious", ""),
        (some(PARTNER, "a", "b", "c", Enabled=False), "suspicious", ""),
        ([*some(PARTNER, "a", "b"), *some(PARTNER, "c", Enabled=False)], "suspicious", ""),
        (some(INSIDE, "a", "b", "c"), "notice", f"3 mailboxes pass mail to {INSIDE} inside the company [MITRE"),
        ([*some("desk+1@partner.example", "a"), *some("Desk@PARTNER.example", "b"), *some(PARTNER, "c")], "alarm", "3"),
        ([*some("a.b@gmail.com", "a"), *some("ab+x@gmail.com", "b"), *some("AB@gmail.com", "c")], "alarm", "3"),
        (
            [*some("x@partner.example", "a"), *some("y@partner.example", "b"), *some("z@partner.example", "c")],
            "suspicious",
            "3 mailboxes send mail to addresses in partner.example [Microsoft",
        ),
        ([*some("x@gmail.com", "a"), *some("y@gmail.com", "b"), *some("z@gmail.com", "c")], "alarm", ""),
        (some("/o=Acme/cn=joe", "a", "b", "c"), "notice", ""),
    ],
)  # fmt: skip
def test_many_peoples_mail_to_one_place(judged: list[Judged], verdict: str, told: str):
    across = together(judged)
    assert [one.rule for one in across] == [one.rule for one in judged]
    assert {one.verdict.word for one in across} == {verdict}
    new = [reason for one, before in zip(across, judged, strict=True) for reason in one.reasons[len(before.reasons) :]]
    assert all(reason.startswith(told) for reason in new) if told else new == []
    assert bool(new) is bool(told) or verdict == "alarm"


def test_going_through_twice_says_the_same_as_all_at_once():
    judged = [*some(PARTNER, "a", "b", "c"), *some(INSIDE, "d"), *exchange(OUTBOUND)]
    crowds = Crowds()
    for one in judged:
        crowds.add(one)
    assert [crowds.tell(one) for one in judged] == together(judged)
    assert CROWD == 3


def test_a_variable_that_the_script_fills_counts_as_its_address():
    judged = [
        judge(rule, domains=DOMAINS)
        for box in "abc"
        for rule in read_sieve(
            b'require "variables"; set "to" "x@partner.example"; redirect "${to}";',
            mailbox=box, system="mail", name="main", active=True, domains=DOMAINS,
        )
    ]  # fmt: skip
    assert "3 mailboxes send mail to this one address" in " ".join(together(judged)[0].reasons)


STOPS_ALL = inbox(turn=1, MoveToFolder="Later", StopProcessingRules=True)
OUT = inbox(turn=2, ForwardTo=GMAIL)


@pytest.mark.parametrize(
    ("records", "verdict", "active"),
    [
        ([STOPS_ALL, OUT], "suspicious", False),
        ([OUT, STOPS_ALL], "suspicious", False),
        ([{**STOPS_ALL, "Priority": 3}, OUT], "alarm", True),
        ([{**STOPS_ALL, "Enabled": False}, OUT], "alarm", True),
        ([{**STOPS_ALL, "StopProcessingRules": False}, OUT], "alarm", True),
        ([{**STOPS_ALL, "From": "boss@client.example"}, OUT], "alarm", True),
        ([{**STOPS_ALL, "ExceptIfFrom": "boss@client.example"}, OUT], "alarm", True),
        ([{**STOPS_ALL, "MailboxOwnerId": "joe@acme.example"}, OUT], "alarm", True),
    ],
)
def test_what_an_earlier_rule_keeps_from_ever_running(records: list[dict[str, Any]], verdict: str, *, active: bool):
    (found,) = [one for one in together(exchange(*records)) if one.rule.name == "Rule 2"]
    assert (found.verdict.word, found.rule.active) == (verdict, active)
    never = 'It never runs: "Rule 1" takes every mail before it and ends the processing [Microsoft, New-InboxRule].'
    assert (never in found.reasons) is not active


def test_the_order_of_graphs_rules_counts_too():
    first = {"id": "1", "displayName": "First", "sequence": 1, "actions": {"stopProcessingRules": True}}
    second = {"id": "2", "displayName": "Second", "sequence": 2,
              "actions": {"forwardTo": [{"emailAddress": {"address": GMAIL}}]}}  # fmt: skip
    found = together(exchange(second, first, kind="graph"))
    assert [(one.rule.name, one.rule.active) for one in found] == [("Second", False), ("First", True)]


def test_a_rule_that_hides_mail_from_those_after_it_says_so():
    (found,) = exchange(inbox(DeleteMessage=True, StopProcessingRules=True, From="boss@client.example"))
    assert "It ends the processing: no later rule sees that mail [Microsoft, New-InboxRule]." in found.reasons


REMOTE = {"Name": "Partner", "DomainName": "partner.example", "AutoForwardEnabled": False}
EVERYWHERE = {"Name": "Default", "DomainName": "*", "AutoForwardEnabled": True}


@pytest.mark.parametrize(
    ("policies", "refused"),
    [
        ([], ""),
        ([OUTBOUND], "outbound policy Default"),
        ([{**OUTBOUND, "AutoForwardingMode": "Off"}], "outbound policy Default"),
        ([{**OUTBOUND, "AutoForwardingMode": "On"}], ""),
        ([OUTBOUND, {"Name": "Sales", "AutoForwardingMode": "On"}], ""),
        ([{**OUTBOUND, "AutoForwardingMode": "Tomorrow"}], ""),
        ([EVERYWHERE], ""),
        ([{**EVERYWHERE, "AutoForwardEnabled": False}], "remote domain Default"),
        ([EVERYWHERE, REMOTE], "remote domain Partner"),
        ([EVERYWHERE, {**REMOTE, "DomainName": "*.example"}], "remote domain Partner"),
        ([{**EVERYWHERE, "AutoForwardEnabled": False}, {**REMOTE, "AutoForwardEnabled": True}], ""),
        ([{**OUTBOUND, "AutoForwardingMode": "On"}, REMOTE], "remote domain Partner"),
    ],
)
def test_whether_mail_can_leave_at_all(policies: list[dict[str, Any]], refused: str):
    box = {"PrimarySmtpAddress": "ann@acme.example", "ForwardingSmtpAddress": f"smtp:{PARTNER}"}
    house = {"Name": "House", "RuleVersion": "15", "BlindCopyTo": [PARTNER]}
    found = together(exchange(*policies, inbox(ForwardTo=PARTNER), box, house))
    says = {one.rule.source: " ".join(one.reasons) for one in found}
    told = f"Exchange refuses it today, by the {refused}: one setting lets it leave"
    for source in ("exchange", "mailbox"):
        assert (told in says[source]) is bool(refused)
        assert refused or "refuses it today" not in says[source]
    assert "refuses it today" not in says["transport"]  # policies are for what people set up, not for these
    assert {one.verdict for one in found if one.rule.source != "policy"} == {Verdict.ALARM}


@pytest.mark.parametrize(
    ("main", "running"),
    [
        ('require "include"; include :personal "more";', True),
        ('require "include"; include "more";', True),
        ('require "include"; if header "subject" "a" { include :once "more"; }', True),
        ('require "include"; include :global "more";', False),
        ('require "include"; include "other";', False),
        ('require "include"; stop; include "more";', False),
        ('# include "more";', False),
    ],
)
def test_an_included_script_counts_as_running(main: str, *, running: bool):
    more = sieve("more", f'redirect "{GMAIL}"; if false {{ redirect "never@gmail.com"; }}', active=False)
    rules = follow_includes([*sieve("main", main), *more])
    found = [rule for rule in rules if rule.name == "more"]
    assert [rule.active for rule in found] == [running, False]
    first = judge(found[0], domains=DOMAINS)
    assert first.verdict is (Verdict.ALARM if running else Verdict.SUSPICIOUS)
    assert ('It runs because the script "main" includes this one.' in first.reasons) is running


def test_includes_in_a_ring_and_in_a_row_are_followed():
    rules = [
        *sieve("a", 'require "include"; include "b";'),
        *sieve("b", 'require "include"; include "c"; include "a";', active=False),
        *sieve("c", f'redirect "{GMAIL}";', active=False),
        *sieve("d", f'require "include"; include "c"; redirect "{GMAIL}";', active=False),
    ]
    assert {rule.name for rule in follow_includes(rules) if rule.active} == {"a", "b", "c"}
