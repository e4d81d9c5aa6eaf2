"""One open departure per person, numbered without a gap, whoever asks at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.domain.departure import Departure, Status
from offboard.domain.evidence import check_chain
from offboard.domain.people import Person
from offboard.errors import NoSuchDeparture
from offboard.storage.departures import started_ago

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def maker(person: str = "ann") -> Callable[[str], Departure]:
    leaver = Person(f"uuid-{person}", "office", person, person.title())
    return lambda number: Departure(number, leaver, NOW, "UTC", "employee", "hr@corp.test", NOW)


def add(store: Store, person: str = "ann") -> Departure:
    return store.departures.add(maker(person), {"person": "hr@corp.test"})


def test_numbers_count_per_year(store: Store, clock: Clock) -> None:
    assert [add(store, name).number for name in ("a", "b", "c")] == ["D-2026-0001", "D-2026-0002", "D-2026-0003"]
    clock.wait(days=60)
    assert add(store, "d").number == "D-2027-0001"


def test_numbers_go_on_after_the_ten_thousandth(store: Store) -> None:
    first = add(store)
    row = replace(first, number="D-2026-9999", leaver=replace(first.leaver, id="uuid-x"))
    store.departures.add(lambda _: row, {})

    assert [add(store, name).number for name in ("b", "c", "d")] == ["D-2026-10000", "D-2026-10001", "D-2026-10002"]
    assert [d.number[-5:] for d, _ in store.departures.every()] == ["10002", "10001", "10000", "-9999", "-0001"]


def test_a_person_has_one_open_departure(store: Store) -> None:
    first = add(store)

    assert add(store) == first
    assert store.departures.open_for("uuid-ann") == first
    assert store.departures.open_for("uuid-joe") is None
    assert len(store.departures.every()) == 1


@pytest.mark.parametrize("status", Status)
def test_which_statuses_end_it(store: Store, status: Status) -> None:
    first = add(store)
    store.departures.set_status(first.number, status)

    second = add(store)

    assert (second.number != first.number) is (status in {Status.CLOSED, Status.CANCELLED, Status.UNDONE})


def test_an_ended_one_is_found_by_its_number_however_it_is_typed(store: Store) -> None:
    first = add(store)
    store.departures.set_status(first.number, Status.CLOSED)

    assert store.departures.get(" d-2026-0001 ") == first
    for wrong in ("", "D-2026-001", "D-2026-0002", "%", "D-2026-0001'; --"):
        with pytest.raises(NoSuchDeparture) as refused:
            store.departures.get(wrong)
        assert refused.value.hint


def test_of_many_who_ask_at_once_all_get_the_same_one(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: add(store).number, range(24)))

    assert set(numbers) == {"D-2026-0001"}
    assert len(store.evidence.lines("D-2026-0001")) == 1


ASKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from offboard.domain.departure import Departure
from offboard.domain.people import Person
from offboard.settings import StoreSection
from offboard.storage.store import Store

now = datetime(2026, 12, 1, tzinfo=UTC)
store = Store(StoreSection(url="sqlite:///offboard.db"), Path(sys.argv[1]), lambda: now)
for person in range(12):
    leaver = Person(f"uuid-{person}", "office", str(person), str(person))
    make = lambda number: Departure(number, leaver, now, "UTC", "employee", "", now)
    print(person, store.departures.add(make, {}).number)
"""


def test_two_processes_that_ask_for_the_same_people_make_one_departure_each(
    store: Store, tmp_path: Path, program: Callable[..., subprocess.Popen[str]]
) -> None:
    askers = [program(ASKER, tmp_path) for _ in range(2)]
    answers = [asker.communicate(timeout=60)[0] for asker in askers]

    assert [asker.returncode for asker in askers] == [0, 0]
    assert answers[0] == answers[1]
    assert sorted(d.number for d, _ in store.departures.every()) == [f"D-2026-{n:04d}" for n in range(1, 13)]


def test_changing_one_voids_its_plans_and_keeps_its_clock(store: Store) -> None:
    first = add(store)
    store.departures.set_status(first.number, Status.SECURING, stamp="first_write")
    later = replace(first, moment=NOW + timedelta(days=3), playbook="contractor")

    store.departures.change(later, {"person": "hr@corp.test"})

    assert store.departures.get(first.number) == later
    assert store.departures.status(first.number) is Status.SECURING
    assert "first_write" in store.departures.clock(first.number)
    assert store.plans.every(first.number) == []


def test_a_hand_of_the_clock_is_set_once(store: Store, clock: Clock) -> None:
    number = add(store).number
    store.departures.set_status(number, Status.SECURING, stamp="first_write")
    clock.wait(hours=1)
    store.departures.set_status(number, Status.ATTENTION)
    store.departures.set_status(number, Status.SECURING, stamp="first_write")
    store.departures.set_status(number, Status.SECURING, stamp="secured")

    assert store.departures.clock(number) == {
        "requested": "2026-12-01T17:00:00.000Z",
        "first_write": "2026-12-01T17:00:00.000Z",
        "secured": "2026-12-01T18:00:00.000Z",
    }


def test_every_move_of_the_status_is_told_once(store: Store) -> None:
    number = add(store).number
    for status in (Status.PLANNED, Status.PLANNED, Status.APPROVED, Status.APPROVED):
        store.departures.set_status(number, status)

    told = [json.loads(line) for line in store.evidence.lines(number)]

    assert [(e["body"]["from"], e["body"]["to"]) for e in told if e["kind"] == "status"] == [
        ("draft", "planned"),
        ("planned", "approved"),
    ]
    assert check_chain(store.evidence.lines(number)).ok


def test_the_newest_comes_first(store: Store) -> None:
    for name in ("a", "b", "c"):
        add(store, name)

    assert [d.leaver.login for d, status in store.departures.every() if status is Status.DRAFT] == ["c", "b", "a"]


def test_how_long_ago_each_was_asked_for(store: Store) -> None:
    one = add(store)

    assert started_ago([one, one], NOW + timedelta(seconds=90)) == [90.0, 90.0]
