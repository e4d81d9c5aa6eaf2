"""What the commands of a Sieve script do to a mail (RFC 5228, 5230, 5232, 5293, 5429, 5435, 6609 and Dovecot's own)."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from offboard.forwarding.addresses import bare_address, is_external
from offboard.forwarding.folders import lifts
from offboard.forwarding.including import GLOBAL
from offboard.forwarding.model import Action
from offboard.forwarding.recipients import passing_on
from offboard.forwarding.sieve_arguments import read_arguments
from offboard.forwarding.sieve_grammar import Command, Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# A packed list.
# fmt: off
_SILENT = frozenset({
    "require", "set", "keep", "addheader", "deleteheader", "removeflag", "global", "import", "export", "break",
    "replace", "enclose", "extracttext", "foreverypart", "denotify", "debug_log", "error", "return", "if", "elsif",
    "else",
})
# fmt: on
"""Commands that take no mail anywhere and hide none."""

_STORING = frozenset({"fileinto", "keep"})
_PROGRAMS = frozenset({"pipe", "execute", "filter"})
LIFTING_FLAGS = frozenset({"\\flagged", "$flagged", "\\important", "$important", "important", "$haspriority"})
_PLAIN = {
    "discard": Action("delete", keeps_copy=False),
    "reject": Action("reject", keeps_copy=False),
    "ereject": Action("reject", keeps_copy=False),
    "stop": Action("stop"),
}
_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_MOST_VALUES = 16
_MOST_VARIABLES = 8
_ROUNDS = 4


def read_actions(
    commands: Sequence[Command], known: Mapping[str, tuple[str, ...]], domains: Sequence[str]
) -> tuple[Action, ...]:
    r"""Return the actions of one group, in order.

    *lift* is what brings a mail to the top of the reader's attention: ``\Flagged``, ``$Important``, or filing into a
    folder named for priority. Other flags are *flag*, ``\Seen`` is *mark_read*, ``\Deleted`` is *delete*. A command
    that we do not know is *unknown*, never left out.
    """
    # RFC 5228 §4.4: discard takes back only the implicit keep; what files or keeps the mail still does.
    stays = not _STORING.isdisjoint([command.name for command in commands])
    actions: list[Action] = []
    for command in commands:
        if not (stays and command.name == "discard"):
            actions += _read(command, known, domains)
    return tuple(actions)


def keeps_copy(commands: Sequence[Command]) -> bool:
    """Say whether the mail stays in the mailbox, by the rules of the implicit keep (RFC 5228 §2.10.2, RFC 3894)."""
    cancelled = False
    for command in commands:
        if command.name in _STORING:
            return True
        if not cancelled and command.name in {"redirect", "pipe", "discard", "reject", "ereject"}:
            cancelled = "copy" not in _arguments(command)[0]
    return not cancelled


def constants(commands: Iterable[Command]) -> dict[str, tuple[str, ...]]:
    """Return every text that the script's ``set`` puts into each variable (RFC 5229), variables in it filled too."""
    found: dict[str, tuple[str, ...]] = {}
    for command in _all(commands):
        if command.name == "set" and len(texts := _arguments(command)[1]) > 1:
            variable = texts[-2].lower()
            found[variable] = tuple(dict.fromkeys((*found.get(variable, ()), texts[-1])))[:_MOST_VALUES]
    for _ in range(_ROUNDS if any("${" in text for texts in found.values() for text in texts) else 0):
        found = {
            variable: tuple(dict.fromkeys(full for text in texts for full in _filled(text, found)))[:_MOST_VALUES]
            for variable, texts in found.items()
        }
    return found


def runs_programs(conditions: Iterable[Condition]) -> list[Command]:
    """Return the programs that a test starts (``if execute …``), as the commands that they amount to."""
    found: list[Command] = []
    for condition in conditions:
        if condition.name in _PROGRAMS:
            found.append(Command(condition.name, condition.arguments, (), None, 0))
        if condition.tests:
            found += runs_programs(condition.tests)
    return found


