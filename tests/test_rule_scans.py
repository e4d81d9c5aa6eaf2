"""Everybody's mail rules by the command line: within limits, from where it stopped, and nothing unread is clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.engine import scanning
from offboard.engine.scan_results import results
from offboard.errors import Busy
from tests.connectors.exchange_office import PRIVATE

if TYPE_CHECKING:
    from tests.rule_company import Company

OUTSIDE = {"forwardTo": [{"emailAddress": {"address": PRIVATE, "name": "me"}}]}


def test_what_is_new_since_the_scan_before_is_marked(company: Company):
    standin, office = company.office.standin, company.office
    standin.add_rule(office.ruth, "Copies", ForwardTo=[PRIVATE])
    assert {rule["new"] for rule in company.scan()} == {None}, "nobody can tell at the first scan"
    standin.add_rule(office.sam, "More", ForwardTo=[PRIVATE])
    new = {rule["name"]: rule["new"] for rule in company.scan() if rule["source"] == "exchange"}
    assert new == {"Copies": False, "More": True}
    text = company.place.run("rules", "scan")
    assert "2 mailboxes were read, 0 could not be: 2 alarm" in text


def test_the_page_tells_what_is_new_and_what_was_not_read(company: Company):
    standin, office = company.office.standin, company.office
    company.scan()
    standin.add_rule(office.sam, "More", ForwardTo=[PRIVATE])
    file = company.place.folder / "rules.html"
    company.place.run("rules", "scan", "--html", str(file))
    page = file.read_text(encoding="utf-8")
    assert '<span class="new">new</span>' in page
    assert "New since" in page
    standin.fail("Get-MailboxPermission", 400, next=1)
    company.place.run("rules", "scan", "--html", str(file), code=3)
    page = file.read_text(encoding="utf-8")
    assert "1 mailbox could not be read" in page
    assert "What could not be read" in page
    assert "@acme.example</td><td>mailboxes</td>" in page, "whose it is, not its number"


def test_an_interrupted_scan_goes_on_where_it_stopped(company: Company, monkeypatch: pytest.MonkeyPatch):
    company.people(58)
    company.use_one_at_a_time()
    monkeypatch.setattr(scanning, "NOTED_AT_MOST", 1)
    firm = company.place.firm()
    domains = firm.settings.company.domains

    class Interrupted(Exception):
        pass

    def stop_after(done: int, _all: int) -> None:
        if done >= 20:
            raise Interrupted

    with pytest.raises(Interrupted):
        scanning.scan(firm.office, domains, tell=stop_after)
    assert firm.store.scans.last() is None, "nothing is called finished"
    read_before = len(company.office.standin.ran("Get-CalendarProcessing"))
    company.office.standin.commands.clear()
    late = company.people(1, "Late")
    far: list[tuple[int, int]] = []
    scanning.scan(firm.office, domains, tell=lambda done, total: far.append((done, total)))
    firm.close()
    read_after = [one["Identity"] for one in company.office.standin.ran("Get-CalendarProcessing")]
    assert far[0][0] >= 20
    assert far[-1] == (61, 61), "people who came meanwhile are read too"
    assert late[0]["Guid"] in read_after
    assert read_before + len(read_after) <= 61 + 60, "at most what was under way is read twice"
    assert len(read_after) == 61 - far[0][0]


def test_fresh_begins_anew(company: Company, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(scanning.Scanning, "look_across", broken)
        firm = company.place.firm()
        with pytest.raises(KeyboardInterrupt):
            scanning.scan(firm.office, firm.settings.company.domains)
        firm.close()
    company.office.standin.commands.clear()
    company.scan()
    assert company.office.standin.ran("Get-CalendarProcessing") == []
    company.scan("--fresh")
    assert len(company.office.standin.ran("Get-CalendarProcessing")) == 2


def test_two_do_not_scan_at_once(company: Company):
    firm = company.place.firm()
    with firm.store.leases.hold(scanning.LEASE), pytest.raises(Busy):
        scanning.scan(firm.office, firm.settings.company.domains)
    firm.close()


def test_what_the_organisation_has_is_read_once_for_many(company: Company):
    company.people(18)
    company.scan()
    assert len(company.office.standin.ran("Get-TransportRule")) == 4, "the house, and once for every ten"
    assert len(company.office.standin.ran("Get-RemoteDomain")) == 1


def test_many_people_leading_to_one_place_is_an_alarm_of_its_own(company: Company):
    for box in [company.office.ruth, company.office.sam, *company.people(2)]:
        company.office.standin.add_rule(box, "Lists", SubjectContainsWords=["lists"], ForwardTo=["c@partner.example"])
    found = [rule for rule in company.scan() if rule["source"] == "exchange"]
    assert {rule["verdict"] for rule in found} == {"alarm"}
    assert any("4 mailboxes send mail to this one address" in reason for reason in found[0]["reasons"])


@pytest.mark.parametrize(("mode", "refused"), [("Off", True), ("Automatic", True), ("On", False)])
def test_a_policy_that_keeps_mail_inside_is_told_at_each_rule(company: Company, mode: str, refused: bool):
    company.office.standin.outbound[0]["AutoForwardingMode"] = mode
    company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    (found,) = [rule for rule in company.scan() if rule["source"] == "exchange"]
    told = [reason for reason in found["reasons"] if "Exchange refuses it today" in reason]
    assert [("outbound policy Default" in reason) for reason in told] == [True] * refused
    assert found["verdict"] == "alarm", "one setting lets it leave"


def test_where_only_graph_is_granted_its_limits_are_said(company: Company):
    company.use("entra", "seen", "outbox")
    for box in (company.office.ruth, company.office.sam):
        company.graph.add_mailbox(box["ExternalDirectoryObjectId"])
    company.graph.add_rule(company.office.ruth["ExternalDirectoryObjectId"], "Copies", OUTSIDE)
    found = company.scan()
    assert [(one["source"], one["verdict"], one["mailbox"]) for one in found] == [
        ("graph", "alarm", "ruth.castellan@acme.example"), ("unseen", "notice", ""),
    ]  # fmt: skip
    assert any("hidden rules" in reason for reason in found[1]["reasons"])
    shown = company.place.json("rules", "show", "sam.okafor@acme.example")
    assert [one["source"] for one in shown] == ["unseen"], "a mailbox without rules is not called clean either"


@pytest.mark.parametrize(("cmdlet", "status"), [("Get-InboxRule", 403), ("Get-MailboxPermission", 400)])
def test_one_mailbox_that_cannot_be_read_stops_nobody(company: Company, cmdlet: str, status: int):
    for box in company.people(3):
        company.office.standin.add_rule(box, "Copies", ForwardTo=[PRIVATE])
    company.use_one_at_a_time()
    company.office.standin.fail(cmdlet, status, next=1)
    kinds = [rule["source"] for rule in company.scan(code=3) if rule["source"] != "policy"]
    assert kinds.count("unread") == 1
    assert kinds.count("exchange") >= 2


def test_a_mailbox_that_vanishes_after_the_listing_stops_nobody(company: Company):
    standin, (gone, stays) = company.office.standin, company.people(2)
    standin.add_rule(stays, "Copies", ForwardTo=[PRIVATE])
    firm = company.place.firm()
    listed = firm.store.scans.await_mailboxes

    def list_and_leave(scan: int, system: str, boxes: list[tuple[str, str]]) -> None:
        listed(scan, system, boxes)
        standin.mailboxes.pop(gone["Guid"], None) if len(boxes) > 1 else None

    firm.store.scans.await_mailboxes = list_and_leave  # type: ignore[method-assign]  # leaves just then
    done = scanning.scan(firm.office, firm.settings.company.domains)
    found = [one.judged.rule for one in results(firm.office, done)]
    firm.close()
    assert sorted(rule.source for rule in found if rule.source != "policy") == ["exchange", "unread"]
    assert [rule.mailbox for rule in found if rule.source == "unread"] == [gone["PrimarySmtpAddress"]]


def test_a_storm_of_429_is_waited_out(company: Company, monkeypatch: pytest.MonkeyPatch):
    company.people(6)
    monkeypatch.setattr("offboard.connectors._graph_wire.LONGEST_WAIT", 0.01)
    company.office.standin.fail("Get-InboxRule", 429, next=3, headers={"Retry-After": "0.05"})
    assert [rule for rule in company.scan() if rule["source"] == "unread"] == []


def test_a_system_that_went_away_is_not_asked_for_everybody(company: Company):
    company.people(58)
    company.use_one_at_a_time()
    company.office.standin.fail("Get-InboxRule", 503, next=10**6)
    found = company.scan(code=3)
    assert [rule["source"] for rule in found].count("unread") == 60
    asked = [one for one in company.office.standin.commands if one.name == "Get-InboxRule"]
    assert len(asked) < 60 * 2, "after some silence in a row the others are not asked for"


def test_a_system_that_cannot_be_listed_is_one_fault_and_the_next_scan_reads_it(company: Company):
    company.office.standin.fail("Get-Mailbox", 400, next=1)
    (unread,) = [rule for rule in company.scan(code=3) if rule["source"] == "unread"]
    assert unread["system"] == "mailboxes"
    assert [rule for rule in company.scan() if rule["source"] == "unread"] == []
