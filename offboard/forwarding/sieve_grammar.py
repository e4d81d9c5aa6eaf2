"""The grammar of Sieve (RFC 5228 §2 and §8): bytes in, a tree of commands and tests out.

Written here because sievelib 1.6 knows a fixed list of commands: it refuses ``include``, ``editheader``, ``ihave``,
``foreverypart``, ``ereject``, ``duplicate``, ``spamtest`` and Dovecot's ``pipe``, ``execute`` and ``filter``, and keeps
the extensions of the last script in a global. RFC 5228 gives every extension, known or not, the same generic grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from offboard.forwarding.sieve_arguments import Argument, Tag, takes_all
from offboard.forwarding.sieve_tokens import END, NoSieve, Tokens, read_tokens

__all__ = ["MAX_DEPTH", "Argument", "Command", "Condition", "NoSieve", "Tag", "parse_sieve", "required"]

MAX_DEPTH = 32
"""Blocks or tests nested deeper are refused; so does Pigeonhole."""

_ENCODED = re.compile(r"\$\{(hex|unicode):([0-9a-fA-F\s]*)\}", re.IGNORECASE)
_SIZES = {"K": 2**10, "M": 2**20, "G": 2**30}
_STRINGS = frozenset({"string", "text"})
_WITH_BLOCK = frozenset({"if", "elsif", "else"})
_WITHOUT_BLOCK = frozenset({"require", "stop", "keep", "discard", "redirect", "fileinto"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What RFC 5228 calls a test, with its arguments and the tests inside it."""

    name: str
    arguments: tuple[Argument, ...] = ()
    tests: tuple[Condition, ...] = ()
    always: bool | None = field(init=False, compare=False, repr=False)
    """Whether it is true for every mail, or for none; ``None`` where that depends on the mail."""

    def __post_init__(self) -> None:
        """Find out once whether it depends on the mail: that is asked again and again."""
        object.__setattr__(self, "always", self._always())

    def _always(self) -> bool | None:
        name = self.name
        if not self.tests:
            return name == "true" if name in {"true", "false"} else takes_all(name, self.arguments) or None
        inner = [one.always for one in self.tests]
        if name == "not":
            return None if inner[0] is None else not inner[0]
        if name == "allof":
            return False if False in inner else None if None in inner else True
        if name == "anyof":
            return True if True in inner else None if None in inner else False
        return None


@dataclass(frozen=True, slots=True)
class Command:
    """A command; ``label`` is the name that a rule editor wrote into the comment before it.

    ``fault`` says what is not allowed about it although the grammar is kept. It is no exception: Pigeonhole accepts
    nonsense where it never runs (``if false { else; }``), and that must not hide the rest of the script.
    """

    name: str
    arguments: tuple[Argument, ...]
    tests: tuple[Condition, ...]
    block: tuple[Command, ...] | None
    line: int
    label: str = ""
    fault: str = ""


def parse_sieve(content: bytes, *, strict: bool = True) -> tuple[Command, ...]:
    """Return the commands of a script, in order; without ``strict``, commands may carry a ``fault``.

    Raises:
        NoSieve: for anything that RFC 5228 does not allow; without ``strict`` only for what breaks the grammar.
    """
    commands = _Parser(read_tokens(content)).script()
    if strict and (faulty := _first_fault(commands)):
        raise NoSieve(f"line {faulty.line}: {faulty.fault}")
    if "encoded-character" in required(commands):
        commands = tuple(_decode_command(command) for command in commands)
    return commands


def required(commands: tuple[Command, ...]) -> frozenset[str]:
    """Return the extensions that the script requires."""
    return frozenset(
        name
        for command in commands
        if command.name == "require"
        for argument in command.arguments
        if isinstance(argument, tuple)
        for name in argument
    )


