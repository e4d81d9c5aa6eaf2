"""One model for the rules of every mail system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offboard.domain.canonical import Json


class Verdict(IntEnum):
    """How suspicious a rule is; a higher number is worse."""

    NONE = 0
    NOTICE = 1
    SUSPICIOUS = 2
    ALARM = 3

    @property
    def word(self) -> str:
        """The word that is printed."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a rule does.

    ``kind`` ∈ forward · redirect · forward_as_attachment · delete · file · mark_read · flag · lift · reply · notify ·
    include · execute · reject · stop · unknown. ``target`` is the address, folder or name; ``external`` is ``None``
    where nobody can tell before delivery.
    """

    kind: str
    target: str = ""
    external: bool | None = False
    keeps_copy: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its mail system holds it.

    ``conditions`` are plain sentences, empty when the rule takes every mail. ``raw`` are the rule's own bytes.
    """

    mailbox: str
    system: str
    source: str
    name: str
    active: bool
    conditions: tuple[str, ...]
    actions: tuple[Action, ...]
    keeps_copy: bool
    hidden: bool
    raw_sha256: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule with its verdict and the reasons for it, each a sentence."""

    rule: Rule
    verdict: Verdict
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the fixed shape that ``rules … --json`` prints."""
        rule = self.rule
        return {
            "mailbox": rule.mailbox,
            "system": rule.system,
            "source": rule.source,
            "name": rule.name,
            "active": rule.active,
            "conditions": list(rule.conditions),
            "actions": [{"kind": a.kind, "target": a.target, "external": a.external} for a in rule.actions],
            "keeps_copy": rule.keeps_copy,
            "hidden": rule.hidden,
            "verdict": self.verdict.word,
            "reasons": list(self.reasons),
            "raw_sha256": rule.raw_sha256,
        }
