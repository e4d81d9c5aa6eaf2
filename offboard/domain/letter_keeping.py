"""Who writes letters, and who keeps them and the ledger of what was sent; ``wiring`` gives both to the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from offboard.domain.clients import Client
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter, LetterState, Mark, Marked
    from offboard.domain.letter_sending import Gate
    from offboard.domain.people import Person


class LetterBook(Protocol):
    """Writes letters."""

    def draft(self, departure: Departure, client: Client, successor: Person) -> Letter:
        """Return the letter to this client as a draft for the owner."""

    def auto_reply(self, departure: Departure) -> str:
        """Return the text that answers mail to the leaver, in the company's languages."""

    def to_leaver(self, departure: Departure, *, hr_mail: str, things: Sequence[str]) -> Letter:
        """Return the leaver's own letter as a draft for HR."""

    def message(self, letter: Letter) -> bytes:
        """Return the finished mail: plain text, HTML and PDF, the same bytes each time."""

    def rehearsal(self, letter: Letter) -> bytes:
        """Return the same mail addressed to the owner, for looking at before it goes to the client."""


class LetterBox(Protocol):
    """Keeps letters and the ledger of what was sent."""

    def letters(self, departure: str) -> list[Letter]:
        """Return the departure's letters in order."""

    def add(self, letters: Iterable[Letter]) -> None:
        """Keep new drafts."""

    def approved(self, letter_id: str) -> str | None:
        """Return the digest that the owner approved, or ``None``."""

    def letter(self, letter_id: str) -> Letter:
        """Return one letter; ``NoSuchDeparture`` when there is none."""

    def reopen(self, departure: str, reason: str, *, clients: Collection[str] | None = None) -> None:
        """Take the approval of letters back that have not gone out; ``clients``: of theirs alone."""

    def marks(self, departure: str) -> dict[str, dict[Mark, Marked]]:
        """Return what happened to the departure's letters beside their states."""

    def mark(self, letter: Letter, mark: Mark, *, person: str = "", note: str = "") -> None:
        """Mark a letter as it reads now."""

    def gate(self, departure: str) -> Gate:
        """Return what the departure's letters wait for."""

    def mailed(self, letter: Letter, *, note: str = "") -> None:
        """Record that the mail of a letter that is being sent is gone."""

    def move(self, letter_id: str, *, to: LetterState, expect: Sequence[LetterState], reason: str = "") -> bool:
        """Move a letter durably; ``False`` when it was in none of the expected states, and then nothing changed."""