def _read(command: Command, known: Mapping[str, tuple[str, ...]], domains: Sequence[str]) -> Iterator[Action]:
    tags, texts = _arguments(command)
    last = texts[-1].strip() if texts else ""
    name = command.name
    if command.fault:
        yield Action("unknown", command.fault, external=None)
    if name in {"addflag", "setflag"}:
        yield from _flags(_last_list(command))
    elif name == "redirect":
        yield from (_redirect(target.strip(), tags, known, domains) for target in _last_list(command))
    elif name == "report":
        yield passing_on("forward_as_attachment", last, domains)
    elif name == "notify":
        yield from _notify((tags.get("options") or ()) + tuple(texts), domains)
    elif name == "fileinto":
        folder = " ".join(tags.get("specialuse") or ()) or last
        yield Action("lift" if lifts(folder) else "copy" if "copy" in tags else "file", folder)
    elif name in _PROGRAMS:
        yield Action("execute", texts[0] if texts else "", external=None, keeps_copy="copy" in tags)
    elif plain := _plain(name, last, tags):
        yield plain
    elif name not in _SILENT:
        yield Action("unknown", name, external=None)
    yield from _flags(tags.get("flags", ()) if name in _STORING else ())


def _plain(name: str, last: str, tags: Mapping[str, tuple[str, ...]]) -> Action | None:
    if name == "vacation":
        return Action("reply", " ".join(tags.get("from") or ()))
    if name == "include":
        return Action("include", f"{GLOBAL}{last}" if "global" in tags else last, external=None)
    return _PLAIN.get(name)


def _redirect(
    target: str, tags: Mapping[str, tuple[str, ...]], known: Mapping[str, tuple[str, ...]], domains: Sequence[str]
) -> Action:
    keeps = "copy" in tags
    if "list" in tags:
        return Action("redirect", target, external=None, keeps_copy=keeps)
    action = passing_on("redirect", target, domains, keeps_copy=keeps)
    may_be = _values(target, known, domains) if action.external is None and "${" in target else ()
    return replace(action, may_be=may_be)


def _values(target: str, known: Mapping[str, tuple[str, ...]], domains: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses that a text with variables can be, as far as the script itself fills them."""
    texts = (text for text in _filled(target, known) if "${" not in text or is_external(text, domains))
    return tuple(dict.fromkeys(bare_address(text) or text for text in texts))


def _filled(text: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return a text with its variables filled in every way that there is; what nothing fills stays."""
    parts = _VARIABLE.split(text)
    if len(parts) > 2 * _MOST_VARIABLES:
        return (text,)
    choices = [
        (known.get(part.lower()) or ("${" + part + "}",)) if place % 2 else (part,) for place, part in enumerate(parts)
    ]
    return tuple(dict.fromkeys(itertools.islice(map("".join, itertools.product(*choices)), _MOST_VALUES)))


def _flags(flags: Iterable[str]) -> Iterator[Action]:
    for flag in (flag for text in flags for flag in text.split()):
        lowered = flag.lower()
        if lowered == "\\seen":
            yield Action("mark_read")
        elif lowered == "\\deleted":
            yield Action("delete", keeps_copy=False)
        else:
            yield Action("lift" if lowered in LIFTING_FLAGS else "flag", flag)


def _notify(methods: Sequence[str], domains: Sequence[str]) -> Iterator[Action]:
    """Read RFC 5435 (``notify "mailto:…"``) and its forerunner (``notify :options "…"``)."""
    for method in methods or ("",):
        scheme, colon, rest = method.partition(":")
        if scheme.lower() == "mailto" or ("@" in method and not colon):
            path, _, fields = (rest if colon else method).partition("?")
            # RFC 6068: further receivers stand in the fields to, cc and bcc.
            more = [value for name, value in parse_qsl(fields) if name.lower() in {"to", "cc", "bcc"}]
            for address in ",".join([unquote(path), *more]).split(","):
                if address.strip():
                    yield passing_on("notify", address, domains)
        else:
            yield Action("notify", method, external=None)


def _arguments(command: Command) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return tags with their texts, and the texts that stand without a tag."""
    tags, loose = read_arguments(command.arguments)
    texts = [text for value in loose if isinstance(value, tuple) for text in value]
    if not tags:
        return {}, texts
    return {tag: value if isinstance(value, tuple) else () for tag, value in tags.items()}, texts


def _last_list(command: Command) -> tuple[str, ...]:
    lists = [argument for argument in command.arguments if isinstance(argument, tuple)]
    return lists[-1] if lists else ()


def _all(commands: Iterable[Command]) -> Iterator[Command]:
    for command in commands:
        yield command
        yield from _all(command.block or ())
