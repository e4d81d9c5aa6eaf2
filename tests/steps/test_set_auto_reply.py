from __future__ import annotations

import hashlib
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from offboard.domain.capabilities import Company
from offboard.errors import Drifted
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Verdict
from offboard.forwarding.sieve import read_sieve
from offboard.steps._managed_script import NAME
from offboard.steps.set_auto_reply import SetAutoReply
from offboard.steps.stop_forwarding import StopForwarding
from tests.servers.waiting import wait_until

TARGET = f"alice/{NAME}"
FILING = b'require "fileinto";\r\nif header :is "list-id" "news" { fileinto "News"; }\r\n'
FILING_STATE = {"active": True, "sha256": hashlib.sha256(FILING).hexdigest()}


class SaysThis:
    """A letter book that has written this text."""

    def __init__(self, text):
        self.text = text

    def auto_reply(self, departure):
        assert departure.number == "D-2026-0001"
        return self.text


def saying(house, text):
    return SetAutoReply(replace(house, book=SaysThis(text)))


def digest(step, leaving):
    return hashlib.sha256(step.script(leaving)).hexdigest()


@pytest.mark.parametrize(
    "snapshot",
    [
        {TARGET: None},
        {TARGET: {"active": False, "sha256": "0" * 64}},
        {TARGET: {"active": True, "sha256": "0" * 64}},
        {TARGET: None, "alice/filing": {**FILING_STATE, "active": False}},
    ],
)
def test_the_reply_is_planned_with_the_bytes_it_will_have(house, leaving, snapshot):
    step = SetAutoReply(house)
    (wish,) = step.plan(leaving, snapshot, {})
    assert (wish.target, wish.before) == (TARGET, snapshot[TARGET])
    assert wish.after == {"active": True, "sha256": digest(SetAutoReply(house), leaving)}
    assert step.texts(leaving) == [house.book.auto_reply(leaving)]


def test_the_script_that_is_active_now_rests_as_a_change_of_its_own(house, leaving):
    rest, reply = SetAutoReply(house).plan(leaving, {"alice/filing": FILING_STATE, TARGET: None}, {})
    assert (rest.target, rest.before, rest.after) == ("alice/filing", FILING_STATE, {**FILING_STATE, "active": False})
    assert reply.target == TARGET


def test_who_has_no_mailbox_gets_no_reply(house, leaving, mail):
    step = SetAutoReply(house)
    assert step.observe(replace(leaving, accounts={}), mail) == {}
    assert list(step.plan(leaving, {}, {})) == []


def answers(smtp_sink):
    return [message_from_bytes(e.content, policy=policy.default) for e in smtp_sink.to("client@client.example")]


def test_whoever_writes_is_answered_and_undo_brings_back_what_was(house, leaving, mail, dovecot, smtp_sink):
    step = SetAutoReply(house)
    dovecot.put_script("alice", "filing", FILING)
    rest, reply = step.plan(leaving, step.observe(leaving, mail), {})

    for wish in (rest, reply):
        step.write(leaving, mail, wish.target, wish.after)

    assert step.observe(leaving, mail) == {rest.target: rest.after, reply.target: reply.after}
    dovecot.deliver("client@client.example", "alice@corp.test", "A question")
    wait_until(lambda: answers(smtp_sink))
    (answer,) = answers(smtp_sink)
    assert answer["subject"] == 'Alice Archer, Corp "Test" Ltd'
    assert answer["from"] == "alice@corp.test"
    assert answer["auto-submitted"].startswith("auto-replied")
    assert answer.get_content().split() == house.book.auto_reply(leaving).split()
    assert "Bob Baker" in answer.get_content()
    assert len(dovecot.inbox("alice")) == 1
    dovecot.deliver("client@client.example", "alice@corp.test", "Another question")
    assert len(answers(smtp_sink)) == 1, "not more often than once a day"

    for wish in (reply, rest):
        step.write(leaving, mail, wish.target, wish.before)

    assert step.observe(leaving, mail) == {TARGET: None, "alice/filing": FILING_STATE}
    assert dovecot.active_script("alice") == "filing"
    assert dovecot.script_file("alice", "filing").read_bytes() == FILING
    assert not dovecot.script_file("alice", NAME).exists()


