"""Labelled Sieve scripts come out as their labels say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.forwarding.judging import judge, worst
from offboard.forwarding.sieve import read_sieve
from tests.forwarding.sieve_cases import CASES, DOMAINS, WITH_PLUGINS, Case

if TYPE_CHECKING:
    from offboard.forwarding.model import Rule


def read(script: str | bytes, **more) -> list[Rule]:
    content = script if isinstance(script, bytes) else script.encode()
    given = {"mailbox": "ann@acme.example", "system": "mail", "name": "main", "active": True, "domains": DOMAINS}
    return read_sieve(content, **(given | more))


@pytest.mark.parametrize("case", [*CASES, *WITH_PLUGINS], ids=lambda case: case.name)
def test_label(case: Case):
    judged = [judge(rule, domains=DOMAINS) for rule in read(case.script)]
    assert worst(judged).word == case.verdict
    outside = [action for one in judged for action in one.rule.actions if action.external]
    could_be = [address for one in judged for action in one.rule.actions for address in action.may_be]
    assert tuple(action.target for action in outside) + tuple(could_be) == case.outside
    assert all(one.reasons for one in judged if one.verdict > 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_that_is_switched_off_is_never_an_alarm_and_never_clean(case: Case):
    judged = [judge(rule, domains=DOMAINS) for rule in read(case.script, active=False)]
    expected = {"alarm": "suspicious"}.get(case.verdict, case.verdict)
    assert worst(judged).word == expected
    assert all(
        "switched off" in one.reasons[-1] or "switched off" in " ".join(one.reasons) for one in judged if one.verdict
    )


def test_conditions_are_sentences():
    script = """require ["envelope", "regex", "relational", "body", "imap4flags"];
    if allof (
        header :contains ["Subject"] ["invoice", "quote"],
        not address :domain :is "From" "acme.example",
        anyof (size :over 2K, exists "X-Client", body :contains "pay"),
        header :value "ge" "X-Level" "5",
        envelope :localpart :matches "to" "sales*",
        hasflag "\\\\Seen"
    ) { redirect "x@p.example"; }"""
    assert read(script)[0].conditions == (
        'subject contains "invoice" or "quote"',
        'not when sender\'s domain is "acme.example"',
        'it is larger than 2048 bytes or it has the header "X-Client" or body contains "pay"',
        'header "X-Level" is at least "5"',
        'envelope recipient\'s name before the @ matches "sales*"',
        'it carries the flag "\\Seen"',
    )


def test_branches_say_what_was_not_taken_before():
    rules = read('if header "subject" "a" { discard; } elsif true { redirect "x@p.example"; } else { discard; }')
    assert [rule.conditions for rule in rules] == [
        ('subject is "a"',),
        ('not when subject is "a"',),
        ('not when subject is "a"', "never"),
    ]
    assert [rule.active for rule in rules] == [True, True, False]
    assert rules[1].whole_mailbox


def test_long_chains_stay_readable():
    links = "".join(f'elsif header "subject" "{number}" {{ discard; stop; }} ' for number in range(500))
    rules = read(f'if false {{ stop; }} {links} else {{ keep; }} redirect "x@p.example";')
    assert "one of the" in rules[-1].conditions[0]
    assert all(len(rule.conditions) <= 5 for rule in rules)


def test_names_and_places():
    script = '# rule:[Leads]\nif header "subject" "a"\n{\n  discard;\n}\n\nredirect "x@p.example";\n'
    rules = read(script)
    assert [(rule.name, rule.label, rule.place) for rule in rules] == [
        ("main", "Leads", "line 4"),
        ("main", "", "line 7"),
    ]


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ('redirect "x@p.example";', False),
        ('redirect "x@p.example"; keep;', True),
        ('require "copy"; redirect :copy "x@p.example";', True),
        ('require "fileinto"; fileinto "A";', True),
        ('redirect "x@p.example"; discard;', False),
        ('require "fileinto"; redirect "x@p.example"; fileinto "A";', True),
        ('redirect "x@p.example"; discard; keep;', True),
        ('require "reject"; reject "no";', False),
        ('require "vacation"; vacation "away";', True),
    ],
)
def test_the_implicit_keep(script: str, kept: bool):
    assert [rule.keeps_copy for rule in read(script)] == [kept]


def test_a_dot_at_the_start_of_a_line_is_doubled_in_a_text_block():
    assert read("redirect text:\n..x@p.example\n.\n;")[0].actions[0].target == ".x@p.example"


def test_a_rule_that_says_nothing_by_its_name_is_suspicious():
    judged = judge(
        read('require "fileinto"; # rule:[.]\nif address "from" "a@b.example" { fileinto "Work"; }')[0], domains=()
    )
    assert judged.verdict.word == "suspicious"


def test_many_rules_end_in_one_that_is_unknown():
    rules = read("".join('if header "subject" "a" { discard; }\n' for _ in range(2500)))
    assert rules[-1].actions[0].kind == "unknown"
    assert len(rules) == 2000 + 1, "the limit, and one that says that there are more"


def test_a_constant_that_is_filled_in_part_still_shows_whose_domain_it_is():
    script = 'require "variables"; if header :matches "subject" "*x*" { set "to" "${1}@gmail.com"; redirect "${to}"; }'
    (judged,) = [judge(rule, domains=DOMAINS) for rule in read(script)]
    assert judged.rule.actions[0].may_be == ("${1}@gmail.com",)
    assert judged.verdict.word == "alarm"


def test_variables_that_fill_each_other_come_to_an_end():
    script = 'require "variables"; set "a" "${b}${b}"; set "b" "${a}${a}x@gmail.com"; redirect "${a}";' * 50
    assert all(len(action.may_be) <= 16 for rule in read(script) for action in rule.actions)
