"""What raises and lowers a verdict, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from offboard.forwarding.judging import judge, worst
from offboard.forwarding.model import Action, Rule, Verdict

DOMAINS = ("acme.example",)
OUTSIDE = Action("redirect", "x@p.example", external=True)
SOME = Rule(
    mailbox="ann@acme.example",
    system="mail",
    source="sieve",
    name="main",
    active=True,
    conditions=('sender is "a@b.example"',),
    actions=(OUTSIDE,),
    keeps_copy=True,
    hidden=False,
    raw_sha256="0" * 64,
    looks_at=("sender",),
)
ALL = replace(SOME, conditions=(), looks_at=())


@pytest.mark.parametrize(
    ("rule", "verdict", "reason"),
    [
        (SOME, "suspicious", "Mail goes to x@p.example, an address outside the company [MITRE T1114.003]."),
        (ALL, "alarm", "It takes every mail of the mailbox [MITRE T1114.003]."),
        (
            replace(SOME, source="transport"),
            "alarm",
            "It is a transport rule: it works for the whole organisation, unseen by its people [MITRE T1564.008].",
        ),
        (
            replace(SOME, hidden=True),
            "alarm",
            "The rule is hidden from the person's own list of rules [MITRE T1564.008].",
        ),
        (replace(SOME, name="…"), "alarm", 'Its name "…" says nothing [Elastic, inbox rule with an obfuscated name].'),
        (replace(SOME, name="x"), "alarm", 'Its name "x" says nothing [Elastic, inbox rule with an obfuscated name].'),
        (
            replace(SOME, words=("Angebote",)),
            "alarm",
            "It picks mail by words of business or security: angebote [MITRE T1114.003].",
        ),
        (
            replace(SOME, words=("reorder", "borderline")),
            "suspicious",
            "Mail goes to x@p.example, an address outside the company [MITRE T1114.003].",
        ),
        (
            replace(SOME, keeps_copy=False),
            "suspicious",
            "No copy of what it passes on stays in the mailbox [RFC 5228].",
        ),
        (
            replace(SOME, active=False),
            "suspicious",
            "The rule is switched off or never reached: it moves no mail today, and one change makes it run.",
        ),
        (replace(ALL, active=False), "suspicious", "It takes every mail of the mailbox [MITRE T1114.003]."),
        (
            replace(ALL, conditions=('not when subject is "a"',), exceptions_only=True),
            "alarm",
            "It takes every mail of the mailbox except what its conditions leave out [MITRE T1114.003].",
        ),
        (
            replace(ALL, actions=(Action("redirect", "joe@acme.example"),)),
            "notice",
            "Mail goes to joe@acme.example inside the company [RFC 5228].",
        ),
        (
            replace(ALL, actions=(Action("redirect", "${x}", external=None),)),
            "notice",
            'Where mail goes cannot be told before delivery: "${x}" [RFC 5229].',
        ),
        (
            replace(
                ALL, actions=(Action("redirect", "${x}", external=None, may_be=("a@acme.example", "b@p.example")),)
            ),
            "alarm",
            "Mail can go to b@p.example, an address outside the company [MITRE T1114.003].",
        ),
        (
            replace(SOME, actions=(Action("forward", "x@gmail.com", external=True),)),
            "alarm",
            "gmail.com is a provider of private mailboxes [MITRE T1114.003].",
        ),
        (
            replace(SOME, actions=(Action("file", "Work"),), hidden=True),
            "suspicious",
            "The rule is hidden from the person's own list of rules [MITRE T1564.008].",
        ),
        (replace(SOME, actions=(Action("delete"),), looks_at=("spam",)), "none", None),
        (replace(SOME, actions=(Action("reply"),)), "none", None),
        (replace(SOME, actions=(Action("stop"),)), "none", None),
        (replace(SOME, actions=()), "none", None),
        (
            replace(ALL, actions=(Action("include", "other", external=None),)),
            "notice",
            'It includes the script "other": what that one does cannot be told here [RFC 6609].',
        ),
        (replace(ALL, notes=("The source says so.",)), "alarm", "The source says so."),
    ],
)
def test_reasons(rule: Rule, verdict: str, reason: str | None):
    judged = judge(rule, domains=DOMAINS)
    assert judged.verdict.word == verdict
    assert reason in judged.reasons if reason else judged.reasons == ()


def test_the_private_address_of_the_person():
    rule = replace(SOME, actions=(Action("redirect", "Ann@Home.Example", external=True),))
    judged = judge(rule, domains=DOMAINS, private_addresses=["smtp:ann@home.example"])
    assert judged.verdict is Verdict.ALARM
    assert "Ann@Home.Example is a known private address of the person [MITRE T1114.003]." in judged.reasons


def test_changed_after_notice():
    notice, later = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    inside = replace(SOME, actions=(Action("file", "Work"),))
    assert judge(SOME, domains=DOMAINS, notice_given=notice, changed_at=later).verdict is Verdict.ALARM
    assert judge(SOME, domains=DOMAINS, notice_given=later, changed_at=notice).verdict is Verdict.SUSPICIOUS
    assert judge(inside, domains=DOMAINS, notice_given=notice, changed_at=later).verdict is Verdict.NOTICE
    assert judge(replace(SOME, changed_at=later), domains=DOMAINS, notice_given=notice).verdict is Verdict.ALARM


def test_every_judgement_is_the_same_twice_and_fits_the_printed_shape():
    one, other = judge(ALL, domains=DOMAINS), judge(ALL, domains=DOMAINS)
    assert one == other
    assert set(one.to_json()) >= {
        "mailbox",
        "system",
        "source",
        "name",
        "active",
        "conditions",
        "actions",
        "keeps_copy",
        "hidden",
        "verdict",
        "reasons",
        "raw_sha256",
    }
    assert one.to_json()["actions"] == [{"kind": "redirect", "target": "x@p.example", "external": True}]


def test_the_worst_of_several():
    assert worst([]) is Verdict.NONE
    assert worst([judge(SOME, domains=DOMAINS), judge(ALL, domains=DOMAINS)]) is Verdict.ALARM
