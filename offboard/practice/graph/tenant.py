"""What the tenant of the stand-in holds, and how far behind a reader may see it."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing: TypeAlias = dict[str, Any]
"""One entity as Graph's JSON has it; keys that begin with ``_`` are ours and never leave."""

HISTORY = 200
"""How many states are kept for readers that lag behind."""


@dataclass
class Tenant:
    """Plain data: directory objects by id, links between them, and rows of everything else by table and id."""

    things: dict[str, Thing] = field(default_factory=dict)
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    rows: dict[str, dict[str, Thing]] = field(default_factory=dict)

    def of_type(self, name: str) -> list[Thing]:
        """Return the directory objects of one type, in the order in which they were founded."""
        return [thing for thing in self.things.values() if type_of(thing) == name]

    def table(self, name: str) -> dict[str, Thing]:
        """Return the rows of one table by id."""
        return self.rows.setdefault(name, {})

    def to(self, link: str, start: str) -> list[str]:
        """Return where a link leads from here: with ``members`` and a group's id, who is in it."""
        return [end for begin, end in self.links.get(link, []) if begin == start]

    def back(self, link: str, end: str) -> list[str]:
        """Return from where a link leads here: with ``members`` and a person's id, the groups that they are in."""
        return [begin for begin, there in self.links.get(link, []) if there == end]

    def linked(self, link: str, start: str, end: str) -> bool:
        """Say whether the link is there."""
        return (start, end) in self.links.get(link, [])

    def link(self, link: str, start: str, end: str) -> None:
        """Make a link; once is enough."""
        if not self.linked(link, start, end):
            self.links.setdefault(link, []).append((start, end))

    def unlink(self, link: str, start: str, end: str) -> None:
        """Take a link away."""
        self.links.setdefault(link, []).remove((start, end))

    def all_groups(self, member: str) -> list[str]:
        """Return every group and unit that something is in, directly or through another group."""
        found: list[str] = []
        waiting = [member]
        while waiting:
            for group in self.back("members", waiting.pop(0)):
                if group not in found:
                    found.append(group)
                    waiting.append(group)
        return found


def type_of(thing: Thing) -> str:
    """Return the short name of a thing's type, as ``user`` or ``group``."""
    return str(thing.get("@odata.type", "")).removeprefix("#microsoft.graph.")


class Store:
    """Keeps the tenant; a reader who lags sees it as it was then."""

    def __init__(self) -> None:
        self.now = Tenant()
        self.keeps_history = False
        self._past: deque[tuple[float, Tenant]] = deque(maxlen=HISTORY)
        self._lock = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[Tenant]:
        """Give the tenant to one writer at a time, who looks at everything that may be wrong before changing it."""
        with self._lock:
            before = copy.deepcopy(self.now) if self.keeps_history else None
            yield self.now
            if before is not None:
                self._past.append((time.monotonic(), before))

    @contextmanager
    def reading(self, lag: float = 0.0) -> Iterator[Tenant]:
        """Give the tenant as it was ``lag`` seconds ago."""
        with self._lock:
            then = time.monotonic() - lag
            past = next((state for until, state in self._past if until > then), None) if lag else None
            yield past or self.now
