"""Playbooks: what is accepted, and every fault of one at once with its line."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from offboard.commands.systems import playbook_schema
from offboard.domain.change import Phase
from offboard.domain.playbook import Entry, Playbook, parse_playbook
from offboard.errors import BadInput
from offboard.letters.places import shipped
from offboard.wiring import read_playbook

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {"disable_account": (), "leave_groups": ("keep",), "stop_forwarding": ("what",), "send_letters": ()}
SHIPPED = sorted(shipped("").glob("*.yaml"))


def parse(text: str) -> Playbook:
    return parse_playbook(text, source="p.yaml", steps=STEPS)


def faults(text: str) -> list[str]:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert refused.value.hint
    return refused.value.faults or [str(refused.value)]


def test_a_playbook_in_full() -> None:
    text = """\
playbook: our own      # a comment
title: "Somebody: leaves"
urgent: true
secure:
  - disable_account
  - leave_groups: {on: office, keep: [all staff, "007", 12, true]}
  - stop_forwarding:
      what: all
inform:
  - send_letters:
hand_over: []
"""
    assert parse(text) == Playbook(
        name="our own",
        title="Somebody: leaves",
        urgent=True,
        entries=(
            Entry(Phase.SECURE, "disable_account", "all", {}, 5),
            Entry(Phase.SECURE, "leave_groups", "office", {"keep": ["all staff", "007", 12, True]}, 6),
            Entry(Phase.SECURE, "stop_forwarding", "all", {"what": "all"}, 7),
            Entry(Phase.INFORM, "send_letters", "all", {}, 10),
        ),
        digest=hashlib.sha256(b"offboard/playbook/v1\x00" + text.encode()).hexdigest(),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("010", "010"),
        ("0o10", "0o10"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        ("2026-12-01", "2026-12-01"),
        ("12", 12),
        ("0", 0),
        ("1e3", "1e3"),
        ("1.5", "1.5"),
        ("-1", "-1"),
        ("1_000", "1_000"),
        ("9" * 18, int("9" * 18)),
        ("9" * 5000, "9" * 5000),
        ("'12'", "12"),
        ('"true"', "true"),
        ("~", "~"),
        ("null", "null"),
        (".inf", ".inf"),
        ("\uff11\uff12", "\uff11\uff12"),
        ("{{ leaver }}", None),
        ("'{{ leaver }} ${HOME}'", "{{ leaver }} ${HOME}"),
    ],
)
def test_an_option_is_what_is_written(written: str, read: Any) -> None:
    text = f"playbook: x\nsecure:\n  - stop_forwarding: {{what: {written}}}\n"
    if read is None:
        assert faults(text)
    else:
        assert parse(text).entries[0].options == {"what": read}
        assert type(parse(text).entries[0].options["what"]) is type(read)


SECURE = "playbook: x\nsecure:\n"
GOOD = SECURE + "  - disable_account\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "p.yaml:1: a playbook is one mapping"),
        ("# only a comment\n", "p.yaml:1: a playbook is one mapping"),
        ("- disable_account\n", "p.yaml:1: a playbook is one mapping"),
        ("just text", "p.yaml:1: a playbook is one mapping"),
        (GOOD + "---\n" + GOOD, "p.yaml:1: a playbook is one mapping"),
        ("playbook: x\n", "p.yaml:1: there is no step"),
        ("secure: [disable_account]\n", "p.yaml:1: the key 'playbook' (its name) is missing"),
        ("playbook:\n" + GOOD[len("playbook: x\n") :], "p.yaml:1: playbook must be text"),
        ("playbook: '  '\n" + GOOD[len("playbook: x\n") :], "p.yaml:1: playbook must be text"),
        (GOOD + "playbook: y\n", "p.yaml:4: the key 'playbook' stands twice"),
        (GOOD + "secure:\n  - send_letters\n", "p.yaml:4: the key 'secure' stands twice"),
        (SECURE + "  - disable_acount\n", "p.yaml:3: unknown step 'disable_acount'; did you mean 'disable_account'?"),
        (SECURE + "  - format_disk: {on: all}\n", "p.yaml:3: unknown step 'format_disk'; known:"),
        (
            SECURE + "  - leave_groups: {kept: [x]}\n",
            "p.yaml:3: unknown option of leave_groups 'kept'; did you mean 'keep'?",
        ),
        (
            SECURE + "  - leave_groups:\n      on: all\n      nope: 1\n",
            "p.yaml:5: unknown option of leave_groups 'nope'",
        ),
        (SECURE + "  - leave_groups: {keep: a, keep: b}\n", "p.yaml:3: the key 'keep' stands twice"),
        (SECURE + "  - leave_groups: {on: a, on: b}\n", "p.yaml:3: the key 'on' stands twice"),
        (SECURE + "  - leave_groups: {on: [a, b]}\n", "'on' must be a system's name or 'all'"),
        (SECURE + "  - leave_groups: {on: 12}\n", "'on' must be a system's name or 'all'"),
        (SECURE + "  - leave_groups: {on: ''}\n", "'on' must be a system's name or 'all'"),
        (SECURE + "  - leave_groups: all\n", "p.yaml:3: the options of leave_groups must be a mapping"),
        (SECURE + "  - leave_groups: [on, all]\n", "p.yaml:3: the options of leave_groups must be a mapping"),
        (SECURE + "  - leave_groups: {keep: {a: b}}\n", "an option is text, a whole number, true or false, or a list"),
        (SECURE + "  - leave_groups: {keep: [a, [b, {c: d}]]}\n", "an option is text"),
        (SECURE + "  - disable_account: {}\n    leave_groups: {}\n", "p.yaml:3: each step is one line such as"),
        (SECURE + "  -\n", "p.yaml:3: unknown step ''"),
        (SECURE + "  - [disable_account]\n", "p.yaml:3: each step is one line such as"),
        ("playbook: x\nsecure: disable_account\n", "p.yaml:2: secure must be a list of steps"),
        ("playbook: x\nsecure: {disable_account: }\n", "p.yaml:2: secure must be a list of steps"),
        (GOOD + "secrue:\n  - disable_account\n", "unknown key 'secrue'; did you mean 'secure'?"),
        (GOOD + "version: 2\n", "p.yaml:4: unknown key 'version'; known: playbook, title, urgent"),
        (GOOD + "urgent: yes\n", "p.yaml:4: urgent must be true or false"),
        (GOOD + "urgent: [true]\n", "p.yaml:4: urgent must be true or false"),
        (GOOD + "title: {a: b}\n", "p.yaml:4: title must be text"),
        (GOOD + "? [a, b]\n: c\n", "a key must be a word"),
        (GOOD + "<<: {urgent: true}\n", "p.yaml:4: merging with << is not allowed"),
        (SECURE + "  - leave_groups: {<<: {on: all}}\n", "p.yaml:3: merging with << is not allowed"),
        (SECURE + "\t- disable_account\n", "p.yaml:3: found character '\\t'"),
        ("playbook: 'x\n", "found unexpected end of stream"),
        ("playbook: x: y\n", "p.yaml:1: mapping values are not allowed here"),
        ("playbook: x\n  secure: []\n", "mapping values are not allowed here"),
        ("%YAML 3.0\n---\n" + GOOD, "incompatible YAML document"),
        ("playbook: \x07x\n", "special characters are not allowed"),
        ("playbook: *nobody\n", "found undefined alias"),
        (
            GOOD.replace("x", "!!python/object/apply:os.system ['true']"),
            "p.yaml:1: a tag such as tag:yaml.org,2002:python",
        ),
        (GOOD.replace("x", "!!python/name:os.system x"), "p.yaml:1: a tag such as"),
        (SECURE + "  - leave_groups: {keep: !!python/name:os.system }\n", "p.yaml:3: a tag such as"),
        (
            SECURE + "  - leave_groups: {keep: !include /etc/passwd}\n",
            "p.yaml:3: a tag such as !include is not allowed",
        ),
        (SECURE + "  - leave_groups: {keep: [!ours x]}\n", "p.yaml:3: a tag such as !ours"),
        (SECURE + "  - leave_groups: {on: ! all}\n", "p.yaml:3: a tag such as !"),
        (SECURE + "  - leave_groups: {keep: !!str x}\n", "p.yaml:3: a tag such as"),
        (SECURE + "  - !ours disable_account\n", "p.yaml:3: a tag such as !ours"),
        (SECURE + "  - !ours {disable_account: {}}\n", "p.yaml:3: a tag such as !ours"),
        (GOOD.replace("secure:", "secure: !!set"), "p.yaml:2: a tag such as"),
        (GOOD + "!ours title: x\n", "p.yaml:4: a tag such as !ours"),
        (GOOD + "title: &t x\nplaybook: *t\n", "p.yaml:5: an alias such as *t is not allowed"),
        (SECURE + "  - leave_groups: {keep: &a [x, *a]}\n", "p.yaml:3: an alias such as *a"),
        (
            SECURE + "  - disable\u200b_account\n",
            "unknown step 'disable\\u200b_account'; did you mean 'disable_account'?",
        ),
        (GOOD.replace("disable_account", "dis\u0430ble_account"), "unknown step"),
        (GOOD.replace("secure", "\u202esecure"), "unknown key '\\u202esecure'"),
    ],
)
def test_each_fault_is_named_with_its_line(text: str, named: str) -> None:
    found = faults(text)

    assert any(named in fault for fault in found), found
    assert all(fault.startswith("p.yaml") for fault in found)


def test_all_faults_come_at_once() -> None:
    text = """\
