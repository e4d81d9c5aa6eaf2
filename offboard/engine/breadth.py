"""Side by side: the systems all at once, and each as far as it allows."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offboard.engine.office import Office

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(office: Office, asked: Sequence[tuple[str, T]], work: Callable[[str, T], R]) -> list[R]:
    """Do the work for each (system, thing), no more at once on a system than it allows; return the results in order.

    Raises:
        Exception: whatever the work raised first, once everything else has ended.
    """
    lines: dict[str, deque[int]] = {}
    for place, (system, _) in enumerate(asked):
        lines.setdefault(system, deque()).append(place)
    results: list[Any] = [None] * len(asked)

    def serve(line: deque[int]) -> None:
        while line:
            try:
                place = line.popleft()
            except IndexError:
                return
            results[place] = work(*asked[place])

    width = {system: min(office.systems.calls_at_once(system), len(line)) for system, line in lines.items()}
    servers = [line for system, line in lines.items() for _ in range(width[system])]
    if not servers:
        return results
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        for served in [pool.submit(serve, line) for line in servers]:
            served.result()
    return results
