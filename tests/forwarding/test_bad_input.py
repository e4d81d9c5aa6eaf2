"""Broken, ambiguous, hostile and enormous input: refused with its place, or reported as unknown; never a crash."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.errors import BadInput
from offboard.forwarding.judging import judge
from offboard.forwarding.reading import FORMATS, read_rules
from offboard.forwarding.sieve import read_sieve
from tests.forwarding.sieve_cases import CASES
from tests.trying import tried

if TYPE_CHECKING:
    from offboard.forwarding.model import Rule

DOMAINS = ("acme.example",)


def read(content: bytes) -> list[Rule]:
    return read_sieve(content, mailbox="ann", system="mail", name="main", active=True, domains=DOMAINS)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'[{"Name": "a", "ForwardTo": "x@p.example", "ForwardTo": null}]', "the key 'ForwardTo' stands twice"),
        (b'[{"Name": "a",\n "Priority": NaN}]', "NaN is no JSON number"),
        (b'[{"Priority": -Infinity}]', "-Infinity is no JSON number"),
        (b'[{"Priority": 1e999}]', "the number 1e999 is too large"),
        (b'[{"Priority": ' + b"9" * 5000 + b"}]", "from line 1"),
        (b'[{"Name": "a"},\n{"Name": }]', "line 2 is no JSON"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b"[" * 70 + b"]" * 70, "nested deeper than 64"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested deeper than 64"),
        (b"", "line 1 is no JSON"),
        (b"\xff", "byte 0 is no utf-8 text"),
        (b'"text"', "a list of records or one record was expected, not str"),
        (b"7", "a list of records or one record was expected, not int"),
        (b"null", "a list of records or one record was expected, not NoneType"),
    ],
)
@pytest.mark.parametrize("format", ["exchange", "graph", "audit"])
def test_json_that_is_refused(data: bytes, place: str, format: str):  # noqa: A002 - the word of the command line
    with pytest.raises(BadInput) as caught:
        read_rules(data, format, domains=DOMAINS, name="rules.json")
    assert "rules.json" in str(caught.value)
    assert place in str(caught.value)
    assert caught.value.hint


def test_the_line_of_a_broken_audit_file_is_named():
    data = b'{"Operation": "UserLoggedIn"}\n{"Operation": "UserLoggedIn", "a": NaN}\n'
    with pytest.raises(BadInput, match="line 2"):
        read_rules(data, "audit", domains=DOMAINS, name="audit.jsonl")


def test_broken_json_inside_a_record_is_refused_too():
    with pytest.raises(BadInput, match="AuditData"):
        read_rules(b'{"AuditData": "{"}', "audit", domains=DOMAINS, name="audit.json")


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(BadInput) as caught:
        read_rules(b"", "outlook", domains=DOMAINS)
    assert all(known in caught.value.hint for known in FORMATS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_that_powershell_writes(encoding: str):
    data = json.dumps([{"Name": "Büro", "RuleIdentity": 1, "DeleteMessage": True}], ensure_ascii=False).encode(encoding)
    assert read_rules(data, "exchange", domains=DOMAINS)[0].name == "Büro"


def test_text_that_is_no_unicode_can_still_be_printed():
    rule = read_rules(
        b'[{"Name": "a\\ud800b", "RuleIdentity": 1, "DeleteMessage": true}]', "exchange", domains=DOMAINS
    )[0]
    json.dumps(judge(rule, domains=DOMAINS).to_json(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("record", ["text", 7, None, True, [], {}, {"a": {"b": []}}])
@pytest.mark.parametrize("format", ["exchange", "graph", "audit"])
def test_what_is_no_rule_is_never_called_clean(record: object, format: str):  # noqa: A002 - as above
    rules = read_rules(json.dumps([[record]] if record == [] else [record]).encode(), format, domains=DOMAINS)
    assert all(judge(rule, domains=DOMAINS).verdict > 0 for rule in rules)
    assert rules or record == []


@pytest.mark.parametrize(
    "script",
    [
        b"keep",
        b"keep;;",
        b'"',
        b'redirect "',
        b"/*",
        b"if",
        b"if true",
        b"if true {",
        b"}",
        b"(",
        b"[",
        b":copy;",
        b"12;",
        b'redirect ["a@b.example"',
        b"keep;\x00",
        b"# \x00\nkeep;",
        b"text:\nno end",
        b"\x0c",
        b"if not { }",
        b"elsif true { keep; }",
        b"else { keep; }",
        b"if true { keep; } keep; else { keep; }",
        b"redirect;",
        b"redirect 5;",
        b'redirect ["a@b.c","d@e.f"];',
        b'keep; require "fileinto";',
        b"if true { " * 40 + b"}" * 40,
        b"if not " * 40 + b"true { }",
        b"size 10KB;",
        b"99999999999999999999999;",
    ],
)
def test_a_script_that_cannot_be_read_is_unknown_and_never_clean(script: bytes):
    rules = read(script)
    assert any(action.kind == "unknown" for rule in rules for action in rule.actions)
    assert any(judge(rule, domains=DOMAINS).reasons for rule in rules)


def test_nonsense_that_never_runs_hides_nothing():
    rules = read(b'if false { else; } redirect "x@gmail.com";')
    assert any(action.target == "x@gmail.com" and rule.active for rule in rules for action in rule.actions)


def test_comments_in_another_encoding_hide_nothing():
    rules = read(b'# caf\xe9\nredirect "x@gmail.com";')
    assert [action.target for action in rules[0].actions] == ["x@gmail.com"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_line_endings_and_the_byte_order_mark(ending: bytes):
    lines = [
        b"\xef\xbb\xbf# first",
        b'require "vacation";',
        b"vacation text:",
        b'redirect "a@b.c";',
        b".",
        b";",
        b'redirect "x@p.example";',
    ]
    assert [a.target for r in read(ending.join(lines)) for a in r.actions if a.kind == "redirect"] == ["x@p.example"]


@pytest.mark.parametrize(
    "script",
    [
        b'if header "subject" "a" { discard; stop; }\n' * 7_000,
        b'redirect "x@p.example";\n' * 10_000,
        b'require "fileinto";' + b'if anyof (header "a" "b"' + b', header "a" "b"' * 15_000 + b') { fileinto "x"; }',
        b"keep;\n" + b"#" * 1_000_000,
        b'keep; "' + b"\\" * 1_000_000,
        b"keep; text:\n" + b"..\n" * 300_000,
        b"if true { keep; stop; if true { stop; } " * 31 + b"}" * 31,
        (b'if header "a" "b" { ' * 30 + b"stop;" + b" } stop;" * 30) * 60,
    ],
    ids=["branches", "redirects", "tests", "comment", "string", "text", "nested stops", "nested guards"],
)
def test_a_large_script_is_read_in_a_few_seconds(script: bytes):
    started = time.perf_counter()
    rules = read(script)
    for rule in rules:
        judge(rule, domains=DOMAINS)
    assert time.perf_counter() - started < 10
    assert all(len(rule.conditions) < 200 for rule in rules)


def test_a_script_beyond_every_limit_is_unknown():
    assert read(b"#" * 5_000_000)[0].actions[0].kind == "unknown"


@given(st.binary())
def test_any_bytes_have_an_answer(content: bytes):
    for rule in read(content):
        judge(rule, domains=DOMAINS)


WORDS = st.sampled_from(
    [
        "if",
        "elsif",
        "else",
        "true",
        "false",
        "not",
        "anyof",
        "(",
        ")",
        "{",
        "}",
        ";",
        ",",
        "[",
        "]",
        '"a@p.example"',
        ":copy",
        "redirect",
        "keep",
        "stop",
        "discard",
        "fileinto",
        "header",
        "require",
        "text:\na\n.\n",
        "# c\n",
        "/* c */",
        "5K",
        '"${x}"',
        "set",
        "addflag",
    ]
)


@given(st.lists(st.one_of(WORDS, st.sampled_from([case.script for case in CASES])), max_size=25))
@tried(200)
def test_any_words_have_an_answer_and_a_redirect_is_never_lost(words: list[str]):
    script = " ".join(words)
    rules = read(script.encode())
    for rule in rules:
        judge(rule, domains=DOMAINS)
    assert read(script.encode()) == rules
    kinds = {action.kind for rule in rules for action in rule.actions}
    if "unknown" not in kinds:
        again = read((script + '\nredirect "sure@p.example";').encode())
        targets = [action.target for rule in again for action in rule.actions]
        assert "sure@p.example" in targets


KEYS = st.sampled_from(
    [
        "Name",
        "ForwardTo",
        "RedirectTo",
        "Enabled",
        "From",
        "conditions",
        "actions",
        "forwardTo",
        "emailAddress",
        "address",
        "Operation",
        "Parameters",
        "Value",
        "RuleIdentity",
        "ForwardingSmtpAddress",
        "BlindCopyTo",
        "value",
        "AuditData",
        "events",
        "id",
        "actor",
        "WithinSizeRangeMinimum",
        "withinSizeRange",
        "minimumSize",
        "OperationProperties",
        "SubjectContainsWords",
        "MoveToFolder",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["exchange", "graph", "audit"]))
@tried(200)
def test_any_json_has_an_answer_or_a_reason(value: object, format: str):  # noqa: A002 - as above
    if not isinstance(value, list | dict):
        value = [value]
    with contextlib.suppress(BadInput):  # AuditData may hold a text that is no JSON
        for rule in read_rules(json.dumps(value).encode(), format, domains=DOMAINS):
            json.dumps(judge(rule, domains=DOMAINS).to_json())
