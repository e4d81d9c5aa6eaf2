"""What we read in a script is what real delivery does: who gets the mail, whether a copy stays, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.forwarding.including import follow_includes
from offboard.forwarding.judging import SENDS, judge, worst
from offboard.forwarding.model import Verdict
from offboard.forwarding.sieve import read_sieve
from tests.forwarding.corpus_figures import labels as corpus_labels
from tests.forwarding.delivering import Mail, Outcome, Post
from tests.forwarding.delivery_cases import CASES, DOMAINS, Case
from tests.servers.dovecot import running_dovecot
from tests.servers.slapd import start_slapd
from tests.servers.smtp import start_smtp_sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.forwarding.model import Action, Rule
    from tests.servers.authority import Authority


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Post]:
    slapd = start_slapd(tmp_path_factory.mktemp("delivered") / "slapd", authority)
    try:
        with start_smtp_sink() as sink, running_dovecot(authority, slapd, submission_port=sink.port) as dovecot:
            yield Post(dovecot, sink)
    finally:
        slapd.stop()


def read(script: bytes) -> list[Rule]:
    return read_sieve(script, mailbox="alice", system="mail", name="main", active=True, domains=DOMAINS)


def foretold(rules: Sequence[Rule], mail: Mail) -> Outcome:
    """Return what these rules do to a mail, by our reading of them."""
    actions = [action for rule in rules for action in rule.actions]
    folders = {
        action.target for action in actions if action.kind in {"file", "copy", "lift"} and "\\" not in action.target
    }
    flags = {letter for rule in rules for action in rule.actions for letter in _letters(action, rule)}
    ends = [rule for rule in rules if any(_takes_away(action) for action in rule.actions)]
    filed = {action.target for action in actions if action.kind == "file"}
    explicit = [rule for rule in ends if rule.keeps_copy and not any(a.kind == "file" for a in rule.actions)]
    if not ends or explicit:
        folders.add("INBOX")
    told = {action.target for action in actions if action.kind == "notify"}
    return Outcome(
        sent=frozenset(
            address.lower() for action in actions if action.kind in SENDS for address in _targets(action, mail)
        ),
        told=frozenset(told),
        answered=any(action.kind in {"reply", "reject"} for action in actions),
        folders=frozenset(folders | filed),
        flags=frozenset(flags),
    )


def _targets(action: Action, mail: Mail) -> tuple[str, ...]:
    """Return the addresses; a variable that only delivery fills is filled from the mail's subject as the case says."""
    if "${1}" in action.target:
        return (action.target.replace("${1}", mail.subject.removeprefix("to:")),)
    return action.may_be or (action.target.replace("${2}", "holiday"),)


def _takes_away(action: Action) -> bool:
    return action.kind in {"file", "reject"} or (action.kind in {"delete", *SENDS} and not action.keeps_copy)


def _letters(action: Action, rule: Rule) -> str:
    if action.kind == "delete":  # a mail that stays is only marked
        return "T" if rule.keeps_copy else ""
    return {"mark_read": "S", "lift": "F" if action.target == "\\Flagged" else ""}.get(action.kind, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_we_read_what_delivery_does(case: Case, post: Post):
    rules = read(case.script.encode())
    post.use(case.script.encode())
    hit = [rule for rule in rules if rule.active] if case.on_hit is None else [rules[place] for place in case.on_hit]
    assert post.deliver(case.hit) == foretold(hit, case.hit)
    if case.miss:
        always = [rule for rule in rules if rule.active and rule.whole_mailbox]
        miss = always if case.on_miss is None else [rules[place] for place in case.on_miss]
        assert post.deliver(case.miss) == foretold(miss, case.miss)


def test_an_included_script_runs(post: Post):
    main, more = b'require "include"; include :personal "more";', b'redirect "x@gmail.com";'
    post.use(main, more=more)
    scripts = [("main", main, True), ("more", more, False)]
    rules = follow_includes(
        rule
        for name, content, active in scripts
        for rule in read_sieve(content, mailbox="alice", system="mail", name=name, active=active, domains=DOMAINS)
    )
    running = [rule for rule in rules if rule.active and rule.name == "more"]
    assert post.deliver(Mail()) == foretold(running, Mail())
    assert worst(judge(rule, domains=DOMAINS) for rule in rules) is Verdict.ALARM
    post.use(main)
    assert post.deliver(Mail()).sent == frozenset({"x@gmail.com"})


def test_a_receiver_that_this_server_leaves_out_is_told_of_all_the_same(post: Post):
    script = b'require "enotify"; notify "mailto:joe@acme.example?bcc=x%40partner.example";'
    post.use(script)
    assert post.deliver(Mail()).told < foretold(read(script), Mail()).told


SAMPLES = (
    Mail(subject="Angebot, Rechnungen, invoice, quote"),
    Mail(subject="Re: heron resign password", body="resign"),
    Mail(sender="pm@supplier.example", subject="[heron-17] delivery", body="Heron.\r\n" * 300),
    Mail(sender="noreply@shop.example", subject="complaint", headers=(("X-Project", "Heron"),)),
    Mail(sender="bounce@list.example", subject="urgent", headers=(("List-Id", "<sales.list.example>"),)),
    Mail(sender="news@shop.example", subject="annheron"),
    Mail(subject="to:x@gmail.com"),
)
"""Mails of which at least one sets off each rule of the corpus that sends anything."""

NEVER_HERE = {
    "tells-a-hidden-receiver",  # by RFC 6068 it is told; this server leaves such receivers out
    "reported-outside",  # needs vnd.dovecot.report, which this server is not told to offer
    "without-a-report-of-failure",  # needs redirect-dsn, which this server does not have
}
"""Scripts of the corpus by which mail leaves, and not from this server."""


def test_labels_say_what_delivery_does(post: Post):
    """The column ``leaves`` of the corpus, on the real server, for every script there."""
    ours = ("@acme.example", ".acme.example", "@acme.test", "@xn--mller-acme-9db.example", "@müller-acme.example")
    wrong = []
    for label in corpus_labels():
        if label.source != "sieve" or label.item in NEVER_HERE or label.leaves == "unknown":
            continue
        post.use(label.data)
        left = any(
            not to.endswith(ours)
            for mail in SAMPLES
            for outcome in [post.deliver(mail)]
            for to in outcome.sent | outcome.told
        )
        if left is not (label.leaves == "yes"):
            wrong.append((label.item, label.leaves))
    assert wrong == []
