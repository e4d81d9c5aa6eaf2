"""What a Sieve script does to a mail, by real delivery: LMTP into Dovecot, SMTP out of it, and its folders."""

from __future__ import annotations

import itertools
import shutil
import smtplib
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.dovecot import Dovecot
    from tests.servers.smtp import SmtpSink

USER = "alice"
FOLDERS = (
    *("Lists", "Orders", "Trash", "Clients", "Old", "Junk", "Projects", "VIP", "Archive", "Large", "Partners"),
    *("Deliveries", "Complaints", "Family", "Spam"),
)
"""What the mailbox has; a script that files into another folder without ``:create`` has the mail in the inbox."""


class Mail(NamedTuple):
    """A mail on its way in; ``detail`` is the plus-tag of the address that it came to."""

    sender: str = "boss@client.example"
    subject: str = "Invoice for a holiday"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = "Hello."
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: who got it, who was told, who was answered, in which folders it is, with which flags."""

    sent: frozenset[str]
    told: frozenset[str]
    answered: bool
    folders: frozenset[str]
    flags: frozenset[str]


@dataclass
class Post:
    """One mailbox of a running server, and the server behind it that takes all that goes out."""

    dovecot: Dovecot
    sink: SmtpSink
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Give the mailbox its folders."""
        self.dovecot.doveadm("mailboxCreate", user=USER, mailbox=list(FOLDERS))

    @property
    def home(self) -> Path:
        """Where the server keeps the mailbox."""
        return self.dovecot.folder / "home" / USER

    def use(self, content: bytes, **others: bytes) -> None:
        """Put a script into use as it is, also one that the server would refuse to store; and others beside it."""
        folder, link = self.home / "sieve", self.home / ".dovecot.sieve"
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, self.home.owner(), self.home.group())
        # A name of its own: the server remembers what it has compiled by name and time.
        file = folder / f"script{next(self.numbers)}.sieve"
        file.write_bytes(content)
        for name, other in others.items():
            (folder / f"{name}.sieve").write_bytes(other)
        link.unlink(missing_ok=True)
        link.symlink_to(file)

    def deliver(self, mail: Mail) -> Outcome:
        """Hand one mail in, and say what became of it."""
        before, taken = set(self._stored()), len(self.sink.envelopes)
        to = f"{USER}{'+' if mail.detail else ''}{mail.detail}@corp.test"
        lines = [
            f"From: {mail.sender}",
            f"To: {to}",
            f"Subject: {mail.subject}",
            "Date: Mon, 02 Nov 2026 10:00:00 +0000",
            f"Message-ID: <{next(self.numbers)}@client.example>",
            *(f"{name}: {value}" for name, value in mail.headers),
        ]
        text = "\r\n".join([*lines, "", mail.body, ""]).encode()
        # What was answered or seen before is forgotten: each mail stands for itself.
        (self.home / ".dovecot.lda-dupes").unlink(missing_ok=True)
        with smtplib.LMTP("127.0.0.1", self.dovecot.lmtp_port) as server:
            server.sendmail(mail.sender, [to], text, ["BODY=8BITMIME"])
        sent, told, answered = set(), set(), False
        for envelope in self.sink.envelopes[taken:]:
            how = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)["Auto-Submitted"] or ""
            if how.startswith("auto-replied"):
                answered = True
            else:
                (told if how.startswith("auto-notified") else sent).update(one.lower() for one in envelope.rcpt_tos)
        stored = set(self._stored()) - before
        return Outcome(
            frozenset(sent), frozenset(told), answered, frozenset(folder for folder, _ in stored),
            frozenset(flag for _, name in stored for flag in name.partition(":2,")[2]),
        )  # fmt: skip

    def _stored(self) -> Iterator[tuple[str, str]]:
        root = self.home / "Maildir"
        for place in (*root.glob("cur/*"), *root.glob("new/*"), *root.glob(".*/cur/*"), *root.glob(".*/new/*")):
            folder = place.parent.parent
            yield ("INBOX" if folder == root else folder.name[1:].replace(".", "/")), place.name
