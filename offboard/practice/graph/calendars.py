"""Answers about meetings: those between two instants, each occurrence of a series by itself, and who is invited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Refused, Reply, answers, bad
from offboard.practice.graph.directory import person
from offboard.practice.graph.listing import many, one

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing


@answers("GET /users/{id}/calendarView")
def list_view(ask: Ask, who: str) -> Reply:
    """Return what takes place between two instants, both of which must be named."""
    since, until = (_instant(ask, name) for name in ("startDateTime", "endDateTime"))
    found = [
        event
        for event in _events(ask, who).values()
        if event["type"] != "seriesMaster" and since <= _begins(event) <= until
    ]
    found.sort(key=lambda event: (_begins(event), str(event["id"])))
    return many(ask, found, "event", f"users('{who}')/calendarView")


@answers("GET /users/{id}/events/{id}")
def read_event(ask: Ask, who: str, event: str) -> Reply:
    """Return one meeting, or a whole series."""
    return one(ask, _event(ask, who, event), "event", f"users('{who}')/events")


@answers("PATCH /users/{id}/events/{id}")
def change_event(ask: Ask, who: str, event: str) -> Reply:
    """Write a meeting; whom it is written for gets mail. Who called it cannot be changed."""
    found = _event(ask, who, event)
    if "organizer" in ask.call.body or "isOrganizer" in ask.call.body:
        raise Refused(400, "ErrorPropertyValidationFailure", "Set action is invalid for property 'organizer'.")
    if not found["isOrganizer"] and "attendees" in ask.call.body:
        raise Refused(400, "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer.")
    same = found.get("seriesMasterId") or found["id"]
    for each in _events(ask, who).values():
        if each["id"] == found["id"] or each.get("seriesMasterId") == same:
            each.update(ask.call.body)
    return one(ask, found, "event", f"users('{who}')/events")


def _events(ask: Ask, who: str) -> dict[str, Thing]:
    events: dict[str, Thing] = person(ask, who).setdefault("_events", {})
    return events


def _event(ask: Ask, who: str, event: str) -> Thing:
    events = _events(ask, who)
    if event not in events:
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return events[event]


def _begins(event: Thing) -> datetime:
    return datetime.fromisoformat(event["start"]["dateTime"][:19]).replace(tzinfo=UTC)


def _instant(ask: Ask, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(ask.option(name))
    except ValueError as error:
        raise bad(f"The query parameter '{name}' is missing, or no date and time.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
