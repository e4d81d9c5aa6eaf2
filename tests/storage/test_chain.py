"""Entries are appended in order, in the transaction whose doings they tell, whoever writes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from offboard.domain.canonical import digest_bytes
from offboard.domain.evidence import START, Kind, check_chain
from offboard.errors import BadInput
from offboard.storage import chain

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

D = "D-2026-0001"


def test_entries_follow_one_another_per_departure(store: Store, clock: Clock) -> None:
    store.evidence.note(D, Kind.REQUESTED, {"who": "Grüße"})
    clock.wait(seconds=1.5)
    store.evidence.note("D-2026-0002", Kind.REQUESTED, {})
    store.evidence.note(D, Kind.STATUS, {"to": "planned"})

    lines = store.evidence.lines(D)

    assert [json.loads(line)["seq"] for line in lines] == [0, 1]
    assert [json.loads(line)["at"] for line in lines] == ["2026-12-01T17:00:00.000Z", "2026-12-01T17:00:01.500Z"]
    assert check_chain(lines).ok
    assert store.evidence.head(D) == (2, digest_bytes("evidence", lines[-1]))
    assert store.evidence.head("D-2026-0002")[0] == 1
    assert store.evidence.head("D-2026-0003") == (0, START)
    assert store.evidence.lines("D-2026-0003") == []


def test_several_entries_in_one_transaction(store: Store) -> None:
    def work(connection: Connection) -> None:
        chain.append(connection, D, "2026-12-01T17:00:00.000Z", [(Kind.INTENT, {"n": 1}), (Kind.OUTCOME, {"n": 2})])
        chain.append(connection, D, "2026-12-01T17:00:00.000Z", [])
        chain.append(connection, D, "2026-12-01T17:00:00.000Z", [(Kind.STATUS, {"n": 3})])

    store.database.write(work)

    assert check_chain(store.evidence.lines(D)).entries == 3


def test_what_is_taken_back_is_not_told(store: Store) -> None:
    def work(connection: Connection) -> None:
        store.evidence.tell(connection, D, Kind.INTENT, {})
        raise ZeroDivisionError

    store.evidence.note(D, Kind.REQUESTED, {})
    with pytest.raises(ZeroDivisionError):
        store.database.write(work)
    store.evidence.note(D, Kind.STATUS, {})

    assert check_chain(store.evidence.lines(D)).entries == 2


def test_what_has_no_canonical_form_is_not_written(store: Store) -> None:
    with pytest.raises(BadInput):
        store.evidence.note(D, Kind.STATUS, {"share": 0.01})  # type: ignore[dict-item]

    assert store.evidence.lines(D) == []


def test_many_threads_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.evidence.note(D, Kind.STATUS, {"n": n}), range(120)))

    checked = check_chain(store.evidence.lines(D))
    assert (checked.ok, checked.entries) == (True, 120)
    assert {json.loads(line)["body"]["n"] for line in store.evidence.lines(D)} == set(range(120))


TELLER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from offboard.domain.evidence import Kind
from offboard.settings import StoreSection
from offboard.storage.store import Store

store = Store(StoreSection(url="sqlite:///offboard.db"), Path(sys.argv[1]), lambda: datetime.now(UTC))
for number in range(25):
    store.evidence.note("D-2026-0001", Kind.STATUS, {"by": sys.argv[2], "n": number})
"""


def test_two_processes_make_one_chain(
    store: Store, tmp_path: Path, program: Callable[..., subprocess.Popen[str]]
) -> None:
    tellers = [program(TELLER, tmp_path, name) for name in ("a", "b")]
    for teller in tellers:
        teller.communicate(timeout=60)

    assert [teller.returncode for teller in tellers] == [0, 0]
    checked = check_chain(store.evidence.lines(D))
    assert (checked.ok, checked.entries) == (True, 50)
