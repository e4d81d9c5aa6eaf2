"""What was decided on a leaver's mail rules, and the rules as they were read for that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, delete, insert, select, update

from offboard.domain.capabilities import Script
from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.domain.rule_review import DecidedRule, RuleDecision, RuleKey
from offboard.storage import tables as t
from offboard.storage.chain import Recorder
from offboard.storage.review_tables import rule_decisions, rule_readings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from offboard.domain.canonical import Json
    from offboard.domain.plan import Plan
    from offboard.storage.database import Database
    from offboard.storage.rule_copies import RuleCopies


@dataclass(frozen=True, slots=True)
class Reading:
    """The scripts of one mailbox as they were read for a departure, and when (instant)."""

    system: str
    mailbox: str
    at: str
    scripts: tuple[Script, ...]


class RuleDecisions(Recorder):
    """Keeps decisions on rules (capability ``DecisionBook``)."""

    def __init__(self, database: Database, now: Callable[[], datetime], copies: RuleCopies) -> None:
        super().__init__(database, now)
        self._copies = copies

    def note(self, departure: str, system: str, mailbox: str, scripts: Sequence[Script]) -> None:
        """Keep a copy of each script, and that these are what is to be reviewed."""
        for script in scripts:
            self._copies.keep(system, mailbox, script)
        key = {"departure": departure, "system": system, "mailbox": mailbox}
        told = json.dumps([_told(script) for script in scripts])

        def work(connection: Connection) -> None:
            connection.execute(delete(rule_readings).filter_by(**key))
            connection.execute(insert(rule_readings).values(**key, at=instant(self.now()), scripts=told))

        self.database.write(work)

    def readings(self, departure: str) -> list[Reading]:
        """Return the leaver's rules, mailbox by mailbox, as they were read last for this departure."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(rule_readings)
                .filter_by(departure=departure)
                .order_by(rule_readings.c.system, rule_readings.c.mailbox)
            ).all()
        return [Reading(row.system, row.mailbox, row.at, tuple(self._scripts(row))) for row in rows]

    def decisions(self, departure: str) -> list[DecidedRule]:
        """Return every decision of a departure, the oldest first."""
        query = select(rule_decisions).filter_by(departure=departure).order_by(rule_decisions.c.id)
        with self.database.read() as connection:
            return [_decided(row) for row in connection.execute(query)]

    def decide(self, decided: Sequence[DecidedRule], *, os_user: str, unplanned: bool, voids: Plan | None) -> None:
        """Record decisions of one departure durably; ``voids`` is the plan that they make void, with its approval.

        With ``unplanned``, the departure is to be planned anew.
        """

        def work(connection: Connection) -> None:
            for one in decided:
                connection.execute(
                    insert(rule_decisions).values(
                        **asdict(one.rule),
                        departure=one.departure,
                        decision=one.decision.value,
                        person=one.by,
                        at=one.at,
                        because=one.because,
                        unplanned=unplanned,
                    )
                )
                told: dict[str, Json] = {"did": "decided", "os_user": os_user, **one.to_json()}
                self.tell(connection, one.departure, Kind.RULE, told)
            if voids:
                connection.execute(update(t.plans).where(t.plans.c.digest == voids.digest).values(voided=True))
                why: dict[str, Json] = {"did": "voided", "digest": voids.digest, "why": "a decision on a mail rule"}
                self.tell(connection, voids.departure, Kind.RULE, why)

        self.database.write(work)

    def newest(self, departure: str) -> int:
        """Return the number of the newest decision of a departure, 0 when there is none."""
        return max((one.seq for one in self.decisions(departure)), default=0)

    def planned(self, departure: str, upto: int) -> None:
        """Note that a plan was made with every decision up to this number."""
        there = rule_decisions.c.unplanned & (rule_decisions.c.id <= upto)
        self.database.write(
            lambda connection: connection.execute(
                update(rule_decisions).filter_by(departure=departure).where(there).values(unplanned=False)
            )
        )

    def to_plan(self) -> list[str]:
        """Return the departures that are to be planned anew, by number."""
        query = select(rule_decisions.c.departure).where(rule_decisions.c.unplanned).distinct()
        with self.database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def _scripts(self, row: Any) -> list[Script]:
        found = []
        for told in json.loads(row.scripts):
            content = self._copies.kept(row.system, row.mailbox, told.pop("sha256"))
            if content is not None:
                found.append(Script(content=content, **told))
        return found


def _told(script: Script) -> dict[str, Any]:
    told = asdict(script)
    return told | {"sha256": hashlib.sha256(told.pop("content")).hexdigest()}


def _decided(row: Any) -> DecidedRule:
    key = RuleKey(row.system, row.mailbox, row.name, row.sha256)
    return DecidedRule(
        row.departure, key, RuleDecision(row.decision), row.person, row.at, row.because, cast("int", row.id)
    )
