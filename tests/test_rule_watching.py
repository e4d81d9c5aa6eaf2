"""What appeared among everybody's mail rules since some day, and who is told of alarms: each once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.engine import scanning
from offboard.engine.scan_results import results
from offboard.engine.watching import alarms_for_events, mail_alarms
from offboard.errors import Unreachable
from offboard.forwarding.model import Verdict
from tests.connectors.exchange_office import PRIVATE
from tests.rule_company import last

if TYPE_CHECKING:
    from tests.rule_company import Company


def test_what_appeared_since_a_day_a_scan_or_notice(company: Company):
    standin, ruth = company.office.standin, company.office.ruth
    who = "ruth.castellan@acme.example"
    standin.add_rule(ruth, "Old", MoveToFolder="Lists")
    assert "no scan has ended" in company.error("rules", "diff", who, "--since", "scan")
    assert "no departure" in company.error("rules", "diff", who, "--since", "notice")
    assert "is no moment" in company.error("rules", "diff", who, "--since", "yesterday")
    assert "name one PERSON" in company.error("rules", "diff")
    (first,) = company.diff(who, "--since", "2026-01-01", code=1)
    assert "nobody can tell since when" in first["what"]
    company.scan()
    company.place.json(
        "start", who, "--last-moment", "2099-01-01T00:00", "--tz", "UTC", "--playbook", "employee",
        "--successor", "sam.okafor@acme.example", "--as", "erin@corp.test",
    )  # fmt: skip
    assert company.diff(who, "--since", "notice") == []
    standin.add_rule(ruth, "Copies", SubjectContainsWords=["lists"], ForwardTo=["ruth@partner.example"])
    (appeared,) = company.diff(who, "--since", "notice", code=1)
    assert (appeared["name"], appeared["what"]) == ("rule/Copies", "is new")
    assert company.diff(who) == [], "the copy taken last is the one that this look itself took"
    (again,) = company.diff(who, "--since", "scan", code=1)
    assert again["name"] == "rule/Copies"
    shown = next(rule for rule in company.scan() if rule["name"] == "Copies")
    assert shown["verdict"] == "alarm"
    assert any("after notice was given" in reason for reason in shown["reasons"])


def test_what_appeared_anywhere_since_the_scan_before(company: Company):
    standin = company.office.standin
    assert "no scan has ended" in company.error("rules", "diff", "--all")
    company.scan()
    assert "only one scan" in company.error("rules", "diff", "--all")
    standin.add_rule(company.office.sam, "More", ForwardTo=[PRIVATE])
    company.scan()
    (row,) = company.diff("--all", code=1)
    assert (row["mailbox"], row["name"], row["what"]) == ("sam.okafor@acme.example", "rule/More", "is new")
    assert PRIVATE in row["diff"]
    company.scan()
    assert company.diff("--all") == []


def test_an_alarm_is_mailed_to_it_once_and_says_no_more_than_needed(company: Company):
    company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    company.scan()
    firm = company.place.firm()
    assert mail_alarms(firm.office, last(firm), firm.alarm_mails) == ["dave@corp.test", "dora@corp.test"]
    assert mail_alarms(firm.office, last(firm), firm.alarm_mails) == []
    ((text,), (_,)) = (
        [one.content.decode() for one in company.smtp.to(f"{who}@corp.test")] for who in ("dave", "dora")
    )
    assert "ruth.castellan@acme.example" in text
    assert "privatepost" not in text
    assert [one.judged.rule.name for one in alarms_for_events(firm.office, last(firm))] == ["Copies"]
    assert alarms_for_events(firm.office, last(firm)) == []
    firm.close()
    company.scan()
    firm = company.place.firm()
    assert mail_alarms(firm.office, last(firm), firm.alarm_mails) == [], "a later scan finds it again: no second mail"
    firm.close()


def test_an_alarm_that_could_not_be_mailed_is_mailed_later(company: Company):
    company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    company.scan()
    reachable = company.systems["outbox"]
    company.systems["outbox"] = reachable | {"port": 9}
    company.use("entra", "mailboxes", "outbox")
    firm = company.place.firm()
    with pytest.raises(Unreachable):
        mail_alarms(firm.office, last(firm), firm.alarm_mails)
    firm.close()
    company.systems["outbox"] = reachable
    company.use("entra", "mailboxes", "outbox")
    firm = company.place.firm()
    assert len(mail_alarms(firm.office, last(firm), firm.alarm_mails)) == 2
    firm.close()


def test_findings_are_the_same_whatever_the_verdict(company: Company):
    company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    company.scan()
    firm = company.place.firm()
    (one,) = results(firm.office, last(firm), least=Verdict.ALARM)
    firm.close()
    milder = replace(one.judged, verdict=Verdict.NOTICE)
    assert scanning.fingerprint("mailboxes", one.mailbox, milder) == one.finding
    assert scanning.fingerprint("mailboxes", "another", milder) != one.finding
    assert json.dumps(one.to_json())
