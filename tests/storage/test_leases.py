"""One runner per departure: a dead one is taken over at once, one elsewhere in its time; a late one writes nothing."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from offboard.errors import Busy, Stopped
from offboard.storage.leases import SECONDS, Leases

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from offboard.storage.leases import Lease
    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

D = "D-2026-0001"

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from offboard.settings import StoreSection
from offboard.storage.store import Store

at = datetime.fromisoformat(sys.argv[2])
store = Store(StoreSection(url="sqlite:///offboard.db"), Path(sys.argv[1]), lambda: at)
with store.leases.hold("D-2026-0001") as lease:
    print(lease.token, flush=True)
    time.sleep(60)
"""


def prove(store: Store, lease: Lease) -> None:
    store.database.write(lambda connection: store.leases.prove(connection, lease))


def test_one_at_a_time_and_the_number_only_grows(store: Store) -> None:
    with store.leases.hold(D) as first:
        prove(store, first)
        with pytest.raises(Busy, match=f"by another run .{os.getpid()}."), store.leases.hold(D):
            pass
        with store.leases.hold("D-2026-0002") as other:
            assert other.token == 1
    with store.leases.hold(D) as second:
        assert second.token > first.token


def test_a_lease_is_given_back_whatever_happens(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.leases.hold(D):
        raise ZeroDivisionError
    with store.leases.hold(D):
        pass


def test_a_process_that_died_is_taken_over_at_once_and_one_that_lives_is_not(
    store: Store, clock: Clock, tmp_path: Path, program: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = program(HOLDER, tmp_path, clock.time.isoformat())
    assert holder.stdout
    assert holder.stdout.readline() == "1\n"
    with pytest.raises(Busy, match=str(holder.pid)), store.leases.hold(D):
        pass

    holder.kill()
    holder.wait(10)

    with store.leases.hold(D) as lease:
        assert lease.token == 2


def test_a_process_on_another_machine_is_taken_over_when_its_time_is_up(store: Store, clock: Clock) -> None:
    elsewhere = Leases(store.database, clock)
    elsewhere._me = "elsewhere/1/1"
    late = elsewhere._take(D)
    clock.wait(seconds=SECONDS - 1)
    with pytest.raises(Busy), store.leases.hold(D):
        pass
    clock.wait(seconds=1)

    with store.leases.hold(D) as lease:
        prove(store, lease)
        with pytest.raises(Busy, match="another run has taken"):
            store.database.write(lambda connection: elsewhere.prove(connection, late))
        with pytest.raises(Busy):
            store.database.write(lambda connection: elsewhere.renew(connection, late))


def test_a_number_that_somebody_else_has_by_now_is_told_apart_from_the_former_process(store: Store) -> None:
    reused = Leases(store.database, store.leases._now)
    host, pid, started = store.leases._me.split("/")
    reused._me = f"{host}/{pid}/{int(started) - 1}"
    reused._take(D)

    with store.leases.hold(D) as lease:
        assert lease.token == 2


def test_proving_renews(store: Store, clock: Clock) -> None:
    elsewhere = Leases(store.database, clock)
    elsewhere._me = "elsewhere/1/1"
    with elsewhere.hold(D) as lease:
        for _ in range(5):
            clock.wait(seconds=SECONDS - 1)
            store.database.write(lambda connection: elsewhere.prove(connection, lease))
            with pytest.raises(Busy), store.leases.hold(D):
                pass


def test_a_late_one_does_not_give_back_what_is_somebody_elses(store: Store, clock: Clock) -> None:
    elsewhere = Leases(store.database, clock)
    elsewhere._me = "elsewhere/1/1"
    with elsewhere.hold(D):
        clock.wait(seconds=SECONDS + 1)
        newer = store.leases._take(D)
    prove(store, newer)
    with pytest.raises(Busy), store.leases.hold(D):
        pass


def test_of_many_at_once_exactly_one_gets_it(store: Store) -> None:
    gate = threading.Barrier(8)
    held: list[int] = []

    def run(_: int) -> bool:
        gate.wait(10)
        try:
            with store.leases.hold(D) as lease:
                held.append(lease.token)
                gate.wait(10)
        except Busy:
            gate.wait(10)
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(run, range(8)))

    assert won.count(True) == 1
    assert held == [1]


def test_stop_is_seen_at_the_next_proof_and_by_every_process(open_store: Callable[[], Store]) -> None:
    one, other = open_store(), open_store()
    with one.leases.hold(D) as lease:
        prove(one, lease)
        other.leases.stop("dave@corp.test")
        with pytest.raises(Stopped, match=r"dave@corp\.test at 2026-12-01"):
            prove(one, lease)
        # What was written can still be put on record.
        one.database.write(lambda connection: one.leases.renew(connection, lease))
        assert "dave@corp.test" in str(one.leases.stopped())
        other.leases.stop("dora@corp.test")
        one.leases.resume()
        prove(one, lease)
    assert other.leases.stopped() is None
