"""The ledger of alarms about mail rules: who is told by an event or a mail is told at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from offboard.domain.departure import instant
from offboard.storage.scan_tables import alarms_told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from offboard.storage.database import Database


class Alarms:
    """Knows which findings were told, and by which way (an event, a mail to somebody)."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def claim(self, findings: Sequence[str], way: str) -> list[str]:
        """Mark durably that these are about to be told; return those that were not, and cannot have been, before."""

        def work(connection: Connection) -> list[str]:
            query = select(alarms_told.c.finding).filter_by(way=way).where(alarms_told.c.finding.in_(findings))
            known = set(connection.execute(query).scalars())
            mine = [finding for finding in dict.fromkeys(findings) if finding not in known]
            common = {"way": way, "state": "telling", "at": instant(self._now())}
            if mine:
                connection.execute(insert(alarms_told), [common | {"finding": finding} for finding in mine])
            return mine

        return self._database.write(work)

    def told(self, findings: Sequence[str], way: str, state: str) -> None:
        """Record what came of telling: ``sent``, ``unclear`` or ``refused``."""
        row = {"state": state, "at": instant(self._now())}
        query = update(alarms_told).filter_by(way=way).where(alarms_told.c.finding.in_(findings)).values(**row)
        self._database.write(lambda connection: connection.execute(query))

    def not_told(self, findings: Sequence[str], way: str) -> None:
        """Take claims back: it certainly was not told, and may be tried again."""
        query = delete(alarms_told).filter_by(way=way).where(alarms_told.c.finding.in_(findings))
        self._database.write(lambda connection: connection.execute(query))
