from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from offboard.domain.canonical import canonical_bytes
from offboard.domain.capabilities import Script
from offboard.errors import BadInput, Drifted, NotFound, Rejected
from offboard.steps.stop_forwarding import INEXACT, StopForwarding
from tests.servers.waiting import wait_until

FORWARD = (
    b'require ["copy", "fileinto"];\r\n'
    b"# Gr\xc3\xbc\xc3\x9fe: f\xc3\xbcr zu Hause\r\n"
    b'if header :contains "subject" "Angebot" {\n  redirect :copy "alice@mailbox.example";\r\n}\r\n'
)
TARGET = "alice/fwd"


class Mailbox:
    """A mailbox as data: what a script does is judged without any server."""

    name = "mail"

    def __init__(self, content, *, active=True):
        self.content, self.active = content, active

    def scripts(self, mailbox):
        assert mailbox == "alice"
        return [Script("fwd", self.active, self.content)]


OUT = "sends mail outside"


@pytest.mark.parametrize(
    ("script", "does", "suspicious", "everything"),
    [
        ('redirect "x@mailbox.example";', [OUT], True, True),
        ('require ["copy"]; redirect :copy "x@mailbox.example";', [OUT], True, True),
        ('require ["enotify"]; notify "mailto:x@mailbox.example";', [OUT], True, True),
        ('if header :contains "from" "bank" { discard; }', ["deletes mail"], True, True),
        ('require "fileinto"; if header :contains "from" "bank" { fileinto "Trash"; }', ["hides mail"], True, True),
        ('require "imap4flags"; if header :is "from" "a@b.example" { addflag "\\\\Flagged"; }',
         ["lifts mail to the top"], True, True),
        ('require ["include"]; include :personal "more";', ["cannot be told"], True, True),
        ('require ["variables"]; set "x" "me"; redirect "${x}@mailbox.example";', [OUT], True, True),
        ('require ["variables"]; set "x" "joe@corp.test"; redirect "${x}";', ["cannot be told"], True, True),
        ('require ["variables"]; redirect "${x}";', ["cannot be told"], True, True),
        ("this does not parse", ["cannot be told"], True, True),
        ('redirect "joe@corp.test";', [], False, True),
        ('require ["reject"]; reject "no";', [], False, True),
        ('require "fileinto"; if header :is "x-spam-flag" "YES" { fileinto "Junk"; stop; }', [], False, False),
        ('require "fileinto"; if header :is "list-id" "x" { fileinto "Lists"; }', [], False, False),
        ('require "vacation"; vacation "I am away.";', [], False, False),
        ("keep;", [], False, False),
        ("", [], False, False),
        ('# redirect "x@mailbox.example";', [], False, False),
    ],
)  # fmt: skip
def test_which_scripts_are_stopped(house, leaving, script, does, suspicious, everything):
    step = StopForwarding(house)
    snapshot = step.observe(leaving, Mailbox(script.encode()))
    assert snapshot[TARGET]["does"] == does
    canonical_bytes(snapshot)
    for options, stopped in (({}, suspicious), ({"what": "suspicious"}, suspicious), ({"what": "all"}, everything)):
        wishes = list(step.plan(leaving, snapshot, options))
        assert bool(wishes) == stopped, options
        for wish in wishes:
            assert (wish.target, wish.before) == (TARGET, snapshot[TARGET])
            assert wish.after == {**snapshot[TARGET], "active": False}
            assert wish.one_way is None
            assert all(effect in wish.why for effect in snapshot[TARGET]["does"])
    resting = step.observe(leaving, Mailbox(script.encode(), active=False))
    assert list(step.plan(leaving, resting, {"what": "all"})) == []
    assert resting[TARGET] == {**snapshot[TARGET], "active": False}, "what it does must not depend on being active"


def test_an_unknown_option_is_refused(house, leaving):
    with pytest.raises(BadInput, match="what: 'some' is unknown"):
        list(StopForwarding(house).plan(leaving, {}, {"what": "some"}))


def test_who_has_no_mailbox_has_nothing_to_stop(house, leaving):
    assert StopForwarding(house).observe(replace(leaving, accounts={}), Mailbox(b"")) == {}


