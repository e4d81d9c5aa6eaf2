"""Where all mail of the practice company ends: nothing ever leaves this machine."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail as it went out: its envelope, its bytes, and the file that holds a copy."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    file: Path


class Outbox:
    """Keeps every mail, in memory and as ``.eml`` files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._taken = len(list(folder.glob("*.eml")))
        self._sent: list[Sent] = []
        self._lock = threading.Lock()

    def take(self, sender: str, recipients: Sequence[str], content: bytes) -> Sent:
        """Keep one mail; its file begins with the envelope, as the last mail server writes it (RFC 5321 §4.4)."""
        with self._lock:
            self._taken += 1
            file = self.folder / f"{self._taken:04}.eml"
            sent = Sent(datetime.now(UTC), sender, tuple(recipients), content, file)
            file.write_bytes(b"".join(_trace(sender, recipients)) + content)
            self._sent.append(sent)
            return sent

    @property
    def messages(self) -> list[Sent]:
        """Every mail since the company was started, in order."""
        with self._lock:
            return list(self._sent)

    def to(self, recipient: str) -> list[Sent]:
        """Return the mails to one recipient, whatever the case."""
        return [sent for sent in self.messages if recipient.casefold() in map(str.casefold, sent.recipients)]


def _trace(sender: str, recipients: Sequence[str]) -> Iterable[bytes]:
    yield f"Return-Path: <{sender}>\r\n".encode()
    for recipient in recipients:
        yield f"Delivered-To: {recipient}\r\n".encode()
