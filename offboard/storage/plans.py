"""Plans, and who agreed to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from offboard.domain.approval import Approval
from offboard.domain.evidence import Kind
from offboard.domain.plan import Plan, PlanKind
from offboard.storage import tables as t
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.canonical import Json


_IN_FORCE = (
    select(t.plans)
    .where(t.plans.c.departure == bindparam("departure"), t.plans.c.kind == bindparam("kind"), ~t.plans.c.voided)
    .order_by(t.plans.c.place.desc())
    .limit(1)
)
_APPROVALS = select(t.approvals.c.data).where(t.approvals.c.digest == bindparam("digest")).order_by(t.approvals.c.id)
_EVERY = select(t.plans).where(t.plans.c.departure == bindparam("departure")).order_by(t.plans.c.place)


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan as it is kept: in force or voided, with the guards' reasons and who asked for it."""

    plan: Plan
    voided: bool
    asked_by: str
    guards: list[dict[str, Any]]


class Plans(Recorder):
    """Every plan ever made, and the approvals of each."""

    def add(
        self,
        plan: Plan,
        *,
        asked_by: str,
        guards: list[dict[str, Any]],
        told: dict[str, Json],
        approvals: Sequence[Approval] = (),
    ) -> None:
        """Freeze a plan; an earlier one of the same kind and departure is voided, and its approval with it.

        ``approvals`` are those that it rests on from the start; they become durable with it.
        """

        def work(connection: Connection) -> None:
            connection.execute(
                update(t.plans)
                .where(t.plans.c.departure == plan.departure, t.plans.c.kind == plan.kind.value)
                .values(voided=True)
            )
            place = connection.execute(
                select(func.count()).select_from(t.plans).where(t.plans.c.departure == plan.departure)
            ).scalar_one()
            connection.execute(delete(t.plans).where(t.plans.c.digest == plan.digest))
            connection.execute(delete(t.approvals).where(t.approvals.c.digest == plan.digest))
            connection.execute(
                insert(t.plans).values(
                    digest=plan.digest,
                    departure=plan.departure,
                    kind=plan.kind.value,
                    place=place,
                    voided=False,
                    asked_by=asked_by,
                    guards=json.dumps(guards),
                    data=plan.canonical(),
                )
            )
            self.tell(
                connection,
                plan.departure,
                Kind.PLANNED,
                told | {"digest": plan.digest, "kind": plan.kind.value, "plan": plan.to_json()},
            )
            for approval in approvals:
                self._approve(connection, approval)

        self.database.write(work)

    def void(self, plan: Plan, told: dict[str, Json]) -> None:
        """Call a plan off that nothing came of."""

        def work(connection: Connection) -> None:
            connection.execute(update(t.plans).where(t.plans.c.digest == plan.digest).values(voided=True))
            self.tell(connection, plan.departure, Kind.SETTLED, told | {"digest": plan.digest})

        self.database.write(work)

    def in_force(self, departure: str, kind: PlanKind) -> Kept | None:
        """Return the plan of that kind that is in force, or ``None``."""
        with self.database.read() as connection:
            row = connection.execute(_IN_FORCE, {"departure": departure, "kind": kind.value}).first()
        return _kept(row) if row else None

    def every(self, departure: str) -> list[Kept]:
        """Return every plan that the departure ever had, in order."""
        with self.database.read() as connection:
            rows = connection.execute(_EVERY, {"departure": departure}).all()
        return [_kept(row) for row in rows]

    def being_undone(self) -> set[str]:
        """Return the departures that have an undo in force."""
        with self.database.read() as connection:
            return set(
                connection.execute(
                    select(t.plans.c.departure).where(t.plans.c.kind == PlanKind.UNDO.value, ~t.plans.c.voided)
                ).scalars()
            )

    def approve(self, approval: Approval) -> None:
        """Record an approval."""
        self.database.write(lambda connection: self._approve(connection, approval))

    def approvals(self, digest: str) -> list[Approval]:
        """Return the approvals of one digest, in order."""
        with self.database.read() as connection:
            rows = connection.execute(_APPROVALS, {"digest": digest}).all()
        return [Approval.from_json(json.loads(row.data)) for row in rows]

    def _approve(self, connection: Connection, approval: Approval) -> None:
        connection.execute(
            insert(t.approvals).values(
                departure=approval.departure, digest=approval.digest, data=json.dumps(approval.to_json())
            )
        )
        self.tell(connection, approval.departure, Kind.APPROVED, approval.to_json())


def _kept(row: Any) -> Kept:
    return Kept(_plan(row.data), row.voided, row.asked_by, json.loads(row.guards))


@lru_cache(maxsize=64)
def _plan(data: str | bytes) -> Plan:
    """Return a plan from its canonical bytes; frozen as it is, it is read once however often it is asked for."""
    return Plan.from_json(json.loads(data))
