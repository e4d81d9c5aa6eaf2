"""What the steps have in common that ask people: asking is all we can do; that it is done, a person confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from offboard.domain.asking import AsksPeople, Task, TaskKind, TaskState, task_id
from offboard.domain.departure import instant
from offboard.steps.base import Step, Waiting, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure


class Asking(Step[AsksPeople]):
    """Asks people, one thing at a time; the thing is done once it is confirmed."""

    needs: ClassVar[tuple[type, ...]] = (AsksPeople,)
    from_our_store: ClassVar[bool] = True
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"people": ("ask",)}
    word: ClassVar[str]
    """The step's own word: whose tasks these are."""

    def observe(self, departure: Departure, system: AsksPeople) -> Snapshot:
        """Return target → what was asked for, and whether it is confirmed."""
        del system
        return {
            task.target: _state(task)
            for task in self.house.tasks.tasks(departure.number)
            if task.step == self.word and task.state is not TaskState.WITHDRAWN
        }

    def write(self, departure: Departure, system: AsksPeople, target: str, state: State) -> None:
        """Ask for it, or no longer; whoever is asked is told by mail."""
        del system
        number = task_id(departure.number, target)
        if state is None:
            self.house.tasks.withdraw(number, "the departure was undone")
            return
        wanted = cast("dict[str, Any]", state)
        self.house.tasks.ask(
            Task(
                id=number,
                departure=departure.number,
                step=self.word,
                target=target,
                what=wanted["asked"],
                kind=TaskKind(wanted["kind"]),
                assignee=wanted["of"],
                due=wanted["due"],
                reminders=tuple(wanted["remind"]),
            )
        )

    def holds(self, found: State, wanted: State) -> bool:
        """Compare what counts: is it asked for, and is it confirmed; somebody else may have been asked meanwhile."""
        return _counts(found) == _counts(wanted)

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """Say who has been asked, and until when they have; for what was refused the time is over."""
        if not isinstance(found, dict) or not isinstance(wanted, dict) or found["confirmed"]:
            return None
        who, what = found["of"] or "nobody", found["asked"]
        if found["refused"]:
            return Waiting(cast("str", found["since"]), f"{who} cannot do it: {what}: {found['refused']}")
        return Waiting(cast("str", found["due"]), f"{who} has been asked: {what}")

    def wish(
        self,
        departure: Departure,
        target: str,
        text: str,
        *,
        of: str,
        kind: TaskKind,
        due: datetime,
        remind: list[datetime],
        why: str,
    ) -> Wish:
        """Return the wish that ``text`` is done by ``due``; ``of`` is a part or a mail address."""
        assignee = self.house.addressee(of, departure)
        wanted: State = {
            "asked": text,
            "of": assignee,
            "due": instant(due),
            "remind": [instant(moment) for moment in remind],
            "kind": kind.value,
            "confirmed": True,
        }
        label = f"{text} ({assignee or 'nobody is known who could be asked'})"
        return Wish(target, label=label, before=None, after=wanted, why=why)


def _state(task: Task) -> State:
    return {
        "asked": task.what,
        "of": task.assignee,
        "due": task.due,
        "remind": list(task.reminders),
        "kind": task.kind.value,
        "since": task.asked_at,
        "confirmed": task.state is TaskState.CONFIRMED,
        "refused": task.reason if task.state is TaskState.REFUSED else "",
    }


def _counts(state: State) -> State:
    return state["confirmed"] if isinstance(state, dict) else None
