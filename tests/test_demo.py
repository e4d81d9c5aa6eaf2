"""The demo, as somebody sees it who has never seen the project: from the outside, by what it prints and leaves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from flows.server import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(300)]


def run(*arguments: str, folder: Path, seconds: float = 240) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "offboard", *arguments]
    environment = clean_environment()
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )


def test_one_person_leaves_and_comes_back_and_everything_is_left_to_look_at(tmp_path: Path):
    told = run("demo", "--out", "demo-out", folder=tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr
    out = tmp_path / "demo-out"
    letters = sorted((out / "letters").glob("*.pdf"))
    assert len(letters) >= 10
    assert all(letter.read_bytes().startswith(b"%PDF-") for letter in letters)
    assert "m.thorne.home@privatepost.example" in (out / "forwarding.html").read_text(encoding="utf-8")

    page = (out / "forwarding.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("My best ones first", "hidden from the person", "roundcube"))

    checked = run("evidence", "check", str(out / "evidence.zip"), "--json", folder=tmp_path)
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["ok"] is True

    before, after = (json.loads((out / name).read_text(encoding="utf-8")) for name in ("demo.json", "demo-undone.json"))
    assert (before["status"], after["status"]) == ("closed", "undone")
    assert before["clients"]["total"] == before["clients"]["reassigned"] >= 10
    assert before["clients"]["orphaned"] == 0
    passed_on = [c["target"] for c in before["changes"] if c["step"] == "reassign_clients"]
    assert sum(target.startswith(("/contact/", "/item/")) for target in passed_on) == 9
    assert before["letters"] == {"rejected": 1, "sent": 16}
    assert {change["system"] for change in before["changes"]} >= {
        "office-ldap", "ad", "entra", "exchange", "helpdesk", "mail",
    }  # fmt: skip
    assert all(change["outcome"] in {"done", "already"} for change in before["changes"])
    later = [change for change in before["changes"] if change["effect"] != "effective"]
    # Tickets that the domain has given out are good for hours; nobody can look whether there are any.
    assert [(change["system"], change["step"]) for change in later] == [("ad", "disable_account")]
    assert all(change["residual_until"] for change in later)
    undone = {change["id"] for change in after["changes"] if change["plan"] == "undo"}
    assert {f"u{c['id']}" for c in before["changes"] if not c["one_way"]} <= undone
    said = re.sub(r"\s+", " ", told.stdout)
    for text in (
        "signing in to the Windows domain works refused",
        "signing in to the Windows domain refused works",
        "the account in Entra enabled disabled",
        "the account in Entra disabled enabled",
        "sign-in sessions in Entra valid ended",
        "the account in the help desk (SCIM) active not active",
        "the account in the help desk (SCIM) not active active",
        "hidden mail rules that work, in Exchange 1 0",
        "hidden mail rules that work, in Exchange 0 1",
        "phones and mail programs of the Exchange mailbox 5 0",
        "the mailbox in Exchange one person's shared",
        "the mailbox in Exchange shared one person's",
        "new mail there, to the successor too no yes",
        "new mail there, to the successor too yes no",
        "other people's mailboxes and calendars 2 0",
        "other people's mailboxes and calendars 0 2",
        "links for anybody into files in OneDrive 1 0",
        "A question: another account, martin.thorne-test",
        "A question: /Offer 2291.xlsx: a link for anybody: people outside get in by this",
        '--because "the nightly tests sign in with it"',
        "Nothing is open any more.",
        "Price list sync in entra has 1 secret",
        "Not covered, each with the reason: Domain Users, Everybody in sales",
        "42 clients (42 new, 0 changed), 361 interactions, 6 contacts, 8 open items",
        "known to them alone",
        "Sophie Adeyemi is proposed for 6 of 16 clients",
        "lukas.brueckner@harcombe.example takes over 1 client; it is planned anew",
        "none exchange Delivery dates hand",
        '"Delivery dates": hand; the plan is made anew',
        'Make for yourself what the mail rule "Delivery dates" of Martin Thorne did',
        "16 clients (Sophie Adeyemi 15, Lukas Brückner 1), 3 contacts and 6 open items have somebody new",
        "Nothing is Martin Thorne's any more.",
        "C-1009 Severnside Water Treatment Ltd 148900",
        "of their letters say so now",
        "No letter leaves: nothing goes out before",
        "letters go out as soon as they are approved and access is shut",
        "One letter is shown to her first, as it will be sent; 7 wait for her word on it, 2 for her call, 1 is held.",
        "eleanor.harcombe@harcombe.example lets the letters go",
        "C-1009: the call is recorded",
        "1 letter released by eleanor.harcombe@harcombe.example",
        "9 letters have left by mail, 7 are printed for the post; D-",
        "Severnside Water Treatment Ltd is fine with the change",
        "Whoever took clients over is asked to speak with them",
        "found out, at entry",
        "Cannot be taken back",
        "somebody must then give this person a new one. (2 times)",
    ):
        assert text in said
    assert "✗" not in said
    dates = re.search(r"sophie\.adeyemi@harcombe\.example (\d\d \w{3} \d{4}(?:, \d\d \w{3} \d{4}){3})", said)
    assert dates
    days = [datetime.strptime(day, "%d %b %Y").replace(tzinfo=UTC) for day in dates[1].split(", ")]
    assert [(day - days[0]).days for day in days] == [0, 23, 53, 83]


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_started(tmp_path: Path):
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")

    told = run("demo", "--out", "taken", folder=tmp_path, seconds=60)

    assert told.returncode == 2
    assert "taken" in told.stderr
    assert "hint:" in told.stderr
