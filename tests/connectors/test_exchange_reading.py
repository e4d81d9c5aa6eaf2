"""Everything that passes mail on is read as Exchange has it, and understood; what cannot be read is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import Denied, NotFound, Rejected, Throttled, Unreachable, Untrusted
from offboard.forwarding.judging import judge
from offboard.forwarding.scripts import read_script
from offboard.practice.graph import Limit
from tests.connectors.exchange_office import DOMAINS, PRIVATE

if TYPE_CHECKING:
    from offboard.domain.capabilities import Script
    from offboard.forwarding.model import Judged
    from tests.connectors.exchange_office import Office


def judged(scripts: list[Script]) -> list[Judged]:
    """Return the verdicts on everything, in order."""
    return [
        judge(rule, domains=DOMAINS)
        for script in scripts
        for rule in read_script(script, mailbox="box", system="mail", domains=DOMAINS)
    ]


def read(office: Office) -> list[Script]:
    return office.connect().scripts(office.ruth["Guid"])


def test_a_mailbox_without_anything_has_nothing(exchange_office: Office):
    assert read(exchange_office) == []


def test_of_two_forwardings_the_one_to_the_address_book_wins(exchange_office: Office):
    exchange_office.standin.add_contact("Home", PRIVATE)
    exchange_office.ruth |= {"ForwardingAddress": "Home", "ForwardingSmtpAddress": "smtp:other@privatepost.example"}
    (script,) = read(exchange_office)
    assert (script.name, script.active, script.rests) == ("forwarding", True, False)
    wins, ignored = judged([script])
    assert [action.target for action in wins.rule.actions] == [PRIVATE]
    assert (wins.verdict.word, wins.rule.active) == ("alarm", True)
    assert (ignored.rule.name, ignored.rule.active) == ("ForwardingSmtpAddress", False)
    assert wins.rule.mailbox == "ruth.castellan@acme.example"


def test_a_recipient_of_the_address_book_is_followed_to_where_mail_goes(exchange_office: Office):
    exchange_office.standin.add_contact("Ruth at home", PRIVATE)
    exchange_office.standin.add_rule(exchange_office.ruth, "Out", ForwardTo=[PRIVATE])
    exchange_office.standin.add_rule(exchange_office.ruth, "In", ForwardTo=["sam.okafor@acme.example"])
    out, within = judged(read(exchange_office))
    assert [(a.target, a.external) for a in out.rule.actions] == [(PRIVATE, True)]
    assert [(a.target, a.external) for a in within.rule.actions] == [("sam.okafor@acme.example", False)]
    assert (out.verdict.word, within.verdict.word) == ("alarm", "notice")


def test_hidden_rules_are_found_and_those_of_exchange_itself_left_out(exchange_office: Office):
    exchange_office.standin.add_rule(exchange_office.ruth, ".", MoveToFolder="RSS Feeds", hidden=True)
    exchange_office.standin.add_rule(exchange_office.ruth, "Junk E-mail Rule", ForwardTo=[PRIVATE], hidden=True)
    scripts = read(exchange_office)
    assert [script.name for script in scripts] == ["rule/.", "rule/Junk E-mail Rule"]
    assert all(one.rule.hidden for one in judged(scripts))
    assert "show in the person's own list" in scripts[0].inexact


def test_rules_of_one_name_are_told_apart_and_stand_in_their_turn(exchange_office: Office):
    for word in ("invoice", "offer"):
        exchange_office.standin.add_rule(
            exchange_office.ruth, "Copies", ForwardTo=[PRIVATE], SubjectContainsWords=[word]
        )
    assert sorted(script.name for script in read(exchange_office)) == ["rule/Copies", "rule/Copies #2"]
    assert [script.place for script in read(exchange_office)] == [1, 2]


def test_rules_of_the_organisation_that_name_the_person_are_theirs_too(exchange_office: Office):
    standin = exchange_office.standin
    standin.add_transport_rule("Copies", SentTo=["Ruth.Castellan@acme.example"], BlindCopyTo=[PRIVATE])
    standin.add_transport_rule("Archive", BlindCopyTo=["archive@keeper.example"])
    assert [(script.name, script.part) for script in read(exchange_office)] == [("transport/Copies", "house")]
    house = exchange_office.connect().house_rules()
    assert [script.part for script in house] == ["house", "house", "policy", "policy"]
    assert [one.verdict.word for one in judged(house)] == ["alarm", "alarm", "notice", "none"]
    assert "Microsoft, which refuses" in judged(house)[-1].reasons[0]


def test_who_else_gets_in_and_what_answers_by_itself_is_read(exchange_office: Office):
    box = exchange_office.ruth
    box["_readers"].append({"User": "sam.okafor@acme.example", "AccessRights": ["FullAccess"]})
    box["_senders"].append({"Trustee": "bea@client.example", "AccessRights": ["SendAs"]})
    box["GrantSendOnBehalfTo"] = ["Sam Okafor"]
    box["_calendar"]["ResourceDelegates"] = ["Sam Okafor"]
    box["_reply"] |= {"AutoReplyState": "Enabled", "ExternalMessage": "Write to me at home"}
    found = {one.rule.name: one for one in judged(read(exchange_office))}
    assert found["open the mailbox"].verdict.word == "notice"
    assert found["send as the person"].verdict.word == "suspicious"
    assert found["send on behalf of the person"].reasons == (
        "sam.okafor@acme.example can send on behalf of the person [MITRE T1098.002].",
    )
    assert found["get the invitations too"].verdict.word == "notice"
    assert found["automatic reply"].rule.actions[0].kind == "reply"


def test_the_same_is_read_twice_and_every_value_is_in_the_copy(exchange_office: Office):
    rule = exchange_office.standin.add_rule(
        exchange_office.ruth, "Grüße\x00 '\\", RedirectTo=[PRIVATE], FromAddressContainsWords=["@client.example"]
    )
    one, two = read(exchange_office), read(exchange_office)
    assert one == two
    kept = json.loads(one[0].content)
    assert (kept["Name"], kept["RedirectTo"]) == (rule["Name"], rule["RedirectTo"])
    assert judged(one)[0].rule.conditions


def test_a_record_that_cannot_be_read_is_never_clean(exchange_office: Office):
    exchange_office.standin.add_rule(exchange_office.ruth, "Odd", CrystalBall="yes")
    assert judged(read(exchange_office))[0].rule.actions[0].kind == "unknown"
    broken = replace(read(exchange_office)[0], content=b'{"Name": "a", "Name": "b"}')
    assert judged([broken])[0].verdict.word == "notice"


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_every_mailbox_is_listed_over_all_pages(exchange_office: Office, size: int):
    exchange_office.standin.page_size = size
    for name in ("Tom Lis", "Ida Alder"):
        exchange_office.standin.add_mailbox(exchange_office.graph.add_person(name))
    assert sorted(exchange_office.connect().mailboxes()) == sorted(exchange_office.standin.mailboxes)


def test_a_next_page_on_another_host_gets_no_token(exchange_office: Office):
    exchange_office.standin.page_size = 1
    exchange_office.standin.foreign_next_link = "https://elsewhere.example"
    with pytest.raises(Untrusted):
        list(exchange_office.connect().mailboxes())


def test_a_person_is_found_by_two_attributes_and_not_by_one(exchange_office: Office):
    mail, ruth = exchange_office.connect(), exchange_office.person(exchange_office.ruth)
    found = mail.mailbox(ruth)
    assert found is not None
    assert (found.id, found.login) == (exchange_office.ruth["Guid"], "ruth.castellan@acme.example")
    assert mail.mailbox(replace(ruth, login="nobody", mail="nobody@acme.example")) is None
    with pytest.raises(Rejected, match="only one attribute"):
        mail.mailbox(replace(ruth, login="rc", name="R. C."))
    with pytest.raises(Rejected, match="different mailboxes"):
        mail.mailbox(replace(ruth, login="sam.okafor"))


@pytest.mark.parametrize(
    ("status", "headers", "fault"),
    [(503, {}, Unreachable), (403, {}, Denied), (429, {"Retry-After": "3600"}, Throttled), (400, {}, Rejected)],
)
def test_refusals_become_our_errors(exchange_office: Office, status: int, headers: dict[str, str], fault: type):
    mail = exchange_office.connect()
    exchange_office.standin.fail("Get-InboxRule", status, next=9, headers=headers)
    with pytest.raises(fault):
        mail.scripts(exchange_office.ruth["Guid"])


def test_what_is_not_there_is_not_found_though_it_comes_as_a_400(exchange_office: Office):
    with pytest.raises(NotFound):
        exchange_office.connect().scripts("00000000-0000-0000-0000-000000000000")


def test_a_missing_role_is_named_with_what_to_grant(exchange_office: Office):
    exchange_office.standin.roles.discard("Get-TransportRule")
    with pytest.raises(Denied) as refused:
        read(exchange_office)
    assert "Get-TransportRule" in str(refused.value.hint)
    exchange_office.standin.permissions.clear()
    exchange_office.graph.refuse_tokens()
    assert exchange_office.connect().health().rights_missing == ("Exchange.ManageAsApp",)


def test_a_limit_is_waited_for(exchange_office: Office):
    exchange_office.standin.limit = Limit(calls=3, seconds=0.2, retry_after=None)
    assert read(exchange_office) == []


def test_health_says_what_cannot_be_seen(exchange_office: Office):
    health = exchange_office.connect().health()
    assert (health.reachable, health.rights_held, health.rights_missing) == (True, ("Exchange.ManageAsApp",), ())
    assert any("Outlook" in sentence for sentence in health.cannot)


@pytest.mark.parametrize(
    "other", [{"certificate": {"env": "X"}}, {"client_secret": None}, {"passphrase": {"env": "X"}}, {"url": "http://x"}]
)
def test_settings_that_cannot_be_are_refused(exchange_office: Office, other: dict[str, Any]):
    with pytest.raises(ValueError, match=r"certificate|https"):
        exchange_office.settings(**other)


def test_which_rules_are_hidden_is_asked_only_where_there_are_any(exchange_office: Office):
    mail = exchange_office.connect()
    mail.scripts(str(exchange_office.sam["Guid"]))
    assert [one.get("IncludeHidden") for one in exchange_office.standin.ran("Get-InboxRule")] == [True]
    exchange_office.standin.add_rule(exchange_office.sam, "Seen", MoveToFolder="Lists")
    exchange_office.standin.add_rule(exchange_office.sam, "Unseen", hidden=True, ForwardTo=["x@y.example"])
    found = {one.name: json.loads(one.content)["Hidden"] for one in mail.scripts(str(exchange_office.sam["Guid"]))}
    assert found == {"rule/Seen": False, "rule/Unseen": True}
