"""The calls of a departure as they were made, and the longest chain of those that must follow one another.

What must follow what is this, and nothing else:

* The phases follow one another: nothing is handed over before everything is shut.
* In a phase the systems do not wait for one another. The steps of one system follow one another as the playbook has
  them, which is the order that was approved.
* In a step the first look comes first, then the writes, then the look that proves them. The writes of one change follow
  one another; the changes of a step do so only where the step does not say that they are independent.
* In a look a call follows another one only if it names something that nobody knew before the other one's answer.
* A step that may stop holding is looked at once more when every system of its phase has ended.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import partial, wraps
from inspect import getclosurevars
from itertools import count, groupby
from time import perf_counter
from typing import TYPE_CHECKING, Any

from offboard.connectors._graph_wire import Wire
from offboard.connectors._ldap_door import Door
from offboard.connectors._ldap_link import Link
from offboard.connectors._scim_api import Api
from offboard.connectors._scim_groups import GroupLists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from offboard.steps import Step

_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|cn=[^,)]+,")
"""What names a thing in one of the three systems: ids, and the names of objects in the domain."""


@dataclass(frozen=True, slots=True)
class Part:
    """What calls belong to: one look of a step (``target`` is empty) or the writes of one change."""

    system: str
    step: str
    target: str
    number: int
    independent: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call, by its time and by what is named in question and answer."""

    part: Part
    what: str
    began: float
    ended: float
    asked: frozenset[str]
    told: frozenset[str]


@dataclass
class Recorder:
    """Keeps the calls that steps make from now on; what sets connections up belongs to no step."""

    calls: list[Call] = field(default_factory=list)
    set_up: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _now: threading.local = field(default_factory=threading.local)

    def step(self, make: Callable[[str], Step[Any]]) -> Callable[[str], Step[Any]]:
        """Return what makes steps, so that their looks and writes are told apart."""

        def recorded(word: str) -> Step[Any]:
            step = make(word)
            look, write = step.observe, step.write

            def observe(departure: Any, system: Any) -> Any:
                return self._within(getattr(system, "name", ""), word, "", step, lambda: look(departure, system))

            def bring(departure: Any, system: Any, target: str, state: Any) -> None:
                self._within(
                    getattr(system, "name", ""), word, target, step, lambda: write(departure, system, target, state)
                )

            step.observe, step.write = observe, bring  # type: ignore[method-assign]  # this one alone
            return step

        return recorded

    def listen(self) -> None:
        """Note what goes over the wire, in every connector."""
        self._replace(Link, "_ask", _of_ldap)
        self._replace(Door, "enter", lambda *_: ("bind", "", ""))
        self._replace(Wire, "_exchange", _of_graph)
        self._replace(Api, "_ask", _of_scim)
        self._leave_out(GroupLists, "_searches")

    def _replace(self, kind: type, name: str, describe: Callable[..., tuple[str, str, str]]) -> None:
        original = getattr(kind, name)

        @wraps(original)
        def call(one: Any, *asked: Any, **more: Any) -> Any:
            began = perf_counter()
            answer = original(one, *asked, **more)
            ended = perf_counter()
            what, question, told = describe(one, asked, more, answer)
            part = getattr(self._now, "part", None)
            if part is None:
                self.set_up[what] += 1
            else:
                self.calls.append(Call(part, what, began, ended, named(question), named(told)))
            return answer

        setattr(kind, name, call)

    def _leave_out(self, kind: type, name: str) -> None:
        """Take what a connection asks once, whoever leaves, for setting it up."""
        original = getattr(kind, name)

        @wraps(original)
        def call(one: Any) -> Any:
            part, self._now.part = getattr(self._now, "part", None), None
            try:
                return original(one)
            finally:
                self._now.part = part

        setattr(kind, name, call)

    def _within(self, system: str, word: str, target: str, step: Step[Any], work: Callable[[], Any]) -> Any:
        self._now.part = Part(system, word, target, next(self._numbers), step.independent)
        try:
            return work()
        finally:
            self._now.part = None


def named(text: str) -> frozenset[str]:
    """Return what a question or an answer names."""
    return frozenset(_IDS.findall(text.casefold()))


def made(calls: Iterable[Call]) -> Counter[tuple[str, str, str]]:
    """Return how often each step asked what."""
    return Counter((call.part.system, call.part.step, call.what) for call in calls)


def longest(calls: list[Call], phases: list[list[str]], known: frozenset[str], weight: dict[str, float]) -> float:
    """Return how long the chain is of which nothing can be left out, where a call to a system weighs so much.

    ``phases`` are the words of the steps in each phase, ``known`` what was known beforehand.
    """
    total = 0.0
    for words in phases:
        there = [call for call in calls if call.part.step in words]
        lines, again = [], 0.0
        for system in {call.part.system for call in there}:
            own = sorted((call for call in there if call.part.system == system), key=lambda call: call.part.number)
            visits = [(word, list(each)) for word, each in groupby(own, key=lambda call: call.part.step)]
            first = {word: place for place, (word, _) in reversed(list(enumerate(visits)))}
            lines.append(
                sum(_step(each, known) for n, (word, each) in enumerate(visits) if first[word] == n) * weight[system]
            )
            again += (
                sum(_step(each, known) for n, (word, each) in enumerate(visits) if first[word] != n) * weight[system]
            )
        total += max(lines, default=0.0) + again
    return total


def _step(calls: list[Call], known: frozenset[str]) -> int:
    length = 0
    for writes, each in groupby(calls, key=lambda call: bool(call.part.target)):
        parts = [list(part) for _, part in groupby(each, key=lambda call: call.part.number)]
        if not writes:
            length += sum(_look(part, known) for part in parts)
        elif parts[0][0].part.independent:
            length += max(len(part) for part in parts)
        else:
            length += sum(len(part) for part in parts)
    return length


def _look(calls: list[Call], known: frozenset[str]) -> int:
    depth: list[int] = []
    for place, call in enumerate(calls):
        before = (
            depth[n] for n in range(place) if calls[n].ended <= call.began and (calls[n].told & call.asked) - known
        )
        depth.append(1 + max(before, default=0))
    return max(depth)


def _of_ldap(link: Any, asked: Any, _more: Any, _answer: Any) -> tuple[str, str, str]:
    ask = asked[0]
    if isinstance(ask, partial):
        what, question = "search", str(ask.args)
    else:
        what, question = ask.__qualname__.split(".")[1], str(dict(getclosurevars(ask).nonlocals))
    return what, question, str([found.get("dn") for found in link._connection.response or ()])  # noqa: SLF001 - no other way to the answer


def _of_graph(_wire: Any, asked: Any, _more: Any, answer: Any) -> tuple[str, str, str]:
    ask, url = asked[0], asked[1]
    method, path = ("POST", "$batch") if url.endswith("/$batch") else (ask.method, ask.path.template)
    return f"{method} {path}", f"{url} {json.dumps(ask.body)}", json.dumps(answer.body)


def _of_scim(_api: Any, asked: Any, more: Any, answer: Any) -> tuple[str, str, str]:
    method, path = asked
    question = f"{path} {more.get('query')} {json.dumps(more.get('body'))}"
    return f"{method} {path.partition('/')[0]}", question, json.dumps(answer)
