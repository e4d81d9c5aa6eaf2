"""People's tasks at the desk: whoever is asked says that it is done, and sees nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.asking import Task, TaskKind, TaskState
from offboard.domain.departure import instant
from offboard.domain.people import Person
from tests.desk.conftest import AUDITOR, HR, IT, Forms

if TYPE_CHECKING:
    from tests.desk.conftest import Desk

DORA = "dora.day@corp.test"


@pytest.fixture
def number(desk: Desk) -> str:
    number = desk.company.start()
    for name, kind, who in (
        ("laptop", TaskKind.PROPERTY, DORA),
        ("letter", TaskKind.ACKNOWLEDGEMENT, HR),
        ("ann", TaskKind.OTHER, "ann@corp.test"),
    ):
        due = instant(desk.company.time.replace(year=2027))
        task = Task(f"T-{number}-{name}", number, "ask_person", name, f"Bring the {name} back.", kind, who, due)
        desk.firm.store.tasks.ask(task)
    return number


def test_whoever_is_asked_confirms_it_and_sees_no_departure(desk: Desk, number: str) -> None:
    dora = desk.sign_in(DORA)
    assert dora.path == "/tasks"
    assert "Bring the laptop back." in dora.page
    assert "Bring the letter back." not in dora.page
    for path in (f"/departures/{number}", f"/tasks/T-{number}-letter", "/start", f"/departures/{number}/letters"):
        dora.open(path)
        assert dora.code in {403, 404}
        assert "Ann Lee" not in dora.page

    path = f"/tasks/T-{number}-laptop"
    dora.open(path)
    dora.send(f"{path}/confirm", note="  ")
    assert dora.code == 400
    assert "say in a sentence what was done" in dora.page.casefold()
    dora.open(path)
    dora.send(f"{path}/confirm", note="in the cupboard")
    task = desk.firm.store.tasks.task(f"T-{number}-laptop")
    assert (task.state, task.confirmation.by, task.confirmation.note) == (TaskState.CONFIRMED, DORA, "in the cupboard")
    assert "Your mail address" in dora.open("/tasks"), "nothing is asked of her any more"


def test_a_signed_letter_is_recorded_with_its_page_kept_encrypted(desk: Desk, number: str) -> None:
    hr, path = desk.sign_in(HR), f"/tasks/T-{number}-letter"
    hr.open(path)
    form = Forms(hr.page).found[f"{path}/confirm"] | {"on": "2026-12-01", "name": "Ann Lee"}
    hr._show(hr.client.post(f"{path}/confirm", data=form))
    assert (hr.code, "signed page" in hr.page) == (400, True)
    hr._show(hr.client.post(f"{path}/confirm", data=form, files={"file": ("C:\\scans\\page.pdf", b"%PDF signed")}))
    assert "recorded as done" in hr.page

    task = desk.firm.store.tasks.task(f"T-{number}-letter")
    assert (task.confirmation.file, desk.firm.store.tasks.file(task)) == ("page.pdf", b"%PDF signed")


def test_what_cannot_be_done_is_said_with_a_reason(desk: Desk, number: str) -> None:
    it, path = desk.sign_in(IT), f"/tasks/T-{number}-laptop"
    it.open(path)
    it.send(f"{path}/refuse", reason="it was stolen")
    assert "it was stolen" in it.open("/tasks")
    assert desk.firm.store.tasks.task(f"T-{number}-laptop").state is TaskState.REFUSED


def test_the_leaver_and_an_auditor_confirm_nothing(desk: Desk, number: str) -> None:
    ann = desk.sign_in("ann@corp.test")
    assert "Bring" not in ann.page
    ann.open(f"/tasks/T-{number}-ann")
    assert ann.code == 404
    auditor = desk.sign_in(AUDITOR)
    auditor.open(f"/tasks/T-{number}-laptop")
    assert Forms(auditor.page).found.keys() == {"/sign-out"}


def test_a_name_from_a_system_is_text_and_never_a_tag(desk: Desk) -> None:
    name = "<script>alert(1)</script> {{ 7*7 }} \u202egnp.exe"
    desk.company.systems.office.people.append(Person("id-x", "office", "x", name, "x@corp.test", "1"))
    desk.company.systems.office.open["id-x"] = True
    desk.serve()
    desk.company.start(person="x")
    hr = desk.sign_in(HR)
    assert "<script>" not in hr.page
    assert "{{ 7*7 }}" in hr.page
    hr.open("/start")
    hr.send("/start/find", words="<script")
    assert "<script>" not in hr.page
    assert "&lt;script&gt;alert(1)" in hr.page
