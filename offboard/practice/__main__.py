"""``python -m offboard.practice FOLDER``: the practice company in the foreground, until it is told to end."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from offboard.errors import OffboardError
from offboard.practice.company import NAME, PracticeCompany
from offboard.practice.running import held


def main(arguments: list[str] | None = None) -> int:
    """Run the company in the folder that is named, until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m offboard.practice", description=__doc__)
    parser.add_argument("folder", type=Path, help="where its settings, clients and outbox are kept")
    folder: Path = parser.parse_args(arguments).folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        with held(folder) as announce, PracticeCompany.start(folder) as company:
            announce(_facts(company))
            _say(f"{NAME} is running; it and everybody in it are made up.")
            for name, port in company.ports().items():
                _say(f"  {name:8} 127.0.0.1:{port}")
            ended.wait()
    except OffboardError as error:
        _say(f"{error} {error.hint}")
        return error.exit_code
    return 0


def _facts(company: PracticeCompany) -> dict[str, Any]:
    return {
        "env": company.env(),
        "ports": company.ports(),
        "people": {
            "leaver": company.leaver,
            "successor": company.successor,
            "hr": company.hr,
            "it": company.it,
            "owner": company.owner,
            "auditor": company.auditor,
        },
        "passwords": company.passwords,
        "clouds": company.clouds(),
        "clients_csv": str(company.clients_csv),
        "interactions_csv": str(company.interactions_csv),
    }


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
