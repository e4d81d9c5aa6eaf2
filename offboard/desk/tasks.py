"""What people are asked to do by hand, and saying that it is done."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Posted, Visit, Visiting
from offboard.domain.asking import Task, TaskKind, TaskState
from offboard.domain.people import Role, fold
from offboard.errors import BadInput, NoSuchDeparture, SaysNo

router = APIRouter()
SAID = {"confirmed": "It is recorded as done.", "refused": "It is recorded that it cannot be done, and why."}
DECIDING = (Role.IT, Role.HR, Role.OWNER)


@router.get("/tasks")
def listed(request: Request, visit: Visiting, said: str = "") -> Response:
    """Show what is asked for: of this person, and, to those who decide, of anybody."""
    store = visit.needs.store
    tasks = [task for task in store.tasks.every(TaskState.ASKED, TaskState.REFUSED) if _may_see(visit, task)]
    render: Renderer = request.app.state.render
    return render.page(
        "tasks.html",
        visit=visit,
        mine=[task for task in tasks if fold(task.assignee) == visit.person],
        others=[task for task in tasks if fold(task.assignee) != visit.person],
        now=visit.needs.now(),
        said=SAID.get(said, ""),
    )


@router.get("/tasks/{task_id}")
def one(request: Request, visit: Visiting, task_id: str) -> Response:
    """Show one task, and where to say that it is done."""
    task = _task(visit, task_id)
    render: Renderer = request.app.state.render
    return render.page(
        "task.html",
        visit=visit,
        task=task,
        signed=task.kind is TaskKind.ACKNOWLEDGEMENT,
        confirms=visit.is_any(*DECIDING) or fold(task.assignee) == visit.person,
        open=task.state in {TaskState.ASKED, TaskState.REFUSED},
        now=visit.needs.now(),
    )


@router.post("/tasks/{task_id}/confirm")
def confirm(post: Posted, task_id: str) -> Response:
    """Record that it is done."""
    task = _task(post.visit, task_id)
    name, content = post.file("file")
    signed = task.kind is TaskKind.ACKNOWLEDGEMENT
    if signed and not (post.text("on") and post.text("name").strip() and name):
        raise BadInput(
            "a signed letter is recorded with its date, the name and the signed page", hint="Add what is missing."
        )
    if not signed and not (post.text("note").strip() or name):
        raise BadInput("say in a sentence what was done, or add a file that shows it", hint="Go back and add it.")
    post.visit.needs.decides.confirm(
        task,
        post.visit.person,
        note=post.text("note"),
        on=post.text("on"),
        name=post.text("name"),
        file=name,
        content=content,
    )
    return RedirectResponse("/tasks?said=confirmed", 303)


@router.post("/tasks/{task_id}/refuse")
def refuse(post: Posted, task_id: str) -> Response:
    """Record that it cannot be done, and why."""
    task = _task(post.visit, task_id)
    if not post.text("reason").strip():
        raise SaysNo("say why it cannot be done", hint="Go back and write it in a sentence.")
    post.visit.needs.decides.refuse(task, post.visit.person, post.text("reason"))
    return RedirectResponse("/tasks?said=refused", 303)


def _task(visit: Visit, task_id: str) -> Task:
    task = visit.needs.store.tasks.task(task_id)
    if not _may_see(visit, task):
        raise NoSuchDeparture(f"there is no task {task_id!r}")
    return task


def _may_see(visit: Visit, task: Task) -> bool:
    departure = visit.needs.store.departures.get(task.departure)
    if departure.leaver.answers_to(visit.person):
        return False
    return fold(task.assignee) == visit.person or (visit.is_any(*DECIDING, Role.AUDITOR) and visit.may_see(departure))
