"""The commands; each subject has a file of its own in ``commands``."""

from __future__ import annotations

import sys
from functools import cache

import typer

from offboard import __version__
from offboard.commands import clients, departures, evidence, letters, rules, systems, tasks
from offboard.commands.saying import say, say_error
from offboard.errors import BadInput, OffboardError

app = typer.Typer(
    help="When somebody leaves: shut their access and prove it, hand their clients over, write each client a letter.",
    epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 a system could not be reached.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def version() -> None:
    """Print the version.

    Example: offboard version
    """
    say(__version__)


departures.add_to(app)
rules.add_to(app)
clients.add_to(app)
letters.add_to(app)
tasks.add_to(app)
evidence.add_to(app)
systems.add_to(app)


built = cache(typer.main.get_command)
"""Builds what a typer application runs, once in a process: it takes a sixth of a second."""


def main() -> None:
    """Run the command line: our errors become a sentence, a hint and the right exit code."""
    try:
        built(app)()
    except OffboardError as error:
        say_error(error)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.filename is None:
            raise
        say_error(BadInput(f"{error.filename}: {error.strerror}", hint="Name a place that can be read and written."))
        sys.exit(BadInput.exit_code)