@pytest.mark.parametrize(
    "text",
    [
        'She said "yes"; then: \\ and \\" end.\r\n.\r\n..\r\ntext:\r\n"',
        "Grüße an Müller & Söhne, 100 % — ${subject} ${hex:40} 🎉\n\nZeile",
        '";\nredirect "x@mailbox.example";\n#',
        "old mac\rline",
        "",
    ],
)
def test_no_text_is_anything_but_text(house, leaving, mail, dovecot, smtp_sink, text):
    step = saying(house, text)
    leaving = replace(leaving, leaver=replace(leaving.leaver, name='Al "Ace" \\Archer\r\n\x07'))
    (reply,) = step.plan(leaving, step.observe(leaving, mail), {})
    step.write(leaving, mail, reply.target, reply.after)
    assert step.observe(leaving, mail) == {TARGET: reply.after}
    (rule,) = read_sieve(
        step.script(leaving), mailbox="alice", system="mail", name=NAME, active=True, domains=["corp.test"]
    )
    assert [action.kind for action in rule.actions] == ["reply"]
    dovecot.deliver("client@client.example", "alice@corp.test", "A question")
    wait_until(lambda: answers(smtp_sink))
    (answer,) = answers(smtp_sink)
    assert answer.get_content().split() == text.split()
    assert answer["subject"] == 'Al "Ace" \\Archer, Corp "Test" Ltd'
    assert {recipient for envelope in smtp_sink.envelopes for recipient in envelope.rcpt_tos} == {
        "client@client.example"
    }


def test_a_text_that_changed_after_approval_is_not_sent(house, leaving, mail):
    (planned,) = saying(house, "Approved.").plan(leaving, {TARGET: None}, {})
    with pytest.raises(Drifted, match="another one than was approved"):
        saying(house, "Changed.").write(leaving, mail, planned.target, planned.after)
    assert mail.scripts("alice") == []


def test_a_script_that_became_active_meanwhile_is_not_displaced(house, leaving, mail, dovecot):
    step = SetAutoReply(house)
    (reply,) = step.plan(leaving, step.observe(leaving, mail), {})
    dovecot.put_script("alice", "filing", FILING)
    with pytest.raises(Drifted, match='"filing" is the active mail rule'):
        step.write(leaving, mail, reply.target, reply.after)
    assert dovecot.active_script("alice") == "filing"


@pytest.mark.parametrize("was_active", [True, False])
def test_an_earlier_reply_of_ours_is_put_back_with_its_own_words(house, leaving, mail, dovecot, was_active):
    earlier = saying(house, "Earlier words.").script(leaving)
    dovecot.put_script("alice", NAME, earlier, active=was_active)
    step = SetAutoReply(house)
    (reply,) = step.plan(leaving, step.observe(leaving, mail), {})
    step.write(leaving, mail, reply.target, reply.after)
    assert dovecot.script_file("alice", NAME).read_bytes() == step.script(leaving)

    step.write(leaving, mail, reply.target, reply.before)

    assert step.observe(leaving, mail) == {TARGET: reply.before}
    assert dovecot.script_file("alice", NAME).read_bytes() == earlier
    assert (dovecot.active_script("alice") == NAME) == was_active


def test_our_own_reply_is_no_forwarding(house, leaving, mail):
    step = SetAutoReply(house)
    (reply,) = step.plan(leaving, step.observe(leaving, mail), {})
    step.write(leaving, mail, reply.target, reply.after)
    stop = StopForwarding(house)
    assert list(stop.plan(leaving, stop.observe(leaving, mail), {"what": "all"})) == []
    rules = read_sieve(
        step.script(leaving), mailbox="alice", system="mail", name=NAME, active=True, domains=["corp.test"]
    )
    assert [judge(rule, domains=["corp.test"]).verdict for rule in rules] == [Verdict.NONE]


def test_the_bytes_depend_on_nothing_but_the_departure_and_the_text(house, leaving):
    other = replace(house, company=Company("Else", (), "UTC", ("en",)), book=SaysThis("Text."))
    one, two = saying(house, "Text."), SetAutoReply(replace(other, company=house.company))
    assert one.script(leaving) == two.script(leaving)
    assert b":addresses" not in one.script(replace(leaving, leaver=replace(leaving.leaver, mail="")))
