"""What the owner should look at before approving a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.letters.as_pdf import NeedsFont, count_pages
from offboard.letters.wording import doubtful_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offboard.domain.letter import Letter


def doubts_of(letter: Letter, names: tuple[str, ...], pdf: Callable[[Letter], bytes]) -> Iterator[str]:
    """Yield what is doubtful about the text; ``names`` are people and firms, read over."""
    if words := doubtful_words(f"{letter.subject}\n{letter.body}", names):
        yield f"says {', '.join(words)}: a letter should give no reason and judge nobody"
    try:
        pages = count_pages(pdf(letter))
        if pages > 1:
            yield f"{pages} pages: a letter should fit on one"
    except NeedsFont as error:
        yield f"needs a font, and goes without its PDF until there is one: {error}"
