"""One person through everything on the real servers, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.workplace import SCRIPT

if TYPE_CHECKING:
    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

ALICE = "uid=alice,ou=people,dc=corp,dc=test"
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--successor", "bob")


def test_one_person_leaves_and_comes_back(
    workplace: Workplace, slapd: Slapd, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    session = dovecot.imap_login("alice", "alicepw")
    assert session is not None
    assert slapd.bind(ALICE, "alicepw")
    dovecot.deliver("ida@alder.example", "alice@corp.test", "before")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 1
    hash_before = slapd.search("(uid=alice)", ["userPassword"])
    groups_before = slapd.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["member", "uniqueMember", "memberUid"])

    plan = workplace.json(*START, "--as", "erin@corp.test")
    number = plan["departure"]
    assert plan["guards"] == []
    assert {c["step"] for c in plan["changes"]} == {
        "snapshot_forwarding",
        "deliver_to_successor",
        "disable_account",
        "end_mail_sessions",
        "leave_groups",
        "stop_forwarding",
        "reassign_clients",
    }
    assert workplace.json(*START, "--as", "erin@corp.test")["departure"] == number
    workplace.run("apply", number, code=1)
    workplace.run("approve", number, "--as", "erin@corp.test", code=1)
    workplace.run("approve", number, "--as", "dave@corp.test")
    shown = workplace.json("apply", number)

    assert {c["outcome"] for c in shown["changes"]} <= {"done", "already"}
    assert {c["effect"] for c in shown["changes"]} == {"effective"}
    assert shown["status"] == "informing"
    assert shown["clients"] == {"total": 3, "reassigned": 3, "skipped": 0, "orphaned": 0, "given_back": 0}
    assert not slapd.bind(ALICE, "alicepw")
    assert dovecot.imap_login("alice", "alicepw") is None
    assert dovecot.ended(session)
    dovecot.deliver("ida@alder.example", "alice@corp.test", "after")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 1
    assert workplace.json("verify", number) == {"departure": number, "holds": True, "left": [], "residual": []}

    letters = workplace.json("letters", "list", number)
    assert {(x["client"], x["language"], x["channel"], x["state"]) for x in letters} == {
        ("C1", "en", "mail", "to_review"),
        ("C2", "de", "mail", "to_review"),
        ("C3", "en", "post", "to_review"),
    }
    workplace.run("letters", "approve", number, "--as", "dave@corp.test", code=1)
    workplace.run("letters", "approve", number, "--as", "owner@corp.test")
    shown = workplace.json("apply", number)
    assert shown["status"] == "informing"
    assert shown["letters"] == {"sent": 2, "approved": 1}
    assert len(smtp_sink.to("ida@alder.example")) == 1
    workplace.run("letters", "print", number, "--out", str(workplace.folder / "post"), "--as", "owner@corp.test")
    assert len(list((workplace.folder / "post").glob("*.pdf"))) == 1
    assert workplace.json("show", number)["status"] == "closed"
    assert dovecot.active_script("alice") == "offboard-auto-reply"
    assert workplace.json("verify", number)["holds"]

    bundle = str(workplace.folder / "evidence.zip")
    workplace.run("evidence", "export", number, bundle)
    assert workplace.json("evidence", "check", bundle)["ok"]

    workplace.run("undo", number, "--as", "dave@corp.test")
    workplace.run("approve", number, "--as", "dora@corp.test", code=1)
    workplace.run("approve", number, "--as", "owner@corp.test")
    shown = workplace.json("apply", number)
    assert shown["status"] == "undone"
    assert shown["clients"]["given_back"] == 3
    assert slapd.bind(ALICE, "alicepw")
    assert slapd.search("(uid=alice)", ["userPassword"]) == hash_before
    groups_after = slapd.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["member", "uniqueMember", "memberUid"])
    assert _sorted(groups_after) == _sorted(groups_before)
    assert dovecot.script_file("alice", "holiday").read_bytes() == SCRIPT.encode()
    assert dovecot.active_script("alice") == "holiday"
    dovecot.deliver("ida@alder.example", "alice@corp.test", "again")
    assert len(smtp_sink.to("alice.archer@freemail.invalid")) == 2
    assert {c["responsible"] for c in workplace.json("clients", "list") if c["id"] != "C4"} == {"alice"}
    assert workplace.json("verify", number)["holds"]


def test_verify_names_what_somebody_opened_by_hand(workplace: Workplace, slapd: Slapd) -> None:
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    workplace.run("approve", number, "--as", "dave@corp.test")
    workplace.run("apply", number)
    slapd.modify(f"dn: {ALICE}\nchangetype: modify\ndelete: pwdAccountLockedTime\n")

    verified = workplace.json("verify", number, code=1)

    assert not verified["holds"]
    assert [(left["system"], left["step"]) for left in verified["left"]] == [("office", "disable_account")]


def _sorted(entries: list[dict[str, list[str]]]) -> list[list[tuple[str, list[str]]]]:
    return sorted(sorted((key, sorted(values)) for key, values in entry.items()) for entry in entries)
