"""People's tasks and the ledger of the mails about them: every step is told, and a file is kept unreadable."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.asking import Confirmation, Task, TaskKind, TaskState
from offboard.domain.evidence import check_chain
from offboard.errors import BadInput, NoSuchDeparture
from offboard.storage.people_tasks import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

D = "D-2026-0001"
LAPTOP = Task(
    id=f"T-{D}-laptop", departure=D, step="ask_person", target="laptop", what="Collect the laptop",
    kind=TaskKind.PROPERTY, assignee="it@corp.test", due="2026-12-03T17:00:00.000Z",
    reminders=("2026-12-01T08:00:00.000Z", "2026-12-02T17:00:00.000Z"),
)  # fmt: skip
KEYS = replace(LAPTOP, id=f"T-{D}-keys", target="keys", what="Collect the keys", reminders=())
DONE = Confirmation("it@corp.test", "2026-12-02T09:00:00.000Z", "in the cupboard")
NOW = "2026-12-01T17:00:00.000Z"


def told(store: Store) -> list[dict[str, Any]]:
    lines = store.evidence.lines(D)
    assert check_chain(lines, departure=D).ok
    return [json.loads(line)["body"] for line in lines]


def test_what_is_asked_comes_back_in_order(store: Store, open_store: Callable[[], Store]) -> None:
    store.tasks.ask(LAPTOP)
    store.tasks.ask(KEYS)
    # A reminder whose moment has passed is not sent.
    first = replace(LAPTOP, asked_at=NOW, reminders=("2026-12-02T17:00:00.000Z",))
    assert open_store().tasks.tasks(D) == [first, replace(KEYS, asked_at=NOW)]
    assert store.tasks.task(f" t-{D.lower()}-LAPTOP ") == first
    assert store.tasks.tasks("D-2026-0002") == []
    with pytest.raises(NoSuchDeparture, match="no task 'T-1'"):
        store.tasks.task("T-1")
    assert [(body["id"], body["did"]) for body in told(store)] == [(LAPTOP.id, "asked"), (KEYS.id, "asked")]


def test_asked_twice_it_is_asked_once(store: Store, clock: Clock) -> None:
    store.tasks.ask(LAPTOP)
    before = store.tasks.tasks(D)
    clock.wait(hours=1)
    store.tasks.ask(replace(LAPTOP, what="something else"))
    assert store.tasks.tasks(D) == before
    assert len(told(store)) == 1


@pytest.mark.parametrize("state", [TaskState.REFUSED, TaskState.WITHDRAWN])
def test_what_was_refused_or_withdrawn_can_be_asked_again(store: Store, state: TaskState) -> None:
    store.tasks.ask(LAPTOP)
    if state is TaskState.REFUSED:
        assert store.tasks.refuse(LAPTOP.id, by="it@corp.test", reason="stolen")
    else:
        store.tasks.withdraw(LAPTOP.id, "undone")
    assert store.tasks.task(LAPTOP.id).state is state
    store.tasks.ask(LAPTOP)
    assert (store.tasks.task(LAPTOP.id).state, store.tasks.task(LAPTOP.id).reason) == (TaskState.ASKED, "")


def test_it_is_confirmed_once_and_by_one(store: Store) -> None:
    store.tasks.ask(LAPTOP)
    people = [replace(DONE, by=f"p{number}@corp.test") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: store.tasks.confirm(LAPTOP.id, one), people))
    assert answers.count(True) == 1
    confirmed = store.tasks.task(LAPTOP.id)
    assert confirmed.state is TaskState.CONFIRMED
    assert confirmed.confirmation == people[answers.index(True)]
    assert [body["did"] for body in told(store)] == ["asked", "confirmed"]
    assert not store.tasks.refuse(LAPTOP.id, by="it@corp.test", reason="late")
    assert not store.tasks.reassign(LAPTOP.id, to="dora@corp.test", by="it@corp.test")
    store.tasks.ask(LAPTOP)
    assert store.tasks.task(LAPTOP.id) == confirmed


def test_nobody_confirms_what_is_not_asked_for(store: Store) -> None:
    assert not store.tasks.confirm(LAPTOP.id, DONE)
    store.tasks.withdraw(LAPTOP.id, "undone")
    store.tasks.ask(LAPTOP)
    store.tasks.withdraw(LAPTOP.id, "undone")
    store.tasks.withdraw(LAPTOP.id, "undone")
    assert not store.tasks.confirm(LAPTOP.id, DONE)
    assert [body["did"] for body in told(store)] == ["asked", "withdrawn"]


def test_a_file_is_kept_encrypted_and_its_digest_is_evidence(store: Store, tmp_path: Path) -> None:
    store.tasks.ask(LAPTOP)
    content = b"%PDF signed by Alice Archer " * 100
    assert store.tasks.confirm(LAPTOP.id, replace(DONE, file="receipt.pdf"), content=content)
    task = store.tasks.task(LAPTOP.id)
    assert store.tasks.file(task) == content
    assert told(store)[-1]["sha256"] == task.confirmation.sha256
    assert told(store)[-1]["file"] == "receipt.pdf"
    store.close()
    for file in tmp_path.glob("offboard.db*"):
        assert b"signed by Alice" not in file.read_bytes()


def test_a_file_is_no_film(store: Store) -> None:
    store.tasks.ask(LAPTOP)
    with pytest.raises(BadInput, match="larger than 5 MB"):
        store.tasks.confirm(LAPTOP.id, replace(DONE, file="film.mp4"), content=b"x" * (LARGEST_FILE + 1))
    assert store.tasks.task(LAPTOP.id).state is TaskState.ASKED
    assert store.tasks.file(store.tasks.task(LAPTOP.id)) is None


def test_a_mail_is_claimed_once(store: Store, open_store: Callable[[], Store]) -> None:
    store.tasks.ask(LAPTOP)
    books = [store.tasks, open_store().tasks]
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda number: books[number % 2].claim_mail(LAPTOP, "asked"), range(8)))
    assert claims.count(True) == 1
    assert store.tasks.mails([LAPTOP.id]) == {(LAPTOP.id, "asked"): "sending"}
    store.tasks.mailed(LAPTOP, "asked", state="sent", system="outbox")
    assert not store.tasks.claim_mail(LAPTOP, "asked")
    assert store.tasks.claim_mail(LAPTOP, "reminder")
    store.tasks.not_mailed(LAPTOP, "reminder")
    assert store.tasks.claim_mail(LAPTOP, "reminder"), "what certainly did not go out may be tried again"
    assert told(store)[-1] == {
        "id": LAPTOP.id, "did": "mailed", "occasion": "asked", "mail": "sent", "system": "outbox",
    }  # fmt: skip


def test_open_tasks_are_found_over_all_departures(store: Store) -> None:
    other = replace(KEYS, id="T-D-2026-0002-keys", departure="D-2026-0002")
    for task in (other, LAPTOP, KEYS):
        store.tasks.ask(task)
    store.tasks.confirm(KEYS.id, DONE)
    assert [task.id for task in store.tasks.every(TaskState.ASKED)] == [LAPTOP.id, other.id]
