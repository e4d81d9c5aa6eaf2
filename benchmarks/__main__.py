"""Run every benchmark and write ``benchmarks/results.json``."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

from benchmarks import bench_access, bench_departures, bench_letters


def main() -> None:
    """Run, print and write the rows."""
    rows = [*bench_departures.run(), *bench_letters.run(), *bench_access.run()]
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
