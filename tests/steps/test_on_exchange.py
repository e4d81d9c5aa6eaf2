"""Every step that Exchange can do, there and back through its connector, against the stand-in."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.mail import Reply
from offboard.errors import Drifted, NotFound
from offboard.steps import step_class
from offboard.steps._separate_rules import LOST
from tests.connectors.exchange_office import PRIVATE
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


def seen(office: Office) -> list[tuple[str, bool, bytes]]:
    """Return everything that is in Ruth's mailbox, byte for byte, over a new connection."""
    return [(one.name, one.active, one.content) for one in office.connect().scripts(office.ruth["Guid"])]


def with_rules(office: Office) -> None:
    """Let Ruth forward in every way that there is."""
    office.standin.add_contact("Home", PRIVATE)
    office.ruth |= {"ForwardingAddress": "Home", "ForwardingSmtpAddress": f"smtp:{PRIVATE}"}
    add = office.standin.add_rule
    add(office.ruth, "Copies", ForwardTo=[PRIVATE], SubjectContainsWords=["invoice"])
    add(office.ruth, ".", RedirectTo=["bea@client.example"], hidden=True)
    add(office.ruth, "Newsletters", MoveToFolder="Reading", FromAddressContainsWords=["news"])
    add(office.ruth, "Off", ForwardTo=[PRIVATE], enabled=False)


def test_forwarding_stops_and_comes_back_byte_for_byte(exchange_office: Office, acme: House):
    with_rules(exchange_office)
    before = seen(exchange_office)
    step, departure = step_class("stop_forwarding")(acme), exchange_office.leaving()
    wishes = there_and_back(step, departure, exchange_office.connect())
    assert [wish.target.partition("/")[2] for wish in wishes] == ["forwarding", "rule/Copies", "rule/."]
    assert seen(exchange_office) == before
    assert exchange_office.standin.ran("Remove-InboxRule") == []


def test_while_it_is_stopped_no_rule_sends_outside(exchange_office: Office, acme: House):
    with_rules(exchange_office)
    step, departure, mail = step_class("stop_forwarding")(acme), exchange_office.leaving(), exchange_office.connect()
    for wish in step.plan(departure, step.observe(departure, mail), {}):
        step.write(departure, mail, wish.target, wish.after)
    box = exchange_office.ruth
    assert (box["ForwardingAddress"], box["ForwardingSmtpAddress"]) == (None, None)
    assert [rule["Name"] for rule in box["_rules"].values() if rule["Enabled"]] == ["Newsletters"]
    assert len(box["_rules"]) == 4


def test_a_rule_that_was_deleted_meanwhile_is_made_again_in_its_turn(exchange_office: Office, acme: House):
    with_rules(exchange_office)
    step, departure, mail = step_class("stop_forwarding")(acme), exchange_office.leaving(), exchange_office.connect()
    before = seen(exchange_office)
    (wish,) = [w for w in step.plan(departure, step.observe(departure, mail), {}) if w.target.endswith("Copies")]
    step.write(departure, mail, wish.target, wish.after)
    rules = exchange_office.ruth["_rules"]
    del rules[next(key for key, rule in rules.items() if rule["Name"] == "Copies")]
    assert step.holds(step.observe(departure, mail).get(wish.target), wish.after)
    step.write(departure, mail, wish.target, wish.before)
    assert seen(exchange_office) == before


def test_a_rule_that_was_changed_meanwhile_is_left_alone(exchange_office: Office, acme: House):
    exchange_office.standin.add_rule(exchange_office.ruth, "Copies", ForwardTo=[PRIVATE])
    step, departure, mail = step_class("stop_forwarding")(acme), exchange_office.leaving(), exchange_office.connect()
    (wish,) = step.plan(departure, step.observe(departure, mail), {})
    step.write(departure, mail, wish.target, wish.after)
    (rule,) = exchange_office.ruth["_rules"].values()
    rule["SubjectContainsWords"] = ["offer"]
    assert not step.holds(step.observe(departure, mail)[wish.target], wish.after)
    with pytest.raises(Drifted):
        step.write(departure, mail, wish.target, wish.before)
    with pytest.raises(NotFound):
        step.write(departure, mail, wish.target, wish.before | {"sha256": "0" * 64})


