"""``offboard serve``: what it needs before it can stay, and how it is told to end."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from offboard.errors import BadSettings
from offboard.settings import settings_file
from offboard.wiring import open_firm

QUERY_SECONDS = "2"
"""How often the worker asks for runs that somebody started from Prefect's pages; Prefect's own default is 10."""


def print_line(text: str) -> None:
    """Write one line at once, in a pipe as well."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve(config: Path | None, *, say: Callable[[str], None] = print_line) -> None:
    """Stay until SIGTERM or SIGINT: carry out what is due, run a worker for the pool, put up the deployments.

    Where Prefect's server does not answer, departures are carried out all the same, and that is said.

    Raises:
        BadSettings: the settings are wrong, or nobody said where Prefect's server is.
    """
    # Runs are processes of their own, started elsewhere: they find the settings by this.
    os.environ["OFFBOARD_CONFIG"] = str(settings_file(config).resolve())
    # They are started as `python`, which must be the one that offboard is installed for.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    firm = open_firm()
    try:
        os.environ.setdefault("PREFECT_WORKER_QUERY_SECONDS", QUERY_SECONDS)
        # Prefect reads its settings when it is imported.
        from prefect.settings import PREFECT_API_URL  # noqa: PLC0415

        from flows.resident import Resident, stay  # noqa: PLC0415

        if not PREFECT_API_URL.value():
            raise BadSettings(
                "nobody said where Prefect's server is: PREFECT_API_URL is not set",
                hint="Start one with 'prefect server start', then: export PREFECT_API_URL=http://127.0.0.1:4200/api",
            )
        stay(Resident(firm, say))
    finally:
        firm.close()
