"""Reviewing rules on the command line, over a real directory and a real Dovecot, there and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.workplace import SCRIPT

if TYPE_CHECKING:
    from tests.servers.dovecot import Dovecot
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--successor", "bob")
IT = ("--as", "dave@corp.test")
MIXED = (
    'require ["copy", "fileinto"];\r\n# für die Ablage\r\n'
    'if address :domain "from" "alder.example" { fileinto "Alder"; }\r\n'
    'redirect :copy "alice.archer@freemail.invalid";\r\n'
)


@pytest.fixture
def number(workplace: Workplace) -> str:
    found: str = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    return found


def test_every_rule_is_listed_with_verdict_and_suggestion(workplace: Workplace, number: str, dovecot: Dovecot) -> None:
    dovecot.put_script("alice", "old", 'redirect "team@corp.test";', active=False)
    rows = {row["name"]: row for row in workplace.json("rules", "review", number)}
    assert {name: (row["verdict"], row["suggestion"], row["decision"]) for name, row in rows.items()} == {
        "holiday": ("alarm", "stop", None),
        "old": ("notice", "keep", None),
    }
    text = workplace.run("rules", "review", number)
    assert "suggested: stop. It is put out of service and stays where it is" in text
    assert rows["holiday"]["id"] in text
    assert "an address outside the company [MITRE T1114.003]" in text


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("holiday", "--leave", *IT), 1, "with a reason only"),
        (("holiday", "--keep", *IT), 1, "would go on working"),
        (("holiday", "--stop", "--as", "erin@corp.test"), 1, "takes the role it"),
        (("holiday", "--stop"), 1, "nobody said who decides"),
        (("nothing", "--stop", *IT), 1, "has no mail rule nothing"),
        (("holiday", *IT), 2, "say one thing"),
        (("holiday", "--stop", "--hand", *IT), 2, "say one thing"),
        (("--stop", *IT), 2, "say which rules"),
        (("holiday", "--outside", "--stop", *IT), 2, "say which rules"),
    ],
)
def test_what_is_refused(workplace: Workplace, number: str, words: tuple[str, ...], code: int, text: str) -> None:
    workplace.run("rules", "decide", number, *words, code=code)
    assert text in workplace.last_error
    assert workplace.json("rules", "review", number)[0]["decision"] is None


def test_mail_that_cannot_be_asked_is_exit_3_with_what_is_known(
    workplace: Workplace, number: str, dovecot: Dovecot
) -> None:
    dovecot.stop()
    rows = workplace.json("rules", "review", number, code=3)
    assert [row["name"] for row in rows] == ["holiday"]
    dovecot.start()


def test_a_left_rule_goes_on_until_it_is_decided_otherwise(
    workplace: Workplace, number: str, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    workplace.run("approve", number, *IT)
    said = workplace.run(
        "rules", "decide", number, "holiday", "--leave", "--because", "the owner reads it", "--as", "dora@corp.test"
    )
    assert "is planned anew" in said
    workplace.run("apply", number, code=1)
    assert "stop_forwarding" not in {change["step"] for change in workplace.json("plan", number)["changes"]}
    workplace.run("approve", number, *IT)
    workplace.run("apply", number)
    dovecot.deliver("ida@alder.example", "alice@corp.test", "left")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 1
    assert workplace.json("verify", number)["holds"]

    workplace.run("rules", "decide", number, "--outside", "--stop", *IT)
    workplace.run("approve", number, "--as", "dora@corp.test")
    workplace.run("apply", number)
    dovecot.deliver("ida@alder.example", "alice@corp.test", "stopped")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 1
    (row,) = workplace.json("rules", "review", number)
    assert (row["decision"]["decision"], bool(row["stopped_by"])) == ("stop", True)

    workplace.run("rules", "decide", number, row["id"], "--leave", "--because", "it was agreed after all", *IT)
    assert dovecot.active_script("alice") != "holiday"
    workplace.run("approve", number, *IT, code=1)
    workplace.run("approve", number, "--as", "dora@corp.test")
    workplace.run("apply", number)
    assert dovecot.script_file("alice", "holiday").read_bytes() == SCRIPT.encode()
    assert dovecot.active_script("alice") == "holiday"
    dovecot.deliver("ida@alder.example", "alice@corp.test", "again")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 2


def test_the_successor_gets_what_was_handed_on_and_undo_restores_every_byte(
    workplace: Workplace, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    dovecot.put_script("alice", "holiday", MIXED)
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    before = _scripts(dovecot)
    workplace.run("rules", "decide", number, "holiday", "--hand", "--because", "bob takes Alder on", *IT)
    steps = {change["step"]: change for change in workplace.json("plan", number)["changes"]}
    assert steps["hand_over_rules"]["label"] == 'mail rule "holiday from alice" for Bob Baker'
    workplace.run("approve", number, "--as", "dora@corp.test")
    workplace.run("apply", number)

    dovecot.deliver("ida@alder.example", "bob@corp.test", "for bob")
    assert len(dovecot.doveadm("search", user="bob", query=["mailbox", "Alder", "all"])) == 1
    assert smtp_sink.to("alice.archer@freemail.invalid") == []
    assert workplace.json("verify", number)["holds"]
    assert [row["name"] for row in workplace.json("rules", "review", number)] == ["holiday"]

    workplace.run("undo", number, *IT)
    workplace.run("approve", number, "--as", "dora@corp.test")
    workplace.run("apply", number)
    assert _scripts(dovecot) == before
    assert (dovecot.active_script("alice"), dovecot.active_script("bob")) == ("holiday", None)
    bundle = str(workplace.folder / "evidence.zip")
    workplace.run("evidence", "export", number, bundle)
    assert workplace.json("evidence", "check", bundle)["ok"]
    told = [json.loads(line) for line in workplace.firm().store.evidence.lines(number)]
    (decided,) = [x["body"] for x in told if x["kind"] == "rule" and x["body"]["did"] == "decided"]
    assert (decided["decision"], decided["by"], decided["because"]) == ("hand", "dave@corp.test", "bob takes Alder on")


def _scripts(dovecot: Dovecot) -> dict[str, bytes]:
    folder = dovecot.folder / "home"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/sieve/*.sieve"))}
