"""What a letter template may do: read facts, choose, go through a list. Everything else is a fault, with its line."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from jinja2 import nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Lists: TypeAlias = "Mapping[str, Collection[str]]"
"""The name of each list → what each of its rows has."""

NO_LISTS: Lists = MappingProxyType({})
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Filter,
    nodes.For,
)


class Names(NamedTuple):
    """What a template may name: facts, and lists with what each of their rows has."""

    known: frozenset[str]
    lists: Lists


def faults_of(node: nodes.Node, names: Names, filters: Collection[str]) -> Iterator[tuple[int, str]]:
    """Walk what the template wants to do; anything but reading facts, choosing and listing is a fault."""
    if isinstance(node, (nodes.Name, nodes.Getattr)):
        yield from _name_faults(node, names)
        return
    if isinstance(node, nodes.For):
        yield from _loop_faults(node, names, filters)
        return
    if not isinstance(node, _ALLOWED):
        yield node.lineno, f"{type(node).__name__.lower()} is not allowed in a letter; it may print facts and use if"
        return
    if isinstance(node, nodes.Filter) and (node.name not in filters or node.args or node.kwargs):
        yield node.lineno, f"the filter {node.name} is not allowed; allowed are {', '.join(filters)}"
    for child in node.iter_child_nodes():
        if isinstance(node, nodes.Output) and isinstance(child, nodes.Name) and child.name in names.lists:
            yield child.lineno, f"{child.name} is a list; write {{% for one in {child.name} %}} … {{% endfor %}}"
        yield from faults_of(child, names, filters)


def _name_faults(node: nodes.Name | nodes.Getattr, names: Names) -> Iterator[tuple[int, str]]:
    name = _dotted(node)
    if name not in names.known:
        near = difflib.get_close_matches(name, names.known, n=1)
        known = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(names.known))}"
        yield node.lineno, f"{name} is unknown; {known}"


def _loop_faults(node: nodes.For, names: Names, filters: Collection[str]) -> Iterator[tuple[int, str]]:
    over = _dotted(node.iter)
    plain = isinstance(node.target, nodes.Name) and not (node.test or node.recursive or node.else_)
    if over not in names.lists or not plain:
        yield (
            node.lineno,
            f"for goes through a list alone ({', '.join(sorted(names.lists)) or 'none here'}), as in for one in team",
        )
        return
    row = _dotted(node.target)
    if row in {name.partition(".")[0] for name in names.known}:
        yield node.lineno, f"{row} is a fact's own name; call the row of {over} something else, like one"
        return
    within = Names(names.known | {f"{row}.{field}" for field in names.lists[over]}, {})
    for child in node.body:
        yield from faults_of(child, within, filters)


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else f"({type(node).__name__.lower()})"
