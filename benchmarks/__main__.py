"""Run every benchmark and write ``benchmarks/results.json``."""

from __future__ import annotations

import json
import platform
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
)


def main() -> None:
    """Run, print and write the rows."""
    parts = (
        bench_departures,
        bench_letters,
        bench_letters_word,
        bench_print,
        bench_access,
        bench_scan,
        bench_register,
        bench_rules,
        bench_desk,
    )
    rows = [row for part in parts for row in part.run()]
    result = {
        "at": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": rows,
    }
    file = Path(__file__).parent / "results.json"
    file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for row in rows:
        print(f"{row['name']}: ours {row['ours']}, theirs {row['theirs']}, ratio {row['ratio']} (goal {row['goal']})")
        print(f"    {row['note']}")


main()
