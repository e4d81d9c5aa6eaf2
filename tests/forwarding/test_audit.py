"""Audit records: what they set up, and that everything else in them is left alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from offboard.forwarding.judging import judge, worst
from offboard.forwarding.reading import read_rules

if TYPE_CHECKING:
    from offboard.forwarding.model import Judged

DOMAINS = ("acme.example", "acme.onmicrosoft.com")
PANTHER = Path(__file__).parents[3] / "shared" / "data" / "forwarding" / "panther"


def judged(*records: Any, domains: tuple[str, ...] = DOMAINS) -> list[Judged]:
    rules = read_rules(json.dumps(records).encode(), "audit", domains=domains, name="audit.json")
    return [judge(rule, domains=domains) for rule in rules]


def event(operation: str, *, user: str = "ann@acme.example", **parameters: str) -> dict[str, Any]:
    return {
        "CreationTime": "2026-11-05T10:11:12", "Operation": operation, "UserId": user, "Workload": "Exchange",
        "ObjectId": "acme/ann", "ResultStatus": "True",
        "Parameters": [{"Name": name, "Value": value} for name, value in parameters.items()],
    }  # fmt: skip


def outlook(actions: Any, **properties: str) -> dict[str, Any]:
    listed = {
        "RuleOperation": "AddMailboxRule",
        "RuleState": "Enabled",
        "RuleName": "r1",
        "RuleActions": json.dumps(actions),
    }
    pairs = [{"Name": name, "Value": value} for name, value in (listed | properties).items()]
    return event("UpdateInboxRules") | {
        "Parameters": None,
        "OperationProperties": pairs,
        "MailboxOwnerUPN": "ann@acme.example",
    }


def google(name: str, **parameters: Any) -> dict[str, Any]:
    return {
        "id": {"applicationName": "login", "time": "2026-11-05T10:11:12.1Z"},
        "actor": {"email": "ann@acme.example"},
        "type": "email_forwarding_change",
        "name": name,
        "parameters": parameters,
    }


CASES = (
    (
        "mailbox to the outside",
        event("Set-Mailbox", Identity="ann@acme.example", ForwardingSmtpAddress="smtp:x@p.example"),
        "alarm",
    ),
    (
        "mailbox inside",
        event("Set-Mailbox", Identity="ann@acme.example", ForwardingSmtpAddress="smtp:j@acme.example"),
        "notice",
    ),
    (
        "sub-domain",
        event("Set-Mailbox", Identity="ann@acme.example", ForwardingSmtpAddress="smtp:j@uk.acme.example"),
        "notice",
    ),
    (
        "looks like us",
        event("Set-Mailbox", Identity="ann@acme.example", ForwardingSmtpAddress="smtp:j@acme2.example"),
        "alarm",
    ),
    ("taken away again", event("Set-Mailbox", Identity="ann@acme.example", ForwardingSmtpAddress=""), "none"),
    ("another setting", event("Set-Mailbox", Identity="ann@acme.example", AuditEnabled="True"), "none"),
    (
        "mailbox by its path",
        event("Set-Mailbox", Identity="a/b/ann", ForwardingSmtpAddress="smtp:x@p.example"),
        "alarm",
    ),
    (
        "a domain that only the mailbox shows",
        event("Set-Mailbox", Identity="ann@third.example", ForwardingSmtpAddress="smtp:joe@third.example"),
        "notice",
    ),
    ("rule", event("New-InboxRule", Name="Rule", ForwardTo="x@p.example", DeleteMessage="True"), "alarm"),
    (
        "rule with three targets",
        event("New-InboxRule", Name="Rule", ForwardTo="a@p.example;b@p.example;c@p.example"),
        "alarm",
    ),
    ("rule inside", event("New-InboxRule", Name="Rule", RedirectTo="joe@acme.example", Force="False"), "notice"),
    (
        "some mail",
        event("New-InboxRule", Name="Rule", RedirectTo="x@p.example", SubjectContainsWords="lunch"),
        "suspicious",
    ),
    (
        "keywords",
        event("Set-InboxRule", Name="Rule", ForwardTo="x@p.example", SubjectContainsWords="lunch;invoice"),
        "alarm",
    ),
    (
        "hides warnings",
        event("New-InboxRule", Name="..", MoveToFolder="RSS Feeds", BodyContainsWords="hacked"),
        "suspicious",
    ),
    (
        "files a sender",
        event(
            "New-InboxRule",
            Name="Move mails",
            MoveToFolder="Mine",
            FromAddressContainsWords="news",
            StopProcessingRules="True",
        ),
        "none",
    ),
    (
        "transport rule",
        event("New-TransportRule", Name=".", BlindCopyTo="x@p.example", SetAuditSeverity="DoNotAudit"),
        "alarm",
    ),
    ("transport rule inside", event("Set-TransportRule", Name="Journal", BlindCopyTo="j@acme.example"), "notice"),
    ("rule removed", event("Remove-InboxRule", Identity="r"), "none"),
    ("rule switched off", event("Disable-InboxRule", Identity="r"), "none"),
    ("somebody signs in", {"Operation": "UserLoggedIn", "UserId": "ann@acme.example"}, "none"),
    (
        "Outlook forwards",
        outlook([{"ActionType": "Forward", "Recipients": ["x@p.example"], "ForwardFlags": "None"}]),
        "alarm",
    ),
    ("Outlook forwards inside", outlook([{"ActionType": "Forward", "Recipients": ["j@acme.example"]}]), "notice"),
    (
        "Outlook deletes",
        outlook([{"ActionType": "Delete"}], RuleCondition="(Subject Contains 'invoice')"),
        "suspicious",
    ),
    ("Outlook, new action", outlook([{"ActionType": "Teleport"}]), "notice"),
    ("Outlook removes", outlook([], RuleOperation="DeleteMailboxRule"), "none"),
    ("Google", google("email_forwarding_out_of_domain", email_forwarding_destination_address="x@gmail.com"), "alarm"),
    ("Google, something else", google("2sv_enroll"), "none"),
    ("Google Drive", google("rename", new_value=["a"], owner="ann@acme.example", billable=True), "none"),
    ("no record at all", {"hello": "world"}, "notice"),
)


@pytest.mark.parametrize(("record", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_label(record: dict[str, Any], verdict: str):
    assert worst(judged(record)).word == verdict


def test_records_are_unwrapped_lower_case_and_one_a_line():
    record = event("New-InboxRule", Name="Rule", ForwardTo="x@p.example")
    lower = {key.lower(): value for key, value in record.items()}
    wrapped = {"RecordType": "ExchangeAdmin", "AuditData": json.dumps(record)}
    lines = "\n".join(json.dumps(one) for one in (record, lower, wrapped, {"value": [record]}))
    found = read_rules(lines.encode(), "audit", domains=DOMAINS)
    assert [rule.actions[0].target for rule in found] == ["x@p.example"] * 4


def test_the_tenants_own_domain_is_the_companys():
    record = event("Set-Mailbox", Identity="a/b/ann", ForwardingSmtpAddress="smtp:joe@acme.onmicrosoft.com")
    record["OrganizationName"] = "acme.onmicrosoft.com"
    assert worst(judged(record, domains=("acme.example",))).word == "notice"


def test_who_and_when():
    found = judged(event("New-InboxRule", Name="Rule", Mailbox="joe@acme.example", ForwardTo="x@p.example"))[0].rule
    assert (found.mailbox, found.changed_at) == ("joe@acme.example", datetime(2026, 11, 5, 10, 11, 12, tzinfo=UTC))


def test_a_rule_made_after_notice_was_given():
    record = event("New-InboxRule", Name="Rule", RedirectTo="x@p.example", From="a@b.example")
    rules = read_rules(json.dumps(record).encode(), "audit", domains=DOMAINS)
    before = judge(rules[0], domains=DOMAINS, notice_given=datetime(2026, 11, 6, tzinfo=UTC))
    after = judge(rules[0], domains=DOMAINS, notice_given=datetime(2026, 11, 5, tzinfo=UTC))
    assert (before.verdict.word, after.verdict.word) == ("suspicious", "alarm")
    assert (
        after.reasons[-1] == "It was made or changed on 05 November 2026, after notice was given on 05 November 2026 "
        "[Microsoft, data theft by departing users]."
    )


@pytest.mark.parametrize("file", ["microsoft_exchange_external_forwarding.yml", "gsuite_external_forwarding.yml"])
def test_events_that_others_have_labelled(file: str):
    yaml = pytest.importorskip("yaml")
    if not (PANTHER / file).is_file():
        pytest.skip(f"{file} is not there; the same cases stand above in our own words")
    cases = yaml.safe_load((PANTHER / file).read_text())["Tests"]
    domains = ("simpsons.com", "simpsons.onmicrosoft.com", "springfield.io")
    wrong = {
        case["Name"]
        for case in cases
        if (worst(judged(case["Log"], domains=domains)).word in {"suspicious", "alarm"}) is not case["ExpectedResult"]
    }
    assert len(cases) > 3
    assert not wrong
