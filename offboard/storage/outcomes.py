"""What was about to be written, and what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from offboard.domain.change import Effect, Outcome, Result
from offboard.domain.departure import ENDED, instant
from offboard.domain.evidence import Kind
from offboard.storage import tables as t
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from offboard.domain.canonical import Json
    from offboard.domain.plan import Plan


_KNOWN = select(t.outcomes.c.data, t.outcomes.c.settled_by).where(t.outcomes.c.digest == bindparam("digest"))
_INTENDED = select(t.intents.c.change).where(t.intents.c.digest == bindparam("digest"))

_ONE = (t.outcomes.c.digest == bindparam("plan"), t.outcomes.c.change == bindparam("one"))
_FORGET = delete(t.outcomes).where(*_ONE)
_LOOK_AT = update(t.outcomes).where(*_ONE).values(next_try=bindparam("at"))

AGAIN = frozenset({Result.FAILED, Result.PARKED})
"""The results after which a change is tried again."""


class Outcomes(Recorder):
    """Intents before, outcomes after; never more than two commits for one step."""

    def intend(
        self,
        plan: Plan,
        changes: Sequence[str],
        *,
        told: dict[str, Json],
        outcomes: Sequence[Outcome] = (),
        check: Callable[[Connection], None],
        next_try: str = "",
        again: Mapping[str, str] | None = None,
    ) -> None:
        """Record durably what is about to be written, and what was settled without writing, in one commit.

        ``next_try`` and ``again`` are those of :meth:`conclude`. ``check`` runs in the same transaction and may refuse
        by raising.
        """

        def work(connection: Connection) -> None:
            check(connection)
            if changes:
                there = set(connection.execute(_INTENDED, {"digest": plan.digest}).scalars())
                rows = [
                    {"digest": plan.digest, "change": change, "departure": plan.departure}
                    for change in changes
                    if change not in there
                ]
                if rows:
                    connection.execute(insert(t.intents), rows)
                self.tell(connection, plan.departure, Kind.INTENT, told | {"changes": list(changes)})
            self._keep(connection, plan, outcomes, next_try, again or {})

        if changes or outcomes:
            self.database.write(work)

    def conclude(
        self,
        plan: Plan,
        outcomes: Sequence[Outcome],
        *,
        check: Callable[[Connection], None],
        next_try: str = "",
        again: Mapping[str, str] | None = None,
        requests: Sequence[str] = (),
    ) -> None:
        """Record durably what came of the changes, in one commit; ``next_try`` is when failed ones are due again.

        ``again`` says of single changes when somebody looks at them next, also of those that nothing new came of: they
        are not told again. ``requests`` are the system's ids of what we sent. ``check`` runs in the same transaction
        and may refuse by raising.
        """

        def work(connection: Connection) -> None:
            check(connection)
            self._keep(connection, plan, outcomes, next_try, again or {}, requests)

        if outcomes or again:
            self.database.write(work)

    def _keep(
        self,
        connection: Connection,
        plan: Plan,
        outcomes: Sequence[Outcome],
        next_try: str,
        again: Mapping[str, str],
        requests: Sequence[str] = (),
    ) -> None:
        if again:
            connection.execute(_LOOK_AT, [{"plan": plan.digest, "one": one, "at": at} for one, at in again.items()])
        if not outcomes:
            return
        connection.execute(_FORGET, [{"plan": plan.digest, "one": outcome.change} for outcome in outcomes])
        connection.execute(
            insert(t.outcomes),
            [
                {
                    "digest": plan.digest,
                    "change": outcome.change,
                    "departure": plan.departure,
                    "data": json.dumps(outcome.to_json()),
                    "settled_by": "",
                    "next_try": again.get(outcome.change, next_try if outcome.result in AGAIN else ""),
                }
                for outcome in outcomes
            ],
        )
        told: dict[str, Json] = {"digest": plan.digest, "outcomes": [outcome.to_json() for outcome in outcomes]}
        self.tell(connection, plan.departure, Kind.OUTCOME, told | ({"requests": [*requests]} if requests else {}))

    def intents(self, digest: str) -> set[str]:
        """Return the ids of the changes that were about to be written."""
        with self.database.read() as connection:
            return set(connection.execute(_INTENDED, {"digest": digest}).scalars())

    def begun(self, departure: str) -> bool:
        """Say whether anything was about to be written for this departure."""
        with self.database.read() as connection:
            return (
                connection.execute(
                    select(t.intents.c.change).where(t.intents.c.departure == departure).limit(1)
                ).first()
                is not None
            )

    def of(self, digest: str) -> dict[str, Outcome]:
        """Return the latest outcome of each change of a plan."""
        return self.standing(digest)[0]

    def standing(self, digest: str) -> tuple[dict[str, Outcome], set[str]]:
        """Return the latest outcome of each change of a plan, and which changes a person closed with a reason."""
        with self.database.read() as connection:
            rows = connection.execute(_KNOWN, {"digest": digest}).all()
        known = [(_outcome(json.loads(row.data)), row.settled_by) for row in rows]
        return {one.change: one for one, _ in known}, {one.change for one, settled_by in known if settled_by}

    def reopen(self, plan: Plan, change: str, reason: str) -> None:
        """Forget the outcome of a change that stopped holding, so that it is carried out once more."""

        def work(connection: Connection) -> None:
            connection.execute(_FORGET, {"plan": plan.digest, "one": change})
            told: dict[str, Json] = {"digest": plan.digest, "change": change, "reason": reason}
            self.tell(connection, plan.departure, Kind.REOPENED, told)

        self.database.write(work)

    def settle(self, plan: Plan, change: str, person: str, reason: str) -> None:
        """Record that a person closed a change that could not be carried out, and why."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(t.outcomes)
                .where(t.outcomes.c.digest == plan.digest, t.outcomes.c.change == change)
                .values(settled_by=person, next_try="")
            )
            told: dict[str, Json] = {"digest": plan.digest, "change": change, "person": person, "reason": reason}
            self.tell(connection, plan.departure, Kind.SETTLED, told)

        self.database.write(work)

    def settled_by_people(self, digest: str) -> set[str]:
        """Return the ids of changes that a person closed with a reason."""
        return self.standing(digest)[1]

    def due_again(self, at: datetime) -> list[tuple[str, str]]:
        """Return the departures, each with the plan in force, that have failed changes whose next try has come."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.outcomes.c.departure, t.outcomes.c.digest)
                .join(t.plans, t.plans.c.digest == t.outcomes.c.digest)
                .join(t.departures, t.departures.c.number == t.outcomes.c.departure)
                .where(t.outcomes.c.next_try != "", t.outcomes.c.next_try <= instant(at))
                .where(~t.plans.c.voided, t.departures.c.status.not_in([status.value for status in ENDED]))
                .distinct()
            ).all()
            return sorted((row.departure, row.digest) for row in rows)

    def ending(self, at: datetime) -> list[str]:
        """Return the departures, those that have ended too, with changes that somebody has to look at by now."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.outcomes.c.departure)
                .where(t.outcomes.c.next_try != "", t.outcomes.c.next_try <= instant(at))
                .distinct()
            ).all()
            return sorted(row.departure for row in rows)

    def not_yet(self, digest: str, at: datetime) -> set[str]:
        """Return the ids of failed changes of a plan whose next try is still to come."""
        with self.database.read() as connection:
            return set(
                connection.execute(
                    select(t.outcomes.c.change).where(
                        t.outcomes.c.digest == digest, t.outcomes.c.next_try > instant(at)
                    )
                ).scalars()
            )


def look_soon(connection: Connection, departure: str, at: datetime) -> None:
    """Make what waits in a departure due at ``at``, within the transaction that records why: a confirmation, say."""
    rows = connection.execute(
        select(t.outcomes).where(t.outcomes.c.departure == departure, t.outcomes.c.next_try > instant(at))
    ).all()
    for row in rows:
        if _outcome(json.loads(row.data)).waits:
            connection.execute(
                update(t.outcomes)
                .where(t.outcomes.c.digest == row.digest, t.outcomes.c.change == row.change)
                .values(next_try=instant(at))
            )


def _outcome(data: dict[str, Any]) -> Outcome:
    return Outcome(**(data | {"result": Result(data["result"]), "effect": Effect(data["effect"])}))
