"""Bad input through the real command line, on the real servers: refused clearly, nothing half done unreported."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tests.servers.command_line import ALICE, HR, PAST, START, approved, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace


def test_people_who_are_not_exactly_one(workplace: Workplace, slapd: Slapd) -> None:
    refused(workplace, "start", "alic", *PAST, *HR, code=1, says="near misses: alice (Alice Archer)")
    for key in (
        "a*",
        "*",
        "alice)(uid=*",
        "uid=alice",
        "Alice Archer",
        "\\61lice",
        "alice\u200b",
        "\u0430lice",
        "1001.0",
    ):
        refused(workplace, "start", key, *PAST, *HR, code=1, says="nobody's login, mail or employee number is")
    for key in (" ", "al\nice", "alice\x7f", "a" * 400):
        refused(workplace, "start", key, *PAST, *HR, code=2, says="person: ")
    refused(workplace, "start", "al\udcffice", *PAST, *HR, code=2, says="person: ")
    slapd.modify(f"dn: {ALICE}\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: bob\n")
    refused(workplace, "start", "bob", *PAST, *HR, code=1, says="'bob' matches 2 people in office: ")
    refused(workplace, "start", "alice", *PAST, "--successor", "bob", *HR, code=1, says="'bob' matches 2 people")
    refused(workplace, "start", "alice", *PAST, "--successor", "nobody", *HR, code=1, says="'nobody'")
    refused(workplace, "start", "alice", *PAST, "--successor", "ALICE@corp.test", *HR, code=2, says="successor: Alice")
    refused(workplace, "rules", "show", "alic", code=1, says="near misses: alice")
    assert workplace.json("list") == []


def test_moments_and_playbooks_that_are_none(workplace: Workplace) -> None:
    def at(*words: str, says: str) -> None:
        refused(workplace, "start", "alice", *words, *HR, code=2, says=says)

    at("--last-moment", "2026-12-01T17:00", says="has no time zone")
    at("--last-moment", "2026-12-01", "--tz", "UTC", says="has no time of day")
    at("--last-moment", "2026-03-29T01:30", "--tz", "Europe/London", says="no single instant")
    at("--last-moment", "2026-12-01T17:00", "--tz", "London", says="'London' is unknown")
    at("--last-moment", "soon", "--tz", "UTC", says="is not a date")
    at(says="is not a date")
    at(*PAST, "--playbook", "employe", says="playbook: 'employe' is unknown")
    at(*PAST, "--playbook", "../employee", says="is unknown")
    refused(workplace, "start", *PAST, *HR, code=2, says="give one person, or --from")
    (workplace.folder / "ours").mkdir()
    (workplace.folder / "ours" / "odd.yaml").write_text(
        "playbook: odd\nsecure:\n  - disable_acount: {on: all}\n  - stop_forwarding: {waht: all}\n", encoding="utf-8"
    )
    workplace.settings["company"]["playbooks"] = "ours"
    workplace.write()
    at(*PAST, "--playbook", "odd", says="odd.yaml:3: unknown step 'disable_acount'; did you mean 'disable_account'?")
    assert "odd.yaml:4: unknown option of stop_forwarding 'waht'" in workplace.last_error
    assert workplace.json("list") == []


def test_many_at_once_start_only_when_every_line_is_right(workplace: Workplace) -> None:
    file = workplace.folder / "leavers.csv"

    def from_file(text: str | bytes, says: str) -> str:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        said = refused(workplace, "start", "--from", str(file), *HR, code=2, says=says)
        assert workplace.json("list") == []
        return said

    good = "alice,2026-01-05T17:00,UTC,bob\n"
    head = "person,last_moment,tz,successor\n"
    said = from_file(
        head + good + "nobody,2026-01-05T17:00,UTC,\nbob,2026-01-05T17:00,,\n,2026-01-05T17:00,UTC,\n"
        "carol,2026-01-05T17:00,UTC,carol\nalice@corp.test,2026-01-05T17:00,UTC,bob\n",
        "5 of 6 lines are wrong; nothing was started",
    )
    for fault in ("line 3: nobody's login", "line 4: last moment: ", "line 5: person: empty", "line 6: successor: ",
                  "line 7: Alice Archer stands in line 2 already"):  # fmt: skip
        assert fault in said
    from_file(head + good + 'bob,"2026-01-05T17:00,UTC,\n', "unexpected end of data")
    from_file(head + good + 'bob,"2026-01-05"T17:00,UTC,\n', "',' expected after '\"'")
    from_file(head + good + "bob,2026-01-05T17:00\n", "line 3: 2 cells, not 4")
    from_file(head + good + "bob,2026-01-05T17:00,UTC,,\n", "line 3: 5 cells, not 4")
    private = "person,last_moment,private_address\nalice,2026-01-05T17:00Z,at home\n"
    assert "line 2: private_address: 'at home' is no mail address" in from_file(private, "1 of 1 lines are wrong")
    from_file(head, "there is nobody in it")
    from_file("", "the first line must name columns")
    from_file("person;last_moment\nalice;2026-01-05T17:00Z\n", "the first line must name columns")
    from_file("person,person,last_moment\nalice,bob,2026-01-05T17:00Z\n", "each once")
    from_file("person,last_moment,colour\nalice,2026-01-05T17:00Z,blue\n", "the first line must name columns")
    from_file((head + good).encode("utf-16"), "codec can't decode")
    from_file(head + good.replace("alice", "alice" * 40_000), "field larger than field limit")
    refused(workplace, "start", "--from", str(file) + "x", *HR, code=2, says="No such file")
    refused(workplace, "start", "alice", "--from", str(file), *HR, code=2, says="give one person, or --from")
    file.write_text("\ufeff" + head + good + "\n" + good.replace("alice", "carol"), encoding="utf-8")
    refused(workplace, "start", "--from", str(file), "--as", "audit@example.org", code=1, says="decides nothing")
    started = workplace.json("start", "--from", str(file), *HR)
    assert [(one["leaver"]["login"], one["new"], one["status"]) for one in started] == [
        ("alice", True, "planned"),
        ("carol", True, "planned"),
    ]
    assert [one["new"] for one in workplace.json("start", "--from", str(file), *HR)] == [False, False]


def test_clients_that_are_wrong_are_all_named_and_none_is_imported(workplace: Workplace) -> None:
    before = workplace.json("clients", "list")
    file = workplace.folder / "more.csv"
    file.write_text("id,name\nN1,North\nN1,North again\n,Nobody\nN3,\n", encoding="utf-8")
    refused(workplace, "clients", "import", str(file), code=2, says="N1")
    assert all(f"line {line}" in workplace.last_error for line in (3, 4, 5)), workplace.last_error
    file.write_text('id,name\nN1,"North\nN2,South\n', encoding="utf-8")
    refused(workplace, "clients", "import", str(file), code=2, says="more.csv")
    refused(workplace, "clients", "import", str(file) + "x", code=2, says="more.csvx")
    assert workplace.json("clients", "list") == before


def test_who_may_not_is_told_so(workplace: Workplace) -> None:
    refused(workplace, *START[:-2], code=1, says="nobody said who decides this")
    refused(workplace, *START[:-1], "stranger@corp.test", code=1, says="is not listed in [people]")
    refused(workplace, *START[:-1], "audit@example.org", code=1, says="reads as an auditor")
    refused(workplace, *START, "--playbook", "urgent", code=1, says="it takes the role it or owner")
    number = workplace.json(*START)["departure"]
    refused(workplace, "approve", number, *HR, code=1, says="asked for this and cannot approve it as well")
    refused(workplace, "approve", number, "--as", "audit@example.org", code=1, says="takes the role hr or it or owner")
    refused(workplace, "approve", number, code=1, says="nobody said who")
    refused(workplace, "cancel", number, "--as", "audit@example.org", code=1, says="reads as an auditor")
    refused(workplace, "plan", number, "--again", "--as", "audit@example.org", code=1, says="reads as an auditor")
    refused(workplace, "undo", number, "--as", "audit@example.org", code=1, says="reads as an auditor")
    refused(workplace, "letters", "approve", number, "--as", "dave@corp.test", code=1, says="takes the role owner")
    refused(workplace, "letters", "reject", number, "--as", "owner@corp.test", code=1, says="with a reason only")
    workplace.run("stop", *HR)
    refused(workplace, "resume", *HR, code=1, says="takes the role it or owner")
    workplace.run("resume", "--as", "dave@corp.test")


def test_what_does_not_exist_is_named(workplace: Workplace, tmp_path: Path) -> None:
    number = workplace.json(*START)["departure"]
    for words in (
        ("show",), ("plan",), ("apply",), ("verify",), ("approve", "--as", "dave@corp.test"), ("cancel", *HR),
        ("undo", *HR), ("letters", "list"), ("letters", "send"), ("letters", "approve", "--as", "owner@corp.test"),
        ("evidence", "show"), ("clients", "propose"),
    ):  # fmt: skip
        group = words[:2] if words[0] in {"letters", "evidence", "clients"} else words[:1]
        refused(workplace, *group, "D-1999-0001", *words[len(group) :], code=1, says="no departure 'D-1999-0001'")
    refused(workplace, "evidence", "export", "D-1999-0001", str(tmp_path / "e.zip"), code=1, says="no departure")
    refused(workplace, "letters", "preview", "L-nope", code=1, says="no letter 'L-nope'")
    refused(workplace, "letters", "approve", number, "L-nope", "--as", "owner@corp.test", code=1, says="L-nope")
    refused(
        workplace, "approve", number, "--decline", "c998", "--decline", "c001", "--decline", "c999",
        "--as", "dave@corp.test", code=1, says="the plan has no change c998, c999",
    )  # fmt: skip
    refused(workplace, "undo", number, "--change", "c001", "--as", "dave@corp.test", code=1, says="no change c001")
    refused(workplace, "settle", number, "c999", "--reason", "x", "--as", "dave@corp.test", code=1, says="'c999'")
    refused(workplace, "letters", "preview", f"L-{number}-C1", "--format", "doc", code=2, says="'doc' is unknown")
    refused(workplace, "letters", "preview", f"L-{number}-C1", "--format", "pdf", code=2, says="not for a terminal")
    nowhere = str(tmp_path / "nowhere" / "file")
    refused(workplace, "evidence", "export", number, nowhere, code=2, says="No such file or directory")
    refused(workplace, "letters", "preview", f"L-{number}-C1", "--out", nowhere, code=2, says="No such file")
    refused(workplace, "clients", "exposure", "--html", nowhere, code=2, says="No such file")
    refused(workplace, "rules", "check", nowhere, "--format", "sieve", "--domains", "x.test", code=2, says="cannot be")
    assert not json.loads(workplace.run("evidence", "check", nowhere, "--json", code=1))["ok"]


def test_nothing_is_carried_out_too_early_or_after_it_was_called_off(workplace: Workplace, slapd: Slapd) -> None:
    number = workplace.json("start", "alice", "--last-moment", "2999-01-01T00:00Z", "--successor", "bob", *HR)[
        "departure"
    ]
    refused(workplace, "apply", number, code=1, says="is due at 2999-01-01T00:00:00.000Z, not before")
    refused(workplace, "apply", number, "--now", code=1, says="has not been approved")
    refused(workplace, "verify", number, code=1, says="nothing has been carried out yet")
    refused(workplace, "undo", number, "--as", "dave@corp.test", code=1, says="nothing was changed that could be")
    workplace.run("approve", number, "--as", "dave@corp.test")
    assert workplace.json("show", number)["status"] == "scheduled"
    refused(workplace, "apply", number, code=1, says="not before")
    workplace.run("cancel", number, *HR)
    for words in (("apply", number, "--now"), ("approve", number, "--as", "dora@corp.test"), ("cancel", number, *HR)):
        refused(workplace, *words, code=1, says=f"{number} is cancelled")
    refused(workplace, "plan", number, "--again", *HR, code=1, says=f"{number} is cancelled")
    assert slapd.bind(ALICE, "alicepw")
    assert workplace.json(*START)["departure"] != number


def test_stop_holds_everything_until_somebody_resumes(workplace: Workplace, slapd: Slapd) -> None:
    number = approved(workplace)
    workplace.run("stop", *HR)
    refused(workplace, "apply", number, code=1, says="everything was stopped by erin@corp.test at ")
    assert slapd.bind(ALICE, "alicepw")
    workplace.run("resume", "--as", "owner@corp.test")
    workplace.run("apply", number)
    assert not slapd.bind(ALICE, "alicepw")
    refused(workplace, "cancel", number, *HR, code=1, says="has been carried out, at least in part")


def test_started_twice_is_one_departure_and_another_date_is_approved_anew(workplace: Workplace) -> None:
    number = approved(workplace)

    again = workplace.json(*START)

    assert (again["departure"], again["new"], again["status"]) == (number, False, "approved")
    other = workplace.json("start", "1001", "--last-moment", "2026-01-06T17:00Z", *HR)
    assert (other["departure"], other["new"], other["status"]) == (number, False, "planned")
    assert other["successor"]["login"] == "bob", "what was not said stays"
    refused(workplace, "apply", number, code=1, says="has not been approved")
    assert len(workplace.json("list")) == 1
    # Once it is carried out, nothing of it is changed any more.
    workplace.run("approve", number, "--as", "dave@corp.test")
    workplace.run("apply", number)
    late = workplace.json("start", "alice", "--last-moment", "2026-02-01T17:00Z", *HR)
    assert (late["departure"], late["status"]) == (number, "informing")
    assert late["moment"] == "2026-01-06T17:00:00.000Z"


def test_words_that_are_no_commands_end_with_two(empty_workplace: Workplace) -> None:
    for words in (("frobnicate",), ("show",), ("show", "D-2026-0001", "--no-such"), ("letters", "burn")):
        empty_workplace.run(*words, code=2)
        assert "Usage: " in empty_workplace.last_error
    assert sys.argv[0] == "offboard"
