"""How commands speak: data as JSON, people in sentences and tables, progress only on a terminal."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from offboard.errors import BadInput, Guarded, OffboardError
from offboard.wiring import Firm, open_firm

AsJson = Annotated[bool, typer.Option("--json", help="Print data for a program.")]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The settings; else OFFBOARD_CONFIG or ./offboard.toml.")
]
Acting = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="EMAIL",
        envvar="OFFBOARD_AS",
        help="Who decides this: a mail address listed among the people of the settings.",
    ),
]


def say(text: str) -> None:
    """Print one line for people."""
    print(text)


def say_json(data: Any) -> None:
    """Print data for a program: UTF-8, keys in their order, no more than one document."""
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
    print()


def say_json_list(items: Iterable[Any]) -> None:
    """Print a list for a program, one item after another: it may be longer than memory holds."""
    empty = True
    for item in items:
        print("[" if empty else ",")
        print(textwrap.indent(json.dumps(item, ensure_ascii=False, indent=2), "  ", lambda _: True), end="")
        empty = False
    print("[]" if empty else "\n]")


def say_error(error: OffboardError) -> None:
    """Print what went wrong and what to do next, on the error stream."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text(f"error: {error}", style="bold red"))
    listed = error.faults if isinstance(error, BadInput) else error.reasons if isinstance(error, Guarded) else []
    for line in listed:
        console.print(Text(f"  - {line}"))
    console.print(Text(f"hint: {error.hint}", style="dim"))


def say_note(text: str) -> None:
    """Print one line for people on the error stream, where it is in no program's way."""
    print(text, file=sys.stderr)


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; in a pipe as wide as it needs to be, so that nothing is cut."""
    table = Table(*columns, title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell), style=COLOURS.get(str(cell), "")) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=400)
    console.print(table)


COLOURS = {
    "done": "green",
    "effective": "green",
    "closed": "green",
    "undone": "green",
    "already": "green",
    "failed": "bold red",
    "parked": "bold red",
    "drifted": "bold yellow",
    "attention": "bold red",
    "alarm": "bold red",
    "suspicious": "yellow",
    "held": "bold yellow",
}


class _Far(ProgressColumn):
    """How much is done, of how much; nothing where nobody knows."""

    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{task.completed:.0f}/{task.total:.0f}")


@contextmanager
def working(what: str, total: int | None = None, *, firm: Firm | None = None) -> Iterator[Callable[[], None]]:
    """Show progress on a terminal and nothing in a pipe; yields a function that moves it on by one.

    With a ``firm``, how far its steps are that look at many things is shown besides.
    """
    console = Console(stderr=True)
    counted = () if total is None and firm is None else (BarColumn(), _Far())
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), *counted, TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task(what, total=total)
        bars: dict[str, TaskID] = {}

        def hear(look: str, done: int, of: int) -> None:
            if look not in bars:
                bars[look] = progress.add_task(look, total=of)
            progress.update(bars[look], completed=done, total=of, visible=done < of)

        with firm.heard_by(hear) if firm else nullcontext():
            yield lambda: progress.advance(bar)


@contextmanager
def measured(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far something is; yields a function that is told how much is done, of how much."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _Far())
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def firm_of(config: Path | None) -> Iterator[Firm]:
    """Open everything for one command, and close it."""
    firm = open_firm(config)
    try:
        yield firm
    finally:
        firm.close()
