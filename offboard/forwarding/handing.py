"""What of a leaver's rules a successor can have: filing and forwarding inside the company of mail that is picked out.

Nothing that leads outside, hides, deletes, lifts or answers mail is handed on, and nothing that takes every mail: such
a rule was about the leaver's mailbox, not about clients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.forwarding.addresses import bare_address, is_external
from offboard.forwarding.effects import effects_of
from offboard.forwarding.folders import hides, lifts
from offboard.forwarding.judging import SENDS, judge
from offboard.forwarding.sieve import read_sieve
from offboard.forwarding.sieve_actions import LIFTING_FLAGS
from offboard.forwarding.sieve_conditions import describe
from offboard.forwarding.sieve_grammar import Argument, Command, Condition, NoSieve, Tag, parse_sieve, required

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from offboard.forwarding.model import Action, Rule

# Packed lists of Sieve's names.
# fmt: off
_UNDERSTOOD = frozenset({
    "fileinto", "copy", "imap4flags", "envelope", "body", "regex", "relational", "date", "index", "subaddress",
    "mailbox", "comparator-i;octet", "comparator-i;ascii-casemap", "comparator-i;ascii-numeric",
    "comparator-i;unicode-casemap",
})
_NOT_HANDED = frozenset({"discard", "reject", "ereject", "vacation", "notify", "setflag", "removeflag", "addflag"})
_DROPPED = frozenset({"vacation", "vacation-seconds", "reject", "ereject", "enotify", "notify", "encoded-character"})
_FILING_TAGS = frozenset({"copy", "create", "flags"})
# fmt: on
_SILENT_FLAGS = frozenset({"\\seen", "\\deleted"})


@dataclass(frozen=True, slots=True)
class Handed:
    """A script for the successor; or, with no ``content``, why a person has to make it."""

    content: bytes = b""
    why: str = ""


def to_hand(rules: Iterable[Rule], *, not_to: Collection[str]) -> list[Rule]:
    """Return what of these rules a successor can have; ``not_to`` are the addresses of leaver and successor.

    A rule of which nothing is left that files or forwards is not among them.
    """
    found = []
    for rule in rules:
        actions = tuple(action for action in rule.actions if _fit(action, not_to))
        if actions and not rule.whole_mailbox and any(action.kind != "flag" for action in actions):
            found.append(replace(rule, actions=actions))
    return found


def hand_sieve(content: bytes, *, title: str, domains: Sequence[str], not_to: Collection[str]) -> Handed:
    """Return the script that files and forwards what this one does, and nothing else; ``title`` stands above it.

    The same script and addresses give the same bytes. What is forwarded also stays in the mailbox, and folders that
    are missing are made (RFC 3894, RFC 5490).
    """
    try:
        commands = parse_sieve(content)
        if strange := required(commands) - _UNDERSTOOD - _DROPPED:
            return Handed(why=f"it uses {', '.join(sorted(strange))}, which cannot be taken apart safely")
        kept = _Cut(domains, not_to).block(commands, chosen=False)
    except (NoSieve, _ByHand) as fault:
        return Handed(why=f"it cannot be taken apart: {fault}")
    if not any(command.name in {"fileinto", "redirect"} for command in _all(kept)):
        return Handed(why="nothing of it files or forwards picked mail inside the company")
    needs = (required(commands) & _UNDERSTOOD) | {"fileinto", "mailbox", "copy"}
    lines = [f"# {_one_line(title)}", f"require [{', '.join(map(_quoted, sorted(needs)))}];", *_lines(kept, "")]
    made = "\r\n".join((*lines, "")).encode()
    rules = read_sieve(made, mailbox="", system="", name="", active=True, domains=domains)
    if bad := effects_of((judge(rule, domains=domains) for rule in rules), domains):
        return Handed(why=f"what is left of it still {' and '.join(bad)}")
    return Handed(made)


class _ByHand(Exception):
    """Something that is not known well enough to be taken apart."""


class _Cut:
    """Leaves of a script what a successor can have; ``chosen``: only mail that was picked out comes here."""

    def __init__(self, domains: Sequence[str], not_to: Collection[str]) -> None:
        self._domains, self._not_to = domains, not_to

    def block(self, commands: Sequence[Command], *, chosen: bool) -> list[Command]:
        kept: list[Command] = []
        place = 0
        while place < len(commands):
            chain = [commands[place]]
            if chain[0].name == "if":
                while place + len(chain) < len(commands) and commands[place + len(chain)].name in {"elsif", "else"}:
                    chain.append(commands[place + len(chain)])
                links = [self._link(link, chosen=chosen) for link in chain]
                while links and not links[-1].block:
                    links.pop()
                kept += links
            else:
                kept += self._one(chain[0], chosen=chosen)
            place += len(chain)
        return kept

    def _link(self, link: Command, *, chosen: bool) -> Command:
        scope = describe(link.tests)
        picked = link.name != "else" and bool(scope.sentences) and not scope.exceptions_only
        return replace(link, block=tuple(self.block(link.block or (), chosen=chosen or picked)))

    def _one(self, command: Command, *, chosen: bool) -> Iterator[Command]:
        name, last = command.name, command.arguments[-1] if command.arguments else ()
        handing = {"addflag": self._addflag, "fileinto": self._fileinto, "redirect": self._redirect}
        if name in {"stop", "keep"}:
            yield replace(command, arguments=())
        elif name in handing and chosen and isinstance(last, tuple):
            yield from handing[name](command, last)
        elif name not in _NOT_HANDED and name not in {"require", *handing}:
            raise _ByHand(f'the command "{name}" in line {command.line}')

    def _fileinto(self, command: Command, last: tuple[str, ...]) -> Iterator[Command]:
        tags = {argument.name for argument in command.arguments if isinstance(argument, Tag)}
        if tags - _FILING_TAGS:
            raise _ByHand(f'fileinto with ":{min(tags - _FILING_TAGS)}" in line {command.line}')
        (folder,) = last
        if not hides(folder, marked_read=False) and not lifts(folder):
            copy = (Tag("copy"),) if "copy" in tags else ()
            yield replace(command, arguments=(*copy, Tag("create"), last))

    def _redirect(self, command: Command, last: tuple[str, ...]) -> Iterator[Command]:
        (target,) = last
        address = (bare_address(target) or "").casefold()
        inside = is_external(target, self._domains) is False
        if address and inside and address not in {x.casefold() for x in self._not_to}:
            yield replace(command, arguments=(Tag("copy"), last))

    def _addflag(self, command: Command, last: tuple[str, ...]) -> Iterator[Command]:
        if len(command.arguments) > 1:
            raise _ByHand(f"a flag in a variable in line {command.line}")
        flags = tuple(x for text in last for x in text.split() if x.lower() not in _SILENT_FLAGS | LIFTING_FLAGS)
        if flags:
            yield replace(command, arguments=(flags,))


def _fit(action: Action, not_to: Collection[str]) -> bool:
    if action.kind in SENDS:
        address = (bare_address(action.target) or action.target).casefold()
        return action.external is False and not action.may_be and address not in {x.casefold() for x in not_to}
    filed = action.kind in {"file", "copy"} and not hides(action.target, marked_read=False)
    return filed or action.kind == "flag"


def _lines(commands: Sequence[Command], indent: str) -> Iterator[str]:
    for command in commands:
        if command.label:
            yield f"{indent}# rule:[{_one_line(command.label)}]"
        head = f"{indent}{_said(command)}"
        if command.block is None:
            yield f"{head};"
        else:
            yield f"{head} {{"
            yield from _lines(command.block, f"{indent}  ")
            yield f"{indent}}}"


def _said(one: Command | Condition) -> str:
    tests = [_said(test) for test in one.tests]
    inner = tests if len(tests) == 1 and one.name not in {"allof", "anyof"} else [f"({', '.join(tests)})"][: len(tests)]
    return " ".join((one.name, *map(_argument, one.arguments), *inner))


def _argument(argument: Argument) -> str:
    if isinstance(argument, Tag):
        return f":{argument.name}"
    if isinstance(argument, int):
        return str(argument)
    texts = [_quoted(text) for text in argument]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _quoted(text: str) -> str:
    """Return a Sieve string (RFC 5228, 2.4.2)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _all(commands: Iterable[Command]) -> Iterator[Command]:
    for command in commands:
        yield command
        yield from _all(command.block or ())
