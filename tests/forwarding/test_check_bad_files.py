"""``rules check`` on broken, ambiguous, hostile and enormous files: an error that names the place, or *cannot tell*."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from offboard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

RULE = {"Name": "a", "RuleIdentity": 1, "ForwardTo": ["x@partner.example"], "Enabled": True}
TO = [{"emailAddress": {"address": "x@partner.example"}}]
SIGNED_IN = b'{"Operation": "UserLoggedIn", "UserId": "ann@acme.example"}\n'
FORWARDED = (
    b'{"Operation": "New-InboxRule", "UserId": "ann@acme.example", '
    b'"Parameters": [{"Name": "ForwardTo", "Value": "x@partner.example"}]}\n'
)


class Checked:
    """Runs the command on a file and remembers what it said."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.file, self.monkeypatch, self.capture = folder / "export", monkeypatch, capture

    def __call__(self, data: bytes, kind: str, *, domains: str = "acme.example") -> tuple[int, Any, str]:
        """Return the exit code, the rules that were printed, and the error."""
        self.file.write_bytes(data)
        words = ["offboard", "rules", "check", str(self.file), "--format", kind, "--domains", domains, "--json"]
        self.monkeypatch.setattr(sys, "argv", words)
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        return code, json.loads(out) if out else None, err


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    return Checked(tmp_path, monkeypatch, capsys)


