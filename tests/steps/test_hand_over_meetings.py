"""Meetings that the leaver called: listed, asked about, or the successor is invited; never cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.asking import Confirmation, TaskKind
from offboard.steps.hand_over_meetings import HandOverMeetings
from tests.connectors.exchange_office import NOW
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure
    from tests.connectors.exchange_office import Office

CLIENT = "bea@client.example"


@pytest.fixture
def series(exchange_office: Office) -> str:
    """Ruth has called a series with a client, and other meetings that are nobody's business here."""
    add, ruth = exchange_office.graph.add_meeting, str(exchange_office.ruth["ExternalDirectoryObjectId"])
    add(ruth, "Desk talk", ["sam.okafor@acme.example"], begins=NOW + timedelta(days=1))
    add(ruth, "Their review", [CLIENT], begins=NOW + timedelta(days=2), by="boss@client.example")
    add(ruth, "Past", [CLIENT], begins=NOW - timedelta(days=2))
    add(ruth, "Alone", [], begins=NOW + timedelta(days=2))
    return str(add(ruth, "Quarterly review", [CLIENT], begins=NOW + timedelta(days=5), every_days=7))


def attendees(office: Office, event: str) -> list[str]:
    person = office.graph.look(str(office.ruth["ExternalDirectoryObjectId"]))
    return [one["emailAddress"]["address"] for one in person["_events"][event]["attendees"]]


def test_each_is_a_question_once_and_nothing_is_changed(exchange_office: Office, acme: House, series: str):
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    found = step.observe(departure, mail)
    (wish,) = step.plan(departure, found, {})
    assert wish.asks is not None
    said = f'the meeting "Quarterly review" on 2026-12-06 at 17:00, and again later, with {CLIENT}: '
    assert wish.asks.text.startswith(said)
    assert "Nobody can change who called it" in wish.asks.text
    assert list(step.beyond(departure, found, {})) == []
    assert exchange_office.graph.made("PATCH", "POST", "DELETE") == []
    del series


def test_the_successor_is_invited_and_no_longer(exchange_office: Office, acme: House, series: str):
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    (wish,) = there_and_back(step, departure, mail, {"choose": "invite"})
    assert wish.why.endswith("Exchange tells everybody invited by mail, and again after an undo.")
    assert attendees(exchange_office, series) == [CLIENT]
    step.write(departure, mail, wish.target, wish.after)
    assert attendees(exchange_office, series) == [CLIENT, "sam.okafor@acme.example"]
    assert attendees(exchange_office, f"7{series}") == [CLIENT, "sam.okafor@acme.example"]


def test_a_meeting_that_is_no_more_needs_nobody(exchange_office: Office, acme: House, series: str):
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    (wish,) = step.plan(departure, step.observe(departure, mail), {"choose": "invite"})
    exchange_office.graph.forget_meeting(str(exchange_office.ruth["ExternalDirectoryObjectId"]), series)
    step.write(departure, mail, wish.target, wish.after)
    assert step.holds(step.observe(departure, mail).get(wish.target), wish.after)


def test_the_successor_is_asked_and_says_what_they_did(exchange_office: Office, acme: House, series: str):
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    snapshot = step.observe(departure, mail)
    (wish,) = step.plan(departure, snapshot, {"choose": "ask"})
    assert wish.asks is None
    step.write(departure, mail, wish.target, wish.after)
    (task,) = acme.tasks.tasks(departure.number)
    assert (task.assignee, task.kind, task.due[:10]) == ("successor@corp.test", TaskKind.OTHER, "2026-12-04")
    assert "call it anew under your own name" in task.what
    found = step.observe(departure, mail)
    waiting = step.waiting(found[wish.target], wish.after)
    assert waiting is not None
    assert list(step.plan(departure, found, {"choose": "ask"})) == []
    said = Confirmation("sam@corp.test", "2026-12-02T09:00:00.000Z", "called anew")
    acme.tasks.confirm(task.id, said, content=b"", os_user="x")  # type: ignore[attr-defined] # the real store
    assert step.holds(step.observe(departure, mail)[wish.target], wish.after)
    del series


def test_where_nobody_takes_over_each_stays_a_question(exchange_office: Office, acme: House, series: str):
    step, mail = HandOverMeetings(acme), exchange_office.connect()
    departure: Departure = replace(exchange_office.leaving(), successor=None)
    found = step.observe(departure, mail)
    for choose in ("list", "ask", "invite"):
        (wish,) = step.plan(departure, found, {"choose": choose})
        assert wish.asks is not None
        assert wish.asks.yes.startswith("HR, since nobody takes over, is asked")
    del series


def test_without_the_right_to_read_calendars_that_is_said(exchange_office: Office, acme: House, series: str):
    exchange_office.graph.permissions -= {one for one in exchange_office.graph.permissions if "Calendars" in one}
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    found = step.observe(departure, mail)
    (gap,) = step.beyond(departure, found, {"choose": "ask"})
    assert gap.startswith("meetings with people outside could not be listed: ")
    assert "Calendars.ReadBasic" in gap
    del series


def test_no_answer_of_graph_is_followed_to_cancel_or_delete(exchange_office: Office, acme: House, series: str):
    step, departure, mail = HandOverMeetings(acme), exchange_office.leaving(), exchange_office.connect()
    options: list[dict[str, Any]] = [{"choose": "invite"}, {"choose": "ask"}]
    for chosen in options:
        there_back = list(step.plan(departure, step.observe(departure, mail), chosen))
        for wish in there_back:
            step.write(departure, mail, wish.target, wish.after)
            step.write(departure, mail, wish.target, wish.before)
    called = exchange_office.graph.made("POST", "DELETE", "PUT", "PATCH")
    assert called
    assert {one.partition(" ")[0] for one in called} == {"PATCH"}
    assert attendees(exchange_office, series) == [CLIENT]
