"""Sieve scripts that run because another one includes them (RFC 6609), although they are not the active one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.forwarding.model import Rule

GLOBAL = ":global "
"""How the target of an *include* begins that means a script of the server's, which no mailbox shows."""


def follow_includes(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules of one mailbox, in their order, those of included scripts as active as they are when included.

    An included script that is not among them leaves the *include* as it is: nobody can tell what it does.
    """
    listed = list(rules)
    includes: defaultdict[str, set[str]] = defaultdict(set)
    for rule in listed:
        if rule.source == "sieve" and rule.reached:
            includes[rule.name].update(action.target for action in rule.actions if action.kind == "include")
    running = {rule.name: "" for rule in listed if rule.source == "sieve" and rule.active}
    waiting = list(running)
    while waiting:
        name = waiting.pop()
        for other in sorted(includes[name] - running.keys()):
            running[other] = name
            waiting.append(other)
    return [_run(rule, running.get(rule.name, "")) for rule in listed]


def _run(rule: Rule, by: str) -> Rule:
    if not by or rule.source != "sieve" or rule.active or not rule.reached:
        return rule
    return replace(rule, active=True, notes=(*rule.notes, f'It runs because the script "{by}" includes this one.'))
