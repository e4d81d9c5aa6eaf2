"""Letters leave as people decide: held ones stay, nothing goes before the embargo, paper is printed and posted once."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pikepdf

from offboard.domain.reaching import NO_LETTERS
from tests.test_whole_departure import START

if TYPE_CHECKING:
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

OWNER = ("--as", "owner@corp.test")


def test_what_people_decide_on_letters_is_what_happens(workplace: Workplace, smtp_sink: SmtpSink) -> None:
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    workplace.run("approve", number, "--as", "dave@corp.test")
    workplace.run("apply", number)
    held = f"L-{number}-C1"

    workplace.run("letters", "export", number, "--out", str(workplace.folder / "word"))
    with ZipFile(workplace.folder / "word" / f"{held}.docx") as word:
        assert "Ida Alder" in word.read("word/document.xml").decode()

    workplace.run("letters", "approve", number, *OWNER)
    workplace.run("letters", "hold", number, held, *OWNER, code=1)
    workplace.run("letters", "hold", number, held, "--reason", "I call her first", "--as", "dave@corp.test", code=1)
    workplace.run("letters", "hold", number, held, "--reason", "I call her first", *OWNER)
    workplace.run("letters", "embargo", number, "2099-01-01T09:00", "--tz", "Europe/London", "--as", "erin@corp.test")
    said = workplace.run("letters", "send", number, code=1)
    assert "nothing goes out before 2099-01-01T09:00:00.000Z (embargo)" in said
    post = ("letters", "print", number, "--out", str(workplace.folder / "post"), *OWNER)
    workplace.run(*post, code=1)
    assert smtp_sink.envelopes == []

    workplace.run("letters", "embargo", number, "none", "--as", "erin@corp.test")
    workplace.run("letters", "send", number, code=1)
    assert [mail.rcpt_tos for mail in smtp_sink.envelopes] == [["uwe@buchen.example"]]
    workplace.run("letters", "release", number, *OWNER)
    workplace.run("letters", "approve", number, held, *OWNER)
    unwilling(workplace, "yes")
    workplace.run("letters", "send", number)
    workplace.run(*post)
    assert smtp_sink.to("ida@alder.example") == []
    assert not (workplace.folder / "post" / "printer").exists()
    states = {x["client"]: (x["state"], x["reason"]) for x in workplace.json("letters", "list", number)}
    assert states["C1"] == states["C3"] == ("to_review", NO_LETTERS)
    unwilling(workplace, "no")
    workplace.run("letters", "approve", number, *OWNER)
    workplace.run("letters", "send", number)
    assert len(smtp_sink.to("ida@alder.example")) == 1

    workplace.run("clients", "calls", number, "--first", "3", *OWNER)
    workplace.run(*post)
    assert not (workplace.folder / "post" / "printer").exists(), "C3 is to be called first"
    workplace.run("clients", "called", number, "C3", *OWNER)
    workplace.run(*post)
    with pikepdf.open(BytesIO((workplace.folder / "post" / "printer" / "letters.pdf").read_bytes())) as pdf:
        assert len(pdf.pages) == 1
    workplace.run("letters", "posted", number, *OWNER)
    marks = {x["client"]: x["marks"] for x in workplace.json("letters", "list", number)}
    assert set(marks["C1"]) == set(marks["C2"]) == {"mailed"}
    assert {mark: made["person"] for mark, made in marks["C3"].items()} == {
        "printed": "owner@corp.test",
        "posted": "owner@corp.test",
    }


def unwilling(workplace: Workplace, word: str) -> None:
    """Let the register say of two clients that they do (not) want to be written to."""
    file = workplace.folder / "unwilling.csv"
    file.write_text(f"id,name,do_not_contact\nC1,Alder & Co,{word}\nC3,Cedar Ltd,{word}\n", encoding="utf-8")
    workplace.run("clients", "import", str(file))
