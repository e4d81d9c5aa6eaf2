"""Judged rules as data that is kept, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from offboard.forwarding.model import Action, Judged, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


def kept_as(one: Judged) -> dict[str, Any]:
    """Return a judged rule as data: the shape that is printed, and what a report or a look across mailboxes needs."""
    return one.to_json() | {
        "changed_at": one.rule.changed_at.isoformat() if one.rule.changed_at else None,
        "may_be": [list(action.may_be) for action in one.rule.actions],
    }


def judged_of(data: Mapping[str, Any]) -> Judged:
    """Return the judged rule that was kept so; what served the verdict alone (words, scope) is not kept."""
    may_be = data["may_be"]
    actions = tuple(
        Action(action["kind"], action["target"], action["external"], may_be=tuple(leads))
        for action, leads in zip(data["actions"], may_be, strict=True)
    )
    rule = Rule(
        mailbox=data["mailbox"],
        system=data["system"],
        source=data["source"],
        name=data["name"],
        active=data["active"],
        conditions=tuple(data["conditions"]),
        actions=actions,
        keeps_copy=data["keeps_copy"],
        hidden=data["hidden"],
        raw_sha256=data["raw_sha256"],
        place=data["place"],
        label=data["label"],
        changed_at=datetime.fromisoformat(data["changed_at"]) if data["changed_at"] else None,
    )
    return Judged(rule, Verdict[data["verdict"].upper()], tuple(data["reasons"]))
