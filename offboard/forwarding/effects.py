"""What rules do that nobody should find going on after somebody has left, in a few fixed words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from offboard.forwarding.addresses import is_external
from offboard.forwarding.folders import hides
from offboard.forwarding.judging import SENDS
from offboard.forwarding.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from offboard.forwarding.model import Judged, Rule

Effect = Literal["sends mail outside", "hides mail", "deletes mail", "lifts mail to the top", "cannot be told"]

OUTSIDE: Final = "sends mail outside"


def effects_of(judged: Iterable[Judged], domains: Sequence[str]) -> list[Effect]:
    """Return what rules with a finding do, in alphabetical order; empty when none of it has to stop."""
    return sorted({effect for one in judged if one.verdict > Verdict.NONE for effect in _effects(one.rule, domains)})


def _effects(rule: Rule, domains: Sequence[str]) -> Iterator[Effect]:
    if rule.hidden:
        yield "hides mail"
    for action in rule.actions:
        if action.kind in SENDS or action.kind == "notify":
            if action.external or any(is_external(address, domains) for address in action.may_be):
                yield "sends mail outside"
            elif action.external is None:
                yield "cannot be told"
        elif action.kind == "delete":
            yield "deletes mail"
        elif action.kind == "mark_read" or (
            action.kind in {"file", "sweep"} and hides(action.target, marked_read=False)
        ):
            yield "hides mail"
        elif action.kind == "lift":
            yield "lifts mail to the top"
        elif action.kind in {"include", "execute", "unknown", "unseen"}:
            yield "cannot be told"
