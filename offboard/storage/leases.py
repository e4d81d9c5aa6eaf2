"""One runner per departure, and the switch that stops everything.

A runner holds a lease with a number that only grows. Before each write it proves in the same transaction that the
number is still the newest: a runner that slept through its lease and wakes up cannot write any more (fencing).
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from offboard.domain.departure import instant
from offboard.errors import Busy, Stopped
from offboard.storage import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from offboard.storage.database import Database

SECONDS = 60


_STOPPED = select(t.switches.c.value).where(t.switches.c.name == "stop")
_HELD = select(t.leases).where(t.leases.c.departure == bindparam("departure"))
_TAKE_OVER = update(t.leases).where(t.leases.c.departure == bindparam("whose"))
_RENEW = (
    update(t.leases)
    .where(t.leases.c.departure == bindparam("whose"), t.leases.c.token == bindparam("number"))
    .values(until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to carry out one departure."""

    departure: str
    token: int


class Leases:
    """Hands out leases, and knows whether everything is stopped."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._me = f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"

    @contextmanager
    def hold(self, departure: str) -> Iterator[Lease]:
        """Hold the departure's lease for as long as the block runs.

        Raises:
            Busy: another runner that is alive holds it.
        """
        lease = self._take(departure)
        try:
            yield lease
        finally:
            given_back = {"whose": departure, "number": lease.token, "until": ""}
            self._database.write(lambda connection: connection.execute(_RENEW, given_back))

    def free(self, departure: str) -> bool:
        """Say whether this store's departure was carried out before, and no runner that is alive holds it now."""
        with self._database.read() as connection:
            row = connection.execute(_HELD, {"departure": departure}).first()
        return row is not None and (row.until <= instant(self._now()) or _dead(row.holder))

    def prove(self, connection: Connection, lease: Lease) -> None:
        """Check within a transaction that this lease is still the newest and that nobody pressed stop; renew it.

        Raises:
            Busy: another runner has taken over.
            Stopped: everything is stopped.
        """
        self.check_running(connection)
        self.renew(connection, lease)

    def renew(self, connection: Connection, lease: Lease) -> None:
        """Check within a transaction that this lease is still the newest; renew it.

        Raises:
            Busy: another runner has taken over.
        """
        until = instant(self._now() + timedelta(seconds=SECONDS))
        mine = connection.execute(_RENEW, {"whose": lease.departure, "number": lease.token, "until": until})
        if mine.rowcount != 1:
            raise Busy(f"another run has taken {lease.departure} over")

    def _take(self, departure: str) -> Lease:
        def work(connection: Connection) -> Lease:
            now = instant(self._now())
            row = connection.execute(_HELD, {"departure": departure}).first()
            if row and row.until > now and not _dead(row.holder):
                raise Busy(f"{departure} is being carried out by another run ({row.holder.split('/')[1]})")
            token = row.token + 1 if row else 1
            until = instant(self._now() + timedelta(seconds=SECONDS))
            values = {"holder": self._me, "token": token, "until": until}
            if row:
                connection.execute(_TAKE_OVER, {"whose": departure, **values})
            else:
                connection.execute(insert(t.leases), {"departure": departure, **values})
            return Lease(departure, token)

        return self._database.write(work)

    def stop(self, person: str) -> None:
        """Stop everything: nothing is written to any system until :meth:`resume`."""

        def work(connection: Connection) -> None:
            connection.execute(delete(t.switches).where(t.switches.c.name == "stop"))
            connection.execute(insert(t.switches).values(name="stop", value=f"{person} at {instant(self._now())}"))

        self._database.write(work)

    def resume(self) -> None:
        """Let things go on."""
        self._database.write(
            lambda connection: connection.execute(delete(t.switches).where(t.switches.c.name == "stop"))
        )

    def stopped(self) -> str | None:
        """Return who stopped everything and when, or ``None``."""
        with self._database.read() as connection:
            return connection.execute(_STOPPED).scalar()

    @staticmethod
    def check_running(connection: Connection) -> None:
        """Check within a transaction that nobody pressed stop.

        Raises:
            Stopped: somebody did.
        """
        who = connection.execute(_STOPPED).scalar()
        if who:
            raise Stopped(f"everything was stopped by {who}")


def _dead(holder: str) -> bool:
    """Say whether the holder ran on this machine and is certainly gone; elsewhere only time can tell."""
    host, pid, started = holder.split("/")
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return when a process started, in ticks since boot (proc(5), field 22): a reused pid is told apart."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    return "unknown"
