"""The resident: it meets the moment, also after a power cut and without Prefect, and it ends when it is told to."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.domain.departure import instant

if TYPE_CHECKING:
    from tests.flows.place import Place

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

LATE = timedelta(seconds=2)


def late(place: Place, number: str) -> timedelta:
    """Return how long after its moment a departure's first step began."""

    def began() -> str | None:
        with place.firm() as firm:
            return firm.store.departures.clock(number).get("first_write")

    at = datetime.fromisoformat(place.api.wait_for(began, f"{number} was carried out"))
    with place.firm() as firm:
        moment = firm.store.departures.get(number).moment
    assert at >= moment, f"began at {at}, before {instant(moment)}"
    return at - moment


def test_a_moment_is_met_within_two_seconds_also_after_a_power_cut(place: Place):
    people = place.others()
    first = place.due_in(people[1], seconds=4)
    assert late(place, first) <= LATE
    assert place.api.ended(f"carry out {first}")["state_type"] == "COMPLETED"

    cut_off = place.api.running("carry_out", departure=first)
    somebody_elses = place.api.running("carry_out", departure="D-2026-9999")
    second = place.due_in(people[2], seconds=12)
    place.kill()
    place.serve()

    assert late(place, second) <= LATE
    assert place.api.ended(f"carry out {second}")["state_type"] == "COMPLETED"
    crashed = place.api.over(cut_off)
    assert crashed["state_type"] == "CRASHED"
    assert first in crashed["state"]["message"]
    assert place.api.read(f"flow_runs/{somebody_elses}")["state_type"] == "RUNNING"


def test_without_a_server_departures_are_carried_out_all_the_same_and_that_is_said(own_place: Place):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        own_place.serve({"PREFECT_API_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}/api"})
        number = own_place.due_in(own_place.others()[0], seconds=1)

        own_place.wait_for_status(number, "closed")

    own_place.api.wait_for(lambda: f"{number}: carried out without Prefect" in own_place.log, "it was said")
    assert "Prefect's server does not answer" in own_place.log
    assert own_place.served
    started = time.monotonic()
    own_place.served.terminate()
    assert own_place.served.wait(20) == 0
    assert time.monotonic() - started < 10
    assert "stopping" in own_place.log


def test_without_an_address_it_says_what_to_do(own_place: Place):
    env = {name: value for name, value in own_place.env().items() if name != "PREFECT_API_URL"}

    done = subprocess.run(
        [sys.executable, "-m", "offboard", "serve"], env=env, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "PREFECT_API_URL" in done.stderr
    assert "prefect server start" in done.stderr
