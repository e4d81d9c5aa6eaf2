"""Run every benchmark and write ``benchmarks/results.json``; with names, such as ``print desk``, only print those."""

from __future__ import annotations

import json
import platform
import sys
import time
from pathlib import Path

from benchmarks import (
    bench_access,
    bench_departures,
    bench_desk,
    bench_letters,
    bench_letters_word,
    bench_print,
    bench_register,
    bench_rules,
    bench_scan,
    bench_scan_exchange,
)


def main(*names: str) -> None:
    """Run, print and write the rows."""
    parts = (
        bench_departures,
        bench_letters,
        bench_letters_word,
        bench_print,
        bench_access,
        bench_scan,
        bench_scan_exchange,
        bench_register,
        bench_rules,
        bench_desk,
    )
    wanted = [part for part in parts if not names or part.__name__.removeprefix("benchmarks.bench_") in names]
    rows = []
    for part in wanted:
        for row in part.run():
            rows.append(row)
            print(
                f"{row['name']}: ours {row['ours']}, theirs {row['theirs']}, ratio {row['ratio']} (goal {row['goal']})"
            )
            print(f"    {row['note']}", flush=True)
    result = {
        "at": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": rows,
    }
    if not names:
        file = Path(__file__).parent / "results.json"
        file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


main(*sys.argv[1:])
