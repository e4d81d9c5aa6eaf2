"""What the desk works with; ``wiring_desk`` puts it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from io import BufferedRandom, BytesIO

    from offboard.desk.oidc import SignInService
    from offboard.domain.asking import Task
    from offboard.domain.letter import Letter, LetterState
    from offboard.domain.letter_sending import Marks, Waiting
    from offboard.domain.rule_review import RuleDecision
    from offboard.forwarding.reviewing import Reviewed
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

    def approve(self, number: str, person: str, *, decline: Sequence[str] = (), read: str = "", heard: str = "") -> str:
        """Approve the plan of the digest ``read``, with the answers of the digest ``heard``, but for what is declined.

        Returns what is now the case.
        """

    def undo(self, number: str, person: str, *, only: Sequence[str] = ()) -> None:
        """Have a plan made that puts back what was done, all of it or these changes; it is approved like any other."""

    def settle(self, number: str, change: str, person: str, reason: str) -> None:
        """Close a change that could not be carried out."""

    def answer(self, number: str, question: str, person: str, *, yes: bool, because: str) -> None:
        """Answer what planning asks."""

    def stop(self, person: str) -> None:
        """Stop everything: no system is written to."""

    def resume(self, person: str) -> None:
        """Let things go on."""

    def cancel(self, number: str, person: str) -> str:
        """Call a departure off."""

    def letters(self, number: str, letters: Sequence[Letter], person: str, *, to: LetterState, reason: str = "") -> int:
        """Decide on letters as they read now; return on how many."""

    def rules(
        self, number: str, rules: Sequence[str], decision: RuleDecision, person: str, *, because: str, seen: int
    ) -> str:
        """Decide on mail rules, by their ids, knowing of every decision up to ``seen``; return what is now the case."""

    def hold(self, letter: Letter, person: str, *, reason: str) -> None:
        """Stop exactly this letter until it is released."""

    def release(self, letter: Letter, person: str) -> None:
        """Let a letter go on that a person held."""

    def let_go(self, number: str, person: str) -> None:
        """Say that the first letters are right: the others go out."""

    def edit(self, letter: Letter, new: Letter, person: str) -> None:
        """Keep another text for exactly this letter."""

    def called(self, number: str, person: str, client: str, *, note: str = "") -> None:
        """Say that the owner has called a client."""

    def confirm(
        self, task: Task, person: str, *, note: str = "", on: str = "", name: str = "", file: str = "",
        content: bytes = b"",
    ) -> None:  # fmt: skip
        """Say that a task is done."""

    def refuse(self, task: Task, person: str, reason: str) -> None:
        """Say that a task cannot be done."""


class OnPaper(Protocol):
    """Prints letters."""

    def uncalled(self, number: str, letters: Iterable[Waiting]) -> Collection[str]:
        """Return which letters wait until the owner has called their clients."""

    def chosen(self, number: str, person: str, *, again: bool = False) -> list[Letter]:
        """Return the letters that this person may print now; none when none waits."""

    def print(self, letters: Sequence[Letter], person: str, file: BytesIO | BufferedRandom) -> None:
        """Write letters into one PDF, and mark them printed."""

    def posted(self, letters: Sequence[Letter], number: str, person: str) -> list[str]:
        """Record that what is printed of these was taken to the post; return their ids."""


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
    review: Callable[[str], list[Reviewed]]
    playbooks: Callable[[], Sequence[str]]
    may_sign_in: Callable[[str], bool]
    now: Callable[[], datetime]
    paper: OnPaper
    why_letters_wait: Callable[[str, Iterable[Waiting], Marks], str]
    sign_in_service: SignInService | None = None

    @property
    def https(self) -> bool:
        """Whether people reach the desk over an encrypted connection."""
        return self.address.startswith("https://")
