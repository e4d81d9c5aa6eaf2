"""Whether it goes well is asked after 7, 30, 60 and 90 days: dated tasks of whoever took clients over."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from offboard.domain.asking import A_DAY, Task, TaskKind, TaskState, task_id
from offboard.domain.change import Result
from offboard.domain.departure import Status, instant
from offboard.domain.parts import PartKind, kind_and_id
from offboard.domain.plan import PlanKind
from offboard.engine.clientele import STEP
from offboard.engine.status import put_back

if TYPE_CHECKING:
    from datetime import datetime

    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.engine.office import Office

NAMED = 20
"""So many clients are named in a task; the letter list has them all."""

FOLLOWED = frozenset({Status.INFORMING, Status.CLOSED, Status.ATTENTION})


def ask_follow_ups(office: Office, departure: Departure) -> int:
    """Ask whoever took clients over to speak with them after so many days, once; return how many tasks there are.

    Those who cannot be reached by mail are not asked, and nobody is before clients were passed on.
    """
    book = office.store.tasks
    there = {task.id: task for task in book.tasks(departure.number) if task.kind is TaskKind.FOLLOW_UP}
    if there or office.store.departures.status(departure.number) not in FOLLOWED:
        return len(there)
    made = [
        task
        for person, clients in _taken_over(office, departure)
        for task in _tasks(office, departure, person, clients, office.now())
    ]
    for task in made:
        book.ask(task)
    return len(made)


def withdraw_follow_ups(office: Office) -> None:
    """Ask nobody any more about clients who were given back."""
    book = office.store.tasks
    for task in book.every(TaskState.ASKED, TaskState.REFUSED):
        if task.kind is TaskKind.FOLLOW_UP and office.store.departures.status(task.departure) is Status.UNDONE:
            book.withdraw(task.id, "the clients were given back")


def _taken_over(office: Office, departure: Departure) -> list[tuple[Person, list[str]]]:
    takers: defaultdict[str, list[str]] = defaultdict(list)
    people: dict[str, Person] = {}
    for kept in office.store.plans.every(departure.number):
        passed_on = [change for change in kept.plan.changes if change.step == STEP]
        if kept.plan.kind is not PlanKind.ACCESS or not passed_on:
            continue
        known, back = office.store.outcomes.of(kept.plan.digest), put_back(office, departure)
        for change in passed_on:
            kind, client = kind_and_id(change.target)
            outcome = known.get(change.id)
            if kind is not PartKind.CLIENT or outcome is None or change.id in back:
                continue
            person = departure.successor_of(client)
            if person and person.mail and outcome.result in {Result.DONE, Result.ALREADY}:
                people[person.mail] = person
                takers[person.mail].append(change.label)
    return [(people[mail], list(dict.fromkeys(clients))) for mail, clients in sorted(takers.items())]


def _tasks(office: Office, departure: Departure, person: Person, clients: list[str], now: datetime) -> list[Task]:
    more = f" and {len(clients) - NAMED} more" if len(clients) > NAMED else ""
    named = ", ".join(clients[:NAMED]) + more
    made = []
    for days in sorted(set(office.clients.follow_up_days)):
        due = now + timedelta(days=days)
        target = f"follow-up-{person.login or person.mail}-{days}"
        made.append(
            Task(
                id=task_id(departure.number, target),
                departure=departure.number,
                step="follow_up",
                target=target,
                what=(
                    f"Speak with the clients you took over from {departure.leaver.name} {days} days ago, and record "
                    f"what each answers: {named}"
                ),
                kind=TaskKind.FOLLOW_UP,
                assignee=person.mail,
                due=instant(due),
                reminders=tuple(instant(moment) for moment in (due - A_DAY, due)),
            )
        )
    return made
