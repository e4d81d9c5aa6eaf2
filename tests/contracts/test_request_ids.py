"""The ids by which Microsoft knows what we wrote stand in the evidence, beside the outcomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from offboard.engine.writing import MOST_REQUESTS
from tests.contracts.bench import Departing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contracts.entra_bench import EntraBench


def test_what_was_written_can_be_found_at_microsoft(entra_bench: EntraBench, tmp_path: Path) -> None:
    departing = Departing(entra_bench, tmp_path / "departing")
    number = departing.planned("both")
    departing.apply(number)

    told = [json.loads(line) for line in departing.office.store.evidence.lines(number)]
    steps = [one["body"].get("requests", []) for one in told if one["kind"] == "outcome"]
    every = [number for ids in steps for number in ids]
    assert every
    assert len(set(every)) == len(every)
    assert all(len(one) == 36 for one in every)
    assert max(map(len, steps)) <= MOST_REQUESTS
    departing.close()
