"""Mail rules that somebody left working: one script of a mailbox can be active, so none of ours takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.domain.rule_review import RuleDecision, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure


def left_working(house: House, departure: Departure, mailbox: str, active: Iterable[tuple[str, object]]) -> str:
    """Return which of the active scripts (name, SHA-256) of a mailbox was left working, in words; empty: none."""
    left = {
        (rule.mailbox, rule.name, rule.sha256): one
        for rule, one in in_force(house.decided(departure.number)).items()
        if one.decision is RuleDecision.LEAVE
    }
    found = ((name, left.get((mailbox, name, str(sha256)))) for name, sha256 in active)
    return next((f'"{name}", which {one.by} left working' for name, one in found if one), "")


def in_its_place(left: str) -> str:
    """Return the sentence that says what is not done because a rule was left."""
    return (
        f"the mail rule {left}: only one script of a mailbox can be active, so that no automatic reply is given there "
        "and nothing is delivered to the successor; decide otherwise on that rule, and plan again"
    )