title: [x]
urgent: maybe
secure:
  - disable_acount
  - leave_groups: {keep: {a: b}, nope: 1}
  - disable_account: {on: ''}
hand_over: nothing
colour: blue
"""
    assert [fault.split(": ", 1)[0] for fault in faults(text)] == [
        "p.yaml:1", "p.yaml:2", "p.yaml:4", "p.yaml:5", "p.yaml:5", "p.yaml:6", "p.yaml:7", "p.yaml:8", "p.yaml:1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)),
        SECURE
        + "".join(
            f"  - leave_groups: {{keep: &{chr(97 + i)} [{', '.join(['*' + chr(96 + i)] * 9 if i else 'x')}]}}\n"
            for i in range(20)
        ),
        GOOD + "title: " + "x" * 10_000_000,
        "[" * 10_000,
        "{a: " * 5_000 + "}" * 5_000,
        SECURE + "  - leave_groups: {keep: " + "[" * 4_000 + "]" * 4_000 + "}\n",
        "- " * 40_000,
        "? " * 40_000,
    ],
    ids=["laughs", "laughing options", "10 MB", "lists", "mappings", "options", "dashes", "keys"],
)
@pytest.mark.timeout(30)
def test_nothing_is_so_big_or_deep_that_it_breaks(text: str) -> None:
    assert len(str(faults(text))) < 2_000


@given(st.text(max_size=300))
def test_whatever_is_written_ends_in_a_playbook_or_in_faults(text: str) -> None:
    try:
        parse(text)
    except BadInput as error:
        refused = error
    else:
        return
    assert refused.faults


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_ones_are_right_and_fit_the_schema(path: Path) -> None:
    playbook = read_playbook(path)

    assert playbook.name == path.stem
    assert playbook.urgent is (path.stem == "urgent")
    assert all(entry.on == "all" for entry in playbook.entries), "they work for any company unchanged"
    jsonschema.validate(as_editors_read_it(path.read_text(encoding="utf-8")), playbook_schema())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(playbook_schema())
    assert {path.stem for path in SHIPPED} >= {"employee", "urgent", "contractor"}


@pytest.mark.parametrize(
    "text",
    [
        "secure: [disable_account]",
        "playbook: 12\nsecure: [disable_account]",
        "playbook: x\nsecrue: [disable_account]",
        "playbook: x\nurgent: maybe",
        "playbook: x\nsecure: disable_account",
        "playbook: x\nsecure: [disable_acount]",
        "playbook: x\nsecure: [{disable_acount: {}}]",
        "playbook: x\nsecure: [{disable_account: {}, leave_groups: {}}]",
        "playbook: x\nsecure: [{leave_groups: {kept: [x]}}]",
        "playbook: x\nsecure: [{leave_groups: {on: [office]}}]",
        "playbook: x\nsecure: [{leave_groups: all}]",
        "- playbook",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_editors_read_it(text), playbook_schema())


def as_editors_read_it(text: str) -> Any:
    """Read YAML as editors do (YAML 1.2, in which ``on`` is a word)."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool") or first in "tTfF"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader with fewer words for true
