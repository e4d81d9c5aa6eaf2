"""``offboard demo``: one person leaves the practice company and comes back, on this machine alone."""

import shutil
import signal
from pathlib import Path
from types import FrameType

import typer

from offboard.commands.saying import say, say_error
from offboard.errors import OffboardError, SaysNo


def demo(keep: bool, out: Path) -> None:
    """Play the demo and leave its results in ``out``; what it started ends with it, or with Ctrl-C after ``keep``.

    Raises:
        typer.Exit: something was not as it must be (1); what was logged is left in ``out``.
    """
    # What the demo needs takes seconds to import, and no other command needs it.
    from offboard.commands.demo_play import play  # noqa: PLC0415

    out.mkdir(parents=True, exist_ok=True)
    logs = out / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    # A shell that starts this in the background lets SIGINT be ignored; what was started must end all the same.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        play(out.resolve(), logs.resolve(), keep=keep)
    except Exception as error:  # whatever it is: say it, keep the logs, and end with 1
        say_error(error if isinstance(error, OffboardError) else SaysNo(f"{type(error).__name__}: {error}"))
        say(f"What was logged is in {logs}")
        raise typer.Exit(1) from error
    shutil.rmtree(logs)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
