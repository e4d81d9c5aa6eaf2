"""Scripts of a size that no person writes: nothing hides in them, and they cost no more than their size."""

from __future__ import annotations

import pytest

from offboard.forwarding.judging import judge
from offboard.forwarding.model import Verdict
from offboard.forwarding.sieve import MAX_RULES, read_sieve
from offboard.forwarding.sieve_grammar import NoSieve, parse_sieve

DOMAINS = ("acme.example",)
FILING = 'if header :is "list-id" "{}" {{ fileinto "Lists"; stop; }}\n'


def read(script: str):
    return read_sieve(script.encode(), mailbox="ann", system="mail", name="main", active=True, domains=DOMAINS)


def test_a_redirect_behind_thousands_of_rules_is_told():
    filing = "".join(FILING.format(number) for number in range(MAX_RULES + 50))
    rules = read(f'require "fileinto";\n{filing}redirect "me@privatepost.example";\n')
    assert len(rules) == MAX_RULES + 2
    assert rules[-1].actions[0].kind == "unknown"
    sending = judge(rules[-2], domains=DOMAINS)
    assert sending.verdict == Verdict.ALARM
    assert sending.rule.place == f"line {MAX_RULES + 52}"


def test_what_follows_many_stops_is_said_to_never_run_once():
    rules = read("stop;\n" * (MAX_RULES + 50))
    assert rules[0].active
    assert rules[0].conditions == ()
    assert {rule.conditions for rule in rules[1:MAX_RULES]} == {("never, because the script has stopped before",)}
    assert not any(rule.active for rule in rules[1:MAX_RULES])


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("keep;\n/* a\nb */ keep;\n@", "line 4: cannot read '@'"),
        ('fileinto "a\nb";\n\n  keep', "line 4: ';' was expected, not 'the end'"),
        ("vacation text:\none\n..two\n.\n;\nkeep;;", "line 6: a command was expected, not ';'"),
        ("keep;\r\n12abc;", "line 2: cannot read '12abc;'"),
        ('redirect ["a", ];', "line 1: a string was expected, not ']'"),
        ("if anyof(true, (false)) {keep;}", "line 1: a name was expected, not '('"),
    ],
)
def test_a_fault_names_its_line(script: str, told: str):
    with pytest.raises(NoSieve) as caught:
        parse_sieve(script.encode())
    assert told in str(caught.value)


def test_every_command_knows_its_line():
    script = '# one\nkeep;\nfileinto\n "a";\nif true {\n\n stop; }\nvacation text:\n..x\n.\n;\nkeep;'
    commands = parse_sieve(script.encode())
    assert [command.line for command in commands] == [2, 3, 5, 8, 12]
    assert [command.line for command in commands[2].block or ()] == [7]
    assert commands[3].arguments == ((".x\n",),)
