"""Everybody's mail rules are watched: an event and a mail for each alarm, once, and a table of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.flows.place import Place

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

ALARM = "offboard.forwarding.alarm"


def events(place: Place, at_least: int) -> list[dict[str, Any]]:
    """Return the alarms that Prefect knows, once there are so many."""

    def look() -> list[dict[str, Any]] | None:
        found = place.api.ask("events/filter", filter={"event": {"name": [ALARM]}}, limit=50)["events"]
        return found if len(found) >= at_least else None

    return place.api.wait_for(look, f"{at_least} alarms were on record")


def test_each_alarm_is_told_once_and_the_table_shows_what_is_new(place: Place):
    first = place.api.start("watch_forwarding")

    assert (first["state_type"], first["state_name"]) == ("COMPLETED", "Alarm"), first["state"]
    with place.firm() as firm:
        scan = firm.store.scans.last()
        assert scan is not None
        alarms = {one.finding: one.data for _, one in firm.store.scans.findings(scan.id, least=3)}
    assert alarms
    found = events(place, len(alarms))
    assert {event["payload"]["finding"] for event in found} == set(alarms)
    targets = {action["target"] for data in alarms.values() for action in data["actions"] if action["external"]}
    assert not [event for event in found for target in targets if target and target in str(event)], "told too much"
    table = {one["key"]: one for one in place.api.ask("artifacts/latest/filter", limit=200)}["forwarding-rules"]
    assert '"verdict": "alarm"' in table["data"]
    assert '"new": "not known"' in table["data"]

    second = place.api.start("watch_forwarding")

    assert (second["state_type"], second["state_name"]) == ("COMPLETED", "Completed"), second["state"]
    assert second["state"]["message"] == "0 new alarms"
    assert len(events(place, len(alarms))) == len(alarms)
    with place.firm() as firm:
        rows = firm.store.database
        with rows.read() as connection:
            told = connection.exec_driver_sql("SELECT way, state FROM alarms_told").all()
    mailed = [row.state for row in told if row.way.startswith("mail to ")]
    assert mailed == ["sent"] * len(alarms)
