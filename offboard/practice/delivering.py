"""Delivers mail to the practice company: runs the recipient's active script, and sends on what it sends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from offboard.practice.mailboxes import INBOX, Mail, NoMailbox
from offboard.practice.sieve_running import Ran, Reply, run_sieve

if TYPE_CHECKING:
    from offboard.practice.mailboxes import Mailbox, Mailboxes
    from offboard.practice.outbox import Outbox


NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail.

    ``filed`` are the folders it lies in, each with IMAP's flags; ``forwarded_to`` are the addresses it was sent on to;
    ``replied`` says whether its sender got an automatic reply.
    """

    filed: tuple[tuple[str, frozenset[str]], ...]
    forwarded_to: tuple[str, ...]
    replied: bool


class Delivering:
    """The way in for mail; what leaves the company again goes to the outbox."""

    def __init__(self, mailboxes: Mailboxes, outbox: Outbox) -> None:
        self._mailboxes = mailboxes
        self._outbox = outbox

    def deliver(self, sender: str, recipient: str, subject: str, body: str) -> Delivery:
        """Write a mail and deliver it; when this returns, the recipient's script has run.

        Raises:
            NoMailbox: nobody here has that address.
        """
        message = _message(sender, recipient, subject, body)
        return self.deliver_bytes(sender, recipient, message.as_bytes())

    def deliver_bytes(
        self, sender: str, recipient: str, content: bytes, *, passed: frozenset[str] = NOBODY
    ) -> Delivery:
        """Deliver a finished mail, and what is sent on to somebody here as well, but never to the same one twice.

        Raises:
            NoMailbox: nobody here has that address.
        """
        box = self._mailboxes.of_address(recipient)
        if box is None:
            raise NoMailbox(recipient)
        ran = (
            run_sieve(box.scripts[box.active], content, sender=sender, recipient=box.address) if box.active else _kept()
        )
        for folder, flags in ran.filed:
            box.folders.setdefault(folder, []).append(Mail(content, flags))
        passed |= {box.address}
        for address in ran.forwarded:
            there = self._mailboxes.of_address(address)
            if there is None:
                self._outbox.take(sender, [address], content)
            elif there.address not in passed:
                self.deliver_bytes(sender, address, content, passed=passed)
        return Delivery(tuple(ran.filed), tuple(ran.forwarded), self._reply(box, sender, ran.reply))

    def _reply(self, box: Mailbox, sender: str, reply: Reply | None) -> bool:
        """Answer a sender, the same answer once only."""
        if reply is None or (sender.casefold(), reply.handle) in box.answered:
            return False
        box.answered.add((sender.casefold(), reply.handle))
        message = _message(box.address, sender, reply.subject, reply.text)
        message["Auto-Submitted"] = "auto-replied (vacation)"
        self._outbox.take("", [sender], message.as_bytes())
        return True


def _kept() -> Ran:
    return Ran(filed=[(INBOX, frozenset())])


def _message(sender: str, recipient: str, subject: str, body: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="practice.invalid")
    message.set_content(body)
    return message
