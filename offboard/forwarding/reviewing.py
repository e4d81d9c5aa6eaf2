"""A leaver's rules as IT reviews them: what each does, what speaks for which decision, what was decided."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.rule_review import RuleDecision, RuleFacts, RuleKey, suggested
from offboard.forwarding.effects import OUTSIDE, effects_of
from offboard.forwarding.handing import to_hand
from offboard.forwarding.judging import judge, worst
from offboard.forwarding.scripts import read_script
from offboard.forwarding.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Script
    from offboard.domain.rule_review import DecidedRule
    from offboard.forwarding.model import Judged, Verdict

REVIEWED = frozenset({"rule", "house"})
"""The parts of what a mailbox has that are rules; replies and who else gets in have steps of their own."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One rule to be reviewed, as it was read at ``read_at`` (instant).

    ``judged`` are its parts: a Sieve script can hold many. ``does`` says what of it has to stop, ``stopped`` names the
    change that put it out of service. ``before`` is a decision on the same rule when it read otherwise: it no longer
    holds.
    """

    key: RuleKey
    script: Script
    read_at: str
    judged: tuple[Judged, ...]
    does: tuple[str, ...]
    facts: RuleFacts
    suggestion: RuleDecision
    decided: DecidedRule | None = None
    before: DecidedRule | None = None
    stopped: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its parts."""
        return worst(self.judged)

    @property
    def mailbox(self) -> str:
        """What people call the mailbox."""
        return self.judged[0].rule.mailbox if self.judged else self.key.mailbox

    @property
    def label(self) -> str:
        """What people call the rule."""
        return self.key.name.removeprefix("rule/") or "(without a name)"

    def to_json(self) -> dict[str, Json]:
        """Return the rule as data, as ``rules review --json`` prints it."""
        return {
            "id": self.key.id,
            "system": self.key.system,
            "mailbox": self.mailbox,
            "name": self.key.name,
            "active": self.script.active,
            "verdict": self.verdict.word,
            "reasons": list(dict.fromkeys(reason for one in self.judged for reason in one.reasons)),
            "does": list(self.does),
            "words": [sentence(one.rule) for one in self.judged],
            "suggestion": self.suggestion.value,
            "decision": self.decided.to_json() if self.decided else None,
            "no_longer_holds": self.before.to_json() if self.before else None,
            "stopped_by": self.stopped or None,
            "raw_sha256": self.key.sha256,
            "read_at": self.read_at,
        }


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What a review goes by: the company's domains, whose rules they are, and what is stopped unless decided.

    ``private_addresses`` are the leaver's own ones.
    """

    domains: Sequence[str]
    not_to: Collection[str]
    successor: bool
    stops_unasked: Callable[[object, object], bool]
    private_addresses: Sequence[str] = ()

    def rule(self, script: Script, judged: Sequence[Judged], place: tuple[str, str], at: str, stopped: str) -> Reviewed:
        """Return one script or record with what it does, as if nobody had decided anything yet.

        ``judged`` is what the reading of the whole mailbox (system, id) at an instant says of it, where it works as it
        did before we stopped it.
        """
        system, mailbox = place
        key = RuleKey(system, mailbox, script.name, hashlib.sha256(script.content).hexdigest())
        working = read_script(replace(script, active=True), mailbox=mailbox, system=system, domains=self.domains)
        as_if = [judge(rule, domains=self.domains, private_addresses=self.private_addresses) for rule in working]
        does = effects_of(as_if, self.domains)
        facts = RuleFacts(
            active=script.active or bool(stopped),
            stops=self.stops_unasked(does, worst(as_if).word),
            outside=OUTSIDE in does,
            hands=bool(to_hand(working, not_to=self.not_to)),
            house=script.part == "house",
        )
        return Reviewed(
            key=key,
            script=script,
            read_at=at,
            judged=tuple(sorted(judged, key=lambda one: -one.verdict)),
            does=tuple(does),
            facts=facts,
            suggestion=suggested(facts, successor=self.successor),
            stopped=stopped,
        )
