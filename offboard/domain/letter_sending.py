"""Which letters may go out now: nothing before the embargo ends, the first ones to be looked at, then the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from offboard.domain.departure import instant
from offboard.domain.letter import LetterState, Mark, Marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    Marks = Mapping[str, Mapping[Mark, Marked]]

GONE = frozenset({LetterState.SENDING, LetterState.SENT, LetterState.FAILED, LetterState.HELD})
"""States of letters whose mail has been on its way at least once, or that a person stopped."""

CALLED_FIRST = "the owner calls some clients first; tick each call with: offboard clients called D CLIENT"


class Waiting(Protocol):
    """What must be known of a letter to say whether it may go; that takes none of its text."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def client(self) -> str:
        """The id of the client that it goes to; none for the leaver's own."""

    @property
    def state(self) -> LetterState:
        """Where it stands."""

    @property
    def digest(self) -> str:
        """What it says, as SHA-256."""

    @property
    def by_mail(self) -> bool:
        """Whether it goes by mail, alone or on paper as well."""


@dataclass(frozen=True, slots=True)
class SendingRules:
    """How letters go out, by the settings.

    ``test_mode``: every mail goes to the owner instead. ``canary``: how many letters go first and wait for the owner's
    word; ``canary_to_owner``: they go to the owner instead of their clients. ``embargo``: nothing goes out before.
    """

    test_mode: bool = False
    canary: int = 0
    canary_to_owner: bool = True
    embargo: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What the letters of one departure wait for; ``ticked``: the owner has looked at the first ones.

    ``uncalled`` are the clients whom the owner calls first, and has not yet.
    """

    embargo: datetime | None = None
    ticked: bool = False
    uncalled: frozenset[str] = frozenset()


class Way(StrEnum):
    """What is to be done with a letter now: mail it, show it to the owner, or wait."""

    SENT = "sent"
    REHEARSED = "rehearsed"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Going:
    """What may be done now: letter → way; ``why`` is why some wait, ``until`` when that is over by itself.

    ``lying`` are those that wait since an earlier draft of them is still to be taken out of the owner's mailbox,
    ``uncalled`` those that wait for the owner's call.
    """

    ways: Mapping[str, Way] = field(default_factory=dict)
    why: str = ""
    until: datetime | None = None
    lying: frozenset[str] = frozenset()
    uncalled: frozenset[str] = frozenset()

    @property
    def ready(self) -> list[str]:
        """The letters with which something is to be done now."""
        return [letter for letter, way in self.ways.items() if way is not Way.WAITS]


def embargo_of(rules: SendingRules, gate: Gate) -> datetime | None:
    """Return the moment before which nothing goes out: the later one of the settings' and the departure's."""
    return max(filter(None, (rules.embargo, gate.embargo)), default=None)


def under_embargo(rules: SendingRules, gate: Gate, now: datetime) -> str:
    """Say that nothing may go out yet, and until when; empty when it may."""
    until = embargo_of(rules, gate)
    return f"nothing goes out before {instant(until)} (embargo)" if until and now < until else ""


def going(letters: Iterable[Waiting], marks: Marks, rules: SendingRules, gate: Gate, now: datetime) -> Going:
    """Return what may be done now with each approved letter whose mail is still to go, in the order of the letters."""
    every = [letter for letter in letters if letter.by_mail]
    unsent = [x for x in every if x.state is LetterState.APPROVED and Mark.MAILED not in marks.get(x.id, {})]
    lying = frozenset(x.id for x in unsent if Mark.DRAFTED in marks.get(x.id, {}))
    uncalled = frozenset(x.id for x in unsent if x.client in gate.uncalled)
    to_go = [x for x in unsent if x.id not in lying | uncalled]
    found = _going(to_go, every, marks, rules, gate, now)
    why = found.why if Way.WAITS in found.ways.values() or not uncalled else CALLED_FIRST
    ways = {**found.ways, **dict.fromkeys(lying | uncalled, Way.WAITS)}
    return replace(found, ways=ways, why=why, lying=lying, uncalled=uncalled)


def _going(
    to_go: Sequence[Waiting], every: Sequence[Waiting], marks: Marks, rules: SendingRules, gate: Gate, now: datetime
) -> Going:
    if closed := under_embargo(rules, gate, now):
        return Going({x.id: Way.WAITS for x in to_go}, closed, embargo_of(rules, gate))
    if rules.test_mode:
        ways = {x.id: Way.WAITS if rehearsed(x, marks) else Way.REHEARSED for x in to_go}
        return Going(ways, "test mode: it went to the owner alone; [letters] test_mode = false sends it to the client")
    if not rules.canary or gate.ticked:
        return Going({x.id: Way.SENT for x in to_go})
    shown = sum(rehearsed(x, marks) for x in to_go)
    first = rules.canary - (shown if rules.canary_to_owner else sum(_was_mailed(x, marks) for x in every))
    way = Way.REHEARSED if rules.canary_to_owner else Way.SENT
    ways = {}
    for letter in to_go:
        taken = first > 0 and not (rules.canary_to_owner and rehearsed(letter, marks))
        ways[letter.id] = way if taken else Way.WAITS
        first -= taken
    return Going(ways, "the first letters are out: look at them, then let the others go with: offboard letters go D")


def paper_waits(letters: Iterable[Waiting], marks: Marks, rules: SendingRules, gate: Gate, now: datetime) -> str:
    """Say why nothing may be printed for the post yet; empty when it may.

    Where letters go by mail too, the first of those are looked at before any paper leaves the house; where all go by
    post, whoever prints them has them in hand.
    """
    if closed := under_embargo(rules, gate, now):
        return closed
    if rules.test_mode:
        return "test mode: no letter leaves the house; [letters] test_mode = false lets them out"
    first = any(x.by_mail and (x.state is LetterState.APPROVED or marks.get(x.id)) for x in letters)
    if rules.canary and not gate.ticked and first:
        return "the first letters go by mail, to be looked at; paper waits until the owner lets the others go"
    return ""


def rehearsed(letter: Waiting, marks: Marks) -> bool:
    """Say whether the owner was shown this letter as it reads now."""
    mark = marks.get(letter.id, {}).get(Mark.REHEARSED)
    return mark is not None and mark.digest == letter.digest


def _was_mailed(letter: Waiting, marks: Marks) -> bool:
    own = marks.get(letter.id, {})
    return Mark.MAILED in own or (letter.state in GONE and Mark.HELD not in own)
