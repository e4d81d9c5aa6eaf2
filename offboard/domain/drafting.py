"""What the owner's own mailbox can do: keep a mail as a draft, and say what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

from offboard.domain.capabilities import Named


class Drafted(StrEnum):
    """What became of a draft."""

    LIES_THERE = "lies there"
    SENT = "sent"
    GONE = "gone"


@runtime_checkable
class Drafter(Named, Protocol):
    """Lays mails as drafts into the mailbox of whom they are from; ``leaves_drafts``: they send them themselves."""

    leaves_drafts: bool

    def draft(self, message: bytes, *, sender: str, recipient: str) -> str:
        """Lay one finished message there, once, read it back, and return its id; raises what ``Sender.send`` raises."""

    def drafted(self, draft_id: str, *, sender: str) -> Drafted:
        """Say what became of a draft."""

    def withdraw(self, draft_id: str, *, sender: str) -> Drafted:
        """Take a draft away, read back whether it is gone, and say so; one that was sent stays as it is."""
