"""What people are asked to do by hand, because no interface can: each is tracked like any other change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from offboard.domain.capabilities import Named
from offboard.domain.departure import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from offboard.domain.canonical import Json


A_DAY = timedelta(days=1)


class TaskKind(StrEnum):
    """What sort of thing somebody is asked for."""

    PROPERTY = "property"
    ROTATE = "rotate"
    APP = "app"
    ACKNOWLEDGEMENT = "acknowledgement"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class TaskState(StrEnum):
    """Where a person's task stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who says that it is done, when (instant), and what shows it; ``on`` and ``name`` are for a signed letter."""

    by: str
    at: str
    note: str = ""
    on: str = ""
    name: str = ""
    file: str = ""
    sha256: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the confirmation as data; what was not given is left out."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that one person is asked for; ``due`` and ``reminders`` are instants, ``assignee`` a mail address."""

    id: str
    departure: str
    step: str
    target: str
    what: str
    kind: TaskKind
    assignee: str
    due: str
    reminders: tuple[str, ...] = ()
    state: TaskState = TaskState.ASKED
    asked_at: str = ""
    reason: str = ""
    confirmation: Confirmation | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the task as data, as ``tasks list --json`` prints it."""
        confirmed = self.confirmation.to_json() if self.confirmation else None
        return cast("dict[str, Json]", asdict(self)) | {
            "reminders": list(self.reminders),
            "confirmation": confirmed,
            "kind": self.kind.value,
            "state": self.state.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """Read what :meth:`to_json` wrote."""
        given = data["confirmation"]
        return cls(
            **{
                **data,
                "kind": TaskKind(data["kind"]),
                "state": TaskState(data["state"]),
                "reminders": tuple(data["reminders"]),
                "confirmation": Confirmation(**given) if given else None,
            }
        )

    def overdue(self, now: datetime) -> bool:
        """Say whether it should have been confirmed by now."""
        return self.state in {TaskState.ASKED, TaskState.REFUSED} and self.due <= instant(now)


def task_id(departure: str, target: str) -> str:
    """Return the id of a task: the same each time, and another for every target."""
    return f"T-{departure}-{target}"


def asked_anew(task: Task, now: datetime) -> Task:
    """Return the task as it stands once it has been asked for now.

    Whoever is asked too late for it has a day all the same; reminders that have passed are not sent.
    """
    return replace(
        task,
        state=TaskState.ASKED,
        due=task.due if task.due > instant(now) else instant(now + A_DAY),
        asked_at=instant(now),
        reminders=tuple(moment for moment in task.reminders if moment > instant(now)),
        reason="",
        confirmation=None,
    )


@runtime_checkable
class AsksPeople(Named, Protocol):
    """Lets us ask people for what no interface can do."""

    def asks_people(self) -> bool:
        """Say that people can be asked."""


class TaskBook(Protocol):
    """Keeps what people are asked to do."""

    def tasks(self, departure: str) -> list[Task]:
        """Return the departure's tasks in the order in which they were asked for."""

    def ask(self, task: Task) -> None:
        """Ask for it durably; what is asked for already, or confirmed, stays as it is."""

    def withdraw(self, task_id: str, reason: str) -> None:
        """No longer ask for it."""
