"""No client is left alone: on the real servers, from the import to the closed departure and the client's answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import register

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace

HR, IT, OWNER = ("--as", "erin@corp.test"), ("--as", "dave@corp.test"), ("--as", "owner@corp.test")
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London")
CLIENTS = """\
id,name,responsible,contact_name,contact_email,address,postcode,city,country,language,value,region,sector
C1,Alder & Co,alice,Ida Alder,ida@alder.example,1 Elm Road,BS1 4DJ,Bristol,GB,en,12000,South,Wine
C2,Buchen GmbH,alice,Uwe Buchen,uwe@buchen.example,Hauptstr. 1,72070,Tübingen,DE,de,8000,North,Wine
C3,Cedar Ltd,alice,Cy Dar,cy@cedar.example,3 Oak Lane,M1 1AE,Manchester,GB,en,500,North,Toys
C4,Douglas Ltd,bob,Eve Douglas,eve@douglas.example,4 Ash Way,EH1 1YZ,Edinburgh,GB,en,900,North,Toys
"""
CONTACTS = """\
client,name,email,role,owner
C1,Pat Payer,pat@alder.example,pays,alice
C4,Ann Other,ann@douglas.example,uses refers,alice
"""
ITEMS = """\
id,client,kind,title,owner,due,tellable,closed
O-1,C1,opportunity,Cellar for 2027,alice,2026-12-01,yes,no
O-2,C4,case,Broken pallet,alice,,no,no
O-3,C2,opportunity,Won last year,alice,,no,yes
"""


@pytest.fixture
def house(workplace: Workplace) -> Workplace:
    """The company with contacts and open items in its register."""
    for name, text in (("c.csv", CLIENTS), ("contacts.csv", CONTACTS), ("items.csv", ITEMS)):
        (workplace.folder / name).write_text(text, encoding="utf-8")
    files = [str(workplace.folder / name) for name in ("c.csv", "contacts.csv", "items.csv")]
    workplace.run("clients", "import", files[0], "--contacts", files[1], "--items", files[2])
    return workplace


def tally(house: Workplace) -> dict[str, Counter[Any]]:
    """Return every client, contact and item without its owner: what no handover may change."""
    url = f"sqlite:///{house.folder}/clients.db"
    connection = register.connect("clients", register.Settings(url=url), None)  # type: ignore[arg-type]
    found = {
        "clients": Counter((c.id, c.name, c.value) for c in connection.clients()),
        "contacts": Counter((c.id, c.name, c.email) for c in connection.contacts()),
        "items": Counter((i.id, i.title) for i in connection.items()),
        "closed": Counter([str(connection.item("O-3"))]),
    }
    connection.close()
    return found


def reject_all(house: Workplace, number: str) -> None:
    house.run("letters", "reject", number, "--reason", "told by telephone", *OWNER)


def test_contacts_and_open_items_go_with_the_client_and_nothing_is_lost(house: Workplace) -> None:
    before = tally(house)
    number = house.json(*START, "--successor", "bob", *HR)["departure"]
    house.run("approve", number, *IT)
    shown = house.json("apply", number)

    assert shown["clients"] == {"total": 3, "reassigned": 3, "skipped": 0, "orphaned": 0, "given_back": 0}
    assert (shown["contacts"]["reassigned"], shown["items"]["reassigned"]) == (2, 2)
    assert tally(house) == before, "the sum before equals the sum after; the closed item keeps its owner"
    assert house.json("clients", "left", number) == []
    assert house.json("verify", number)["holds"]

    follow_ups = [task for task in house.json("tasks", "list", number) if task["kind"] == "follow_up"]
    assert len(follow_ups) == 4
    assert {task["assignee"] for task in follow_ups} == {"bob@corp.test"}
    assert len({task["due"] for task in follow_ups}) == 4
    assert all(len(task["reminders"]) == 2 for task in follow_ups)
    assert "Alder & Co (C1)" in follow_ups[0]["what"]

    house.run("undo", number, *HR)
    house.run("approve", number, *OWNER)
    house.run("apply", number)
    assert tally(house) == before
    assert {part["target"] for part in house.json("clients", "left", number, code=1)} == {
        "C1", "C2", "C3", "/contact/C1/1", "/contact/C4/1", "/item/O-1", "/item/O-2",
    }  # fmt: skip


def test_without_a_successor_it_takes_a_proposal_a_choice_or_a_reason(house: Workplace) -> None:
    started = house.json(*START, *HR, code=0)
    number = started["departure"]
    assert any("without a successor" in guard for guard in started["guards"])
    house.run("approve", number, *IT, code=1)

    proposals = {row["client"]: row for row in house.json("clients", "propose", number)}
    assert {row["successor"] for row in proposals.values()} == {"bob@corp.test"}
    assert "1 of Toys" in proposals["C3"]["why"]
    assert "1 who write en" in proposals["C1"]["why"]

    house.run("clients", "assign", number, "--client", "C4", "--to", "bob", *HR, code=0)
    house.run("clients", "assign", number, "--client", "C1", "--to", "alice", *HR, code=2)
    house.run("clients", "assign", number, "--client", "C1", "--to", "bob", *IT, code=1)
    house.run("clients", "assign", number, "--all-of", "region=North", "--to", "bob", *HR)
    house.run("clients", "assign", number, "--all-of", "region=Nowhere", "--to", "bob", *HR, code=2)
    house.run("clients", "skip", number, "C1", *HR, code=2)
    house.run("clients", "skip", number, "C1", "--reason", "the company was dissolved", *HR)
    plan = house.json("plan", number)
    assert plan["guards"] == []
    assert {c["target"] for c in plan["changes"] if c["step"] == "reassign_clients"} == {
        "C2", "C3", "/contact/C4/1", "/item/O-2",
    }  # fmt: skip
    house.run("approve", number, *IT)
    shown = house.json("apply", number)
    assert shown["clients"] == {"total": 3, "reassigned": 2, "skipped": 1, "orphaned": 0, "given_back": 0}
    left = {part["target"]: part for part in house.json("clients", "left", number)}
    assert set(left) == {"C1", "/contact/C1/1", "/item/O-1"}
    assert not any(part["left_alone"] for part in left.values())
    assert left["C1"]["reason"] == "the company was dissolved"


def test_a_departure_is_not_closed_while_somebody_is_left_alone(house: Workplace) -> None:
    number = house.json(*START, "--successor", "bob", *HR)["departure"]
    house.run("approve", number, *IT)
    house.run("apply", number)
    reject_all(house, number)
    house.run("approve", number, *OWNER)
    # Somebody enters a client for the leaver after everything was passed on.
    (house.folder / "late.csv").write_text("id,name,responsible\nC9,Late Ltd,alice@corp.test\n", encoding="utf-8")
    house.run("clients", "import", str(house.folder / "late.csv"))

    shown = house.json("apply", number, code=1)
    assert shown["status"] == "attention"
    assert shown["kept_open_by"] == "nobody has taken over Late Ltd (C9)"
    assert shown["clients"] == {"total": 4, "reassigned": 3, "skipped": 0, "orphaned": 1, "given_back": 0}
    house.run("clients", "skip", number, "C4", "--reason", "not hers", *HR, code=2)
    house.run("clients", "skip", number, "C9", "--reason", "a test entry", *IT, code=1)

    said = house.run("clients", "skip", number, "C9", "--reason", "a test entry", *HR)
    assert f"{number} is closed" in said
    shown = house.json("show", number)
    assert (shown["status"], shown["kept_open_by"]) == ("closed", "")
    assert shown["clients"] == {"total": 4, "reassigned": 3, "skipped": 1, "orphaned": 0, "given_back": 0}
    evidence = house.run("evidence", "show", number, "--json")
    assert "a test entry" in evidence
    assert "erin@corp.test" in evidence


def test_what_the_register_itself_gave_away_lets_it_close(house: Workplace) -> None:
    number = house.json(*START, "--successor", "bob", *HR)["departure"]
    house.run("approve", number, *IT)
    house.run("apply", number)
    reject_all(house, number)
    house.run("approve", number, *OWNER)
    (house.folder / "late.csv").write_text("id,name,responsible\nC9,Late Ltd,alice\n", encoding="utf-8")
    house.run("clients", "import", str(house.folder / "late.csv"))
    assert house.json("apply", number, code=1)["status"] == "attention"
    (house.folder / "late.csv").write_text("id,name,responsible\nC9,Late Ltd,bob\n", encoding="utf-8")
    house.run("clients", "import", str(house.folder / "late.csv"))

    assert house.json("apply", number)["status"] == "closed"


def test_letters_to_those_the_owner_calls_wait_for_the_tick(house: Workplace, smtp_sink: Any) -> None:
    number = house.json(*START, "--successor", "bob", *HR)["departure"]
    house.run("clients", "calls", number, "--first", "1", *HR, code=1)
    house.run("clients", "calls", number, "--first", "1", *OWNER)
    assert [call["client"] for call in house.json("clients", "calls", number)] == ["C1"]
    house.run("approve", number, *IT)
    house.run("apply", number)
    house.run("letters", "approve", number, *OWNER)
    assert house.json("apply", number)["status"] == "informing"
    states = {letter["client"]: letter["state"] for letter in house.json("letters", "list", number)}
    assert states == {"C1": "approved", "C2": "sent", "C3": "sent"}
    assert smtp_sink.to("ida@alder.example") == []

    house.run("clients", "called", number, "C2", *OWNER, code=1)
    house.run("clients", "called", number, "C1", *HR, code=1)
    house.run("clients", "called", number, "C1", "--note", "knows Bob", *OWNER)
    house.run("clients", "called", number, "C1", *OWNER, code=1)
    assert house.json("apply", number)["status"] == "closed"
    assert len(smtp_sink.to("ida@alder.example")) == 1


def test_what_a_client_answers_changes_the_register(house: Workplace) -> None:
    number = house.json(*START, "--successor", "bob", *HR)["departure"]
    house.run("approve", number, *IT)
    house.run("apply", number)

    house.run("clients", "answer", "C1", "fine", "--note", "all well", *HR)
    house.run("clients", "answer", "C2", "someone-else", "--to", "erin", *OWNER)
    house.run("clients", "answer", "C3", "owner", *HR)
    house.run("clients", "answer", "C4", "let-go", *HR, code=1)
    house.run("clients", "answer", "C4", "let-go", *OWNER)
    house.run("clients", "answer", "C7", "fine", *OWNER, code=2)
    house.run("clients", "answer", "C1", "fine", "--to", "erin", *OWNER, code=2)

    found = {client["id"]: (client["responsible"], client["standing"]) for client in house.json("clients", "list")}
    assert found == {
        "C1": ("bob", "fine"),
        "C2": ("erin@corp.test", "someone_else"),
        "C3": ("owner@corp.test", "owner"),
        "C4": ("bob", "let_go"),
    }
    assert "all well" in house.run("evidence", "show", number, "--json")