def test_what_a_change_costs_is_said_before_it_is_made(exchange_office: Office, acme: House):
    add = exchange_office.standin.add_rule
    add(exchange_office.ruth, "Copies", ForwardTo=[PRIVATE], MoveToFolder="Sent on")
    add(exchange_office.ruth, "Ding", in_outlook=True)
    step, departure, mail = step_class("stop_forwarding")(acme), exchange_office.leaving(), exchange_office.connect()
    wishes = {w.target.partition("/")[2]: w for w in step.plan(departure, step.observe(departure, mail), {})}
    assert "its folder would be looked for at the top" in wishes["rule/Copies"].why
    assert (wishes["rule/Ding"].after, wishes["rule/Ding"].one_way) == (None, LOST)
    for wish in wishes.values():
        step.write(departure, mail, wish.target, wish.after)
    found = step.observe(departure, mail)
    assert all(step.holds(found.get(wish.target), wish.after) for wish in wishes.values())
    copies = acme.keeper.copies("mail", exchange_office.ruth["Guid"])  # type: ignore[attr-defined] # the real store
    assert "rule/Copies" in [name for name, _, _, _ in copies]


def test_rules_of_the_organisation_are_listed_and_left_to_it(exchange_office: Office, acme: House):
    exchange_office.standin.add_transport_rule("Copies", SentTo=["ruth.castellan@acme.example"], BlindCopyTo=[PRIVATE])
    step, departure, mail = step_class("stop_forwarding")(acme), exchange_office.leaving(), exchange_office.connect()
    snapshot = step.observe(departure, mail)
    assert list(step.plan(departure, snapshot, {"what": "all"})) == []
    (gap,) = step.beyond(departure, snapshot)
    assert gap.startswith("Copies: it sends mail outside, and works for the whole organisation")


def test_everything_is_copied_before_anything_is_touched(exchange_office: Office, acme: House):
    with_rules(exchange_office)
    step, departure, mail = (
        step_class("snapshot_forwarding")(acme),
        exchange_office.leaving(),
        exchange_office.connect(),
    )
    (wish,) = step.plan(departure, step.observe(departure, mail), {})
    step.write(departure, mail, wish.target, wish.after)
    assert step.observe(departure, mail) == {wish.target: wish.after}
    for _, _, content in seen(exchange_office):
        sha256 = hashlib.sha256(content).hexdigest()
        assert acme.keeper.kept("mail", exchange_office.ruth["Guid"], sha256) == content


@pytest.mark.parametrize(
    "former",
    [
        {"AutoReplyState": "Disabled"},
        {"AutoReplyState": "Enabled", "InternalMessage": "<html><b>Away</b></html>", "ExternalAudience": "Known"},
        {"AutoReplyState": "Scheduled", "ExternalMessage": "<html>Skiing</html>", "EndTime": "2026-12-24T00:00:00"},
    ],
)
def test_the_reply_is_set_and_the_former_one_comes_back(exchange_office: Office, acme: House, former: dict[str, Any]):
    exchange_office.ruth["_reply"] |= former
    before = exchange_office.connect().auto_reply(exchange_office.ruth["Guid"])
    step = step_class("set_auto_reply")(acme)
    (wish,) = there_and_back(step, exchange_office.leaving(), exchange_office.connect())
    assert exchange_office.connect().auto_reply(exchange_office.ruth["Guid"]) == before
    assert wish.one_way is None


def test_the_reply_says_the_approved_words_and_no_others(exchange_office: Office, acme: House):
    step, departure, mail = step_class("set_auto_reply")(acme), exchange_office.leaving(), exchange_office.connect()
    (wish,) = step.plan(departure, step.observe(departure, mail), {})
    other = replace(
        departure, successor=exchange_office.person({**exchange_office.sam, "DisplayName": "Somebody Else"})
    )
    with pytest.raises(Drifted):
        step.write(other, mail, wish.target, wish.after)
    step.write(departure, mail, wish.target, wish.after)
    assert "Sam Okafor" in mail.auto_reply(exchange_office.ruth["Guid"]).outside
    mail.set_auto_reply(exchange_office.ruth["Guid"], Reply(active=True, inside="Hi", outside="Hi"))
    assert not step.holds(step.observe(departure, mail)[wish.target], wish.after)
