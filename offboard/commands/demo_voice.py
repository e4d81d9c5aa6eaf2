"""How the demo speaks: chapters with the time that has passed, commands as one would type them, what was seen."""

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from offboard.errors import SaysNo

WIDTH = 110
MOST_LINES = 4


class Voice:
    """Tells the story on the terminal."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=WIDTH)
        self._began = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._began

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.console.print()
        self.console.rule(Text(f" {title} · {self.seconds():.0f} s ", style="bold cyan"), align="left")

    def say(self, text: str, *, style: str = "") -> None:
        """Say a sentence."""
        self.console.print(Text(text, style=style))

    def line(self, text: str) -> None:
        """Say something in one line; what does not fit is left out."""
        self.console.print(Text(text), overflow="ellipsis", no_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
        """Show a table; columns named in ``right`` hold figures."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, justify="right" if column in right else "left")
        for row in rows:
            table.add_row(*(Text(str(cell), style=_style(str(cell))) for cell in row))
        self.console.print(table)

    def panel(self, lines: Sequence[tuple[str, str]], *, title: str) -> None:
        """Show the end: names and what they stand for."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        for name, text in lines:
            grid.add_row(Text(name, style="bold"), Text(text))
        self.console.print()
        self.console.print(Panel(grid, title=title, title_align="left", border_style="green", expand=False))

    def command(
        self, typed: str, run: Callable[..., None], *arguments: Any, most: int = MOST_LINES, **named: Any
    ) -> int:
        """Run a command as the command line does, and show what one types and what it prints; return its exit code."""
        said = io.StringIO()
        code = 0
        with redirect_stdout(said):
            try:
                run(*arguments, **named)
            except typer.Exit as ended:
                code = ended.exit_code
        self.console.print(Text(f"$ offboard {typed}", style="dim"))
        lines = [line.rstrip() for line in said.getvalue().splitlines() if line.strip()]
        for line in lines[:most]:
            self.console.print(Text(f"  {line}"), overflow="ellipsis", no_wrap=True)
        left = len(lines) - most
        if most > 0 and left > 0:
            self.say(f"  … {left} more line{'s' if left > 1 else ''}", style="dim")
        return code

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show on a terminal that something takes its time; nothing in a pipe."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(f"waiting {what}"):
            yield

    def prove(self, rows: Sequence[tuple[str, bool, str, str]]) -> None:
        """Show what was looked at from outside; each row says whether it is as it must be.

        Raises:
            SaysNo: something is not.
        """
        self.table(
            ("", "seen from outside", "before", "now"), [("✓" if good else "✗", *rest) for rest, good in _split(rows)]
        )
        wrong = [name for name, good, _, _ in rows if not good]
        if wrong:
            raise SaysNo(f"this is not as it must be: {'; '.join(wrong)}", hint="Read the logs named below.")


def _split(rows: Sequence[tuple[str, bool, str, str]]) -> Iterable[tuple[tuple[str, str, str], bool]]:
    return [((name, before, now), good) for name, good, before, now in rows]


def _style(cell: str) -> str:
    if cell in {"✓", "done", "effective", "sent"}:
        return "bold green"
    return {"✗": "bold red", "alarm": "bold red", "suspicious": "yellow", "refused": "green", "rejected": "yellow"}.get(
        cell, ""
    )
