"""The finished mail: plain text, HTML and PDF in one message whose bytes are the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from offboard.domain.canonical import digest_bytes
from offboard.errors import BadInput
from offboard.letters.addresses import mail_address
from offboard.letters.cleaning import header_text

if TYPE_CHECKING:
    from datetime import datetime

_HEADERS = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"]
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom about what; ``key`` makes the message's id and its inner boundaries."""

    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    subject: str
    moment: datetime
    message_id: str
    key: str


def compose(envelope: Envelope, *, text: str, html: str, pdf: bytes | None, filename: str) -> bytes:
    """Return the message (RFC 5322, CRLF), with the PDF attached where there is one.

    Raises:
        BadInput: an address is none, or a header would not be read back as it was meant.
    """
    for who, address in (("From", envelope.sender), ("To", envelope.recipient)):
        if not address or mail_address(address) != address:
            raise BadInput(f"{envelope.key}: {who}: {address!r} is no mail address", hint="Correct it in the register.")
    if envelope.subject != header_text(envelope.subject):
        raise BadInput(f"{envelope.key}: the subject has characters that no header may have", hint="Write it anew.")
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(envelope.sender_name, envelope.sender)
    message["To"] = _address(envelope.recipient_name, envelope.recipient)
    message["Subject"] = envelope.subject
    message["Date"] = format_datetime(envelope.moment)
    message["Message-ID"] = envelope.message_id
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if pdf is not None:
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=filename)
    _set_boundaries(message, envelope.key)
    data = message.as_bytes()
    _read_back(data, envelope)
    return data


def _address(name: str, address: str) -> Address:
    shown = header_text(name)
    return Address(display_name=shown if len(shown) <= _LONGEST_NAME and "@" not in shown else "", addr_spec=address)


def _set_boundaries(message: EmailMessage, key: str) -> None:
    """Give each multipart a boundary made from the letter, where Python would throw dice."""
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        # "=_" can stand in no quoted-printable and no base64 line, so the boundary is never part of the content.
        part.set_boundary(f"=_{digest_bytes('mime', f'{key}/{depth}'.encode())[:32]}")


def _read_back(data: bytes, envelope: Envelope) -> None:
    """Read the bytes as a mail server would: no header may have come in by the data (CVE-2024-6923, CVE-2026-1299)."""
    head, _, _ = data.partition(b"\r\n\r\n")
    names = [
        line.split(b":")[0].decode("ascii").lower() for line in head.split(b"\r\n") if line[:1] not in {b" ", b"\t"}
    ]
    seen = message_from_bytes(data, policy=policy.SMTP)
    same = (
        sorted(names) == sorted(_HEADERS)
        and [address.addr_spec for address in seen["To"].addresses] == [envelope.recipient]
        and [address.addr_spec for address in seen["From"].addresses] == [envelope.sender]
        and " ".join(str(seen["Subject"]).split()) == envelope.subject  # folding may add a blank in front
        and seen["Message-ID"] == envelope.message_id
    )
    if not same:
        raise BadInput(
            f"{envelope.key}: the mail's headers do not read back as written", hint="Look at its subject and names."
        )
