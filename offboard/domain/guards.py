"""Reasons not to accept a plan. Each guard is pure; together they return every reason, never just the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``second`` means that a second approver overcomes it, ``told`` that reading it is enough.

    Otherwise nobody overcomes it.
    """

    text: str
    second: bool = False
    told: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the reason as it is kept with its plan."""
        return {"text": self.text, "second": self.second, "told": self.told}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reason:
        """Read what :meth:`to_json` wrote."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at.

    ``protected`` and ``own`` are logins, addresses or DNs: never to be touched without two people, and never at all.
    ``clients_without`` are clients that would be left without a successor. ``started`` are the starts of the last day
    (this one included), as seconds ago; ``staff`` is the number of people, 0 when unknown. ``leaving`` are the keys of
    everybody with an open departure. ``alone_in`` are the roles of ``[people]`` that nobody but the leaver has.
    ``out_of_reach`` says where our own account may not touch the leaver's, and which right it lacks.
    """

    departure: Departure
    protected: Collection[str] = ()
    own: Collection[str] = ()
    clients_without: Collection[str] = ()
    started: Collection[float] = ()
    staff: int = 0
    leaving: Collection[str] = ()
    alone_in: Collection[str] = ()
    out_of_reach: Collection[str] = ()
    max_per_hour: int = 5
    max_share: float = 0.01


def reasons(facts: Facts) -> list[Reason]:
    """Return every reason against this departure as it stands."""
    return [
        *_own_account(facts),
        *_leaver_decides(facts),
        *_successor(facts),
        *_orphans(facts),
        *_protected(facts),
        *_last_to_decide(facts),
        *_brakes(facts),
        *_out_of_reach(facts),
    ]


def successors_who_leave(facts: Facts) -> list[str]:
    """Return the reasons against the successors alone: somebody may have begun to leave since the plan was made."""
    return [reason.text for reason in _successor(facts)]


def approvers_needed(found: list[Reason]) -> int:
    """Return how many different people must approve."""
    return 2 if any(reason.second for reason in found) else 1


def refused(found: list[Reason]) -> list[str]:
    """Return the reasons that no approval overcomes."""
    return [reason.text for reason in found if not reason.second and not reason.told]


def _own_account(facts: Facts) -> Iterator[Reason]:
    mine = facts.departure.leaver.keys() & set(map(fold, facts.own))
    if mine:
        yield Reason(f"{facts.departure.leaver.login} is the account that offboard itself works with")


def _leaver_decides(facts: Facts) -> Iterator[Reason]:
    asked_by = facts.departure.requested_by
    if asked_by and facts.departure.leaver.answers_to(asked_by):
        yield Reason(f"{asked_by} asked for their own departure; somebody else has to")


def _successor(facts: Facts) -> Iterator[Reason]:
    leaver = facts.departure.leaver
    everyone = [facts.departure.successor, *facts.departure.successors.values()]
    for successor in {person.login: person for person in everyone if person}.values():
        if successor.keys() & leaver.keys():
            yield Reason(f"{successor.name} cannot be their own successor")
        elif successor.keys() & set(facts.leaving):
            yield Reason(f"{successor.name} is leaving too and cannot take over")


def _orphans(facts: Facts) -> Iterator[Reason]:
    count = len(facts.clients_without)
    if count:
        named = ", ".join(sorted(facts.clients_without)[:5]) + (" …" if count > 5 else "")  # noqa: PLR2004 - enough to recognise
        yield Reason(f"{count} client{'s' if count > 1 else ''} would be left without a successor: {named}")


def _protected(facts: Facts) -> Iterator[Reason]:
    hit = facts.departure.leaver.keys() & set(map(fold, facts.protected))
    if hit:
        yield Reason(f"{facts.departure.leaver.login} is a protected account: two people must approve", second=True)


def _last_to_decide(facts: Facts) -> Iterator[Reason]:
    if facts.alone_in:
        roles = " and ".join(facts.alone_in)
        yield Reason(
            f"{facts.departure.leaver.name} is the only one listed under {roles} in [people]: two people must approve",
            second=True,
        )


def _out_of_reach(facts: Facts) -> Iterator[Reason]:
    for text in facts.out_of_reach:
        yield Reason(f"out of our reach, so grant the right first or do it by hand: {text}", told=True)


def _brakes(facts: Facts) -> Iterator[Reason]:
    hour, day = 3600.0, 86400.0
    last_hour = sum(1 for ago in facts.started if ago < hour)
    if last_hour > facts.max_per_hour:
        yield Reason(
            f"{last_hour} departures within an hour, more than {facts.max_per_hour}: a second person must approve",
            second=True,
        )
    last_day = sum(1 for ago in facts.started if ago < day)
    if facts.staff and last_day > max(1, int(facts.max_share * facts.staff)):
        yield Reason(
            f"{last_day} departures within a day, more than {facts.max_share:.1%} of {facts.staff} people: "
            "a second person must approve",
            second=True,
        )
