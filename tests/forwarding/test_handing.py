"""What a successor gets of a leaver's rules: filing and forwarding inside of picked mail, and nothing harmful."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.forwarding.effects import effects_of
from offboard.forwarding.handing import hand_sieve, to_hand
from offboard.forwarding.judging import judge
from offboard.forwarding.sieve import read_sieve
from offboard.forwarding.sieve_grammar import parse_sieve

DOMAINS = ["corp.test"]
OWN = ["ann@corp.test", "Joe@Corp.test"]


def handed(script: str) -> list[str]:
    """Return the lines that the successor gets, without title and require."""
    made = hand_sieve(script.encode(), title="fwd", domains=DOMAINS, not_to=OWN)
    assert made.content, made.why
    return [line.strip() for line in made.content.decode().splitlines()[2:]]


IF = 'if header :contains "from" "alder" {'


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ('require "fileinto"; if header :contains "from" "alder" { fileinto "Clients/Alder"; }',
         [IF, 'fileinto :create "Clients/Alder";', "}"]),
        ('if header :contains "from" "alder" { redirect "team@corp.test"; }',
         [IF, 'redirect :copy "team@corp.test";', "}"]),
        ('require ["fileinto", "copy"];' + IF + 'redirect :copy "x@freemail.invalid"; fileinto "A"; }',
         [IF, 'fileinto :create "A";', "}"]),
        ('require "fileinto"; if header :contains "from" "alder" { fileinto :copy "A"; discard; }',
         [IF, 'fileinto :copy :create "A";', "}"]),
        ('require "fileinto"; redirect "all@corp.test"; if header :contains "from" "alder" { fileinto "A"; }',
         [IF, 'fileinto :create "A";', "}"]),
        ('require "fileinto"; if header :contains "from" "alder" { fileinto "A"; stop; } else { discard; }',
         [IF, 'fileinto :create "A";', "stop;", "}"]),
        ('require "fileinto"; if size :over 1M { discard; stop; } els' + IF + 'fileinto "A"; }',
         ["if size :over 1048576 {", "stop;", "}", f"els{IF}", 'fileinto :create "A";', "}"]),
        ('require "fileinto";\n# rule:[Alder]\nif allof(header :is "from" ["a", "b"]) { fileinto "A\\"B"; }',
         ["# rule:[Alder]", 'if allof (header :is "from" ["a", "b"]) {',
          'fileinto :create "A\\"B";', "}"]),
    ],
)  # fmt: skip
def test_what_is_handed_on(script: str, lines: list[str]) -> None:
    assert handed(script) == lines


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ('redirect "x@freemail.invalid";', "nothing of it"),
        ('redirect "team@corp.test";', "nothing of it"),
        ('if true { redirect "team@corp.test"; }', "nothing of it"),
        ('if not header :contains "from" "alder" { redirect "team@corp.test"; }', "nothing of it"),
        ('if header :contains "from" "alder" { keep; } else { redirect "team@corp.test"; }', "nothing of it"),
        ('if header :contains "from" "alder" { redirect "joe@corp.test"; }', "nothing of it"),
        ('if header :contains "from" "alder" { redirect "ANN@corp.test"; }', "nothing of it"),
        ('require "fileinto"; if header :contains "from" "alder" { fileinto "Trash"; }', "nothing of it"),
        ('require "vacation"; vacation "Bye.";', "nothing of it"),
        ('require "variables"; set "x" "y"; if header :is "from" "a" { redirect "${x}@corp.test"; }', "variables"),
        ('require "include"; include "more";', "include"),
        ('require "vnd.dovecot.pipe"; pipe "upload";', "vnd.dovecot.pipe"),
        ('require ["fileinto", "special-use"]; if header :is "from" "a" { fileinto :specialuse "\\\\Junk" "A"; }',
         "special-use"),
        ("this is no sieve", "cannot be taken apart"),
        ("strange;", 'the command "strange" in line 1'),
        ("", "nothing of it"),
    ],
)  # fmt: skip
def test_what_a_person_has_to_make(script: str, why: str) -> None:
    made = hand_sieve(script.encode(), title="fwd", domains=DOMAINS, not_to=OWN)
    assert (made.content, why in made.why) == (b"", True), made.why


def test_the_title_cannot_become_a_command() -> None:
    script = b'if header :is "from" "a" { redirect "team@corp.test"; }'
    made = hand_sieve(script, title='x"\r\nredirect "x@freemail.invalid";\u2028', domains=DOMAINS, not_to=[])
    assert [command.name for command in parse_sieve(made.content)] == ["require", "if"]


TEXT = st.text(string.printable + "äß€", max_size=12).filter(lambda text: "\x00" not in text)
ACTIONS = st.sampled_from(
    ["keep;", "discard;", "stop;", 'fileinto "A/B";', 'fileinto "Junk";', 'redirect "x@freemail.invalid";',
     'redirect :copy "team@corp.test";', 'addflag "\\\\Deleted";', 'addflag "$later";', 'setflag "\\\\Seen";',
     'reject "no";', 'vacation "Away.";'],
)  # fmt: skip


TESTS = (
    "true",
    'header :contains "subject" "VALUE"',
    'not header "from" "VALUE"',
    'anyof (false, address :is "from" ["VALUE", "b"])',
)


@st.composite
def scripts(draw: st.DrawFn, depth: int = 2) -> str:
    parts = []
    for _ in range(draw(st.integers(0, 3))):
        if depth and draw(st.booleans()):
            value = draw(TEXT).replace("\\", "\\\\").replace('"', '\\"')
            test = draw(st.sampled_from(TESTS)).replace("VALUE", value)
            parts.append(f"if {test} {{ {draw(scripts(depth - 1))} }}")
            parts += [f"else {{ {draw(scripts(depth - 1))} }}"] if draw(st.booleans()) else []
        else:
            parts.append(draw(ACTIONS))
    return "\n".join(parts)


@given(scripts())
def test_nothing_harmful_is_ever_handed_on(body: str) -> None:
    script = f'require ["fileinto", "copy", "imap4flags", "reject", "vacation"];\n{body}'
    made = hand_sieve(script.encode(), title="fwd", domains=DOMAINS, not_to=OWN)
    if not made.content:
        assert made.why
        return
    rules = read_sieve(made.content, mailbox="joe", system="mail", name="x", active=True, domains=DOMAINS)
    kinds = {action.kind for rule in rules for action in rule.actions}
    assert kinds <= {"file", "redirect", "flag", "stop"}
    assert effects_of([judge(rule, domains=DOMAINS) for rule in rules], DOMAINS) == []
    assert all(rule.keeps_copy for rule in rules)
    acting = [rule for rule in rules if any(action.kind in {"file", "redirect"} for action in rule.actions)]
    assert acting
    assert not any(rule.whole_mailbox for rule in acting)
    again = hand_sieve(script.encode(), title="fwd", domains=DOMAINS, not_to=OWN)
    assert again == made, "the same script gives the same bytes"


def test_the_words_leave_out_what_is_not_handed_on() -> None:
    script = (
        'require ["fileinto", "copy"]; if header :contains "from" "alder" '
        '{ redirect :copy "x@freemail.invalid"; fileinto "A"; } redirect "all@corp.test";'
    )
    rules = read_sieve(script.encode(), mailbox="ann", system="mail", name="x", active=True, domains=DOMAINS)
    (rule,) = to_hand(rules, not_to=OWN)
    assert [(action.kind, action.target) for action in rule.actions] == [("file", "A")]
