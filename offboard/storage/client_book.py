"""What is kept about clients beside their registers: calls, decisions of the desk, views, weeks of exposure."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from offboard.domain.calling import Call
from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.domain.trend import Weighed
from offboard.storage import client_tables as t
from offboard.storage import tables
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.exposure import Exposure

WAITING, DONE, REFUSED = "waiting", "done", "refused"


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """Something decided at the desk; ``said`` is what became of it."""

    id: str
    departure: str
    state: str
    asked_by: str
    asked_at: str
    said: str
    wanted: dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What the registers said, and when (instant)."""

    at: str
    data: Any


class ClientBook(Recorder):
    """Keeps it; whatever somebody decided about a departure's client is told in its evidence."""

    def calls(self, departure: str) -> list[Call]:
        """Return whom the owner calls, in their order."""
        with self.database.read() as connection:
            return self._calls(connection, departure)

    def set_calls(self, departure: str, calls: Sequence[Call], *, by: str, os_user: str = "") -> None:
        """Keep who is called; a call that was made stays made, and one that is no longer wanted goes."""

        def work(connection: Connection) -> None:
            before = {call.client: call for call in self._calls(connection, departure)}
            made = [call for call in before.values() if call.called_at]
            asked = [before.get(call.client, call) for call in calls]
            kept = [*asked, *(call for call in made if call not in asked)]
            if list(before.values()) == kept:
                return
            connection.execute(delete(t.client_calls).where(t.client_calls.c.departure == departure))
            rows = [_row(departure, place, call) for place, call in enumerate(kept)]
            if rows:
                connection.execute(insert(t.client_calls), rows)
            told: dict[str, Json] = {"did": "calls", "clients": [c.client for c in kept], "by": by, "os_user": os_user}
            self.tell(connection, departure, Kind.CLIENT, told)

        self.database.write(work)

    def called(self, departure: str, client: str, *, by: str, note: str, os_user: str = "") -> bool:
        """Record durably that the owner called; ``False`` when they were not to, or did before."""

        def work(connection: Connection) -> bool:
            calls = self._calls(connection, departure)
            place, call = next(((i, c) for i, c in enumerate(calls) if c.client == client), (0, None))
            if call is None or call.called_at:
                return False
            made = replace(call, called_at=instant(self.now()), called_by=by, note=note)
            connection.execute(
                update(t.client_calls)
                .where(t.client_calls.c.departure == departure, t.client_calls.c.client == client)
                .values({k: v for k, v in _row(departure, place, made).items() if k in {"called_at", "data"}})
            )
            told: dict[str, Json] = {"did": "called", "client": client, "by": by, "note": note, "os_user": os_user}
            self.tell(connection, departure, Kind.CLIENT, told)
            return True

        return self.database.write(work)

    def ask(self, departure: str, wanted: Mapping[str, Any], *, by: str, voids: bool = False) -> str:
        """Keep what was decided at the desk; ``voids``: nothing that was planned before may be carried out any more."""
        made = secrets.token_hex(8)

        def work(connection: Connection) -> None:
            connection.execute(
                insert(t.client_requests).values(
                    id=made, departure=departure, state=WAITING, asked_by=by, asked_at=instant(self.now()), said="",
                    data=json.dumps(dict(wanted), sort_keys=True),
                )
            )  # fmt: skip
            if voids:
                connection.execute(
                    update(tables.plans).where(tables.plans.c.departure == departure).values(voided=True)
                )

        self.database.write(work)
        return made

    def requests(self, departure: str = "", *, state: str = "") -> list[ClientRequest]:
        """Return what was decided at the desk, the oldest first."""
        wanted = select(t.client_requests).order_by(t.client_requests.c.asked_at, t.client_requests.c.id)
        if departure:
            wanted = wanted.where(t.client_requests.c.departure == departure)
        if state:
            wanted = wanted.where(t.client_requests.c.state == state)
        with self.database.read() as connection:
            rows = connection.execute(wanted).all()
        return [
            ClientRequest(r.id, r.departure, r.state, r.asked_by, r.asked_at, r.said, json.loads(r.data)) for r in rows
        ]

    def settle(self, request: str, *, said: str, refused: bool = False) -> None:
        """Record what became of it."""
        self.database.write(
            lambda connection: connection.execute(
                update(t.client_requests)
                .where(t.client_requests.c.id == request)
                .values(state=REFUSED if refused else DONE, said=said)
            )
        )

    def keep_view(self, name: str, data: Json) -> None:
        """Keep what the registers say now, in place of what they said before."""
        row = {"name": name, "at": instant(self.now()), "data": json.dumps(data)}

        def work(connection: Connection) -> None:
            connection.execute(delete(t.client_views).where(t.client_views.c.name == name))
            connection.execute(insert(t.client_views), row)

        self.database.write(work)

    def view(self, name: str) -> View | None:
        """Return what the registers said when they were read last, or ``None``."""
        with self.database.read() as connection:
            row = connection.execute(select(t.client_views).where(t.client_views.c.name == name)).first()
        return View(row.at, json.loads(row.data)) if row else None

    def keep_week(self, week: str, rows: Sequence[Exposure]) -> None:
        """Keep a week's exposure; the same week a second time takes the place of the first."""
        made = [
            {"week": week, "person": r.person, "clients": r.clients, "sole_contact": r.sole_contact,
             "value_at_risk": r.value_at_risk}
            for r in rows
        ]  # fmt: skip

        def work(connection: Connection) -> None:
            connection.execute(delete(t.exposure_weeks).where(t.exposure_weeks.c.week == week))
            if made:
                connection.execute(insert(t.exposure_weeks), made)

        self.database.write(work)

    def weeks(self) -> list[Weighed]:
        """Return every week that was kept, the oldest first."""
        wanted = select(t.exposure_weeks).order_by(t.exposure_weeks.c.week, t.exposure_weeks.c.person)
        with self.database.read() as connection:
            return [Weighed(*row) for row in connection.execute(wanted)]

    def _calls(self, connection: Connection, departure: str) -> list[Call]:
        wanted = select(t.client_calls.c.data).where(t.client_calls.c.departure == departure)
        rows = connection.execute(wanted.order_by(t.client_calls.c.place)).scalars()
        return [Call.from_json(json.loads(data)) for data in rows]


def _row(departure: str, place: int, call: Call) -> dict[str, Any]:
    return {
        "departure": departure,
        "client": call.client,
        "place": place,
        "called_at": call.called_at,
        "data": json.dumps(call.to_json(), sort_keys=True),
    }
