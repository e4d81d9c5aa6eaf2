"""The last look at a finished mail before it leaves: is it, byte for byte, one mail for one person?

What was composed is not trusted here. Python 3.11.7, for one, turns an encoded word with a line break in it into a real
header line (CVE-2024-6923, CVE-2026-1299), and programs differ on which address they see in ``a@b<c@d>``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from offboard.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
"""Each of these stands in the mail exactly once."""

ALLOWED = frozenset(
    {*REQUIRED, "content-transfer-encoding", "content-language", "reply-to", "auto-submitted", "organization"}
)
"""Nothing else may stand there: no Cc, no Bcc, no second recipient, nothing that a name smuggled in."""

LONGEST_LINE = 998
"""Octets without the line's end (RFC 5321, 4.5.3.1.6; RFC 5322, 2.1.1)."""

LONGEST_LOCAL, LONGEST_ADDRESS, LONGEST_HEADER = 64, 254, 4000

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LABEL = r"[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\u0080-\U0010ffff-]*[A-Za-z0-9\u0080-\U0010ffff])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_MAILBOX = re.compile(
    r'(?:(?:"(?:[^"\\]|\\.)*"|[^"<>@,;:()\\\[\]]*?)[ \t]*<(?P<angle>[^<>\s]+)>|(?P<bare>[^<>\s,;:"()]+))'
)
_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Checked:
    """A mail that may leave. ``utf8``: its addresses or headers need SMTPUTF8; ``eight_bit``: its body 8BITMIME."""

    content: bytes
    sender: str
    recipient: str
    utf8: bool
    eight_bit: bool


def check_message(system: str, message: bytes, *, sender: str, recipient: str) -> Checked:
    """Return the mail, ready to be sent from ``sender`` to ``recipient`` alone.

    Raises:
        Rejected: it is not a mail from that one to that other, or not one that a server can take unaltered; names all
            faults at once.
    """
    head, found, body = message.partition(b"\r\n\r\n")
    faults = [*_addresses(sender, recipient), *_lines(message)]
    if not found:
        faults.append("no empty line ends its headers")
    if not faults:
        faults += _headers(head + b"\r\n", sender=sender, recipient=recipient)
    if faults:
        raise Rejected(
            f"{system}: the mail was not sent: {'; '.join(faults)}",
            system=system,
            hint="Correct the name, address or subject that this came from, and approve the letter again.",
        )
    return Checked(
        message,
        sender,
        recipient,
        utf8=not (head.isascii() and sender.isascii() and recipient.isascii()),
        eight_bit=not body.isascii(),
    )


def _addresses(sender: str, recipient: str) -> Iterator[str]:
    for who, address in (("sender", sender), ("recipient", recipient)):
        short = len(address.encode("utf-8", "replace")) <= LONGEST_ADDRESS and not _has_controls(address)
        match = _ADDRESS.fullmatch(address) if short else None
        if not match or len(match["local"].encode()) > LONGEST_LOCAL:
            yield f"{_shown(address)} is no mail address of one {who}"


def _lines(message: bytes) -> Iterator[str]:
    if not message.endswith(b"\r\n"):
        yield "its last line has no end"
    if b"\0" in message:
        yield "it holds a NUL"
    lines = message.split(b"\r\n")
    # A bare CR or LF ends a line for some servers and not for others (SMTP smuggling).
    if any(b"\r" in line or b"\n" in line for line in lines):
        yield "it holds a bare CR or LF"
    if max(map(len, lines)) > LONGEST_LINE:
        yield f"a line is longer than {LONGEST_LINE} bytes"


def _headers(head: bytes, *, sender: str, recipient: str) -> Iterator[str]:
    fields: list[tuple[str, str]] = []
    for line in re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n")):
        field = _FIELD.fullmatch(line)
        if not field:
            yield f"{_shown(line.decode('utf-8', 'replace'))} is no header"
            return
        if len(line) > LONGEST_HEADER:
            yield f"a header is longer than {LONGEST_HEADER} bytes"
            return
        unfolded = re.sub(rb"\r\n([ \t])", rb"\1", field[2]).strip(b" \t")
        fields.append((field[1].decode("ascii").lower(), unfolded.decode("utf-8", "replace")))
    names = [name for name, _ in fields]
    if names != [name.lower() for name, _ in message_from_bytes(head, policy=policy.compat32).items()]:
        yield "two readers see different headers in it"
    yield from (f"the header {name} may not stand there" for name in sorted({*names} - ALLOWED))
    yield from (
        f"the header {name} stands there {names.count(name)} times"
        for name in sorted({*names})
        if names.count(name) > 1
    )
    yield from (f"the header {name} is missing" for name in REQUIRED if name not in names)
    for name, value in fields:
        yield from _value(name, value, sender=sender, recipient=recipient)


def _value(name: str, value: str, *, sender: str, recipient: str) -> Iterator[str]:
    if "\ufffd" in value or _has_controls(_decoded(value)):
        yield f"the header {name} holds control characters or no UTF-8"
    for header, wanted in (("from", sender), ("to", recipient)):
        if name == header and not _same_address(_only_address(value), wanted):
            yield f"{header.capitalize()} is {_shown(value)}, not {wanted} alone"
    if name == "reply-to" and _domain(_only_address(value)) != _domain(sender):
        yield f"Reply-To is {_shown(value)}, outside the sender's domain"


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (
        HeaderParseError,
        ValueError,
        LookupError,
    ):  # an encoded word that cannot be decoded, or in an unknown character set
        return "\0"


def _only_address(value: str) -> str:
    match = _MAILBOX.fullmatch(value)
    return (match["angle"] or match["bare"]) if match else ""


def _same_address(one: str, two: str) -> bool:
    """Compare as servers do: the domain without regard to case, what stands before it exactly."""
    return bool(one) and one.rpartition("@")[0] == two.rpartition("@")[0] and _domain(one) == _domain(two)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char != "\t" for char in text)


def _shown(text: str) -> str:
    most = 80
    return ascii(text if len(text) <= most else f"{text[:most]}…")
