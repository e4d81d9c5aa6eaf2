"""How phases and changes are told to people, on the command line and at the desk alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PHASES = {"secure": "Shut the doors", "hand_over": "Pass things on", "inform": "Tell people"}
UNDOING = {"inform": "Take back what people were told", "hand_over": "Give things back", "secure": "Open the doors"}

ANSWERED_NO = "answered no"

OPAQUE = frozenset({"password", "sha256", "held"})
"""Parts of a state that say nothing to a person: what restores a thing is written for the system that it is in."""


def difference(before: Any, after: Any) -> str:
    """Return what differs between two states in a few words; whoever wants every byte asks for ``--json``."""
    if before is None:
        return "not there → there"
    if after is None:
        return "there → not there"
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{text(before)} → {text(after)}"
    keys = [key for key in after if before.get(key) != after[key] and key not in OPAQUE]
    return "; ".join(f"{key}: {text(before.get(key))} → {text(after[key])}" for key in keys)


def text(value: Any) -> str:
    """Return one value in a few words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = "not there" if value is None else str(value)
    longest = 60
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def not_chosen(plan: dict[str, Any]) -> dict[str, str]:
    """Return the changes of a plan (``plan --json``) that do not happen as the answers stand, each with the reason."""
    return {
        asked["change"]: ANSWERED_NO if asked["answer"] else "on a yes"
        for asked in plan["questions"]
        if asked["change"] and not (asked["answer"] and asked["answer"]["yes"])
    }


def question_lines(asked: Sequence[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the questions that are open, with what either answer means, and those that are answered, a line each."""
    told = {one["id"]: f"{one['id']} on {one['system']}: {one['text']}" for one in asked}
    left = [f"{told[one['id']]} Yes: {one['yes']}. No: {one['no']}." for one in asked if not one["answer"]]
    return left, [f"{told[one['id']]} {answered(one)}" for one in asked if one["answer"]]


def answered(asked: dict[str, Any]) -> str:
    """Return in a sentence what was answered to a question, or nothing."""
    given = asked["answer"]
    if not given:
        return ""
    because = f": {given['because']}" if given["because"] else ""
    return f"{'yes' if given['yes'] else 'no'}, says {given['person']}{because}"
