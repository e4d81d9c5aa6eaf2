"""Sieve scripts (RFC 5228) as rules: every branch that does something becomes one rule."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.forwarding.judging import SENDS
from offboard.forwarding.model import Action, Rule
from offboard.forwarding.scope import Scope, join_scopes
from offboard.forwarding.sieve_actions import constants, keeps_copy, read_actions, runs_programs
from offboard.forwarding.sieve_conditions import describe
from offboard.forwarding.sieve_grammar import Command, Condition, parse_sieve
from offboard.forwarding.sieve_tokens import NoSieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_RULES = 2000
"""Further rules of one script are told apart only if they pass mail on, and as many at most; that there are is said."""

_SHOWN = 3
"""So many earlier branches are named in a condition; more are counted."""

_NEVER = Scope(("never, because the script has stopped before",), ("other",))
_ENDS = frozenset({"stop", "error", "return"})


def read_sieve(
    content: bytes, *, mailbox: str, system: str, name: str, active: bool, domains: Sequence[str]
) -> list[Rule]:
    """Return what a Sieve script does, one rule for each group of actions that share their conditions.

    Actions that stand in one block form one group; the branches of ``if`` each have their own, with the conditions of
    the blocks around them. Conditions that are true for every mail are left out (a note says so); a branch that can
    never be reached (``if false``, after ``stop``) is inactive. A script that does not parse gives one rule with the
    action *unknown*, because then nobody can tell what it does.
    """
    digest = hashlib.sha256(content).hexdigest()
    try:
        commands = parse_sieve(content, strict=False)
        walk = _Walk()
        walk.block(commands, Scope(), (), reached=True)
    except NoSieve as fault:
        unread = _Group(Scope(notes=(f"It is no valid Sieve script: {fault}.",)), reached=True)
        listed: list[tuple[_Group, tuple[Action, ...]]] = [(unread, (Action("unknown", "script", external=None),))]
    else:
        known = constants(commands)
        groups = sorted((group for group in walk.groups if group.commands), key=lambda group: group.line)
        every = [(group, read_actions(group.commands, known, domains)) for group in groups]
        listed = [(group, actions) for group, actions in every if actions]
        if len(listed) > MAX_RULES:
            # Nobody hides a redirect behind thousands of rules that file mail.
            sending = [one for one in listed[MAX_RULES:] if any(action.kind in SENDS for action in one[1])]
            rest = _Group(Scope(notes=(f"The script has more than {MAX_RULES} rules.",)), reached=True)
            unknown = (Action("unknown", "further rules", external=None),)
            listed = [*listed[:MAX_RULES], *sending[:MAX_RULES], (rest, unknown)]
    return [
        Rule(
            mailbox=mailbox,
            system=system,
            source="sieve",
            name=name,
            active=active and group.reached,
            reached=group.reached,
            conditions=group.scope.sentences,
            actions=actions,
            keeps_copy=keeps_copy(group.commands),
            hidden=False,
            raw_sha256=digest,
            place=f"line {group.line}",
            label=group.label,
            looks_at=group.scope.looks_at,
            words=group.scope.words,
            exceptions_only=group.scope.exceptions_only,
            notes=group.scope.notes,
        )
        for group, actions in listed
    ]


@dataclass(slots=True)
class _Group:
    scope: Scope
    reached: bool
    commands: list[Command] = field(default_factory=list)
    line: int = 1
    label: str = ""

    def add(self, commands: Iterable[Command], line: int) -> None:
        for command in commands:
            if command.name != "require" or command.fault:
                self.line = self.line if self.commands else line
                self.label = self.label or command.label
                self.commands.append(command)


@dataclass(slots=True)
class _Walk:
    """Collects the groups of a script in order.

    ``given`` is all that must hold for a block to run; ``tests`` only the tests of the branches around it, from which
    the condition *unless an earlier branch stopped* is made (tests alone, so that it cannot grow without bounds).
    """

    groups: list[_Group] = field(default_factory=list)

    def block(
        self, commands: Sequence[Command], given: Scope, tests: tuple[Condition, ...], *, reached: bool, label: str = ""
    ) -> list[tuple[Condition, ...]]:
        """Return the tests under which this block ends the script."""
        stops: list[tuple[Condition, ...]] = []
        guards: list[tuple[Condition, ...]] = []
        unless: list[Scope] = []
        group: _Group | None = None
        scope = given
        place = 0
        while place < len(commands):
            command = commands[place]
            group = group or self._open(scope, label, reached=reached)
            if chain := _chain(commands, place):
                place += len(chain)
                for link in chain:
                    if programs := [*runs_programs(link.tests), *([link] if link.fault else [])]:
                        group.add(programs, link.line)
                found = [path[len(tests) :] for path in self._branches(chain, scope, tests, reached=reached)]
                if found:
                    guards += found
                    unless += map(_unless, found[: _SHOWN - len(unless)])
                    stops += [(*tests, *path) for path in found]
                    reached = reached and not any(all(test.always for test in path) for path in found)
                    few = len(guards) <= _SHOWN and all(len(path) <= _SHOWN for path in guards)
                    others = unless if few else [_not_by(len(guards), commands[0].line)]
                    scope, group = join_scopes([given, *others]), None
                continue
            place += 1
            if command.block is not None:
                stops += self.block(command.block, scope, tests, reached=reached, label=command.label)
            group.add([command], command.line)
            if command.name in _ENDS:
                stops.append(tests)
                # Said once: a script may hold any number of stops in a row.
                if scope.sentences[-1:] != _NEVER.sentences:
                    scope = join_scopes([scope, _NEVER])
                group, reached = None, False
        return stops

    def _open(self, scope: Scope, label: str, *, reached: bool) -> _Group:
        self.groups.append(_Group(scope, reached, label=label))
        return self.groups[-1]

    def _branches(
        self, chain: list[Command], given: Scope, tests: tuple[Condition, ...], *, reached: bool
    ) -> list[tuple[Condition, ...]]:
        stops: list[tuple[Condition, ...]] = []
        before: tuple[Condition, ...] = ()
        for link in chain:
            own = (*_none_of(before, chain[0].line), *link.tests)
            runs = reached and not any(test.always is False for test in own)
            scope = join_scopes([given, describe(own)])
            label = link.label or chain[0].label
            found = self.block(link.block or (), scope, (*tests, *own), reached=runs, label=label)
            stops += found if runs else []
            before = (*before, *link.tests)
        return stops


def _chain(commands: Sequence[Command], place: int) -> list[Command]:
    """Return ``if`` at ``place`` with its ``elsif`` and ``else``, empty when none stands there."""
    if commands[place].name != "if":
        return []
    end = place + 1
    while end < len(commands) and commands[end].name in {"elsif", "else"}:
        end += 1
    return list(commands[place:end])


def _none_of(before: tuple[Condition, ...], line: int) -> tuple[Condition, ...]:
    if len(before) <= _SHOWN:
        return tuple(Condition("not", tests=(test,)) for test in before)
    return (Condition("not", tests=(_many(len(before), line),)),)


def _unless(path: tuple[Condition, ...]) -> Scope:
    return describe([Condition("not", tests=(Condition("allof", tests=path),))])


def _not_by(count: int, line: int) -> Scope:
    return describe([Condition("not", tests=(_many(count, line),))])


def _many(count: int, line: int) -> Condition:
    return Condition("branches", (count, line))
