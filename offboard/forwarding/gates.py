"""Whether mail that rules forward can leave the organisation at all: remote domains and outbound policies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.forwarding.addresses import domain_of
from offboard.forwarding.judging import SENDS
from offboard.forwarding.sources import LEAVING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.forwarding.model import Judged

_HELD_BACK = frozenset({"exchange", "graph", "mailbox"})
"""Whose forwarding the policies stop; transport rules pass them."""


@dataclass(slots=True)
class Gates:
    """The policies of each system; where none was read, nothing is said."""

    _outbound: defaultdict[str, list[tuple[bool, str]]] = field(default_factory=lambda: defaultdict(list))
    _remote: defaultdict[str, dict[str, tuple[bool, str]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, one: Judged) -> None:
        """Note a policy; everything else is passed over."""
        rule = one.rule
        for action in rule.actions if rule.source == "policy" else ():
            if action.kind in {"lets_out", "holds_back"}:
                entry = action.kind == "lets_out", rule.name
                if rule.name.startswith("outbound"):
                    self._outbound[rule.system].append(entry)
                else:
                    self._remote[rule.system][action.target.casefold()] = entry

    def refusals(self, one: Judged) -> Iterator[str]:
        """Yield why mail that this rule sends outside does not leave today, one sentence for each domain refused."""
        rule = one.rule
        if rule.source not in _HELD_BACK or not rule.active:
            return
        domains = (domain_of(action.target) for action in rule.actions if action.kind in SENDS and action.external)
        for domain in dict.fromkeys(filter(None, domains)):
            if name := self._refusing(rule.system, domain):
                yield f"Exchange refuses it today, by the {name}: one setting lets it leave [{LEAVING}]."

    def _refusing(self, system: str, domain: str) -> str:
        """Return the policy that keeps forwarded mail from a domain: a block wins; empty when it may leave."""
        remote = self._remote.get(system, {})
        labels = domain.split(".")
        wider = [f"*.{'.'.join(labels[place:])}" for place in range(len(labels))]
        entry = next((remote[name] for name in (domain, *wider, "*") if name in remote), None)
        if entry and not entry[0]:
            return entry[1]
        outbound = self._outbound.get(system, [])
        # Whom a further policy is for cannot be told from here: one that lets mail out may be this person's.
        return outbound[0][1] if outbound and not any(lets for lets, _ in outbound) else ""
