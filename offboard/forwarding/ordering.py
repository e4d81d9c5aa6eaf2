"""Inbox rules run one after another: what an earlier rule ends, a later one never sees."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.forwarding.model import Judged, Verdict
from offboard.forwarding.sources import INBOX_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

_IN_TURN = frozenset({"exchange", "graph"})


def in_order(judged: Iterable[Judged]) -> list[Judged]:
    """Return judged rules in their order, those inactive that an earlier one of their mailbox keeps from ever running.

    That is one that takes every mail and ends the processing (*stop processing more rules*). What it keeps from
    running is at most *suspicious*, like a rule that is switched off.
    """
    listed = list(judged)
    ends: defaultdict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for one in listed:
        rule = one.rule
        if rule.turn is not None and rule.active and not rule.conditions and _stops(one) and rule.source in _IN_TURN:
            ends[_mailbox(one)].append((rule.turn, rule.name))
    return [_after(one, ends.get(_mailbox(one), ())) for one in listed]


def _after(one: Judged, ends: Iterable[tuple[int, str]]) -> Judged:
    rule = one.rule
    before = [(turn, name) for turn, name in ends if rule.turn is not None and turn < rule.turn]
    if not before or not rule.active:
        return one
    why = f'It never runs: "{min(before)[1]}" takes every mail before it and ends the processing [{INBOX_RULES}].'
    verdict = min(one.verdict, Verdict.SUSPICIOUS)
    return replace(one, rule=replace(rule, active=False), verdict=verdict, reasons=(*one.reasons, why))


def _stops(one: Judged) -> bool:
    return any(action.kind == "stop" for action in one.rule.actions)


def _mailbox(one: Judged) -> tuple[str, ...]:
    return one.rule.system, one.rule.mailbox.casefold(), one.rule.source
