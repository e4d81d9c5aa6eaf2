"""What the desk works with; ``wiring_desk`` puts it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from offboard.domain.asking import Task
    from offboard.domain.letter import Letter, LetterState
    from offboard.settings import CompanySection, PeopleSection
    from offboard.storage.store import Store


class Pages(Protocol):
    """Shows letters as their readers will see them."""

    def text(self, letter: Letter) -> str:
        """Return the letter as plain text."""

    def pdf(self, letter: Letter) -> bytes:
        """Return the letter as PDF."""

    def png(self, letter: Letter) -> bytes:
        """Return the first page as a PNG."""

    def edited(self, letter: Letter, subject: str, body: str) -> Letter:
        """Return the letter with another subject and text, and what the owner should look at."""


class Decides(Protocol):
    """What people decide; each raises the errors under ``SaysNo`` with a sentence that people understand."""

    def approve(self, number: str, person: str, *, decline: Sequence[str] = (), read: str = "") -> str:
        """Approve the plan of the digest ``read``, but for the declined changes; return what is now the case."""

    def cancel(self, number: str, person: str) -> str:
        """Call a departure off."""

    def letters(self, number: str, letters: Sequence[Letter], person: str, *, to: LetterState, reason: str = "") -> int:
        """Decide on letters as they read now; return on how many."""

    def edit(self, letter: Letter, new: Letter, person: str) -> None:
        """Keep another text for exactly this letter."""

    def confirm(
        self, task: Task, person: str, *, note: str = "", on: str = "", name: str = "", file: str = "",
        content: bytes = b"",
    ) -> None:  # fmt: skip
        """Say that a task is done."""

    def refuse(self, task: Task, person: str, reason: str) -> None:
        """Say that a task cannot be done."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The store, what is shown and decided, and the company; ``address`` is where people find the desk."""

    address: str
    company: CompanySection
    people: PeopleSection
    store: Store
    pages: Pages
    decides: Decides
    show: Callable[[str], dict[str, Any]]
    show_plan: Callable[[str], dict[str, Any]]
    playbooks: Callable[[], Sequence[str]]
    may_sign_in: Callable[[str], bool]
    now: Callable[[], datetime]

    @property
    def https(self) -> bool:
        """Whether people reach the desk over an encrypted connection."""
        return self.address.startswith("https://")
