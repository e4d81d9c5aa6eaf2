"""What a departure says of Kerberos tickets that go on working after an account was shut: done, residual until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.engine.showing import show
from offboard.engine.verifying import verify
from tests.contracts.bench import Departing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.ad_bench import AdBench


@pytest.fixture
def departing(ad_bench: AdBench, tmp_path: Path) -> Iterator[Departing]:
    ad_bench.ticket_hours = None
    made = Departing(ad_bench, tmp_path / "departing")
    yield made
    made.close()


def test_shut_is_done_and_says_until_when_tickets_last(departing: Departing):
    number = departing.planned("both")
    before = datetime.now(UTC)
    departing.apply(number)
    assert set(departing.outcomes(number)) == {"done"}
    (account,) = [row for row in departing.rows(number) if row["step"] == "disable_account"]
    assert account["effect"] == "residual"
    until = datetime.fromisoformat(account["residual_until"])
    assert timedelta(hours=9, minutes=59) < until - before < timedelta(hours=10, minutes=2)
    assert {row["effect"] for row in departing.rows(number) if row["step"] != "disable_account"} == {"effective"}
    found = verify(replace(departing.office, now=lambda: datetime.now(UTC)), number)
    assert found.holds
    assert [(one.change.step, one.until) for one in found.residual] == [("disable_account", account["residual_until"])]


def test_securing_is_over_and_nothing_is_written_again(ad_bench: AdBench, departing: Departing):
    number = departing.planned("both")
    departing.apply(number)
    assert show(departing.office, number)["clock"]["secured"]
    ad_bench.proxy.calm()
    departing.apply(number)
    assert ad_bench.proxy.writes == []
