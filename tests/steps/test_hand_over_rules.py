"""What IT decided on rules, on a real Dovecot: left ones go on, handed ones work for the successor, undo takes back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.asking import Confirmation, TaskState
from offboard.domain.capabilities import Script
from offboard.domain.rule_review import DecidedRule, RuleDecision, RuleKey
from offboard.errors import Drifted
from offboard.steps.hand_over_rules import HandOverRules
from offboard.steps.stop_forwarding import StopForwarding
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from offboard.connectors.dovecot import Connection
    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure
    from tests.servers.dovecot import Dovecot
    from tests.servers.smtp import SmtpSink

MIXED = (
    b'require ["copy", "fileinto"];\r\n# rule:[Alder \xc3\xa4]\r\n'
    b'if header :contains "from" "alder" {\r\n  fileinto "Alder";\r\n  redirect :copy "team@corp.test";\r\n'
    b'  redirect :copy "alice@mailbox.example";\r\n}\r\n'
)
NAME = "bob/fwd from alice"


def with_decision(house: House, decision: str, content: bytes = MIXED, because: str = "agreed") -> House:
    """Return the house after IT decided so on the script ``fwd``, of which a copy is kept."""
    sha256 = house.keeper.keep("mail", "alice", Script("fwd", active=True, content=content))
    decided = DecidedRule(
        "D-2026-0001", RuleKey("mail", "alice", "fwd", sha256), RuleDecision(decision), "it@corp.test", "", because
    )
    return replace(house, decided=lambda number: [decided] if number == "D-2026-0001" else [])


def wishes(step: Any, leaving: Departure, mail: Any) -> list[Any]:
    return list(step.plan(leaving, step.observe(leaving, mail), {}))


def test_left_it_goes_on_and_the_plan_says_who_answers_for_it(house, leaving, mail, dovecot):
    dovecot.put_script("alice", "fwd", MIXED)
    (wish,) = wishes(StopForwarding(house), leaving, mail)
    assert wish.target == "alice/fwd"
    step = StopForwarding(with_decision(house, "leave"))
    assert wishes(step, leaving, mail) == []
    (said,) = step.beyond(leaving, step.observe(leaving, mail))
    assert said == 'mail rule "fwd" goes on as it is (sends mail outside): it@corp.test left it: agreed'

    dovecot.put_script("alice", "fwd", MIXED + b"# altered\r\n")
    (wish,) = wishes(step, leaving, mail)
    assert wish.target == "alice/fwd", "a decision holds for the rule that was looked at"
    assert list(step.beyond(leaving, step.observe(leaving, mail))) == []


def test_a_harmless_rule_is_stopped_when_it_decides_so(house, leaving, mail, dovecot):
    harmless = b'redirect :copy "team@corp.test";'.join([b'require "copy";', b""])
    dovecot.put_script("alice", "fwd", harmless)
    assert wishes(StopForwarding(house), leaving, mail) == []
    assert wishes(StopForwarding(with_decision(house, "keep", harmless)), leaving, mail) == []
    step = StopForwarding(with_decision(house, "stop", harmless))
    (wish,) = wishes(step, leaving, mail)
    assert "it@corp.test reviewed it: stop, agreed" in wish.why
    step.write(leaving, mail, wish.target, wish.after)
    assert dovecot.active_script("alice") is None
    assert wishes(step, leaving, mail) == []


def test_without_a_decision_nobody_reads_the_successors_mailbox(house, leaving, dovecot):
    del dovecot
    for decision in ("stop", "leave", "keep"):
        assert HandOverRules(with_decision(house, decision)).observe(leaving, Mute()) == {}


class Mute:
    """A mail system that must not be asked anything."""

    name = "mail"


def test_the_successor_has_the_rule_and_undo_takes_exactly_that_away(
    house: House, leaving: Departure, mail: Connection, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    house = with_decision(house, "hand")
    dovecot.put_script("alice", "fwd", MIXED)
    dovecot.put_script("bob", "other", b"keep;\r\n", active=False)
    before = {path.name: path.read_bytes() for path in dovecot.script_file("bob", "other").parent.glob("*.sieve")}
    step = HandOverRules(house)
    (wish,) = wishes(step, leaving, mail)
    assert (wish.target, wish.before, wish.one_way) == (NAME, None, None)
    assert wish.why == (
        'it@corp.test decided to hand it on: when sender contains "alder": it moves to the folder Alder; '
        "redirects to team@corp.test"
    )

    step.write(leaving, mail, wish.target, wish.after)

    found = step.observe(leaving, mail)
    assert step.holds(found[NAME], wish.after)
    assert [one for one in wishes(step, leaving, mail) if not step.holds(found.get(one.target), one.after)] == []
    assert dovecot.active_script("bob") == "fwd from alice"
    dovecot.deliver("ida@alder.example", "bob@corp.test", "handed")
    wait_until(lambda: any(b"handed" in envelope.content for envelope in smtp_sink.to("team@corp.test")))
    assert not smtp_sink.to("alice@mailbox.example")
    assert len(dovecot.doveadm("search", user="bob", query=["mailbox", "Alder", "all"])) == 1

    step.write(leaving, mail, wish.target, wish.before)

    assert step.observe(leaving, mail).get(NAME) is None
    assert dovecot.active_script("bob") is None
    after = {path.name: path.read_bytes() for path in dovecot.script_file("bob", "other").parent.glob("*.sieve")}
    assert after == before
    assert dovecot.script_file("alice", "fwd").read_bytes() == MIXED


def test_whoever_has_rules_of_their_own_is_asked_and_theirs_stay(house, leaving, mail, dovecot):
    house = with_decision(house, "hand")
    dovecot.put_script("bob", "mine", b"keep;\r\n")
    step = HandOverRules(house)
    (wish,) = wishes(step, leaving, mail)
    assert wish.after["of"] == "successor@corp.test"
    assert "rules of their own, which would rest" in wish.why
    assert 'the mail rule "fwd" of Alice Archer did' in wish.after["asked"]
    assert "moves to the folder Alder; redirects to team@corp.test" in wish.after["asked"]
    assert "mailbox.example" not in wish.after["asked"]
    step.write(leaving, mail, wish.target, wish.after)
    step.write(leaving, mail, wish.target, wish.after)
    (task,) = house.tasks.tasks(leaving.number)
    assert (task.step, task.due) == ("hand_over_rules", "2026-12-08T17:00:00.000Z")
    found = step.observe(leaving, mail)[wish.target]
    assert step.waiting(found, wish.after).until == task.due
    assert not step.holds(found, wish.after)
    assert dovecot.active_script("bob") == "mine"

    assert house.tasks.confirm(task.id, Confirmation("bob@corp.test", "2026-12-02T09:00:00.000Z", "made it"))
    assert step.holds(step.observe(leaving, mail)[wish.target], wish.after)
    assert step.waiting(step.observe(leaving, mail)[wish.target], wish.after) is None
    step.write(leaving, mail, wish.target, None)
    assert house.tasks.tasks(leaving.number)[0].state is TaskState.WITHDRAWN
    assert step.holds(step.observe(leaving, mail).get(wish.target), None)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'require "variables"; if header :is "from" "a" { redirect "x@corp.test"; }', "it uses variables"),
        (b'redirect "team@corp.test";', "nothing of it files or forwards picked mail"),
    ],
)
def test_what_cannot_be_taken_apart_is_asked_for(house, leaving, mail, dovecot, content, why):
    del dovecot
    (wish,) = wishes(HandOverRules(with_decision(house, "hand", content)), leaving, mail)
    assert wish.target.startswith("by-hand-R-")
    assert why in wish.why


def test_a_successor_without_a_mailbox_is_asked(house, leaving, mail, dovecot):
    del dovecot
    nobody = replace(leaving, successor=replace(leaving.successor, login="zoe", mail="zoe@corp.test"))
    (wish,) = wishes(HandOverRules(with_decision(house, "hand")), nobody, mail)
    assert "the successor has no mailbox there" in wish.why


def test_a_script_that_came_into_service_meanwhile_is_not_displaced(house, leaving, mail, dovecot):
    step = HandOverRules(with_decision(house, "hand"))
    (wish,) = wishes(step, leaving, mail)
    dovecot.put_script("bob", "mine", b"keep;\r\n")
    with pytest.raises(Drifted, match='"mine" is in service there by now'):
        step.write(leaving, mail, wish.target, wish.after)
    assert [script.name for script in mail.scripts("bob")] == ["mine"]


def test_only_what_was_approved_is_written(house, leaving, mail, dovecot):
    del dovecot
    step = HandOverRules(with_decision(house, "hand"))
    (wish,) = wishes(step, leaving, mail)
    other = {**wish.after, "sha256": hashlib.sha256(b"keep;").hexdigest()}
    with pytest.raises(Drifted, match="it is another script now"):
        step.write(leaving, mail, wish.target, other)
    assert mail.scripts("bob") == []
