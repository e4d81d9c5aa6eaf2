"""What people are asked to do, what they confirmed, and the ledger of the mails about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from offboard.domain.asking import Task, TaskState, asked_anew
from offboard.domain.canonical import Json, canonical_bytes
from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.errors import BadInput, NoSuchDeparture
from offboard.storage import tables as t
from offboard.storage.chain import Recorder
from offboard.storage.outcomes import look_soon

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from offboard.domain.asking import Confirmation
    from offboard.domain.capabilities import Vault
    from offboard.storage.database import Database

LARGEST_FILE = 5_000_000
"""Bytes of a file that shows something was done: a scanned page, not a film."""

OPEN = frozenset({TaskState.ASKED, TaskState.REFUSED})


_OF = (
    select(t.people_tasks.c.data)
    .where(t.people_tasks.c.departure == bindparam("departure"))
    .order_by(t.people_tasks.c.place)
)


class StoredTasks(Recorder):
    """Keeps people's tasks (capability ``TaskBook``); files that come with them are kept encrypted."""

    def __init__(self, database: Database, now: Callable[[], datetime], vault: Vault) -> None:
        super().__init__(database, now)
        self._vault = vault

    def tasks(self, departure: str) -> list[Task]:
        """Return the departure's tasks in the order in which they were asked for."""
        with self.database.read() as connection:
            return [_task(data) for data in connection.execute(_OF, {"departure": departure}).scalars()]

    def every(self, *states: TaskState) -> list[Task]:
        """Return the tasks of all departures that are in one of these states, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.people_tasks.c.data)
                .where(t.people_tasks.c.state.in_([state.value for state in states]))
                .order_by(t.people_tasks.c.departure, t.people_tasks.c.place)
            ).scalars()
            return [_task(data) for data in rows]

    def task(self, task_id: str) -> Task:
        """Return one task; case does not count in its id.

        Raises:
            NoSuchDeparture: there is none.
        """
        with self.database.read() as connection:
            found = connection.execute(
                select(t.people_tasks.c.data).where(func.lower(t.people_tasks.c.id) == task_id.strip().lower())
            ).scalar()
        if found is None:
            raise NoSuchDeparture(f"there is no task {task_id!r}", hint="List them with: offboard tasks list")
        return _task(found)

    def ask(self, task: Task) -> None:
        """Ask for it; what is asked for already, or confirmed, stays as it is."""
        asked = asked_anew(task, self.now())

        def work(connection: Connection) -> None:
            before = _row(connection, task.id)
            if before and before.state not in {TaskState.WITHDRAWN, TaskState.REFUSED}:
                return
            if before:
                self._keep(connection, asked)
            else:
                place = connection.execute(
                    select(func.count()).select_from(t.people_tasks).where(t.people_tasks.c.departure == task.departure)
                ).scalar_one()
                connection.execute(insert(t.people_tasks), _values(asked) | {"id": task.id, "place": place})
            told: dict[str, Json] = {
                "did": "asked", "what": task.what, "assignee": task.assignee, "due": task.due, "kind": task.kind.value,
            }  # fmt: skip
            self._tell(connection, asked, told)

        self.database.write(work)

    def withdraw(self, task_id: str, reason: str) -> None:
        """No longer ask for it; what was confirmed stays in the evidence."""

        def work(connection: Connection) -> None:
            before = _row(connection, task_id)
            if before is None or before.state is TaskState.WITHDRAWN:
                return
            self._keep(connection, replace(before, state=TaskState.WITHDRAWN, reason=reason))
            self._tell(connection, before, {"did": "withdrawn", "reason": reason})

        self.database.write(work)

    def confirm(self, task_id: str, confirmation: Confirmation, *, content: bytes = b"", os_user: str = "") -> bool:
        """Record durably that it is done; ``False`` when nobody asks for it (any more), and then nothing changed.

        Raises:
            BadInput: the file is larger than ``LARGEST_FILE`` bytes.
        """
        if len(content) > LARGEST_FILE:
            raise BadInput(f"{confirmation.file}: larger than {LARGEST_FILE // 1_000_000} MB", hint="Scan it smaller.")
        if content:
            confirmation = replace(confirmation, sha256=hashlib.sha256(content).hexdigest())
            # Kept before it is told of: what the evidence names is there.
            self._vault.put(_place(task_id, confirmation.sha256), content)
        return self._decide(
            task_id,
            lambda task: replace(task, state=TaskState.CONFIRMED, confirmation=confirmation, reason=""),
            {"did": "confirmed", "os_user": os_user, **confirmation.to_json()},
        )

    def refuse(self, task_id: str, *, by: str, reason: str, os_user: str = "") -> bool:
        """Record that it cannot be done, and why; ``False`` when nobody asks for it (any more)."""
        return self._decide(
            task_id,
            lambda task: replace(task, state=TaskState.REFUSED, reason=reason),
            {"did": "refused", "by": by, "reason": reason, "os_user": os_user},
        )

    def reassign(self, task_id: str, *, to: str, by: str, os_user: str = "") -> bool:
        """Ask somebody else for it; ``False`` when nobody asks for it (any more)."""
        return self._decide(
            task_id,
            lambda task: replace(task, state=TaskState.ASKED, assignee=to, reason=""),
            {"did": "reassigned", "by": by, "to": to, "os_user": os_user},
        )

    def file(self, task: Task) -> bytes | None:
        """Return the file that came with the confirmation, or ``None``."""
        given = task.confirmation
        return self._vault.get(_place(task.id, given.sha256)) if given and given.sha256 else None

    def claim_mail(self, task: Task, occasion: str) -> bool:
        """Mark durably that a mail is about to go out; ``False`` when it went, or may have gone, before."""
        key = {"task": task.id, "occasion": occasion}

        def work(connection: Connection) -> bool:
            there = connection.execute(select(t.task_mails.c.state).filter_by(**key)).first()
            if there is None:
                connection.execute(insert(t.task_mails), key | {"state": "sending", "at": instant(self.now())})
            return there is None

        return self.database.write(work)

    def mailed(self, task: Task, occasion: str, *, state: str, system: str) -> None:
        """Record what came of a mail that was claimed: ``sent``, ``unclear`` or ``refused``."""
        key = {"task": task.id, "occasion": occasion}

        def work(connection: Connection) -> None:
            connection.execute(update(t.task_mails).filter_by(**key).values(state=state, at=instant(self.now())))
            told: dict[str, Json] = {"did": "mailed", "occasion": occasion, "mail": state, "system": system}
            self._tell(connection, task, told)

        self.database.write(work)

    def not_mailed(self, task: Task, occasion: str) -> None:
        """Take back a claim: the mail certainly did not go out, and may be tried again."""
        key = {"task": task.id, "occasion": occasion}
        self.database.write(lambda connection: connection.execute(delete(t.task_mails).filter_by(**key)))

    def mails(self, tasks: Collection[str]) -> dict[tuple[str, str], str]:
        """Return (task, occasion) → what became of the mail, for these tasks."""
        with self.database.read() as connection:
            rows = connection.execute(select(t.task_mails).where(t.task_mails.c.task.in_(list(tasks)))).all()
        return {(row.task, row.occasion): row.state for row in rows}

    def _decide(self, task_id: str, change: Callable[[Task], Task], told: dict[str, Json]) -> bool:
        def work(connection: Connection) -> bool:
            before = _row(connection, task_id)
            if before is None or before.state not in OPEN:
                return False
            self._keep(connection, change(before))
            self._tell(connection, before, told)
            look_soon(connection, before.departure, self.now())
            return True

        return self.database.write(work)

    def _keep(self, connection: Connection, task: Task) -> None:
        connection.execute(update(t.people_tasks).where(t.people_tasks.c.id == task.id).values(**_values(task)))

    def _tell(self, connection: Connection, task: Task, told: dict[str, Json]) -> None:
        self.tell(connection, task.departure, Kind.TASK, {"id": task.id, **told})


def _row(connection: Connection, task_id: str) -> Task | None:
    found = connection.execute(select(t.people_tasks.c.data).where(t.people_tasks.c.id == task_id)).scalar()
    return _task(found) if found is not None else None


def _task(data: str) -> Task:
    return Task.from_json(json.loads(data))


def _values(task: Task) -> dict[str, object]:
    return {
        "departure": task.departure,
        "state": task.state.value,
        "data": canonical_bytes(task.to_json()).decode(),
    }


def _place(task_id: str, sha256: str) -> str:
    return f"task/{task_id}/{sha256}"
