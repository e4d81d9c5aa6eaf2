"""The one Sieve script that we keep in a mailbox: a copy to whoever takes over, an automatic reply, or both.

Only one script of a mailbox can be active, so that both stand in the same one. Each of the two steps reads and writes
its own part, and finds the other's as it was. What is not exactly as we write it is not ours.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offboard.domain.capabilities import Script
from offboard.errors import Drifted
from offboard.forwarding.sieve_grammar import NoSieve, parse_sieve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.capabilities import MailRules
    from offboard.domain.mail import RuleKeeper

NAME = "offboard-auto-reply"

_COPY = re.compile(r'redirect :copy "((?:[^"\\]|\\["\\])*)";')


@dataclass(frozen=True, slots=True)
class Managed:
    """What the script does: ``copy_to`` is an address, ``reply`` the command that answers; empty: it does not."""

    copy_to: str = ""
    reply: str = ""

    def __bool__(self) -> bool:
        return bool(self.copy_to or self.reply)

    def script(self) -> bytes:
        """Return the script; the same parts, the same bytes."""
        needed = [*(['"copy"'] if self.copy_to else []), *(['"vacation"'] if self.reply else [])]
        lines = [f"require [{', '.join(needed)}];"]
        lines += [f"redirect :copy {quoted(self.copy_to)};"] if self.copy_to else []
        lines += [self.reply] if self.reply else []
        return "\r\n".join([*lines, ""]).encode()


def read_managed(content: bytes) -> Managed | None:
    """Return the parts of a script that is ours, else ``None``."""
    try:
        _, *lines = content.decode().split("\r\n")
    except UnicodeDecodeError:
        return None
    found = _COPY.fullmatch(lines[0]) if lines else None
    copy_to = re.sub(r"\\(.)", r"\1", found[1]) if found else ""
    reply = "\r\n".join(lines[1 if found else 0 :]).removesuffix("\r\n")
    parts = Managed(copy_to, reply)
    if not parts or parts.script() != content:
        return None
    wanted = ["require", *(["redirect"] if copy_to else []), *(["vacation"] if reply else [])]
    try:
        return parts if [command.name for command in parse_sieve(content)] == wanted else None
    except NoSieve:
        return None


def managed_in(scripts: Sequence[Script]) -> tuple[Script | None, Managed]:
    """Return our script and its parts among those of a mailbox; one under our name that is not ours has none."""
    there = next((script for script in scripts if script.name == NAME), None)
    return there, (read_managed(there.content) if there else None) or Managed()


def write_part(
    system: MailRules,
    keeper: RuleKeeper,
    mailbox: str,
    *,
    copy_to: str | None = None,
    reply: str | None = None,
    active: bool = True,
) -> None:
    """Write one part and leave the other; a script without any part is removed, one that rests has none that works.

    Raises:
        Drifted: another script is in service, which this one would displace.
    """
    scripts = system.scripts(mailbox)
    there, parts = managed_in(scripts)
    parts = parts if there and there.active else Managed()
    other = next((script for script in scripts if script.active and script.name != NAME), None)
    wanted = replace(
        parts,
        copy_to=parts.copy_to if copy_to is None else copy_to,
        reply=parts.reply if reply is None else reply,
    )
    if there:
        keeper.keep(system.name, mailbox, there)
    if not wanted:
        system.put_script(mailbox, NAME, None)
        return
    if active and other:
        raise Drifted(
            f'{system.name}: "{other.name}" is the active mail rule of {mailbox}; "{NAME}" would displace it',
            system=system.name,
            hint=f'Decide about "{other.name}" first, then try again.',
        )
    if there is None or there.content != wanted.script():
        keeper.keep(system.name, mailbox, Script(NAME, active=active, content=wanted.script()))
        system.put_script(mailbox, NAME, wanted.script())
    if active != bool(there and there.active):
        system.activate(mailbox, NAME if active else None)


def quoted(text: str) -> str:
    """Return a Sieve string (RFC 5228, 2.4.2): CRLF between lines, quotes and backslashes escaped."""
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return '"' + lines.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sha256(content: bytes) -> str:
    """SHA-256 (hex) of a script."""
    return hashlib.sha256(content).hexdigest()
