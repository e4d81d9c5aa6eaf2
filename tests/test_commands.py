"""Every command helps, and what programs read has exactly the fixed shapes."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from offboard import __version__, cli
from offboard.cli import app, built
from tests.servers.command_line import HR, START, approved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

COMMANDS = (
    "demo", "practice start", "practice stop", "practice env", "doctor", "start", "plan", "approve", "cancel", "stop",
    "resume", "apply", "verify", "undo", "list", "show", "rules show", "rules scan", "rules diff", "rules check",
    "clients import", "clients list", "clients exposure", "clients propose", "letters check", "letters list",
    "letters preview", "letters approve", "letters reject", "letters send", "letters print", "evidence show",
    "evidence export", "evidence check", "serve", "playbooks check", "playbooks schema", "settle", "version",
)  # fmt: skip
DIGEST = re.compile("[0-9a-f]{64}")
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def every_command(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(every_command(built(app)))


def test_every_command_of_the_design_is_there() -> None:
    assert {" ".join(path) for path in ALL} >= set(COMMANDS)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_helps_with_an_example_that_is_one(path: tuple[str, ...]) -> None:
    command = ALL[path]
    example = next((line for line in (command.help or "").splitlines() if line.startswith("Example: ")), "")

    assert (command.help or "").splitlines()[0].endswith((".", "else.")), "one sentence of what it does"
    assert f"offboard {' '.join(path)}" in example
    # The example's options exist.
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(?<!\S)--[a-z-]+", example)) <= known
    for parameter in command.params:
        if parameter.opts[0].startswith("-"):
            assert parameter.help, f"{parameter.name} is not explained"


@pytest.mark.parametrize(
    "words", [("--help",), ("letters", "--help"), ("start", "--help"), ("letters", "print", "--help")]
)
def test_help_ends_with_success(empty_workplace: Workplace, words: tuple[str, ...]) -> None:
    assert "Usage: " in empty_workplace.run(*words)


def test_what_a_program_may_read_it_reads_as_json() -> None:
    reading = {
        "doctor", "start", "plan", "apply", "verify", "undo", "list", "show", "rules show", "rules scan", "rules diff",
        "rules check", "clients import", "clients list", "clients exposure", "clients propose", "letters check",
        "letters list", "letters send", "letters print", "evidence show", "evidence export", "evidence check",
        "playbooks check", "practice start", "practice env",
    }  # fmt: skip
    with_json = {" ".join(path) for path, command in ALL.items() if any("--json" in p.opts for p in command.params)}

    assert with_json >= reading


def test_no_command_repeats_the_work_of_the_engine() -> None:
    # Every letter, plan and evidence entry is written by the engine or the store, never by a command.
    folder = Path(cli.__file__).parent / "commands"
    for path in folder.glob("*.py"):
        imported = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not {"sqlalchemy", "offboard.storage.tables", "offboard.storage.database"} & imported, path.name


def test_version(empty_workplace: Workplace) -> None:
    assert empty_workplace.run("version").strip() == __version__


def keys(data: Any, *wanted: str) -> None:
    assert data.keys() >= set(wanted), set(wanted) - data.keys()


def test_the_shapes_of_a_departure(workplace: Workplace, slapd: Slapd) -> None:
    plan = workplace.json(*START)
    number = plan["departure"]
    keys(plan, "departure", "digest", "leaver", "changes", "guards", "not_covered")
    assert re.fullmatch(r"D-\d{4}-\d{4}", number)
    assert DIGEST.fullmatch(plan["digest"])
    for change in plan["changes"]:
        keys(change, "id", "phase", "step", "system", "target", "before", "after", "why", "one_way")
        assert change["phase"] in {"secure", "hand_over", "inform"}
        assert change["why"]
        assert change["one_way"] is None or change["one_way"].endswith(".")
    assert len({change["id"] for change in plan["changes"]}) == len(plan["changes"])
    assert plan["guards"] == []
    assert {gap["system"] for gap in plan["not_covered"]} == {None}
    again = workplace.json("plan", number)
    assert again == {key: plan[key] for key in again}

    shown = workplace.json("show", number)
    keys(shown, "departure", "status", "moment", "changes", "clock", "clients", "letters")
    assert (shown["status"], shown["moment"]) == ("planned", "2026-01-05T17:00:00.000Z")
    assert shown["clock"].keys() == {"requested", "first_write", "secured", "closed"}
    assert AT.fullmatch(shown["clock"]["requested"])
    assert shown["clients"].items() >= {"total": 3, "reassigned": 0, "skipped": 0, "orphaned": 3}.items()
    assert shown["letters"] == {"to_review": 3}
    workplace.run("approve", number, "--as", "dave@corp.test")
    assert workplace.json("show", number)["status"] == "approved"
    applied = workplace.json("apply", number)
    for change in applied["changes"]:
        keys(
            change, "id", "phase", "step", "system", "target", "outcome", "effect", "residual_until", "error", "seconds"
        )
        assert change["outcome"] in {"done", "already"}
        assert isinstance(change["seconds"], (int, float))
    clock = applied["clock"]
    assert clock["requested"] <= clock["first_write"] <= clock["secured"]
    assert clock["closed"] is None
    assert applied == workplace.json("show", number)

    assert workplace.json("verify", number) == {"departure": number, "holds": True, "left": [], "residual": []}
    slapd.modify("dn: cn=vpn,ou=groups,dc=corp,dc=test\nchangetype: modify\nadd: member\n"
                 "member: uid=alice,ou=people,dc=corp,dc=test\n")  # fmt: skip
    verified = json.loads(workplace.run("verify", number, "--json", code=1))
    assert verified.keys() == {"departure", "holds", "left", "residual"}
    (left,) = verified["left"]
    keys(left, "system", "target", "found", "wanted")
    assert (left["system"], left["wanted"]) == ("office", None)
    assert left["found"]["name"] == "vpn"

    undo = workplace.json("undo", number, "--as", "dave@corp.test")
    keys(undo, "departure", "digest", "leaver", "changes", "guards", "not_covered")
    assert {change["one_way"] for change in undo["changes"]} == {None}
    rows = workplace.json("list")
    keys(rows[0], "departure", "status", "leaver", "moment")


def test_a_plan_says_what_is_not_covered(workplace: Workplace) -> None:
    del workplace.settings["systems"]["mail"]
    workplace.write()

    plan = workplace.json(*START)

    for gap in plan["not_covered"]:
        keys(gap, "step", "system", "reason")
        assert gap["system"] is None
    assert {gap["step"] for gap in plan["not_covered"]} >= {
        "snapshot_forwarding", "end_mail_sessions", "stop_forwarding", "set_auto_reply",
    }  # fmt: skip
    number = plan["departure"]
    (line,) = [line for line in workplace.run("plan", number).splitlines() if line.startswith("Not needed here")]
    assert all(gap["step"] in line for gap in plan["not_covered"])


def test_the_shapes_of_letters_clients_and_exposure(workplace: Workplace) -> None:
    number = workplace.json(*START)["departure"]
    letters = workplace.json("letters", "list", number)
    for letter in letters:
        keys(letter, "id", "client", "contact", "language", "channel", "state", "warnings", "digest")
        assert DIGEST.fullmatch(letter["digest"])
        assert (letter["state"], letter["channel"] in {"mail", "post"}) == ("to_review", True)
    clients = workplace.json("clients", "list")
    for client in clients:
        keys(client, "id", "name", "responsible", "successor", "contacts", "open_items", "value", "last_contact")
    assert {client["id"]: client["successor"] for client in clients} == {
        "C1": "Bob Baker", "C2": "Bob Baker", "C3": "Bob Baker", "C4": None,
    }  # fmt: skip
    for row in workplace.json("clients", "exposure"):
        keys(row, "person", "clients", "sole_contact", "value_at_risk", "longest_without_owner_days")
    assert {row["person"] for row in workplace.json("clients", "exposure")} == {"alice", "bob"}
    for proposal in workplace.json("clients", "propose", number):
        keys(proposal, "client", "name", "successor", "why")
    assert workplace.json("letters", "check") == {"ok": True, "faults": []}


def test_the_shapes_of_rules(workplace: Workplace) -> None:
    (rule, *_) = workplace.json("rules", "show", "alice")
    keys(
        rule, "mailbox", "system", "source", "name", "active", "conditions", "actions", "keeps_copy", "hidden",
        "verdict", "reasons", "raw_sha256",
    )  # fmt: skip
    for action in rule["actions"]:
        keys(action, "kind", "target", "external")
    assert (rule["mailbox"], rule["system"], rule["verdict"]) == ("alice", "mail", "alarm")
    assert {one["mailbox"] for one in workplace.json("rules", "scan")} >= {"alice"}
    assert workplace.json("rules", "diff", "alice") == []
    exported = workplace.folder / "x.sieve"
    exported.write_text('redirect "x@freemail.invalid";', encoding="utf-8")
    (checked,) = workplace.json("rules", "check", str(exported), "--format", "sieve", "--domains", "corp.test")
    assert checked.keys() == rule.keys()


def test_the_shapes_of_evidence_and_doctor(workplace: Workplace) -> None:
    number = approved(workplace)
    workplace.run("apply", number)
    file = str(workplace.folder / "evidence.zip")
    exported = workplace.json("evidence", "export", number, file)
    checked = workplace.json("evidence", "check", file, "--key", exported["public_key"], "--head", exported["head"])
    assert checked.keys() == {"ok", "entries", "head", "first_bad", "reason"}
    assert (checked["ok"], checked["first_bad"], checked["reason"]) == (True, None, None)
    assert checked["entries"] == len(workplace.json("evidence", "show", number))
    for health in workplace.json("doctor"):
        keys(health, "system", "kind", "reachable", "tls", "rights_held", "rights_missing", "cannot", "latency_ms")
    assert [health["system"] for health in workplace.json("doctor")] == ["office", "mail", "clients", "outbox"]


def test_checks_of_files_need_no_settings(empty_workplace: Workplace) -> None:
    (empty_workplace.folder / "offboard.toml").unlink()
    rules = empty_workplace.folder / "rules.sieve"
    rules.write_text("keep;", encoding="utf-8")

    assert empty_workplace.json("rules", "check", str(rules), "--format", "sieve", "--domains", "corp.test") == []
    assert not empty_workplace.json("evidence", "check", str(rules), code=1)["ok"]
    assert empty_workplace.json("playbooks", "check")["ok"]
    assert empty_workplace.json("playbooks", "check", str(rules), code=1)["faults"]
    assert json.loads(empty_workplace.run("playbooks", "schema"))["title"] == "offboard playbook"
    empty_workplace.run("list", code=2)
    assert "cannot be read" in empty_workplace.last_error


def test_what_people_read_is_words_in_a_pipe_too(workplace: Workplace) -> None:
    number = approved(workplace)
    plan = workplace.run("plan", number)
    for part in (
        "Alice Archer",
        "Shut the doors",
        "Pass things on",
        "Cannot be undone",
        "Successor: Bob Baker",
        "Digest",
    ):
        assert part in plan
    workplace.run("apply", number)
    assert workplace.last_error == "", "no progress bar in a pipe"
    shown = workplace.run("show", number)
    assert "Clients: 3, reassigned 3" in shown
    assert "Next: the owner reads the letters" in shown
    assert "it holds" in workplace.run("verify", number)
    assert "\x1b[" not in plan + shown
    preview = workplace.run("letters", "preview", f"L-{number}-C2")
    assert "Buchen" in preview
    assert "Bob Baker" in workplace.run("letters", "preview", number), "the automatic reply"


def test_who_acts_may_stand_in_the_environment(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOARD_AS", HR[1])

    number = workplace.json(*START[:-2])["departure"]

    told = workplace.json("evidence", "show", number)
    assert told[0]["body"]["person"] == "erin@corp.test"
    assert told[0]["body"]["os_user"]
