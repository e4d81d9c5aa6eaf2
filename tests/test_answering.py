"""What planning asks, answered on the command line and carried out at the stand-ins for Entra ID and Exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.test_exchange_departure import HR, IT, Company, company  # noqa: F401 - a fixture among them

CLIENT = "bea@client.example"
WORDS = ("ruth.castellan@acme.example", "--last-moment", "2026-01-30T17:00", "--tz", "UTC")


class Asked:
    """A departure of Ruth about which planning asks four things; ``id_of`` finds a question by its words."""

    def __init__(self, company: Company) -> None:  # noqa: F811 - the fixture
        self.place, graph, ruth = company.place, company.office.graph, company.who
        drive = graph.add_drive(ruth)
        self.link = graph.share(graph.add_file(drive, "offer.docx"), link="anonymous", kind="edit")
        self.guest = graph.share(graph.add_file(drive, "plan.xlsx"), outsiders=[CLIENT])
        soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
        self.meeting = graph.add_meeting(ruth, "Quarterly review", [CLIENT], begins=soon, every_days=7)
        twin = dict.fromkeys(("userPrincipalName", "mail"), "adm-ruth.castellan@acme.example")
        graph.add_person("Ruth Castellan Admin", mailNickname="adm-ruth.castellan", proxyAddresses=[], **twin)

        self.graph, self.ruth = graph, ruth
        self.number: str = self.start()

    def start(self, *more: str) -> str:
        shape = self.place.json("start", *WORDS, "--successor", "sam.okafor@acme.example", *more, *HR)
        return str(shape["departure"])

    def questions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.place.json("plan", self.number)["questions"]
        return found

    def id_of(self, words: str) -> str:
        (one,) = [str(one["id"]) for one in self.questions() if words in one["text"]]
        return one

    def answer(self, *words: str, code: int = 0) -> str:
        return str(self.place.run("answer", self.number, *words, *IT, code=code))

    def shared(self) -> set[str]:
        """Return the permissions by which others than Ruth get in."""
        rows = self.graph.store.now.table("permissions")
        return {number for number, row in rows.items() if row.get("link") or row.get("invitation")}

    def outcomes(self) -> dict[tuple[str, str], str | None]:
        rows = self.place.json("show", self.number)["changes"]
        return {(row["step"], row["label"]): row["outcome"] for row in rows if row["plan"] == "access"}


@pytest.fixture
def asked(company: Company) -> Asked:  # noqa: F811 - the fixture
    return Asked(company)


def test_each_is_answered_and_done_or_left_and_put_back_where_that_can_be(asked: Asked):
    place, number = asked.place, asked.number
    assert sorted((one["step"], one["system"]) for one in asked.questions()) == [
        ("end_shares", "entra"), ("end_shares", "entra"), ("hand_over_meetings", "mailboxes"), ("twins", "entra"),
    ]  # fmt: skip
    told = place.run("plan", number)
    assert "on a yes: there → not there" in told
    assert f"  {asked.id_of('adm-ruth')} on entra: another account, adm-ruth.castellan" in told
    approved = place.run("approve", number, *IT)
    assert f"{number}: approved by" in approved
    assert "4 questions are open (Q-" in approved
    place.run("apply", number)
    assert asked.shared() == {asked.link, asked.guest}
    assert asked.graph.look(asked.ruth)["accountEnabled"] is False, "the doors wait for nobody's answer"
    assert place.json("show", number)["status"] != "closed"

    said = asked.answer(asked.id_of("offer.docx"), "Quarterly review", "yes")
    assert said.count("Still open: Q-") == 2
    shape = place.json("answer", number, asked.id_of("plan.xlsx"), "no", "--because", "they build on it", *IT)
    assert shape["open"] == [asked.id_of("adm-ruth")]
    assert {one["answer"]["because"] for one in shape["questions"] if one["answer"]} == {"", "they build on it"}
    assert "Nothing is open any more." in asked.answer("adm-ruth", "no", "--because", "a colleague has it")
    assert "a colleague has it\n" in place.run("plan", number)
    place.run("approve", number, *IT)
    place.run("apply", number)

    assert asked.shared() == {asked.guest}
    came = asked.outcomes()
    assert came["end_shares", "/offer.docx: a link for anybody"] == "done"
    assert came["end_shares", f"/plan.xlsx: {CLIENT}"] == "declined"
    (task,) = place.json("tasks", "list", number)
    assert (task["assignee"], task["state"]) == ("sam.okafor@acme.example", "asked")
    assert "Quarterly review" in task["what"]
    assert CLIENT in str(asked.graph.look(asked.ruth)["_events"][asked.meeting]["attendees"]), "never cancelled"
    place.run("tasks", "confirm", task["id"], "--note", "called anew", *IT)
    assert place.json("verify", number)["left"] == []

    undo = place.json("undo", number, *HR)
    (lost,) = [gap["reason"] for gap in undo["not_covered"] if gap["step"] == "end_shares"]
    assert "Nobody can make the same link again" in lost
    place.run("approve", number, *IT)
    assert place.json("apply", number)["status"] == "undone"
    assert asked.shared() == {asked.guest}
    assert place.json("show", number)["questions"] == []


def test_the_copy_of_a_link_that_was_ended_stands_in_the_evidence(asked: Asked):
    asked.answer("offer.docx", "yes")
    asked.answer("plan.xlsx", "Quarterly", "adm-ruth", "no", "--because", "so")
    asked.place.run("approve", asked.number, *IT)
    asked.place.run("apply", asked.number)
    told = asked.place.run("evidence", "show", asked.number, "--json")
    intent, ended = told.find('"link": "anonymous"'), told.rfind("offer.docx")
    assert 0 < intent < ended
    assert '"may": "edit"' in told


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("offer.docx", "perhaps"), 2, "'perhaps' is neither yes nor no"),
        (("xlsx", "no"), 1, "a no is answered with a reason"),
        (("people outside", "yes"), 2, "stands in 2 questions"),
        (("Q-0123456789", "yes"), 1, "does not ask Q-0123456789"),
        (("adm-ruth", "yes"), 1, "no departure shuts this account yet"),
    ],
)
def test_what_is_no_answer_is_said_and_changes_nothing(asked: Asked, words: tuple[str, str], code: int, says: str):
    asked.answer(*words, code=code)
    assert says in asked.place.last_error
    assert [one["answer"] for one in asked.questions()] == [None] * 4


def test_a_second_account_that_leaves_as_well_is_answered_yes(asked: Asked):
    place = asked.place
    twin = ("adm-ruth.castellan@acme.example", *WORDS[1:], *HR)
    other = place.json("start", *twin)["departure"]
    assert other != asked.number
    asked.answer("adm-ruth", "yes")
    shown = place.run("show", asked.number)
    assert "adm-ruth" not in shown
    assert "Please answer; what nobody answers stays as it is:" in shown
