"""What holds and what goes on all the same: tickets that were handed out before an account was shut."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.tables import verified_page
from offboard.commands.departures import verdict
from offboard.domain.departure import instant
from offboard.engine.driving import carry_out
from offboard.engine.verifying import verify

if TYPE_CHECKING:
    from tests.engine.conftest import Company


def test_what_goes_on_for_a_while_is_said_and_then_no_more(company: Company) -> None:
    until = instant(company.time + timedelta(hours=10))
    company.systems.office.tickets_until = until
    number = company.approved()
    carry_out(company.office, number)

    found = verify(company.office, number)

    assert found.holds
    row = {"system": "office", "target": "id-ann", "until": until}
    assert [one | {"why": ""} for one in found.to_json()["residual"]] == [row | {"why": ""}]
    said = verdict(found)
    assert said.startswith("it holds; tickets handed out before")
    assert f"until {until} (office: " in said
    assert f"until {until}" in verified_page(found)
    (told,) = [x for x in map(json.loads, company.office.store.evidence.lines(number)) if x["kind"] == "verified"]
    assert told["body"]["residual"] == found.to_json()["residual"]

    company.wait(hours=10)
    assert verify(company.office, number).residual == ()
    assert verdict(verify(company.office, number)) == "it holds: no access is left"
