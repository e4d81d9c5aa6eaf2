"""People's tasks as people meet them: on the command line, over real servers, from the question to the confirmation."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.engine.driving import carry_out
from offboard.storage.bundle import ENTRIES
from offboard.wiring import open_firm
from tests.tasks_company import NUMBER, begin, task

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace


def confirm_all(place: Workplace) -> None:
    (place.folder / "signed.pdf").write_bytes(b"%PDF signed")
    for one in place.json("tasks", "list", NUMBER):
        more = ("--date", "2026-12-01", "--name", "Alice Archer", "--file", str(place.folder / "signed.pdf"))
        extra = more if one["kind"] == "acknowledgement" else ("--note", "done")
        if one["state"] == "asked":
            place.run("tasks", "confirm", one["id"], *extra, "--as", "erin@corp.test")


def test_a_departure_stays_open_until_people_have_confirmed(small: Workplace) -> None:
    plan = begin(small)
    asked = [change for change in plan["changes"] if change["system"] == "people"]
    assert [change["label"] for change in asked] == [
        "Change the password of Parcels in parcels.example, which Alice Archer knows (carol@corp.test)",
        "Collect the laptop of Alice Archer (dave@corp.test)",
        "Collect the keys (bob@corp.test)",
        "Record the letter that Alice Archer signed (erin@corp.test)",
    ]
    assert small.json("tasks", "list", NUMBER) == [], "nobody is asked before the plan is carried out"
    shown = small.json("apply", NUMBER)
    assert {c["outcome"] for c in shown["changes"]} == {"parked"}
    assert {c["effect"] for c in shown["changes"]} == {"residual"}
    assert all(c["residual_until"] for c in shown["changes"])
    assert shown["status"] == "informing"

    tasks = small.json("tasks", "list", NUMBER)
    assert [(x["state"], x["overdue"]) for x in tasks] == [("asked", False)] * 4
    small.run("tasks", "confirm", task("keys"), "--note", "in the safe", "--as", "bob@corp.test")
    assert small.json("show", NUMBER)["status"] == "informing"
    done = {c["target"]: c["outcome"] for c in small.json("show", NUMBER)["changes"]}
    assert done["keys"] == "done"
    confirm_all(small)
    shown = small.json("show", NUMBER)
    assert {c["effect"] for c in shown["changes"]} == {"effective"}
    assert shown["status"] == "closed"
    assert "Nobody is asked" in small.run("tasks", "list")


def test_evidence_tells_who_confirmed_what_and_by_which_file(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    confirm_all(small)
    bundle = small.folder / "evidence.zip"
    small.run("evidence", "export", NUMBER, str(bundle))
    assert small.json("evidence", "check", str(bundle))["ok"]
    with zipfile.ZipFile(bundle) as archive:
        lines = archive.read(ENTRIES)
    told = [json.loads(line)["body"] for line in lines.splitlines() if json.loads(line)["kind"] == "task"]
    signed = next(body for body in told if body["id"] == task("letter") and body["did"] == "confirmed")
    assert signed["by"] == "erin@corp.test"
    assert (signed["on"], signed["name"], signed["file"]) == ("2026-12-01", "Alice Archer", "signed.pdf")
    assert signed["sha256"] == hashlib.sha256(b"%PDF signed").hexdigest()
    small.run("tasks", "file", task("letter"), "--out", str(small.folder / "back.pdf"))
    assert (small.folder / "back.pdf").read_bytes() == b"%PDF signed"


REFUSED = [
    (("confirm", task("laptop"), "--note", "x", "--as", "alice@corp.test"), 1, "is the person who leaves"),
    (("confirm", task("laptop"), "--note", "x", "--as", "bob@corp.test"), 1, "dave@corp.test was asked"),
    (("confirm", task("laptop"), "--note", "x", "--as", "audit@example.org"), 1, "may not decide"),
    (("confirm", task("laptop"), "--note", "x"), 1, "nobody said who decides"),
    (("confirm", task("laptop"), "--as", "dave@corp.test"), 2, "say what shows that it is done"),
    (("confirm", task("laptop"), "--note", " ", "--as", "dave@corp.test"), 2, "say what shows that it is done"),
    (("confirm", task("laptop"), "--file", "nowhere.pdf", "--as", "dave@corp.test"), 2, "nowhere.pdf"),
    (("confirm", task("lapdog"), "--note", "x", "--as", "dave@corp.test"), 1, "there is no task"),
    (("confirm", task("letter"), "--note", "x", "--as", "erin@corp.test"), 2, "date, the name and the signed page"),
    (("confirm", task("letter"), "--note", "x", "--as", "dave@corp.test"), 1, "takes the role hr or owner"),
    (("confirm", task("letter"), "--note", "x", "--as", "alice@corp.test"), 1, "is the person who leaves"),
    (("confirm", task("keys"), "--note", "x", "--date", "1.12.2026", "--as", "bob@corp.test"), 2, "is no date"),
    (("refuse", task("keys"), "--as", "bob@corp.test"), 1, "with a reason only"),
    (("refuse", task("keys"), "--reason", "x", "--as", "alice@corp.test"), 1, "is the person who leaves"),
    (("reassign", task("keys"), "--to", "bob", "--as", "dave@corp.test"), 2, "is no mail address"),
    (("reassign", task("keys"), "--to", "alice@corp.test", "--as", "dave@corp.test"), 1, "cannot be asked"),
    (("file", task("keys"), "--out", "x.pdf"), 2, "has no file"),
    (("list", "D-2026-0009"), 1, "D-2026-0009"),
]
"""What is asked for, the exit code, and what is said."""


def test_what_nobody_may_do(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    before = small.json("tasks", "list", NUMBER)
    for words, code, said in REFUSED:
        small.run("tasks", *words, code=code)
        assert said in " ".join(small.last_error.split()), words
        assert small.json("tasks", "list", NUMBER) == before, words


def test_what_cannot_be_done_needs_somebody_to_decide(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    small.run("tasks", "refuse", task("laptop"), "--reason", "it was stolen", "--as", "dave@corp.test")
    shown = small.json("show", NUMBER)
    (laptop,) = [c for c in shown["changes"] if c["target"] == "laptop"]
    assert shown["status"] == "attention"
    assert "it was stolen" in laptop["error"]
    assert "it was stolen" in small.run("tasks", "list", NUMBER)
    small.run("settle", NUMBER, laptop["id"], "--reason", "reported to the police", "--as", "dora@corp.test")
    confirm_all(small)
    assert small.json("show", NUMBER)["status"] == "closed"


def test_somebody_else_is_asked(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    small.run("tasks", "refuse", task("keys"), "--reason", "not mine", "--as", "bob@corp.test")
    small.run("tasks", "reassign", task("keys"), "--to", "carol@corp.test", "--as", "dave@corp.test")
    small.run("tasks", "confirm", task("keys"), "--note", "x", "--as", "bob@corp.test", code=1)
    small.run("tasks", "confirm", task("keys"), "--note", "found", "--as", "Carol@corp.test")


def test_what_is_overdue_needs_attention(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    later = open_firm(small.folder / "offboard.toml", now=lambda: datetime.now(UTC) + timedelta(days=3))
    carry_out(later.office, NUMBER)
    assert all(task.overdue(later.now()) for task in later.store.tasks.tasks(NUMBER)[:3])
    later.close()
    assert small.json("show", NUMBER)["status"] == "attention"
    confirm_all(small)
    assert small.json("show", NUMBER)["status"] == "closed"


def test_an_undo_withdraws_what_was_asked(small: Workplace) -> None:
    begin(small)
    small.run("apply", NUMBER)
    small.run("tasks", "confirm", task("keys"), "--note", "in the safe", "--as", "bob@corp.test")
    small.run("tasks", "refuse", task("laptop"), "--reason", "stolen", "--as", "dave@corp.test")
    small.run("undo", NUMBER, "--as", "dave@corp.test")
    small.run("approve", NUMBER, "--as", "dora@corp.test")
    assert small.json("apply", NUMBER)["status"] == "undone"
    assert {x["state"] for x in small.json("tasks", "list", NUMBER)} == {"withdrawn"}
    small.run("tasks", "confirm", task("letter"), "--note", "x", "--as", "erin@corp.test", code=2)
    small.run("tasks", "confirm", task("laptop"), "--note", "x", "--as", "dave@corp.test", code=1)
    assert "withdrawn" in small.last_error


@pytest.mark.parametrize(
    ("shared", "code", "said"),
    [
        ("name,system,known_by,owner,password\n", 2, "looks like one that holds secrets"),
        ("name,system,known_by,owner\n,x,,\n", 2, "line 2: name is empty"),
        (None, 2, "shared.csv: cannot be read"),
    ],
)
def test_a_wrong_list_of_shared_logins_stops_the_planning(
    small: Workplace, shared: str | None, code: int, said: str
) -> None:
    file = small.folder / "shared.csv"
    file.unlink() if shared is None else file.write_text(shared, encoding="utf-8")
    small.run(
        "start",
        "alice",
        "--last-moment",
        "2026-12-01T17:00Z",
        "--playbook",
        "small",
        "--as",
        "erin@corp.test",
        code=code,
    )
    assert said in small.last_error


def test_the_leavers_own_letter_is_for_hr_to_decide_on(workplace: Workplace) -> None:
    started = ("start", "alice", "--last-moment", "2026-01-05T17:00Z", "--successor", "bob", "--as", "erin@corp.test")
    number = workplace.json(*started, "--playbook", "employee_with_property")["departure"]
    own = f"L-{number}~leaver"
    assert "Alice Archer" in workplace.run("letters", "preview", own)
    workplace.run("letters", "approve", number, own, "--as", "dave@corp.test", code=1)
    workplace.run("letters", "approve", number, "--as", "erin@corp.test", code=1)
    workplace.run("letters", "approve", number, own, "--as", "erin@corp.test")
    states = {x["id"]: x["state"] for x in workplace.json("letters", "list", number)}
    assert states.pop(own) == "approved"
    assert set(states.values()) == {"to_review"}, "approving this one approves no other"
