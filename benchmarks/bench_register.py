"""A hundred thousand clients into the register, beside what the database alone takes for the same rows.

Theirs is Python's ``csv`` and one bare ``executemany`` for each table, unchecked, on the same disk with the same
pragmas: less than any import may do. Ours checks every value and tells every fault with its line.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from offboard.connectors import register

CLIENTS = int(os.environ.get("OFFBOARD_BENCH_CLIENTS", "100000"))
PER_CLIENT: Final = 2
SECONDS: Final = 60.0
TIMES: Final = 15.0
COLUMNS = (
    "id", "name", "responsible", "contact_name", "contact_email", "phone", "address", "postcode", "city", "country",
    "language", "channel", "value", "notes", "region", "sector",
)  # fmt: skip


def run(clients: int = CLIENTS) -> list[dict[str, Any]]:
    """Import so many clients, with two interactions each, and return one row."""
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), clients)
        theirs = _bare(Path(folder) / "bare.db", *files)
        start, cpu = time.perf_counter(), time.process_time()
        settings = register.Settings(url=f"sqlite:///{folder}/clients.db")
        connection = register.connect("clients", settings, None)  # type: ignore[arg-type] - it takes no secrets
        done = register.import_clients(connection, files[0], interactions_file=files[1])
        ours, cpu = time.perf_counter() - start, time.process_time() - cpu
        there = len(connection.clients())
        connection.close()
    if (done.new, there, done.interactions) != (clients, clients, clients * PER_CLIENT):
        raise SystemExit(f"not everything came in: {done}, and {there} clients are there")
    return [
        {
            "name": f"import of {clients:,} clients with {clients * PER_CLIENT:,} interactions, checked",
            "ours": f"{ours:.1f} s",
            "theirs": f"{theirs:.2f} s",
            "ratio": round(ours / theirs, 2),
            "goal": f"<= {SECONDS:.0f} s and <= {TIMES:.0f} times the bare executemany",
            "met": ours <= SECONDS * clients / 100_000 and ours / theirs <= TIMES,
            "note": (
                "theirs: csv and executemany into SQLite with the same pragmas, without any check; ours takes "
                f"{cpu:.1f} s of processor time, load {os.getloadavg()[0]:.1f}"
            ),
        }
    ]


def _files(folder: Path, clients: int) -> tuple[Path, Path]:
    first, second = folder / "clients.csv", folder / "interactions.csv"
    with first.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(clients):
            writer.writerow([
                f"C-{n:06d}", f"Client {n} & Söhne", f"person{n % 97}@corp.example", f"Pat Poe {n}",
                f"pat{n}@client{n}.example", f"+44 117 {n:07d}", f"{n} High Street", f"BS{n % 99} {n % 9}DJ",
                f"Town {n % 3000}", "GB", "en", "mail", f"{n * 7919 % 10_000_000}.50", f"note {n}", "South", "Wine",
            ])  # fmt: skip
    with second.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("client", "person", "at", "kind", "value"))
        for n in range(clients * PER_CLIENT):
            at = f"20{10 + n % 15:02d}-{1 + n % 12:02d}-{1 + n % 28:02d}"
            writer.writerow([f"C-{n % clients:06d}", f"person{n % 89}@corp.example", at, "order", f"{n}.50"])
    return first, second


def _bare(database: Path, *files: Path) -> float:
    """Return the seconds that the rows of both files take into a table each, as they are."""
    start = time.perf_counter()
    connection = sqlite3.connect(database)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    for file in files:
        with file.open(newline="", encoding="utf-8") as handle:
            rows = csv.reader(handle)
            names = next(rows)
            connection.execute(f"CREATE TABLE {file.stem} ({', '.join(names)})")
            connection.executemany(f"INSERT INTO {file.stem} VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608
    connection.commit()
    connection.close()
    return time.perf_counter() - start
