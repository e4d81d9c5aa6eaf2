"""Reassigning the leaver's clients in a real register: forwards, again, and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.connectors import register
from offboard.domain.capabilities import Company, House
from offboard.domain.people import Person
from offboard.steps import step_class, words
from offboard.steps.reassign_clients import ReassignClients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.domain.departure import Departure

REGISTER = """id,name,responsible
C1,By Mail,ANN@corp.test
C2,By Login,ann
C3,By Number,1001
C4,By Name, Ann Lee
C5,Of Sue,sue@corp.test
C6,Of Nobody,
C7,Of Anna,anna
"""


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[register.Connection]:
    (tmp_path / "clients.csv").write_text(REGISTER)
    connection = register.connect("clients", register.Settings(url=f"sqlite:///{tmp_path}/clients.db"), None)
    register.import_clients(connection, tmp_path / "clients.csv")
    yield connection
    connection.close()


@pytest.fixture
def step() -> ReassignClients:
    company = Company(name="Corp", domains=("corp.test",), timezone="UTC", languages=("en",))
    return ReassignClients(
        House(company=company, keeper=None, book=None, box=None, now=None, tasks=None, addressee=None, shared=None)
    )


def carry_out(step: ReassignClients, departure: Departure, clients: register.Connection) -> list:
    wishes = list(step.plan(departure, step.observe(departure, clients), {}))
    for wish in wishes:
        step.write(departure, clients, wish.target, wish.after)
    return wishes


def responsible(clients: register.Connection) -> dict[str, str]:
    return {client.id: client.responsible for client in clients.clients()}


def test_the_word_finds_the_step() -> None:
    assert "reassign_clients" in words()
    assert step_class("reassign_clients") is ReassignClients


def test_every_client_of_the_leaver_moves_and_is_written_as_before(step, departure, clients) -> None:
    carry_out(step, departure, clients)
    assert responsible(clients) == {
        "C1": "joe@corp.test",
        "C2": "joe",
        "C3": "1002",
        "C4": "Joe Fox",
        "C5": "sue@corp.test",
        "C6": "",
        "C7": "anna",
    }


def test_a_wish_tells_the_approver_what_and_why(step, departure, clients) -> None:
    wish = next(step.plan(departure, step.observe(departure, clients), {}))
    assert (wish.target, wish.label, wish.one_way) == ("C1", "By Mail (C1)", None)
    assert wish.before == {"name": "By Mail", "responsible": "ANN@corp.test"}
    assert wish.after == {"name": "By Mail", "responsible": "joe@corp.test"}
    assert wish.why == "Ann Lee is responsible for By Mail and leaves; Joe Fox takes over."


def test_a_second_plan_is_empty_and_every_wish_holds(step, departure, clients) -> None:
    wishes = carry_out(step, departure, clients)
    found = step.observe(departure, clients)
    assert list(step.plan(departure, found, {})) == []
    assert all(step.holds(found[wish.target], wish.after) for wish in wishes)


def test_writing_the_former_states_puts_everything_back(step, departure, clients) -> None:
    before = clients.clients()
    for wish in reversed(carry_out(step, departure, clients)):
        step.write(departure, clients, wish.target, wish.before)
    assert clients.clients() == before


def test_no_client_is_lost_or_made(step, departure, clients) -> None:
    before = clients.clients()
    wishes = carry_out(step, departure, clients)
    after = clients.clients()
    assert [client.id for client in after] == [client.id for client in before]
    moved = {wish.target for wish in wishes}
    assert [client for client in after if client.id not in moved] == [c for c in before if c.id not in moved]
    assert Counter(bool(client.responsible) for client in after) == Counter(bool(c.responsible) for c in before)
    assert not any(departure.leaver.answers_to(client.responsible) for client in after)


def test_each_client_goes_to_its_own_successor(step, departure, clients) -> None:
    sue = Person(id="s", system="office", login="sue", name="Sue Ray", mail="sue@corp.test", employee_number="1003")
    carry_out(step, replace(departure, successors={"C2": sue, "C4": sue}), clients)
    found = responsible(clients)
    assert (found["C1"], found["C2"], found["C3"], found["C4"]) == ("joe@corp.test", "sue", "1002", "Sue Ray")


def test_without_a_successor_nothing_is_wished(step, departure, clients) -> None:
    nobody = replace(departure, successor=None)
    assert list(step.plan(nobody, step.observe(nobody, clients), {})) == []


@pytest.mark.parametrize(
    ("successor", "wanted"),
    [
        (Person("j", "office", "joe", "Joe Fox", "joe@corp.test"), "joe@corp.test"),
        (Person("j", "office", "joe", "Joe Fox"), "joe"),
    ],
)
def test_a_successor_without_a_number_is_written_by_mail_else_by_login(step, departure, clients, successor, wanted):
    carry_out(step, replace(departure, successor=successor), clients)
    assert responsible(clients)["C3"] == wanted


def test_a_successor_of_the_same_name_is_written_so_that_the_two_differ(step, departure, clients) -> None:
    namesake = Person("n", "office", "ann2", "Ann Lee", "ann2@corp.test")
    carry_out(step, replace(departure, successor=namesake), clients)
    assert responsible(clients)["C4"] == "ann2@corp.test"


def test_a_successor_whom_nothing_tells_from_the_leaver_gets_nothing(step, departure, clients) -> None:
    same = replace(departure, successor=departure.leaver)
    assert list(step.plan(same, step.observe(same, clients), {})) == []


def test_a_renamed_client_still_holds_and_one_that_is_gone_does_not(step) -> None:
    wanted = {"name": "Old", "responsible": "joe"}
    assert step.holds({"name": "New", "responsible": "joe"}, wanted)
    assert not step.holds({"name": "Old", "responsible": "ann"}, wanted)
    assert not step.holds(None, wanted)
