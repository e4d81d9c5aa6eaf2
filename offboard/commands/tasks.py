"""People's tasks: who was asked for what, and saying that it is done."""

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_json, say_table
from offboard.domain.ask_options import MAIL
from offboard.domain.asking import Task, TaskState
from offboard.domain.departure import wall_time
from offboard.engine import asking
from offboard.engine.driving import carry_out
from offboard.errors import BadInput, Busy, OffboardError
from offboard.storage.people_tasks import LARGEST_FILE
from offboard.wiring import Firm

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="A task, such as T-D-2026-0001-laptop.")]
PATIENCE, PAUSE = 5.0, 0.25


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="What people are asked to do by hand.", no_args_is_help=True)
    group.command("list")(list_tasks)
    group.command("confirm")(confirm)
    group.command("refuse")(refuse)
    group.command("reassign")(reassign)
    group.command("remind")(remind)
    group.command("file")(file_of)
    app.add_typer(group, name="tasks")


def list_tasks(
    number: Annotated[str, typer.Argument(metavar="[D]", help="A departure; else all that is still asked for.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List what people are asked to do: of one departure everything, else what is open.

    Example: offboard tasks list D-2026-0001
    """
    with firm_of(config) as firm:
        book = firm.store.tasks
        tasks = (
            book.tasks(firm.store.departures.get(number).number)
            if number
            else book.every(TaskState.ASKED, TaskState.REFUSED)
        )
        now, zone = firm.now(), firm.settings.company.timezone
        if as_json:
            say_json([task.to_json() | {"overdue": task.overdue(now)} for task in tasks])
        elif tasks:
            say_table(
                ("task", "what", "who", "until", "state", "shown by"),
                [
                    (x.id, x.what, x.assignee or "nobody", wall_time(x.due, zone), _state(x, firm), _shown(x))
                    for x in tasks
                ],
            )
        else:
            say("Nobody is asked for anything.")


def confirm(
    task: TaskId,
    note: Annotated[str, typer.Option(help="What was done, in a sentence.")] = "",
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file that shows it; kept encrypted.")] = None,
    on: Annotated[str, typer.Option("--date", help="The date on the signed letter, such as 2026-12-01.")] = "",
    name: Annotated[str, typer.Option(help="Who signed the letter.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Say that a task is done, with a note or a file; a signed letter is recorded with date, name and file.

    Example: offboard tasks confirm T-D-2026-0001-laptop --note "in the cupboard" --as it@acme.example
    """
    content = _content(file)
    if on:
        _check_date(on)
    with firm_of(config) as firm:
        found = firm.store.tasks.task(task)
        asking.confirm(
            firm.office, found, as_, note=note, on=on, name=name, file=file.name if file else "", content=content
        )
        say(f"{found.id} is confirmed by {as_}")
        _look_again(firm, found)


def refuse(
    task: TaskId,
    reason: Annotated[str, typer.Option(help="Why it cannot be done.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Say that a task cannot be done; IT or the owner then settles it, or somebody else is asked.

    Example: offboard tasks refuse T-D-2026-0001-laptop --reason "it was stolen" --as it@acme.example
    """
    with firm_of(config) as firm:
        found = firm.store.tasks.task(task)
        asking.refuse(firm.office, found, as_, reason)
        say(f"{found.id} is refused by {as_}: {reason.strip()}")
        _look_again(firm, found)


def reassign(
    task: TaskId,
    to: Annotated[str, typer.Option("--to", metavar="EMAIL", help="Who is asked instead.")],
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Ask somebody else.

    Example: offboard tasks reassign T-D-2026-0001-laptop --to dora@acme.example --as it@acme.example
    """
    if not MAIL.fullmatch(to):
        raise BadInput(f"--to: {to!r} is no mail address", hint="Write it like dora@acme.example.")
    with firm_of(config) as firm:
        found = firm.store.tasks.task(task)
        asking.reassign(firm.office, found, as_, to)
        say(f"{found.id}: {to} is asked now")
        _look_again(firm, found)


def remind(config: Config = None) -> None:
    """Send the mails that ask people and remind them, each once; 'offboard serve' does this by itself.

    Example: offboard tasks remind
    """
    with firm_of(config) as firm:
        sent = asking.send_mails(firm.office, firm.task_mails)
        for mail in sent:
            say(f"{mail.task.id}: {'reminder' if mail.reminder else 'request'} sent to {mail.recipient}")
        if not sent:
            say("There is no mail to send.")


def file_of(
    task: TaskId,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where it goes.")],
    config: Config = None,
) -> None:
    """Write the file that came with a confirmation.

    Example: offboard tasks file T-D-2026-0001-laptop --out receipt.pdf
    """
    with firm_of(config) as firm:
        found = firm.store.tasks.task(task)
        content = firm.store.tasks.file(found)
        if content is None:
            raise BadInput(f"{found.id} has no file", hint=f"See: offboard tasks list {found.departure}")
        out.write_bytes(content)
        say(f"{out}: {len(content)} bytes")


def _content(file: Path | None) -> bytes:
    """Return the bytes of the file, never more than are kept."""
    if file is None:
        return b""
    with file.open("rb") as handle:
        content = handle.read(LARGEST_FILE + 1)
    if not content:
        raise BadInput(f"{file}: the file is empty", hint="Name a file that shows something.")
    return content


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--date: {text!r} is no date", hint="Write it like 2026-12-01.") from error


def _look_again(firm: Firm, task: Task) -> None:
    """Let the departure move on at once; where somebody else is at work on it, they or the next look see it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            carry_out(firm.office, task.departure)
        except Busy as busy:
            if time.monotonic() < deadline:
                time.sleep(PAUSE)
                continue
            say(f"{busy}; it is looked at again within the hour, or by: offboard apply {task.departure}")
        except OffboardError as error:
            say(f"{task.departure} could not go on: {error}")
        break
    say(f"{task.departure} is {firm.store.departures.status(task.departure).value.replace('_', ' ')}")


def _state(task: Task, firm: Firm) -> str:
    return "overdue" if task.state is TaskState.ASKED and task.overdue(firm.now()) else task.state.value


def _shown(task: Task) -> str:
    given = task.confirmation
    if given is None:
        return task.reason
    signed = " ".join(filter(None, (f"signed by {given.name}" if given.name else "", given.on)))
    return "; ".join(filter(None, (f"{given.by}: {given.note}".strip(": "), signed, given.file)))
