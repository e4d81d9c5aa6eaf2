"""Brings together everything that answers calls; what every request is checked for before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.graph import (
    apps,
    belongings,
    calendars,
    drives,
    groups,
    mailboxes,
    messages,
    methods,
    people,
    roles,
)
from offboard.practice.graph.calls import bad
from offboard.practice.graph.facts import check_body

if TYPE_CHECKING:
    from offboard.practice.graph.calls import Call
    from offboard.practice.graph.quirks import Quirks

PARTS = (people, groups, roles, apps, methods, belongings, drives, mailboxes, calendars, messages)
"""The modules whose functions answer; importing them is what puts these in their places."""


def check_request(call: Call, quirks: Quirks) -> None:
    """Look at the body as the schema has it, before anything else.

    Raises:
        Refused: it names what is not there, or with another type.
    """
    faults = check_body(call.known, call.body) if quirks.unknown_properties_refused else []
    if faults:
        raise bad(f"Invalid property or value: {'; '.join(faults)}.")
