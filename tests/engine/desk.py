"""A system with things to shut, some of which take their time: what the engine's newer promises are tried on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from offboard import steps
from offboard.domain.change import Asks
from offboard.domain.departure import instant
from offboard.domain.playbook import parse_playbook
from offboard.engine.showing import show
from offboard.steps.base import Step, Waiting, Wish
from tests.engine.conftest import MOMENT
from tests.engine.twin import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.departure import Departure
    from tests.engine.conftest import Company

TWO_DAYS = MOMENT + timedelta(days=2)

PLAYBOOK = """
playbook: employee
title: An employee leaves
secure:
  - close_things: {on: all}
  - disable_account: {on: all}
hand_over:
  - reassign_clients: {on: all}
inform:
  - write_letters: {on: all}
  - send_letters: {on: all}
"""


class Things(Protocol):
    """Holds things, each open, asked for or shut."""

    name: str

    def things(self) -> dict[str, str]: ...

    def set_thing(self, thing: str, state: str) -> None: ...


@dataclass
class Desk:
    """Shuts a thing at once, or only asks for it where it is among ``slow``."""

    name: str = "desk"
    held: dict[str, str] = field(default_factory=lambda: {"card": "open", "key": "open"})
    slow: set[str] = field(default_factory=set)
    fixed: dict[str, str] = field(default_factory=dict)
    """Things that nobody shuts here, each with the reason."""
    for_good: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """Things that are shut only on a yes."""
    until: str = instant(TWO_DAYS)
    pause: float = 0.0
    journal: list[tuple[str, str]] = field(default_factory=list)
    widest: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def things(self) -> dict[str, str]:
        with self._at_work():
            return dict(self.held)

    def set_thing(self, thing: str, state: str) -> None:
        with self._at_work():
            self.journal.append((thing, state))
            self.held[thing] = "asked" if state == "shut" and thing in self.slow else state

    def _at_work(self) -> Any:
        return _Busy(self)


class _Busy:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __enter__(self) -> None:
        with self.desk._lock:
            self.desk._busy += 1
            self.desk.widest = max(self.desk.widest, self.desk._busy)
        time.sleep(self.desk.pause)

    def __exit__(self, *_: object) -> None:
        with self.desk._lock:
            self.desk._busy -= 1


class CloseThings(Step[Things]):
    """Everything on the desk is shut."""

    needs: ClassVar[tuple[type, ...]] = (Things,)
    independent = True
    desk: ClassVar[Desk]

    def observe(self, departure: Departure, system: Things) -> dict[str, Any]:
        del departure
        return {thing: {"is": state} for thing, state in system.things().items()}

    def plan(self, departure: Departure, snapshot: dict[str, Any], options: Any) -> Iterator[Wish]:
        del departure, options
        for thing, found in snapshot.items():
            if found["is"] != "shut" and thing not in self.desk.fixed:
                for_good = "It cannot be opened again." if thing in self.desk.for_good else None
                asks = Asks(f"{thing}: shall it be shut?", "it is shut", "it stays open")
                asks_first = asks if thing in self.desk.asked else None
                yield Wish(
                    thing, before=found, after={"is": "shut"}, why="Ann leaves.", one_way=for_good, asks=asks_first
                )

    def beyond(self, departure: Departure, snapshot: dict[str, Any], options: Any = None) -> Iterator[str]:
        del departure, options
        yield from (f"{thing}: {why}" for thing, why in self.desk.fixed.items() if thing in snapshot)

    def write(self, departure: Departure, system: Things, target: str, state: Any) -> None:
        del departure
        system.set_thing(target, state["is"])

    def waiting(self, found: Any, wanted: Any) -> Waiting | None:
        asked = found == {"is": "asked"} and wanted == {"is": "shut"}
        return Waiting(self.desk.until, "Bob was asked to shut it") if asked else None


def with_desk(company: Company, playbook: str = PLAYBOOK, **more: Any) -> Desk:
    """Put a desk into the company, with a playbook that uses it, and return it."""
    desk = company.systems.all["desk"] = Desk(**more)
    CAPABILITIES["desk"] = (Things,)
    closing = type("CloseThings", (CloseThings,), {"desk": desk})
    at_work = company.firm.office
    own = ("close_things", "close_more", "close_most")
    shipped = {word: steps.step_class(word) for word in steps.words()}
    words = dict.fromkeys(own, ()) | {word: tuple(step.options) for word, step in shipped.items()}
    accepts = {word: step.accepts for word, step in shipped.items()}
    company.office = replace(
        company.office,
        step=lambda word: closing(company.firm.house) if word in own else at_work.step(word),
        playbook=lambda _: parse_playbook(playbook, source="desk.yaml", steps=words, accepts=accepts),
    )
    return desk


def change(company: Company, number: str, target: str = "card", plan: str = "access") -> dict[str, Any]:
    return next(c for c in show(company.office, number)["changes"] if (c["target"], c["plan"]) == (target, plan))


def entries(company: Company, number: str) -> int:
    return len(list(company.office.store.evidence.lines(number)))
