"""Runs a Sieve script on a mail, as far as the practice company's own scripts and an automatic reply need it.

RFC 5228 with ``fileinto``, ``copy`` (RFC 3894), ``imap4flags`` (RFC 5232), ``vacation`` (RFC 5230), ``envelope``,
``body`` (RFC 5173) and ``mailbox`` (RFC 5490). What it cannot run ends the script, and the mail is kept: so Pigeonhole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import getaddresses, parseaddr
from typing import TYPE_CHECKING

from offboard.forwarding.sieve_grammar import Command, Condition, NoSieve, Tag, parse_sieve, required
from offboard.practice.mailboxes import INBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from email.message import EmailMessage

    from offboard.forwarding.sieve_grammar import Argument

_NEEDS = {
    "fileinto": "fileinto",
    "addflag": "imap4flags",
    "setflag": "imap4flags",
    "removeflag": "imap4flags",
    "vacation": "vacation",
    "reject": "reject",
    "ereject": "ereject",
    "set": "variables",
    "include": "include",
    "return": "include",
    "notify": "enotify",
}
_PLAIN = frozenset({"require", "if", "elsif", "else", "stop", "keep", "discard", "redirect"})
# What Debian's Dovecot 2.3.19 takes without being told to; most of it is only stored here, not run.
_EXTENSIONS = frozenset(
    {
        *_NEEDS.values(),
        *("body", "comparator-i;ascii-casemap", "comparator-i;ascii-numeric", "comparator-i;octet", "copy", "date"),
        *("duplicate", "encoded-character", "envelope", "environment", "extracttext", "foreverypart", "ihave", "index"),
        *("mailbox", "mime", "regex", "relational", "subaddress"),
    }
)
_WITH_VALUE = frozenset({"comparator", "flags", "days", "seconds", "subject", "from", "addresses", "handle"})
_MACHINES = ("List-Id", "List-Unsubscribe")


@dataclass(frozen=True, slots=True)
class Reply:
    """An automatic reply; ``handle`` tells replies apart, so that nobody gets the same one twice."""

    handle: str
    subject: str
    text: str


@dataclass(slots=True)
class Ran:
    """What a script did with one mail: folders with flags, addresses it went to, and a reply."""

    filed: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)
    reply: Reply | None = None


class _Stopped(Exception):
    """The script has ended by ``stop``."""


def compiles(content: bytes) -> bool:
    """Say whether Pigeonhole would take the script: its grammar, its extensions, its commands and addresses."""
    try:
        commands = parse_sieve(content)
    except NoSieve:
        return False
    extensions = required(commands)
    return extensions <= _EXTENSIONS and all(_is_known(command, extensions) for command in _flat(commands))


def run_sieve(content: bytes, mail: bytes, *, sender: str, recipient: str) -> Ran:
    """Return what a script does with a mail; without any other word the mail is kept in the inbox."""
    running = _Running(message_from_bytes(mail, policy=policy.default), sender, recipient)
    try:
        running.block(parse_sieve(content))
    except _Stopped:
        pass
    except (NoSieve, LookupError, ValueError):
        running.keeps = True
    if running.keeps:
        running.file(INBOX, running.flags)
    return running.ran


def _flat(commands: Iterable[Command]) -> Iterable[Command]:
    for command in commands:
        yield command
        yield from _flat(command.block or ())


def _is_known(command: Command, extensions: frozenset[str]) -> bool:
    options, given = _options(command.arguments)
    if command.name == "redirect" and "@" not in parseaddr(_one(given))[1]:
        return False
    if "copy" in options and "copy" not in extensions:
        return False
    return command.name in _PLAIN or _NEEDS.get(command.name) in extensions


class _Running:
    """One script on one mail; ``keeps`` is RFC 5228's implicit keep."""

    def __init__(self, message: EmailMessage, sender: str, recipient: str) -> None:
        self.ran = Ran()
        self.keeps = True
        self.flags: frozenset[str] = frozenset()
        self._message = message
        self._envelope = {"from": sender, "to": recipient}

    def block(self, commands: Sequence[Command]) -> None:
        done = False
        for command in commands:
            if command.name == "if":
                done = False
            if command.name in {"if", "elsif", "else"}:
                if not done and all(self.holds(test) for test in command.tests):
                    done = True
                    self.block(command.block or ())
            elif command.name != "require":
                _ACTIONS[command.name](self, *_options(command.arguments))

    def file(self, folder: str, flags: Iterable[str]) -> None:
        self.ran.filed.append((folder, frozenset(flags)))

    def stop(self, _options: dict[str, Argument], _given: list[Argument]) -> None:
        raise _Stopped

    def discard(self, _options: dict[str, Argument], _given: list[Argument]) -> None:
        self.keeps = False

    def keep(self, options: dict[str, Argument], _given: list[Argument]) -> None:
        self.keeps = False
        self.file(INBOX, _texts(options.get("flags", tuple(self.flags))))

    def redirect(self, options: dict[str, Argument], given: list[Argument]) -> None:
        self.keeps = self.keeps and "copy" in options
        self.ran.forwarded.append(_one(given))

    def fileinto(self, options: dict[str, Argument], given: list[Argument]) -> None:
        self.keeps = self.keeps and "copy" in options
        self.file(_one(given), _texts(options.get("flags", tuple(self.flags))))

    def addflag(self, _options: dict[str, Argument], given: list[Argument]) -> None:
        self.flags |= _flags(given)

    def setflag(self, _options: dict[str, Argument], given: list[Argument]) -> None:
        self.flags = _flags(given)

    def removeflag(self, _options: dict[str, Argument], given: list[Argument]) -> None:
        self.flags -= _flags(given)

    def vacation(self, options: dict[str, Argument], given: list[Argument]) -> None:
        own = {self._envelope["to"], *_texts(options.get("addresses", ()))}
        to = {address for _, address in getaddresses(self._headers(["To", "Cc"]))}
        by_machine = str(self._message.get("Auto-Submitted", "no")) != "no" or any(
            self._message.get(name) for name in _MACHINES
        )
        if not self._envelope["from"] or by_machine or not {a.casefold() for a in own} & {a.casefold() for a in to}:
            return
        subject = _first(options, "subject") or f"Auto: {self._message.get('Subject', '')}"
        self.ran.reply = Reply(_first(options, "handle") or _one(given), subject, _one(given))

    def holds(self, test: Condition) -> bool:
        return _TESTS[test.name](self, test)

    def _headers(self, names: Iterable[str]) -> list[str]:
        return [str(value) for name in names for value in self._message.get_all(name, [])]

    def test_header(self, test: Condition) -> bool:
        options, given = _options(test.arguments)
        return _matches(options, self._headers(_texts(given[0])), _texts(given[1]))

    def test_address(self, test: Condition) -> bool:
        options, given = _options(test.arguments)
        found = [address for _, address in getaddresses(self._headers(_texts(given[0])))]
        return _matches(options, [_part(options, address) for address in found], _texts(given[1]))

    def test_envelope(self, test: Condition) -> bool:
        options, given = _options(test.arguments)
        found = [self._envelope[name.casefold()] for name in _texts(given[0])]
        return _matches(options, [_part(options, address) for address in found], _texts(given[1]))

    def test_body(self, test: Condition) -> bool:
        options, given = _options(test.arguments)
        body = self._message.get_body(("plain", "html"))
        return _matches(options, [body.get_content() if body else ""], _texts(given[-1]))

    def test_exists(self, test: Condition) -> bool:
        _, given = _options(test.arguments)
        return all(self._message.get(name) is not None for name in _texts(given[0]))

    def test_size(self, test: Condition) -> bool:
        options, given = _options(test.arguments)
        size, limit = len(self._message.as_bytes()), given[0]
        if not isinstance(limit, int):
            raise ValueError("size")  # noqa: TRY004 - a script that cannot run, whatever the reason
        return size > limit if "over" in options else size < limit


