"""What IT decides on each mail rule of somebody who leaves: stop it, hand it on, keep it as evidence, leave it.

A decision holds for exactly the rule that was looked at: its system, mailbox, name and bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

from offboard.domain.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.canonical import Json

HANDING = "hand_over_rules"
"""The step that gives the successor what a rule files or forwards inside the company."""

STOPPING = "stop_forwarding"
"""The step that puts rules out of service."""


class RuleDecision(StrEnum):
    """What becomes of a rule."""

    STOP = "stop"
    HAND = "hand"
    KEEP = "keep"
    LEAVE = "leave"


MEANING = {
    RuleDecision.STOP: "It is put out of service and stays where it is, if it can; undo wakes it again.",
    RuleDecision.HAND: (
        "The successor gets what it files or forwards inside the company; what of it leads outside or hides mail is "
        "stopped and not handed on."
    ),
    RuleDecision.KEEP: (
        "Its copy is the evidence. The rule itself is not touched: it lies in the mailbox for as long as the mailbox "
        "is kept."
    ),
    RuleDecision.LEAVE: (
        "It goes on working as it is, although it would be stopped, on the word of whoever decides that, with a reason."
    ),
}
"""What each decision does, for people."""


@dataclass(frozen=True, slots=True)
class RuleKey:
    """One rule as it was read: another name or other bytes are another rule."""

    system: str
    mailbox: str
    name: str
    sha256: str

    @property
    def id(self) -> str:
        """What people call it on the command line, and forms at the desk: ``R-`` and ten hex digits."""
        return f"R-{digest('rule', cast('Json', asdict(self)))[:10]}"


@dataclass(frozen=True, slots=True)
class DecidedRule:
    """Who decided what on one rule of a departure, when (instant) and why; ``seq`` counts all decisions."""

    departure: str
    rule: RuleKey
    decision: RuleDecision
    by: str
    at: str
    because: str = ""
    seq: int = 0

    def to_json(self) -> dict[str, Json]:
        """Return the decision as data, as the evidence and ``rules review --json`` have it."""
        return {
            "rule": self.rule.id,
            **cast("dict[str, Json]", asdict(self.rule)),
            "decision": self.decision.value,
            "by": self.by,
            "at": self.at,
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What may be decided on a rule depends on these.

    ``active``: it works, or did until we stopped it. ``stops``: it does what is stopped if nobody decides anything.
    ``outside``: it sends mail outside. ``hands``: some of it files or forwards mail inside the company. ``house``: it
    is the organisation's, not the leaver's.
    """

    active: bool
    stops: bool
    outside: bool = False
    hands: bool = False
    house: bool = False


class DecisionBook(Protocol):
    """Keeps what was decided on rules."""

    def decisions(self, departure: str) -> list[DecidedRule]:
        """Return every decision of a departure, the oldest first."""


def in_force(decisions: Iterable[DecidedRule]) -> dict[RuleKey, DecidedRule]:
    """Return the newest decision on each rule."""
    return {one.rule: one for one in decisions}


def suggested(facts: RuleFacts, *, successor: bool) -> RuleDecision:
    """Return what the facts speak for; the organisation's rules are nobody's to stop here."""
    if facts.house:
        return RuleDecision.LEAVE if facts.stops and facts.active else RuleDecision.KEEP
    if facts.stops and facts.active:
        return RuleDecision.STOP
    return RuleDecision.HAND if facts.active and facts.hands and successor else RuleDecision.KEEP


def stops(decision: RuleDecision | None, facts: RuleFacts) -> bool:
    """Say whether a rule is to be put out of service; without a decision its own facts decide."""
    if facts.house or not facts.active:
        return False
    if decision is RuleDecision.STOP:
        return True
    return facts.stops and decision not in {RuleDecision.KEEP, RuleDecision.LEAVE}


def objection(decision: RuleDecision, facts: RuleFacts, *, because: str, successor: bool) -> tuple[str, str] | None:
    """Return why this cannot be decided on such a rule, and what to do instead; ``None`` when it can."""
    reason = bool(because.strip())
    table = (
        (
            decision in {RuleDecision.STOP, RuleDecision.HAND} and facts.house,
            "it is a rule of the whole organisation, which stopping it would change for everybody",
            "IT changes it in the Exchange admin centre; here it can be left, with a reason.",
        ),
        (
            decision is RuleDecision.STOP and not facts.active,
            "it is out of service already",
            "Keep it: its copy is the evidence.",
        ),
        (
            decision is RuleDecision.KEEP and facts.stops and facts.active,
            "it would go on working, and it is one of those that are stopped",
            "Stop it: its copy is kept all the same. Or leave it, with a reason.",
        ),
        (
            decision is RuleDecision.HAND and not facts.active,
            "it is out of service, so nothing of it works that could be handed on",
            "Keep it: its copy is the evidence.",
        ),
        (
            decision is RuleDecision.HAND and not successor,
            "nobody takes over from the leaver",
            "Name a successor, or decide otherwise.",
        ),
        (
            decision is RuleDecision.HAND and not facts.hands,
            "nothing of it files or forwards mail inside the company, so there is nothing to hand on",
            "Stop it, or keep it.",
        ),
        (
            decision is RuleDecision.LEAVE and not facts.active,
            "it is out of service, so there is nothing that would go on",
            "Keep it: its copy is the evidence.",
        ),
        (
            decision is RuleDecision.LEAVE and not reason,
            "a rule is left as it is with a reason only",
            "Say in a sentence why it may go on working.",
        ),
    )
    return next(((why, hint) for applies, why, hint in table if applies), None)