def received(dovecot, smtp_sink, subject):
    """Deliver a mail and say whether it was sent on to the private address."""
    dovecot.deliver("client@client.example", "alice@corp.test", f"Angebot {subject}")
    wait_until(lambda: any(subject.encode() in arrived for arrived in dovecot.inbox("alice")))
    # Sieve sends on before LMTP answers: what is not there now was not sent.
    return any(subject.encode() in envelope.content for envelope in smtp_sink.to("alice@mailbox.example"))


def test_a_forwarded_mail_stays_here_after_the_stop_and_goes_out_again_after_undo(
    house, leaving, mail, dovecot, smtp_sink
):
    step = StopForwarding(house)
    dovecot.put_script("alice", "fwd", FORWARD)
    assert received(dovecot, smtp_sink, "one")
    (wish,) = step.plan(leaving, step.observe(leaving, mail), {})
    assert wish.before["verdict"] == "alarm"

    step.write(leaving, mail, wish.target, wish.after)

    assert step.observe(leaving, mail)[TARGET] == wish.after
    assert not received(dovecot, smtp_sink, "two")
    assert list(step.plan(leaving, step.observe(leaving, mail), {})) == []
    assert house.keeper.kept("mail", "alice", wish.before["sha256"]) == FORWARD

    step.write(leaving, mail, wish.target, wish.before)

    assert step.observe(leaving, mail)[TARGET] == wish.before
    assert dovecot.script_file("alice", "fwd").read_bytes() == FORWARD
    assert received(dovecot, smtp_sink, "three")


@pytest.mark.parametrize("became", [None, b"keep; # something else\n"], ids=["gone", "altered"])
def test_undo_puts_the_kept_bytes_back_when_the_script_is(house, leaving, mail, dovecot, became):
    step = StopForwarding(house)
    dovecot.put_script("alice", "fwd", FORWARD)
    before = step.observe(leaving, mail)[TARGET]
    step.write(leaving, mail, TARGET, {**before, "active": False})
    mail.put_script("alice", "fwd", became)

    step.write(leaving, mail, TARGET, before)

    assert dovecot.script_file("alice", "fwd").read_bytes() == FORWARD
    assert step.observe(leaving, mail)[TARGET] == before
    if became:
        assert house.keeper.kept("mail", "alice", hashlib.sha256(became).hexdigest()) == became


def test_stopping_one_script_leaves_another_that_is_active_alone(house, leaving, mail, dovecot):
    step = StopForwarding(house)
    dovecot.put_script("alice", "fwd", FORWARD)
    before = step.observe(leaving, mail)[TARGET]
    dovecot.put_script("alice", "reply", 'require "vacation"; vacation "Away.";')
    step.write(leaving, mail, TARGET, {**before, "active": False})
    assert dovecot.active_script("alice") == "reply"
    with pytest.raises(Drifted, match='"reply" is the active mail rule of alice; "fwd" would displace it'):
        step.write(leaving, mail, TARGET, before)
    assert dovecot.active_script("alice") == "reply"


def test_without_a_copy_nothing_is_invented(house, leaving, mail):
    state = {"active": True, "sha256": "0" * 64, "verdict": "alarm", "does": [OUT]}
    with pytest.raises(NotFound, match="no copy"):
        StopForwarding(house).write(leaving, mail, TARGET, state)
    assert mail.scripts("alice") == []


def test_a_script_with_bytes_that_are_no_text_is_stopped_and_woken_but_never_rewritten(house, leaving, mail, dovecot):
    step = StopForwarding(house)
    content = b'redirect "alice@mailbox.example"; # \xe4\n'
    dovecot.put_script("alice", "fwd", content)
    (wish,) = step.plan(leaving, step.observe(leaving, mail), {})
    assert INEXACT in wish.why
    step.write(leaving, mail, TARGET, wish.after)
    assert dovecot.active_script("alice") is None
    step.write(leaving, mail, TARGET, wish.before)
    assert dovecot.active_script("alice") == "fwd"
    assert dovecot.script_file("alice", "fwd").read_bytes() == content
    mail.put_script("alice", "fwd", None)
    with pytest.raises(Rejected, match="cannot carry unaltered"):
        step.write(leaving, mail, TARGET, wish.before)
