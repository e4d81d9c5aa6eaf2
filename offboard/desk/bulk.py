"""Approving many letters at once: only what nobody wrote by hand and nothing warns of, and not unseen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.domain.letter import LetterState
from offboard.errors import SaysNo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from offboard.desk.letter_list import Listed
    from offboard.domain.letter import Letter

TYPED_ABOVE = 100
"""From this many on, the number is to be typed."""

UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})


@dataclass(frozen=True, slots=True)
class Bulk:
    """The letters that can be approved together; ``unseen``: one of each kind (language, channel) nobody opened yet."""

    letters: tuple[Listed, ...]
    unseen: tuple[Listed, ...]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what all of them say."""
        return digest_of(self.letters)

    @property
    def to_type(self) -> bool:
        """Whether the number of letters is to be typed."""
        return len(self.letters) > TYPED_ABOVE

    def check(self, *, digest: str, typed: str) -> None:
        """Check that these are the letters that were on the page, and that one of each kind was opened.

        Raises:
            SaysNo: they are not.
        """
        if digest != self.digest:
            raise SaysNo(
                "the letters changed after you opened the page; nothing was approved",
                hint="Open the list again: it shows the letters as they are now.",
            )
        if self.unseen:
            kinds = ", ".join(f"{x.language} by {x.channel}" for x in self.unseen)
            raise SaysNo(
                f"open at least one letter of each kind first; none was opened of: {kinds}",
                hint="Read one of each, then approve the rest together.",
            )
        if self.to_type and typed.strip() != str(len(self.letters)):
            raise SaysNo(f"type the number of letters, {len(self.letters)}, to approve them together")


def digest_of(letters: Iterable[Listed | Letter]) -> str:
    """Return the SHA-256 (hex) over what these letters say."""
    return hashlib.sha256("\n".join(letter.digest for letter in letters).encode()).hexdigest()


def bulk_of(letters: Sequence[Listed], *, opened: Collection[str]) -> Bulk:
    """Return what can be approved together: to clients, undecided, unedited, without a warning."""
    fit = tuple(x for x in letters if x.state in UNDECIDED and not x.by_hand and not x.warnings and not x.to_leaver)
    first = {(x.language, x.channel): x for x in reversed(fit)}
    seen = {(x.language, x.channel) for x in letters if x.digest in opened}
    kinds = dict.fromkeys((x.language, x.channel) for x in fit)
    return Bulk(fit, tuple(first[kind] for kind in kinds if kind not in seen))
