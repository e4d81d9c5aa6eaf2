"""How long the file for the printer takes: 5,000 approved letters from what is kept of them, and the memory for it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bench_letters import COMPANY, DEPARTURE, MOMENT, OWNER, SUCCESSOR, client, written
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.letters.book import Book
from offboard.letters.printing import to_print
from offboard.settings import StoreSection
from offboard.storage.store import Store

LETTERS = 5000
MOST_SECONDS, MOST_MB = 10.0, 600.0
NAME = "letters, from the store to the file for the printer"
KEPT = "letters.db"


def run(letters: int = LETTERS) -> list[dict[str, Any]]:
    """Keep approved letters, and let a process of its own print them; return how long that took, and its memory."""
    with TemporaryDirectory() as folder:
        _keep(Path(folder), letters)
        measure = [sys.executable, "-m", "benchmarks.bench_print", folder]
        done = subprocess.run(measure, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
        took: dict[str, float] = json.loads(done.stdout)
    note = (
        f"{letters:,} different letters, {took['pages']:.0f} pages, {took['mb']:.1f} MB; untagged, for paper: the "
        f"single letters stay tagged PDF/UA; {took['cpu']:.1f} s of processor time, load {os.getloadavg()[0]:.1f}"
    )
    goals = (("s", took["seconds"], MOST_SECONDS), ("MB at most", took["memory"], MOST_MB))
    return [
        {
            "name": f"{letters:,} {NAME} ({unit})",
            "ours": round(value, 1),
            "theirs": most,
            "ratio": round(most / value, 2),
            "goal": 1.0,
            "note": note,
        }
        for unit, value, most in goals
    ]


def _store(folder: Path) -> Store:
    return Store(StoreSection(url=f"sqlite:///{KEPT}"), folder, lambda: datetime.now(UTC))


def _keep(folder: Path, letters: int) -> None:
    book = Book(COMPANY, OWNER, folder=Path(), now=lambda: MOMENT)
    base = replace(book.draft(DEPARTURE, client(0), SUCCESSOR), channel=Channel.POST, state=LetterState.APPROVED)
    store = _store(folder)
    store.letters.add(_by_post(written(book, base, number), number) for number in range(letters))
    store.close()


def _by_post(letter: Letter, number: int) -> Letter:
    return replace(letter, country=("GB", "DE", "AT")[number % 3], postcode=f"{number * 7919 % 99999:05}")


def _print(folder: Path) -> dict[str, float]:
    """Print what is kept there; what the interpreter and the imports took before is not counted."""
    store, book = _store(folder), Book(COMPANY, OWNER, folder=Path(), now=lambda: MOMENT)
    began, cpu = time.perf_counter(), time.process_time()
    number = DEPARTURE.number
    letters = to_print(store.letters.letters(number), store.letters.marks(number), home="GB")
    with (folder / "batch.pdf").open("wb") as file:
        pages = book.batch(letters, file)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    store.close()
    alone, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    memory = (alone + children) / 1024
    size = (folder / "batch.pdf").stat().st_size / 1e6
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "pages": pages, "mb": size}


if __name__ == "__main__":
    print(json.dumps(_print(Path(sys.argv[1]))))