class _Parser:
    """Recursive descent over RFC 5228 §8.2, one method per rule of the grammar; ``_at`` is the next word's place."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens, self._kinds, self._texts = tokens, tokens.kinds, tokens.texts
        self._at = 0
        self._malformed = ""

    def script(self) -> tuple[Command, ...]:
        commands = self._commands(0)
        if self._kinds[self._at] != END:
            raise self._tokens.fault(self._at, "a command")
        return commands

    def _commands(self, depth: int) -> tuple[Command, ...]:
        if depth > MAX_DEPTH:
            raise NoSieve(f"line {self._tokens.line(self._at)}: blocks nested deeper than {MAX_DEPTH}")
        commands: list[Command] = []
        before = ""
        while self._kinds[self._at] == "name":
            command = self._command(depth, before)
            commands.append(command)
            before = command.name
        return tuple(commands)

    def _command(self, depth: int, before: str) -> Command:
        at = self._at
        self._at += 1
        name = self._texts[at]
        arguments, tests = self._arguments(0)
        malformed, self._malformed = self._malformed, ""
        block: tuple[Command, ...] | None = None
        if self._kinds[self._at] == "{":
            self._at += 1
            block = self._commands(depth + 1)
            self._expect("}")
        else:
            self._expect(";")
        fault = malformed or _fault_of(name, arguments, tests, block)
        if name in {"elsif", "else"} and before not in {"if", "elsif"}:
            fault = f"{name} without if"
        elif name == "require" and (depth or before not in {"", "require"}):
            fault = "require that does not come first"
        return Command(name, arguments, tests, block, self._tokens.line(at), self._tokens.labels.get(at, ""), fault)

    def _arguments(self, depth: int) -> tuple[tuple[Argument, ...], tuple[Condition, ...]]:
        if depth > MAX_DEPTH:
            raise NoSieve(f"line {self._tokens.line(self._at)}: tests nested deeper than {MAX_DEPTH}")
        kinds, texts = self._kinds, self._texts
        arguments: list[Argument] = []
        while True:
            kind = kinds[self._at]
            if kind in _STRINGS:
                arguments.append((texts[self._at],))
            elif kind == "tag":
                arguments.append(_tag(texts[self._at]))
            elif kind == "[":
                arguments.append(self._list())
            elif kind == "number":
                arguments.append(_number(texts[self._at]))
            else:
                break
            self._at += 1
        if kind == "name":
            return tuple(arguments), (self._test(depth),)
        if kind != "(":
            return tuple(arguments), ()
        tests: list[Condition] = []
        while kind in {"(", ","}:
            self._at += 1
            tests.append(self._test(depth))
            kind = kinds[self._at] if kinds[self._at] != "(" else ""
        self._expect(")")
        return tuple(arguments), tuple(tests)

    def _test(self, depth: int) -> Condition:
        if self._kinds[self._at] != "name":
            raise self._tokens.fault(self._at, "a name")
        name = self._texts[self._at]
        self._at += 1
        arguments, tests = self._arguments(depth + 1)
        takes_tests = name in {"not", "allof", "anyof"}
        if takes_tests and (arguments or not tests or (name == "not" and len(tests) > 1)):
            self._malformed = f"{name} with wrong tests"
            return Condition(self._malformed)
        return Condition(name, arguments, tests)

    def _list(self) -> tuple[str, ...]:
        """Return the strings of a list, and stay at its last mark."""
        strings: list[str] = []
        while not strings or self._kinds[self._at] == ",":
            self._at += 1
            if self._kinds[self._at] not in _STRINGS:
                raise self._tokens.fault(self._at, "a string")
            strings.append(self._texts[self._at])
            self._at += 1
        if self._kinds[self._at] != "]":
            raise self._tokens.fault(self._at, "']'")
        return tuple(strings)

    def _expect(self, mark: str) -> None:
        if self._kinds[self._at] != mark:
            raise self._tokens.fault(self._at, repr(mark))
        self._at += 1


def _first_fault(commands: tuple[Command, ...]) -> Command | None:
    for command in commands:
        if command.fault:
            return command
        if found := _first_fault(command.block or ()):
            return found
    return None


def _fault_of(
    name: str, arguments: tuple[Argument, ...], tests: tuple[Condition, ...], block: tuple[Command, ...] | None
) -> str:
    """Return what is wrong about a command of RFC 5228, empty when nothing is."""
    if name in _WITH_BLOCK:
        wanted = 0 if name == "else" else 1
        wrong = block is None or bool(arguments) or len(tests) != wanted
        return f"{name} without {'its test or ' if wanted else ''}its block" if wrong else ""
    if name in _WITHOUT_BLOCK and (block is not None or tests):
        return f"{name} with a test or a block"
    last = arguments[-1] if arguments else ()
    if name in {"redirect", "fileinto"} and not (isinstance(last, tuple) and len(last) == 1):
        return f"{name} without one string at its end"
    return ""


@lru_cache(maxsize=256)
def _tag(text: str) -> Tag:
    return Tag(text[1:])


def _number(text: str) -> int:
    if len(text) > 20:  # noqa: PLR2004 - longer than any 64-bit number
        raise NoSieve(f"the number {text[:20]}… is too large")
    return int(text.rstrip("KMGkmg")) * _SIZES.get(text[-1].upper(), 1)


def _decode_command(command: Command) -> Command:
    return replace(
        command,
        arguments=_decode_arguments(command.arguments),
        tests=tuple(_decode_test(test) for test in command.tests),
        block=None if command.block is None else tuple(_decode_command(inner) for inner in command.block),
    )


def _decode_test(test: Condition) -> Condition:
    return Condition(test.name, _decode_arguments(test.arguments), tuple(_decode_test(inner) for inner in test.tests))


def _decode_arguments(arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
    return tuple(
        tuple(_ENCODED.sub(_decode_match, text) for text in argument) if isinstance(argument, tuple) else argument
        for argument in arguments
    )


def _decode_match(match: re.Match[str]) -> str:
    """Decode ``${hex:40}`` and ``${unicode:40}`` (RFC 5228 §2.4.2.4); what is not well formed stays as it is."""
    numbers = match.group(2).split()
    try:
        if match.group(1).lower() == "hex":
            return bytes(int(number, 16) for number in numbers).decode("utf-8") if numbers else match.group()
        decoded = "".join(chr(int(number, 16)) for number in numbers)
        decoded.encode("utf-8")  # a lone surrogate is no character
    except (ValueError, OverflowError):
        return match.group()
    return decoded or match.group()
