"""Playbooks: YAML that says which steps, in which of the three phases. Checked completely, all faults at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from offboard.domain.canonical import digest_bytes
from offboard.domain.change import Phase
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from offboard.domain.options import Accepts

ALL = "all"
"""``on: all`` means every configured system that can do the step."""

TOP_KEYS = ("playbook", "title", "urgent", *(phase.value for phase in Phase))
LARGEST, DEEPEST = 100_000, 20
WHOLE_NUMBER = re.compile("0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a playbook; ``on`` is a system's name or ``all``, ``line`` counts from 1."""

    phase: Phase
    step: str
    on: str
    options: dict[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Playbook:
    """What to do when somebody leaves; ``urgent`` ones may secure before anybody else has approved."""

    name: str
    title: str
    urgent: bool
    entries: tuple[Entry, ...]
    digest: str


def parse_playbook(
    text: str,
    *,
    source: str,
    steps: Mapping[str, Collection[str]],
    accepts: Mapping[str, Mapping[str, Accepts]] | None = None,
) -> Playbook:
    """Read a playbook; ``steps`` maps each known step to the options it takes, ``accepts`` to their values.

    Raises:
        BadInput: ``faults`` names every fault with its line.
    """
    faults: list[str] = []
    top = _compose(text, source, faults)
    name, title, urgent = "", "", False
    entries: list[Entry] = []
    nested = {(step, name) for step, taken in (accepts or {}).items() for name, one in taken.items() if one.nested}
    for key, node in _pairs(top, source, faults):
        if key in set(Phase):
            entries += _entries(Phase(key), node, source, steps, faults, nested)
        elif key == "playbook":
            name = _text(node, source, key, faults)
        elif key == "title":
            title = _text(node, source, key, faults)
        elif key == "urgent":
            urgent = _flag(node, source, key, faults)
        else:
            faults.append(f"{_place(source, node)}: {_unknown(key, TOP_KEYS)}")
    for entry in entries:
        faults += _misfits(entry, source, (accepts or {}).get(entry.step, {}))
    if not name:
        faults.append(f"{source}:1: the key 'playbook' (its name) is missing")
    if not entries and not faults:
        faults.append(f"{source}:1: there is no step; write at least one under secure, hand_over or inform")
    if faults:
        raise BadInput(f"{source}: {len(faults)} fault{'s' if len(faults) > 1 else ''}", faults=faults)
    return Playbook(name, title, urgent, tuple(entries), digest_bytes("playbook", text.encode()))


def _compose(text: str, source: str, faults: list[str]) -> yaml.MappingNode:
    if len(text) > LARGEST:
        raise BadInput(f"{source}: larger than {LARGEST} characters; no playbook needs that")
    try:
        faults += dict.fromkeys(_tricks(text, source))
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "this is no YAML"
        raise BadInput(f"{source}: this is no YAML", faults=[f"{source}:{line}: {problem}"]) from error
    if any(": an alias" in fault for fault in faults):
        raise BadInput(f"{source}: aliases are not allowed", faults=faults)
    if len(nodes) != 1 or not isinstance(nodes[0], yaml.MappingNode):
        raise BadInput(
            f"{source}: a playbook is one mapping of keys", faults=[f"{source}:1: a playbook is one mapping"]
        )
    return nodes[0]


def _tricks(text: str, source: str) -> Iterator[str]:
    """Yield a fault for each tag and each alias: the one asks for code, the other grows without end.

    Raises:
        BadInput: the text is nested so deeply that reading on would take for ever.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadInput(f"{source}: this is no playbook", faults=[f"{source}:{line}: nested too deeply"])
        tag = getattr(event, "tag", None)
        if tag:
            yield f"{source}:{line}: a tag such as {tag} is not allowed"
        if isinstance(event, yaml.AliasEvent):
            yield f"{source}:{line}: an alias such as *{event.anchor} is not allowed"


def _pairs(node: yaml.MappingNode, source: str, faults: list[str]) -> Iterator[tuple[str, yaml.Node]]:
    """Yield key and value; keys are the text as written, since YAML 1.1 would read ``on`` as true."""
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append(f"{_place(source, key)}: a key must be a word")
        elif key.value == "<<":
            faults.append(f"{_place(source, key)}: merging with << is not allowed")
        elif key.value in seen:
            faults.append(f"{_place(source, key)}: the key {key.value!r} stands twice")
        else:
            seen.add(key.value)
            yield key.value, value


def _entries(
    phase: Phase,
    node: yaml.Node,
    source: str,
    steps: Mapping[str, Collection[str]],
    faults: list[str],
    nested: Collection[tuple[str, str]],
) -> Iterator[Entry]:
    if not isinstance(node, yaml.SequenceNode):
        faults.append(f"{_place(source, node)}: {phase.value} must be a list of steps")
        return
    for item in node.value:
        if isinstance(item, yaml.ScalarNode) and item.value in steps:
            yield Entry(phase, item.value, ALL, {}, item.start_mark.line + 1)
        elif isinstance(item, yaml.MappingNode) and len(item.value) == 1:
            entry = _entry(phase, item, source, steps, faults, nested)
            if entry:
                yield entry
        elif isinstance(item, yaml.ScalarNode):
            faults.append(f"{_place(source, item)}: {_unknown(item.value, steps, 'step')}")
        else:
            faults.append(f"{_place(source, item)}: each step is one line such as '- disable_account: {{on: all}}'")


def _entry(
    phase: Phase,
    item: yaml.MappingNode,
    source: str,
    steps: Mapping[str, Collection[str]],
    faults: list[str],
    nested: Collection[tuple[str, str]],
) -> Entry | None:
    ((step, body),) = list(_pairs(item, source, faults)) or (("", item),)
    if step not in steps:
        faults.append(f"{_place(source, item)}: {_unknown(step, steps, 'step')}")
        return None
    options: dict[str, Any] = {}
    if isinstance(body, yaml.MappingNode):
        for key, value in _pairs(body, source, faults):
            if key != "on" and key not in steps[step]:
                faults.append(f"{_place(source, value)}: {_unknown(key, ['on', *steps[step]], f'option of {step}')}")
            else:
                options[key] = _value(value, source, faults, nested=(step, key) in nested)
    elif not (isinstance(body, yaml.ScalarNode) and body.value in {"", "null", "~"}):
        faults.append(f"{_place(source, body)}: the options of {step} must be a mapping such as {{on: all}}")
    on = options.pop("on", ALL)
    if not isinstance(on, str) or not on:
        faults.append(f"{_place(source, item)}: 'on' must be a system's name or 'all'")
        return None
    return Entry(phase, step, on, options, item.start_mark.line + 1)


def _misfits(entry: Entry, source: str, accepts: Mapping[str, Accepts]) -> Iterator[str]:
    """Yield a fault for each option whose value the step does not take, and for each that it cannot do without."""
    for option, accepted in accepts.items():
        if option not in entry.options:
            if accepted.required:
                yield f"{source}:{entry.line}: {entry.step} needs the option {option!r}"
            continue
        value = entry.options[option]
        for fault in accepted.faults(value):
            yield f"{source}:{entry.line}: {option} of {entry.step} {fault}"


def _value(node: yaml.Node, source: str, faults: list[str], *, nested: bool = False) -> Any:
    """Read an option: text, whole number, true/false or a list of these; no tag, no date, no octal, no base 60.

    Where the step takes it (``nested``), a mapping of keys to these as well.
    """
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, source, faults, nested=nested) for item in node.value]
    if nested and isinstance(node, yaml.MappingNode):
        return {key: _value(value, source, faults, nested=True) for key, value in _pairs(node, source, faults)}
    if not isinstance(node, yaml.ScalarNode):
        faults.append(f"{_place(source, node)}: an option is text, a whole number, true or false, or a list of these")
        return None
    if node.style is None and node.value in {"true", "false"}:
        return node.value == "true"
    if node.style is None and WHOLE_NUMBER.fullmatch(node.value):
        return int(node.value)
    return node.value


def _text(node: yaml.Node, source: str, key: str, faults: list[str]) -> str:
    if isinstance(node, yaml.ScalarNode) and node.value.strip():
        return str(node.value)
    faults.append(f"{_place(source, node)}: {key} must be text")
    return ""


def _flag(node: yaml.Node, source: str, key: str, faults: list[str]) -> bool:
    if isinstance(node, yaml.ScalarNode) and node.value in {"true", "false"}:
        return bool(node.value == "true")
    faults.append(f"{_place(source, node)}: {key} must be true or false")
    return False


def _unknown(word: str, known: Collection[str], what: str = "key") -> str:
    near = get_close_matches(word, known, n=1)
    return f"unknown {what} {word!r}" + (f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}")


def _place(source: str, node: yaml.Node) -> str:
    return f"{source}:{node.start_mark.line + 1}"
