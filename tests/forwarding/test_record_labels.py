"""Labelled rules of Exchange and Graph come out as their labels say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from offboard.forwarding.graph import read_graph
from offboard.forwarding.judging import judge, worst
from offboard.forwarding.reading import read_rules
from tests.forwarding.record_cases import DOMAINS, EXCHANGE, GRAPH, Case, graph, inbox, mailbox, to, transport

if TYPE_CHECKING:
    from offboard.forwarding.model import Judged


def judged(record: Any, kind: str) -> list[Judged]:
    rules = read_rules(json.dumps(record).encode(), kind, domains=DOMAINS, name="rules.json")
    return [judge(rule, domains=DOMAINS) for rule in rules]


def check(case: Case, kind: str) -> None:
    found = judged([case.record], kind)
    assert worst(found).word == case.verdict, [one.reasons for one in found]
    assert tuple(action.target for one in found for action in one.rule.actions if action.external) == case.outside
    assert all(one.reasons for one in found if one.verdict > 0)


@pytest.mark.parametrize("case", EXCHANGE, ids=lambda case: case.name)
def test_exchange(case: Case):
    check(case, "exchange")


@pytest.mark.parametrize("case", GRAPH, ids=lambda case: case.name)
def test_graph(case: Case):
    check(case, "graph")


def test_conditions_are_sentences():
    rule = inbox(
        ForwardTo=["x@p.example"],
        From=['"Boss" [SMTP:boss@client.example]'],
        SubjectContainsWords=["a b", "c"],
        HasAttachment=True,
        ExceptIfSubjectContainsWords=["cake"],
        WithImportance="High",
        WithinSizeRangeMaximum="5 KB (5,120 bytes)",
    )
    assert sorted(judged(rule, "exchange")[0].rule.conditions) == [
        'importance is "High"',
        "it has an attachment",
        "it is smaller than 5 KB (5,120 bytes) bytes",
        'not when subject contains "cake"',
        'sender is ""Boss" [SMTP:boss@client.example]"',
        'subject contains "a b" or "c"',
    ]


def test_graph_folders_are_named_where_the_names_are_known():
    identity = "AAMkAGI2" + "x" * 60
    record = graph({"moveToFolder": identity}, {"senderContains": ["boss"]})
    given = {"mailbox": "ann@acme.example", "system": "graph", "domains": DOMAINS}
    assert read_graph(record, **given).actions[0].target == f"folder id {identity}"
    named = judge(read_graph(record, folders={identity: "Deleted Items"}, **given), domains=DOMAINS)
    assert named.verdict.word == "suspicious"


def test_the_mailbox_is_told_from_the_record_or_from_graphs_context():
    assert judged(inbox(DeleteMessage=True), "exchange")[0].rule.mailbox == "ann@acme.example"
    assert judged(inbox(DeleteMessage=True, MailboxOwnerId=None), "exchange")[0].rule.mailbox == "ann"
    page = {
        "@odata.context": "https://graph.example/v1.0/$metadata#users('ann%40acme.example')/x",
        "value": [graph({})],
    }
    assert judged(page, "graph")[0].rule.mailbox == "ann@acme.example"


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        (inbox(ForwardTo=["x@p.example"]), True),
        (inbox(RedirectTo=["x@p.example"]), False),
        (inbox(ForwardTo=["x@p.example"], DeleteMessage=True), False),
        (mailbox(ForwardingSmtpAddress="smtp:x@p.example"), False),
        (mailbox(ForwardingSmtpAddress="smtp:x@p.example", DeliverToMailboxAndForward="True"), True),
        (transport(BlindCopyTo=["x@p.example"]), True),
    ],
)
def test_whether_a_copy_stays(record: dict[str, Any], kept: bool):
    assert [one.rule.keeps_copy for one in judged(record, "exchange")] == [kept]


def test_every_shape_that_powershell_and_rest_print():
    rule = inbox(ForwardTo=["x@p.example"])
    assert judged(rule, "exchange") == judged([rule], "exchange") == judged({"value": [rule]}, "exchange")
    assert judged([rule | {"ForwardTo@odata.type": "#Collection(String)"}], "exchange")[0].verdict.word == "alarm"
    assert judged([], "exchange") == []
    assert len(judged([mailbox(ForwardingSmtpAddress="smtp:x@p.example"), rule, transport()], "exchange")) == 3


def test_one_page_of_several_is_not_the_whole_truth():
    page = {"value": [graph({"assignCategories": ["a"]})], "@odata.nextLink": "https://graph.example/next"}
    assert [one.verdict.word for one in judged(page, "graph")] == ["none", "notice"]


def test_the_same_record_in_another_order_has_the_same_digest():
    record = graph({"forwardTo": to("x@p.example")})
    digest = judged(record, "graph")[0].rule.raw_sha256
    assert digest == judged(dict(reversed(record.items())), "graph")[0].rule.raw_sha256
    assert digest != judged(record | {"sequence": 3}, "graph")[0].rule.raw_sha256
    assert len(digest) == 64
    assert all(
        one.rule.raw_sha256 for one in judged([inbox(), mailbox(ForwardingAddress="a"), transport()], "exchange")
    )