_ACTIONS: dict[str, Callable[[_Running, dict[str, Argument], list[Argument]], None]] = {
    "stop": _Running.stop,
    "discard": _Running.discard,
    "keep": _Running.keep,
    "redirect": _Running.redirect,
    "fileinto": _Running.fileinto,
    "addflag": _Running.addflag,
    "setflag": _Running.setflag,
    "removeflag": _Running.removeflag,
    "vacation": _Running.vacation,
}

_TESTS: dict[str, Callable[[_Running, Condition], bool]] = {
    "true": lambda _running, _test: True,
    "false": lambda _running, _test: False,
    "not": lambda running, test: not running.holds(test.tests[0]),
    "allof": lambda running, test: all(running.holds(inner) for inner in test.tests),
    "anyof": lambda running, test: any(running.holds(inner) for inner in test.tests),
    "header": _Running.test_header,
    "address": _Running.test_address,
    "envelope": _Running.test_envelope,
    "body": _Running.test_body,
    "exists": _Running.test_exists,
    "size": _Running.test_size,
}


def _options(arguments: Sequence[Argument]) -> tuple[dict[str, Argument], list[Argument]]:
    """Tell tagged arguments, with their values, from the others."""
    options: dict[str, Argument] = {}
    given: list[Argument] = []
    rest = iter(arguments)
    for argument in rest:
        if isinstance(argument, Tag):
            options[argument.name] = next(rest) if argument.name in _WITH_VALUE else ()
        else:
            given.append(argument)
    return options, given


def _matches(options: dict[str, Argument], found: Iterable[str], keys: Iterable[str]) -> bool:
    if options.keys() & {"count", "value", "regex"}:
        raise ValueError("this kind of match is not run here")
    keys = [key.casefold() for key in keys]
    return any(_match(options, value.casefold(), key) for value in found for key in keys)


def _match(options: dict[str, Argument], value: str, key: str) -> bool:
    if "contains" in options:
        return key in value
    if "matches" in options:
        parts = re.split(r"(\\.|[*?])", key)
        wild = {"*": ".*", "?": "."}
        return bool(
            re.fullmatch("".join(wild.get(p) or re.escape(p.removeprefix("\\")) for p in parts), value, re.DOTALL)
        )
    return value.strip() == key


def _part(options: dict[str, Argument], address: str) -> str:
    local, _, domain = address.rpartition("@")
    return domain if "domain" in options else local if "localpart" in options else address


def _flags(given: Sequence[Argument]) -> frozenset[str]:
    return frozenset(flag for text in _texts(given[-1]) for flag in text.split())


def _texts(argument: Argument) -> tuple[str, ...]:
    if not isinstance(argument, tuple):
        raise ValueError("text was expected")  # noqa: TRY004 - a script that cannot run, whatever the reason
    return argument


def _one(given: Sequence[Argument]) -> str:
    return _texts(given[-1])[0] if given else ""


def _first(options: dict[str, Argument], name: str) -> str:
    return next(iter(_texts(options.get(name, ()))), "")