REFUSED = (
    ("a key twice", b'[{"Name": "a", "ForwardTo": "x@p.example", "ForwardTo": null}]', "exchange", "stands twice"),
    ("a key twice, deep", b'[{"actions": {"delete": true, "delete": false}}]', "graph", "stands twice"),
    ("a key twice in a line", SIGNED_IN + b'{"Operation": "x", "Operation": "y"}\n', "audit", "stands twice"),
    ("cut off", b'[{"Name": "a", "Forw', "exchange", "line 1 is no JSON"),
    ("cut off in its third line", b'[{"Name": "a"},\n{"Name": "b"},\n{"Na', "graph", "line 3 is no JSON"),
    ("the last line cut off", SIGNED_IN + FORWARDED + FORWARDED[:40], "audit", "line 3 is no JSON"),
    ("a line in between cut off", SIGNED_IN + FORWARDED[:60] + b"\n" + SIGNED_IN, "audit", "line 2 is no JSON"),
    ("a line that is no record", SIGNED_IN + b"-- end of export --\n", "audit", "line 2 is no JSON"),
    ("records cut off inside a record", b'[{"AuditData": "{\\"Operation\\": \\"Set-"}]', "audit", "AuditData"),
    ("not a number", b'[{"Priority": NaN}]', "exchange", "NaN is no JSON number"),
    ("endless", b'[{"Priority": 1e400}]', "exchange", "too large"),
    ("nested without end", b"[" * 100_000 + b"]" * 100_000, "graph", "nested deeper than 64"),
    ("nested in a record", b'[{"a":' * 40 + b"1" + b"}]" * 40, "exchange", "nested deeper than 64"),
    ("nested in a line", SIGNED_IN + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n", "audit", "nested deeper than 64"),
    ("another encoding", '[{"Name": "Büro"}]'.encode("latin-1"), "exchange", "is no utf-8 text"),
    ("UTF-16 without its mark", '[{"Name": "a"}]'.encode("utf-16-be"), "graph", "is no JSON"),
    ("UTF-16 cut off", '[{"Name": "a"}]'.encode("utf-16")[:-1], "graph", "is no utf-16 text"),
    ("nothing", b"", "exchange", "is no JSON"),
    ("a zip", b"PK\x03\x04\x14\x00", "audit", "is no JSON"),
    ("a text", b'"keep;"', "graph", "a list of records or one record was expected, not str"),
    ("a script", b'redirect "x@partner.example";', "exchange", "line 1 is no JSON"),
)


@pytest.mark.parametrize(("data", "kind", "says"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_cannot_be_read_is_refused_with_its_place(check: Checked, data: bytes, kind: str, says: str):
    code, rules, error = check(data, kind)
    assert (code, rules) == (2, None)
    assert error.startswith("error: export")
    assert says in error
    assert "\nhint: " in error


DEEP = b"if true { " * 200 + b'redirect "x@partner.example";' + b"}" * 200
CANNOT_TELL = (
    ("a broken script", b'if true { redirect "x@partner.example"', "sieve"),
    ("a script without its end", b'redirect "x@partner.example"', "sieve"),
    ("NUL in a script", b'redirect "x@partner.example";\x00', "sieve"),
    ("NUL in a string", b'redirect "x\x00@partner.example";', "sieve"),
    ("a script in UTF-16", 'redirect "x@partner.example";'.encode("utf-16"), "sieve"),
    ("nested without end", DEEP, "sieve"),
    ("tests nested without end", b"if not " * 10_000 + b'true { redirect "x@partner.example"; }', "sieve"),
    ("more than any server takes", b"#" * 5_000_000, "sieve"),
    ("JSON as a script", json.dumps([RULE]).encode(), "sieve"),
    ("a page of a web server", b"<html><body>Sign in</body></html>", "sieve"),
    ("an action of tomorrow", json.dumps([{**RULE, "ForwardTo": None, "SendToChat": "x"}]).encode(), "exchange"),
    ("an action of tomorrow", b'[{"actions": {"sendToChat": "all"}}]', "graph"),
    ("an action of tomorrow, as an object", b'[{"actions": {"teleport": {"to": ["x"]}}}]', "graph"),
    ("a rule without actions", b'[{"displayName": "a", "isReadOnly": true}]', "graph"),
    ("actions that are a list", b'[{"displayName": "a", "actions": ["forwardTo"]}]', "graph"),
    ("a record that is a text", b'["ForwardTo x@partner.example"]', "exchange"),
    ("a record that is nothing", b"[null]", "graph"),
    ("a record of something else", b'[{"DisplayName": "Sales", "GroupType": "Universal"}]', "exchange"),
    ("one page of several", b'{"value": [], "@odata.nextLink": "https://evil.test/next"}', "graph"),
    ("an audit record without its operation", b'{"UserId": "ann@acme.example"}', "audit"),
    ("a new action of Outlook", json.dumps({
        "Operation": "UpdateInboxRules", "MailboxOwnerUPN": "ann@acme.example",
        "OperationProperties": [{"Name": "RuleActions", "Value": '[{"ActionType": "Teleport"}]'}],
    }).encode(), "audit"),
)  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), [one[1:] for one in CANNOT_TELL], ids=[one[0] for one in CANNOT_TELL])
def test_what_nobody_understands_is_never_called_clean(check: Checked, data: bytes, kind: str):
    code, rules, _ = check(data, kind)
    assert code == 0
    assert [one for one in rules if one["verdict"] != "none" and one["reasons"]]
    assert any(action["external"] is None for one in rules for action in one["actions"])


STILL_FOUND = (
    ("a mark at the start", b"\xef\xbb\xbf" + json.dumps([RULE]).encode(), "exchange"),
    ("UTF-16", json.dumps([RULE]).encode("utf-16"), "exchange"),
    ("a mark before a script", b'\xef\xbb\xbfredirect "x@partner.example";', "sieve"),
    ("no text in a comment", b'# \xff\xfe\nredirect "x@partner.example";', "sieve"),
    ("NUL in a name", json.dumps([{**RULE, "Name": "a\x00b"}]).encode(), "exchange"),
    ("controls in a name", json.dumps([{**RULE, "Name": "\x1b[2J\r\nfine"}]).encode(), "exchange"),
    ("half a pair in a name", json.dumps([{**RULE, "Name": "\ud800"}]).encode(), "exchange"),
    ("a name of 100 KB", json.dumps([{**RULE, "Name": "n" * 100_000}]).encode(), "exchange"),
    ("NUL in an address", json.dumps([{**RULE, "ForwardTo": "x@partner.example\x00"}]).encode(), "exchange"),
    ("an address in angles", json.dumps([{**RULE, "ForwardTo": "a <x@partner.example>"}]).encode(), "exchange"),
    ("two without a blank", json.dumps([{**RULE, "ForwardTo": "a@b.test;x@partner.example"}]).encode(), "exchange"),
    ("an address as a number's neighbour", b'[{"RuleIdentity": 1, "ForwardTo": [7, "x@partner.example"]}]', "exchange"),
    ("a field of tomorrow beside it", json.dumps([{**RULE, "Mood": {"of": ["today"]}}]).encode(), "exchange"),
    ("known and unknown actions", json.dumps([{"actions": {"teleport": 1, "forwardTo": TO}}]).encode(), "graph"),
    ("a broken record beside it", json.dumps([None, 7, "x", RULE]).encode(), "exchange"),
    ("blank lines between", b"\n\n" + SIGNED_IN + b"\r\n\n" + FORWARDED + b"\n", "audit"),
    ("nonsense that never runs", b'if false { else; } redirect "x@partner.example";', "sieve"),
    ("one MB around it", b"# " + b"x" * 500_000 + b'\nredirect "x@partner.example";\n' + b"keep;\n" * 80_000, "sieve"),
)  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), [one[1:] for one in STILL_FOUND], ids=[one[0] for one in STILL_FOUND])
def test_a_forward_is_found_whatever_stands_around_it(check: Checked, data: bytes, kind: str):
    started = time.perf_counter()
    code, rules, _ = check(data, kind)
    assert code == 0
    assert [one for one in rules if one["verdict"] in {"suspicious", "alarm"}]
    assert any(action["target"].startswith("x@partner.example") for one in rules for action in one["actions"])
    assert time.perf_counter() - started < 15


def test_the_persons_private_address_is_known(check: Checked, tmp_path: Path):
    file = tmp_path / "private"
    file.write_bytes(b'if header "subject" "a" { redirect "ann@home.example"; keep; }')
    words = ["offboard", "rules", "check", str(file), "--format", "sieve", "--domains", "acme.example", "--json"]
    verdicts = []
    for more in ([], ["--private", "joe@home.example, Ann@Home.example"]):
        check.monkeypatch.setattr(sys, "argv", [*words, *more])
        with contextlib.suppress(SystemExit):
            main()
        (rule,) = json.loads(check.capture.readouterr().out)
        verdicts.append(rule["verdict"])
    assert verdicts == ["suspicious", "alarm"]
    assert "ann@home.example is a known private address of the person [MITRE T1114.003]." in rule["reasons"]


def test_wrong_use_is_told_from_bad_files(check: Checked):
    assert check(b"keep;", "outlook")[0] == 2
    assert check(b"keep;", "sieve", domains=" , ")[0] == 2
    check.file = check.file.parent / "missing" / "export"
    check.file.parent.mkdir()
    assert check(b"keep;", "sieve")[:2] == (0, [])
