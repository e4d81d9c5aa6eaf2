"""Drafts for the leaver's clients, in a real register and a real store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.connectors.register import Connection, Settings, connect, import_clients
from offboard.domain.letter import LetterState
from offboard.steps.write_letters import WriteLetters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure

CLIENTS = """\
id,name,responsible,contact_name,contact_email,city,country
C1,Alder & Co,alice,Ida Alder,ida@alder.example,Bristol,GB
C2,Buchen GmbH,alice@corp.test,Uwe Buchen,uwe@buchen.example,Ulm,DE
C3,Cedar Ltd,bob,,,Leeds,GB
"""
NOT_YET = {"letter": None}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "clients.csv"
    file.write_text(CLIENTS, encoding="utf-8")
    connection = connect("clients", Settings(url=f"sqlite:///{tmp_path / 'clients.db'}"), vault=None)
    import_clients(connection, file)
    yield connection
    connection.close()


def write_all(step: WriteLetters, departure: Departure, register: Connection) -> list[str]:
    """Write what is to be written, and return for whom."""
    wishes = list(step.plan(departure, step.observe(departure, register), {}))
    for wish in wishes:
        step.write(departure, register, wish.target, wish.after)
    return [wish.target for wish in wishes]


def test_each_client_of_the_leaver_gets_a_draft(house: House, leaving: Departure, register: Connection):
    step = WriteLetters(house)
    assert step.observe(leaving, register) == {"C1": NOT_YET, "C2": NOT_YET}
    assert write_all(step, leaving, register) == ["C1", "C2"]
    letters = house.box.letters(leaving.number)
    assert [(x.client, x.language, x.recipient, x.state) for x in letters] == [
        ("C1", "en", "ida@alder.example", LetterState.TO_REVIEW),
        ("C2", "de", "uwe@buchen.example", LetterState.TO_REVIEW),
    ]
    assert WriteLetters.prepares


def test_without_a_successor_nobody_is_written_to(house: House, leaving: Departure, register: Connection):
    assert write_all(WriteLetters(house), replace(leaving, successor=None), register) == []
    assert house.box.letters(leaving.number) == []


def test_a_draft_follows_its_facts_until_somebody_has_decided(house: House, leaving: Departure, register: Connection):
    step = WriteLetters(house)
    write_all(step, leaving, register)
    before, other = house.box.letters(leaving.number)
    house.box.move(other.id, to=LetterState.REJECTED, expect=[LetterState.TO_REVIEW])
    carol = replace(leaving, successor=replace(leaving.successor, login="carol", name="Carol Chief"))
    assert step.observe(carol, register) == {"C1": NOT_YET, "C2": {"letter": "rejected"}}
    assert write_all(step, carol, register) == ["C1"]
    after, still = house.box.letters(leaving.number)
    assert "Bob Baker" in before.body
    assert "Carol Chief" in after.body
    assert "Bob Baker" not in after.body
    assert (still.digest, still.state) == (other.digest, LetterState.REJECTED)
