"""One model for the rules of every mail system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

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

    ``kind`` ∈ forward · redirect · forward_as_attachment · delete · file · copy · sweep · mark_read · flag · lift ·
    reply · notify · include · execute · reject · stop · access · lets_out · holds_back · unseen · unknown. *copy* files
    a copy and leaves the mail where it is; *sweep* files it later; *unseen* is the part of a rule that its source does
    not show; *lets_out* and *holds_back* say whether rules may forward mail by themselves to a domain. ``target`` is
    the address, folder, domain or name; ``external`` is ``None`` where nobody can tell before delivery. ``may_be`` are
    the addresses that a target with variables can turn into, as far as the script itself says.
    """

    kind: str
    target: str = ""
    external: bool | None = False
    keeps_copy: bool = True
    may_be: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its mail system holds it.

    ``conditions`` are plain sentences, empty when the rule takes every mail. ``raw`` are the rule's own bytes: for
    Sieve those of the whole script, which is stored and restored as one thing, for the others the record as canonical
    JSON. The fields with defaults say more where a source has more to say: ``place`` and ``label`` tell the rules of
    one script apart; ``looks_at``, ``words`` and ``exceptions_only`` are what `scope.Scope` says of the conditions;
    ``notes`` are sentences for the reader of a verdict; ``changed_at`` is when the source says it was last changed;
    ``turn`` is its place among the rules that one mailbox has of this source, the first one smallest; ``reached`` says
    whether it would run if its script were the active one.
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
    place: str = ""
    label: str = ""
    looks_at: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    exceptions_only: bool = False
    notes: tuple[str, ...] = ()
    changed_at: datetime | None = None
    turn: int | None = None
    reached: bool = True

    @property
    def whole_mailbox(self) -> bool:
        """Whether the rule takes every mail, or every mail but some."""
        return not self.conditions or self.exceptions_only


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
            "place": rule.place,
            "label": rule.label,
            "active": rule.active,
            "conditions": list(rule.conditions),
            "actions": [{"kind": a.kind, "target": a.target, "external": a.external} for a in rule.actions],
            "keeps_copy": rule.keeps_copy,
            "hidden": rule.hidden,
            "verdict": self.verdict.word,
            "reasons": list(self.reasons),
            "raw_sha256": rule.raw_sha256,
        }
